/**
 * What holds for every htmx request: the CSRF token is sent, a failure is told in plain words, forms that come back with
 * errors (422) are shown, and focus is never lost by a swap. Focus goes, in this order, to the element with the same id,
 * to [data-focus] in the new content, to its first heading, to #main.
 */
import { focusOn } from "./dom.js";
import { toast } from "./toast.js";
import { csrfToken, failureText } from "./fetch.js";

let focusedId = null;
let focusWasInside = false;

function restoreFocus(root) {
  if (!focusWasInside) return;
  focusWasInside = false;
  const active = document.activeElement;
  if (active && active !== document.body && active.isConnected) return;
  const same = focusedId && document.getElementById(focusedId);
  const target = same || root.querySelector?.("[data-focus]") || root.querySelector?.("h1, h2, h3") || document.getElementById("main");
  if (target) focusOn(target, { preventScroll: target.id === "main" });
}

export function connectHtmx() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrfToken();
    // Nobody has clicked anything: this is no use of the session.
    if (event.detail.triggeringEvent?.type === "live") event.detail.headers["X-Background"] = "live";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) Object.assign(event.detail, { shouldSwap: true, isError: false });
    const active = document.activeElement;
    focusWasInside = Boolean(active && active !== document.body && event.detail.target?.contains(active));
    focusedId = active?.id || null;
  });
  document.addEventListener("htmx:afterSettle", (event) => restoreFocus(event.detail.elt));
  document.addEventListener("htmx:sendError", () => toast(failureText(0), { stay: true }));
  document.addEventListener("htmx:timeout", () => toast(failureText(0), { stay: true }));
  document.addEventListener("htmx:responseError", (event) => toast(failureText(event.detail.xhr.status), { stay: true }));
}
