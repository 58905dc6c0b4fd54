/**
 * Sets formulas with KaTeX. It is loaded only when the element holds one; until then, and without a script, the TeX is shown.
 *
 * <article data-module="math"><span class="math inline">\bar{x}</span> <div class="math display">s = \sqrt{n}</div></article>
 */
const KATEX = "../../vendor/katex-0.19.1/katex.min.css";

function addStyleSheet() {
  const href = new URL(KATEX, import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

export default async function connect(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-done])")];
  if (root.matches(".math:not([data-done])")) formulas.push(root);
  if (!formulas.length) return;
  addStyleSheet();
  await import("../../vendor/katex-0.19.1/katex.min.js"); // no module: it sets self.katex
  for (const formula of formulas) {
    if ("done" in formula.dataset) continue; // set meanwhile, for an element around this one
    const source = formula.textContent.trim();
    try {
      self.katex.render(source, formula, { displayMode: formula.classList.contains("display"), throwOnError: true, strict: "ignore", maxExpand: 500, maxSize: 20, trust: false });
      formula.dataset.done = "";
    } catch {
      formula.textContent = source; // not TeX that can be set: its author sees the source
    }
    if (formula.scrollWidth > formula.clientWidth + 1) formula.tabIndex = 0; // a scroller must be reachable by keyboard
  }
}
