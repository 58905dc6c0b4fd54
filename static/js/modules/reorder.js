/**
 * Moves the rows of a list: by the buttons of each row's own form, by Alt with ↑ or ↓, or by dragging the grip. The row
 * moves at once and goes back if the server refuses. Posts direction=up|down, or position (from 1) after a drag.
 *
 * <ol role="list" data-module="reorder" data-moved="{item} moved to position {position} of {count}" data-first="{item} is already first" data-last="{item} is already last">
 *   <li data-item="Reading a dot"><span class="grip"></span>… <form data-move method="post" action="…"><button name="direction" value="up">…</button></form></li></ol>
 */
import { format, say } from "../lib/dom.js";
import { post } from "../lib/fetch.js";

export default function connect(list) {
  const rows = () => [...list.children].filter((row) => row.matches("[data-item]"));
  const tell = (key, row) => say(format(list.dataset[key] ?? "", { item: row.dataset.item, position: rows().indexOf(row) + 1, count: rows().length }));

  async function send(row, name, value, undo) {
    const form = row.querySelector("form[data-move]");
    const data = new FormData(form);
    data.set(name, value);
    tell("moved", row);
    if (!(await post(form.getAttribute("action"), data))) undo();
  }
  function placeAt(row, next) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    list.insertBefore(row, next);
    focused?.focus();
  }
  function step(row, direction) {
    const all = rows();
    const other = all[all.indexOf(row) + (direction === "up" ? -1 : 1)];
    if (!other) return tell(direction === "up" ? "first" : "last", row);
    const before = row.nextElementSibling;
    placeAt(row, direction === "up" ? other : other.nextElementSibling);
    send(row, "direction", direction, () => placeAt(row, before));
  }

  list.addEventListener("submit", (event) => {
    const row = event.target.closest("[data-item]");
    if (!row || !event.target.matches("form[data-move]")) return;
    event.preventDefault();
    step(row, event.submitter?.value ?? "down");
  });
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-item]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    step(row, event.key === "ArrowUp" ? "up" : "down");
  });
  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".grip")?.closest("[data-item]");
    if (!row || event.button !== 0) return;
    event.preventDefault();
    const before = row.nextElementSibling;
    const from = rows().indexOf(row);
    row.classList.add("dragging");
    const onMove = ({ clientY }) => {
      const next = rows().find((other) => other !== row && clientY < other.getBoundingClientRect().top + other.offsetHeight / 2);
      if (next !== row.nextElementSibling) list.insertBefore(row, next ?? null);
    };
    const stop = new AbortController();
    const finish = ({ type }) => {
      stop.abort();
      row.classList.remove("dragging");
      const undo = () => list.insertBefore(row, before);
      if (type === "pointercancel") undo();
      else if (rows().indexOf(row) !== from) send(row, "position", rows().indexOf(row) + 1, undo);
    };
    // On the window: moving the row in the document would end a pointer capture.
    addEventListener("pointermove", onMove, { signal: stop.signal });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, finish, { signal: stop.signal });
  });
}
