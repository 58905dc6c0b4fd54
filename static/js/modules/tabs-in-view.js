/**
 * Moves a row of tabs that is wider than the screen so that the current one is in its middle. Only the row moves, not the page.
 *
 * <nav class="tabs" data-module="tabs-in-view"><a href="…">…</a><a href="…" aria-current="page">…</a></nav>
 */
export default function connect(row) {
  const current = row.querySelector("[aria-current]");
  if (!current) return;
  const around = row.getBoundingClientRect();
  const own = current.getBoundingClientRect();
  row.scrollBy({ left: own.left + own.width / 2 - around.left - around.width / 2, behavior: "instant" });
}
