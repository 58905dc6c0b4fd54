/**
 * Choosing among files: all at once, a range with Shift, and by keyboard: arrows go from row to row, Space chooses, Ctrl A
 * chooses all, Delete puts the chosen ones into the bin. Says how many are chosen.
 *
 * <form data-module="file-choice" data-chosen="{n} chosen"> <b data-count hidden></b> <input type="checkbox" data-all hidden>
 * <… data-row><input type="checkbox" name="entry"> <a href> …</form>
 */
import { format } from "../lib/dom.js";

export default function connect(form) {
  const boxes = () => [...form.querySelectorAll("input[name=entry]")];
  const all = form.querySelector("[data-all]");
  const count = form.querySelector("[data-count]");
  let last = null;
  if (!boxes().length) return;

  function tell() {
    const chosen = boxes().filter((box) => box.checked).length;
    if (count) { count.hidden = !chosen; count.textContent = chosen ? format(form.dataset.chosen, { n: chosen }) : ""; }
    if (all) { all.checked = chosen === boxes().length; all.indeterminate = chosen > 0 && !all.checked; }
  }
  const choose = (wanted) => { for (const box of boxes()) box.checked = wanted; tell(); };

  if (all) { all.hidden = false; all.addEventListener("change", () => choose(all.checked)); }
  form.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches?.("input[name=entry]")) return;
    const every = boxes();
    if (shiftKey && last && every.includes(last)) {
      const [from, to] = [every.indexOf(last), every.indexOf(target)].sort((a, b) => a - b);
      for (const box of every.slice(from, to + 1)) box.checked = target.checked;
    }
    last = target;
    tell();
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-row]");
    // In a menu that is open the keys are the menu's.
    if (!row || event.target.closest("details[open]")) return;
    const rows = [...form.querySelectorAll("[data-row]")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isLink = event.target.matches("a");
    const alike = isLink ? "a[href]" : event.target.matches("summary") ? "summary" : "input[name=entry]";
    // From link to link, from box to box, from menu to menu.
    if (step) rows[rows.indexOf(row) + step]?.querySelector(alike)?.focus();
    else if (event.key === " " && isLink) row.querySelector("input[name=entry]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) choose(true);
    else if (event.key === "Delete" && boxes().some((box) => box.checked)) form.querySelector("button[value=bin]")?.click();
    else return;
    event.preventDefault();
  });
  tell();
}
