/** Requests to our own server: CSRF token, marked like those of htmx, failures as plain words. */
import { toast } from "./toast.js";

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Whether one looks at the site as somebody else and may change nothing: the banner says so, with the words for a refusal. */
export const viewOnly = () => document.querySelector("[data-view-only]")?.dataset.viewOnly ?? "";

/** The words for a failed request, from the attributes of #toasts; status 0 is a lost connection. */
export function failureText(status) {
  const words = document.getElementById("toasts")?.dataset ?? {};
  if (status === 0) return words.network ?? "";
  if (status === 403) return viewOnly() || (words.forbidden ?? "");
  if (status === 404 || status === 410) return words.missing ?? "";
  if (status === 429) return words.busy ?? "";
  return words.server ?? "";
}

/** Posts a form's data. Resolves to the response, or to null after the reader has been told what failed. */
export async function post(url, data, { silent = false, keepalive = false } = {}) {
  if (silent && viewOnly()) return null; // what the page notes by itself is not noted
  let status = 0;
  let words = "";
  try {
    const response = await fetch(url, {
      method: "POST", body: data, keepalive, credentials: "same-origin",
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
    });
    if (response.redirected && new URL(response.url).searchParams.has("next")) { // the session has ended: this is the sign-in page
      if (!silent) location.assign(response.url);
      return null;
    }
    if (response.ok) return response;
    status = response.status;
    if (response.headers.get("Content-Type")?.startsWith("text/plain")) words = await response.text(); // why it was refused
  } catch { /* no connection: status stays 0 */ }
  if (!silent) toast(words || failureText(status), { stay: true });
  return null;
}
