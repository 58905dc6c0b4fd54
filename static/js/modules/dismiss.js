/**
 * Removes what it stands in. The focus goes on to the next control, or to #main.
 *
 * <div class="note" id="tip">…<button type="button" data-module="dismiss" data-target="#tip" hidden>Hide</button></div>
 */
import { focusOn } from "../lib/dom.js";

export default function connect(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const target = button.dataset.target ? document.querySelector(button.dataset.target) : button.parentElement;
    const next = target?.nextElementSibling?.querySelector("a[href], button:not([disabled]), input, summary") ?? document.getElementById("main");
    target?.remove();
    if (next) focusOn(next, { preventScroll: true });
  });
}
