/**
 * Asks to sign in again without leaving the page: the way leads to another tab, which says so when it is done
 * (modules/back-in.js). The dialog is fetched when it is needed, so any page may use lib/api.js and none carries it along.
 */
import { CHANNEL } from "./channel.js";

const ADDRESS = "/accounts/signed-out/";

/** The dialog in the reader's language; null if it cannot be had. */
async function fetchDialog(fetch) {
  try {
    const response = await fetch(ADDRESS, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!response.ok) return null;
    const template = document.createElement("template");
    template.innerHTML = await response.text();
    return template.content.querySelector("dialog");
  } catch { return null; }
}

/** Resolves to true when somebody has signed in, to false when they do not want to. */
export async function askToSignIn({ Channel = window.BroadcastChannel, fetch = (...request) => window.fetch(...request) } = {}) {
  const dialog = Channel ? await fetchDialog(fetch) : null;
  if (!dialog) return false;
  const channel = new Channel(CHANNEL);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let isIn = false;
    channel.addEventListener("message", ({ data }) => {
      if (data?.type !== "signed-in") return;
      isIn = true;
      setTimeout(() => dialog.close()); // after the client has taken the new token of forms
    });
    dialog.querySelector("button").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { channel.close(); dialog.remove(); resolve(isIn); }, { once: true });
    dialog.showModal();
  });
}
