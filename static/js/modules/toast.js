/**
 * A message that leaves after eight seconds, unless it is pointed at or holds the focus; with data-stay it waits to be
 * dismissed. The text is said by a live region, since toasts come and go.
 *
 * <div class="toast" data-module="toast"><span>Moved to position 2.</span></div>
 */
import { say } from "../lib/dom.js";

const SECONDS = 8;

export default function connect(toast) {
  const label = document.getElementById("toasts")?.dataset.dismissLabel ?? "";
  const close = Object.assign(document.createElement("button"), { type: "button", className: "button small icon", textContent: "×" });
  close.setAttribute("aria-label", label);
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  say(toast.firstElementChild.textContent.trim(), { assertive: "stay" in toast.dataset });
  if ("stay" in toast.dataset) return;

  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), SECONDS * 1000); };
  const pause = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, pause);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  wait();
}
