/**
 * A dialog to choose one of the files that somebody keeps; the chosen one's address stands in the field. Without a script the
 * address is written by hand.
 *
 * <div data-module="file-picker" data-list="/files/pick/?endings=" data-chosen="{name} is chosen."> <input type="text">
 * <button type="button" data-open hidden> <dialog><div data-content></div><button data-close></dialog></div>
 */
import { format, say } from "../lib/dom.js";
import { fileDialog } from "../lib/file-dialog.js";

export default function connect(field) {
  const [input, open] = [field.querySelector("input"), field.querySelector("[data-open]")];
  const dialog = fileDialog(field.querySelector("dialog"), field.dataset.list, ({ address, name }) => {
    input.value = address;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    say(format(field.dataset.chosen, { name }));
    input.focus();
  });
  open.hidden = false;
  open.addEventListener("click", dialog.show);
}
