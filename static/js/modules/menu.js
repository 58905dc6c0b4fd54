/**
 * A disclosure with links and buttons, built on details: Esc closes it and gives the focus back, so does a click or the
 * focus going elsewhere. Arrow keys walk through it.
 *
 * <details class="menu" data-module="menu"><summary>More</summary><div class="menu-list"><a href="…">…</a></div></details>
 */
export default function connect(menu) {
  const summary = menu.querySelector("summary");
  const items = () => [...menu.querySelectorAll(".menu-list :is(a, button)")];
  const close = () => { menu.open = false; };

  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      close();
      summary.focus();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && menu.open) {
      const all = items();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = all.indexOf(document.activeElement);
      all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]?.focus();
      event.preventDefault();
    }
  });
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(); });
  document.addEventListener("pointerdown", (event) => { if (menu.open && !menu.contains(event.target)) close(); });
}
