/**
 * Copies text to the clipboard and says so.
 *
 * <button type="button" data-module="copy" data-source="#key" data-done="Copied" hidden>Copy</button> <code id="key">…</code>
 */
import { say } from "../lib/dom.js";
import { toast } from "../lib/toast.js";

export default function connect(button) {
  if (!navigator.clipboard) return; // only offered where it can work: a secure page
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.source);
    try {
      await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
      toast(button.dataset.done);
    } catch {
      getSelection().selectAllChildren(source); // refused by the browser: it is selected, Ctrl C is left to do
      say(source.textContent);
    }
  });
}
