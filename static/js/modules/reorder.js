/**
 * Moves the rows of a list: by the buttons of each row's own form, by Alt with ↑ or ↓, or by dragging the grip, also into
 * another list of the same data-group. The row moves at once and goes back, with a message, if the server refuses. Posts
 * direction=up|down, or position (from 1), in another list with that list's data-into under the name data-into-name.
 * Buttons and keys go on into the next list of the same data-level.
 *
 * <ol role="list" data-module="reorder" data-group="lessons" data-into-name="module" data-into="m1" aria-labelledby="m1-title" data-moved="{item} moved to position {position} of {count}"
 *   data-moved-into="{item} moved to {list}, position {position} of {count}" data-first="{item} is already first" data-last="{item} is already last">
 *   <li data-item="Reading a dot"><span class="grip"></span>… <form data-move method="post" action="…"><button name="direction" value="up">…</button></form></li></ol>
 */
import { format, say } from "../lib/dom.js";
import { post } from "../lib/fetch.js";

const EDGE = 70;   // pixels at the window's ends in which dragging scrolls
const TYPING = "input, textarea, select, [contenteditable]";

const rowsOf = (list) => [...list.children].filter((row) => row.matches("[data-item]"));
const nameOf = (list) => list.dataset.name ?? document.getElementById(list.getAttribute("aria-labelledby"))?.textContent.trim() ?? "";

/** How far a height is from an element, 0 within it. */
const distance = (element, y) => { const { top, bottom } = element.getBoundingClientRect(); return Math.max(top - y, y - bottom, 0); };

export default function connect(list) {
  const group = list.dataset.group;
  const lists = () => group ? [...document.querySelectorAll(`[data-group="${group}"]`)] : [list];
  const ownRow = (target) => { const row = target.closest("[data-item]"); return row?.parentElement === list ? row : null; };

  function tell(key, row, at = list) {
    const rows = rowsOf(at);
    say(format(list.dataset[key] ?? list.dataset.moved ?? "", { item: row.dataset.item, list: nameOf(at), position: rows.indexOf(row) + 1, count: rows.length }));
  }
  /** Rows that show their number in a header show the new one. */
  function count() {
    for (const [index, row] of rowsOf(list).entries()) row.querySelector(":scope > header .num")?.replaceChildren(String(index + 1));
  }
  function place(row, at, next) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    at.insertBefore(row, next);
    focused?.focus({ preventScroll: true });
    count();
  }
  async function send(row, values, undo) {
    const form = row.querySelector("form[data-move]");
    const data = new FormData(form);
    for (const [name, value] of Object.entries(values)) data.set(name, value);
    if (!(await post(form.getAttribute("action"), data))) undo();
  }
  /** Tells and sends where a row has come to, if it has moved at all. */
  function settle(row, from) {
    const at = row.parentElement;
    const position = rowsOf(at).indexOf(row);
    const undo = () => place(row, list, from.next);
    if (at === list && position === from.position) return;
    count();
    tell(at === list ? "moved" : "movedInto", row, at);
    send(row, { position: position + 1, ...(at === list ? {} : { [list.dataset.intoName]: at.dataset.into }) }, undo);
  }
  const standing = (row) => ({ position: rowsOf(list).indexOf(row), next: row.nextElementSibling });

  function step(row, direction) {
    const up = direction === "up";
    const from = standing(row);
    const other = rowsOf(list)[from.position + (up ? -1 : 1)];
    if (other) {
      place(row, list, up ? other : other.nextElementSibling);
      tell("moved", row);
      return send(row, { direction }, () => place(row, list, from.next));
    }
    const level = lists().filter((one) => one.dataset.level === list.dataset.level);
    const beyond = level[level.indexOf(list) + (up ? -1 : 1)];
    if (!beyond) return tell(up ? "first" : "last", row);
    place(row, beyond, up ? null : beyond.firstElementChild);
    settle(row, from);
  }

  list.addEventListener("submit", (event) => {
    const row = event.target.matches("form[data-move]") ? ownRow(event.target) : null;
    if (!row) return;
    event.preventDefault();
    step(row, event.submitter?.value ?? "down");
  });
  list.addEventListener("keydown", (event) => {
    const row = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && !event.target.matches(TYPING) ? ownRow(event.target) : null;
    if (!row) return;
    event.preventDefault();
    step(row, event.key === "ArrowUp" ? "up" : "down");
  });
  list.addEventListener("pointerdown", (event) => {
    const grip = event.button === 0 ? event.target.closest(".grip") : null;
    const row = grip && ownRow(grip);
    if (!row) return;
    event.preventDefault();
    const from = standing(row);
    const open = lists().filter((one) => !row.contains(one));
    let y = event.clientY;
    // While something is dragged the lists may show less of each row; what is held stays under the pointer.
    const before = grip.getBoundingClientRect().top;
    row.classList.add("dragging");
    document.documentElement.classList.add("reordering");
    scrollBy(0, grip.getBoundingClientRect().top - before);

    function follow() {
      const nearest = Math.min(...open.map((one) => distance(one, y)));
      const target = open.filter((one) => distance(one, y) === nearest).at(-1); // the innermost
      const next = rowsOf(target).find((other) => other !== row && y < other.getBoundingClientRect().top + other.offsetHeight / 2) ?? null;
      if (row.parentElement !== target || (next ?? null) !== row.nextElementSibling) target.insertBefore(row, next);
    }
    let frame = requestAnimationFrame(function scroll() {
      const speed = y < EDGE ? y - EDGE : Math.max(0, y - innerHeight + EDGE);
      if (speed) { scrollBy(0, speed / 4); follow(); }
      frame = requestAnimationFrame(scroll);
    });
    const stop = new AbortController();
    function finish({ type }) {
      stop.abort();
      cancelAnimationFrame(frame);
      row.classList.remove("dragging");
      document.documentElement.classList.remove("reordering");
      if (type === "pointerup") settle(row, from); else place(row, list, from.next);
      row.scrollIntoView({ block: "nearest" });
    }
    // On the window: moving the row in the document would end a pointer capture.
    addEventListener("pointermove", (moved) => { y = moved.clientY; follow(); }, { signal: stop.signal });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, finish, { signal: stop.signal });
    addEventListener("keydown", (key) => { if (key.key === "Escape") finish(key); }, { signal: stop.signal });
  });
}
