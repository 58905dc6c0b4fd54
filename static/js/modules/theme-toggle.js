/**
 * Switches between the light and the dark theme and remembers it on this device; without it the theme is the account's
 * or the system's (see theme.js).
 *
 * <button type="button" data-module="theme-toggle" aria-label="Switch colour theme" hidden>…</button>
 */
export default function connect(button) {
  const root = document.documentElement;
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", JSON.stringify({ theme: root.dataset.theme, served: root.dataset.servedTheme ?? "" }));
    } catch { /* private window: the choice lasts for this page */ }
  });
}
