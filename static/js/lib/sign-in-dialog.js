/**
 * Asks to sign in again without leaving the page: the way leads to another tab, which says so when it is done
 * (modules/back-in.js). The words are those of <template id="sign-in-dialog">.
 */
import { CHANNEL } from "./channel.js";

/** Resolves to true when somebody has signed in, to false when they do not want to. */
export function askToSignIn({ Channel = window.BroadcastChannel } = {}) {
  const template = document.getElementById("sign-in-dialog");
  if (!template || !Channel) return Promise.resolve(false);
  const dialog = template.content.firstElementChild.cloneNode(true);
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
