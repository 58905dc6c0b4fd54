/**
 * Shows all modules of an outline, or only those with something to do.
 *
 * <div data-module="outline-filter" data-count="{n} modules shown">
 *   <div class="row" data-filters hidden><button class="chip" type="button" data-show="todo" aria-pressed="false">To do</button>
 *     <button class="chip" type="button" data-show="all" aria-pressed="true">All</button></div>
 *   <details class="outline-module" data-done>…</details></div>
 */
import { format, say } from "../lib/dom.js";

export default function connect(outline) {
  const modules = [...outline.querySelectorAll(".outline-module")];
  const filters = outline.querySelector("[data-filters]");
  const done = modules.filter((module) => "done" in module.dataset);
  if (!filters || !done.length || done.length === modules.length) return; // a filter that changes nothing is not offered
  filters.hidden = false;
  filters.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-show]");
    if (!pressed) return;
    for (const button of filters.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button === pressed));
    for (const module of done) module.hidden = pressed.dataset.show === "todo";
    say(format(outline.dataset.count ?? "", { n: modules.filter((module) => !module.hidden).length }));
  });
}
