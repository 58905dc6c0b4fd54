/** What the tabs of this browser tell each other: new access tokens, and that somebody has signed in again. */
export const CHANNEL = "api";

/** The safety token of forms changes when somebody signs in; a page that was open before takes over the new one. */
export function takeCsrfToken(value) {
  if (typeof value !== "string" || !value) return;
  document.querySelector('meta[name="csrf-token"]')?.setAttribute("content", value);
  for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = value;
}
