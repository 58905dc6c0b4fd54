/**
 * Shows a note while there is no connection, and says when it is back.
 *
 * <div class="note warning" data-module="offline-note" data-back="You are connected again." hidden>…</div>
 */
import { say } from "../lib/dom.js";

export default function connect(note) {
  const update = () => {
    const offline = !navigator.onLine;
    if (note.hidden === !offline) return;
    note.hidden = !offline;
    say(offline ? note.textContent.trim() : note.dataset.back ?? "");
  };
  addEventListener("online", update);
  addEventListener("offline", update);
  update();
}
