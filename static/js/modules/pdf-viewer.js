/**
 * Shows a PDF in the page: pages are drawn when they come into view, few at a time, each under its own text, which can be
 * selected and is read aloud. Left and right turn pages, + and - change the size, 0 fits the width again. Only the parts of
 * the file that are looked at are fetched. Without a script, and when the file cannot be read, the link to it is there.
 *
 * <section data-module="pdf-viewer" data-file="/files/1/guide.pdf" data-library="/static/vendor/pdfjs-dist-5.4.530/" data-page-of="Page {page} of {count}"
 *   data-failed="It cannot be shown." data-locked="It is locked with a password."><p><a href="/files/1/guide.pdf" download>Download</a></p>
 *   <div data-bar hidden><button data-previous>…</button><label>Page <input data-page type="number" min="1"></label> <span data-count></span><button data-next>…</button>
 *     <button data-smaller>…</button><output data-zoom></output><button data-larger>…</button></div>
 *   <p data-said role="status"></p><div data-pages tabindex="0" role="region" aria-label="Pages" hidden></div></section>
 */
import { format } from "../lib/dom.js";

const ALIVE = 6;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const MOST_PIXELS = 16_000_000; // of one canvas: a telephone takes no more
const PIECE = 256 * 1024;

export default function connect(element) {
  show(element).catch((error) => {
    const said = element.querySelector("[data-said]");
    said.textContent = error?.name === "PasswordException" ? element.dataset.locked : element.dataset.failed;
    for (const part of ["[data-bar]", "[data-pages]"]) element.querySelector(part).hidden = true;
  });
}

async function show(element) {
  const find = (selector) => element.querySelector(selector);
  const [bar, pages, number, said, zoomed] = ["[data-bar]", "[data-pages]", "[data-page]", "[data-said]", "[data-zoom]"].map(find);
  const { file, library } = element.dataset;
  const pdf = await import("../../vendor/pdfjs-dist-5.4.530/pdf.min.mjs");
  pdf.GlobalWorkerOptions.workerSrc = `${library}pdf.worker.min.mjs`;
  const loading = pdf.getDocument({
    url: file, rangeChunkSize: PIECE, disableAutoFetch: true, disableStream: true,
    isEvalSupported: false, enableXfa: false, useWasm: false, useWorkerFetch: false, verbosity: 0,
    standardFontDataUrl: `${library}standard_fonts/`, wasmUrl: new URL(`${library}wasm/`, location.href).href,
  });
  element.addEventListener("htmx:beforeCleanupElement", (event) => { if (event.target === element) loading.destroy(); });
  const book = await loading.promise;
  const count = book.numPages;
  const first = await book.getPage(1);
  const natural = first.getViewport({ scale: 1 });
  let zoom = 1;
  let current = 1;
  let generation = 0;
  const drawn = new Map(); // page number → what can be taken away again
  const near = new Set();

  bar.hidden = pages.hidden = false;
  find("[data-count]").textContent = String(count);
  number.max = String(count);
  const places = Array.from({ length: count }, (_, index) => {
    const place = window.document.createElement("div");
    place.className = "pdf-page";
    place.dataset.number = String(index + 1);
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", format(element.dataset.pageOf, { page: index + 1, count }));
    return place;
  });
  pages.replaceChildren(...places);

  const fitting = () => Math.max(pages.clientWidth - 24, 120) / natural.width;
  const scale = () => fitting() * zoom;
  function size(place, viewport) {
    for (const name of ["--total-scale-factor", "--scale-factor"]) place.style.setProperty(name, String(viewport.scale));
    place.style.inlineSize = `${Math.floor(viewport.width)}px`;
    place.style.blockSize = `${Math.floor(viewport.height)}px`;
  }
  function takeAway(page) {
    drawn.get(page)?.forEach((task) => task.cancel());
    drawn.delete(page);
    for (const canvas of places[page - 1].querySelectorAll("canvas")) canvas.width = canvas.height = 0; // gives its memory back at once
    places[page - 1].replaceChildren();
  }

  async function draw(page) {
    if (drawn.has(page)) return;
    const tasks = [];
    drawn.set(page, tasks);
    const its = generation;
    const isOld = () => its !== generation || drawn.get(page) !== tasks;
    const source = await book.getPage(page);
    if (isOld()) return;
    const viewport = source.getViewport({ scale: scale() });
    const place = places[page - 1];
    size(place, viewport);
    const sharp = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
    const canvas = window.document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    const words = window.document.createElement("div");
    words.className = "pdf-words";
    place.replaceChildren(canvas, words);
    const painting = source.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
    const layer = new pdf.TextLayer({ textContentSource: source.streamTextContent(), container: words, viewport });
    tasks.push(painting, layer);
    await Promise.allSettled([painting.promise, layer.render()]);
    if (!isOld()) place.dataset.drawn = "";
  }

  /** Draws what is near, the nearest first, and takes away what is farthest. */
  function update() {
    const wanted = [...near].sort((a, b) => Math.abs(a - current) - Math.abs(b - current)).slice(0, ALIVE);
    for (const page of [...drawn.keys()]) if (!wanted.includes(page)) takeAway(page);
    for (const page of wanted) draw(page).catch(() => takeAway(page));
  }
  function layOut() {
    generation += 1;
    for (const page of [...drawn.keys()]) takeAway(page);
    const viewport = first.getViewport({ scale: scale() });
    for (const place of places) size(place, viewport);
    zoomed.textContent = `${Math.round(zoom * 100)} %`;
    find("[data-smaller]").disabled = zoom === ZOOMS[0];
    find("[data-larger]").disabled = zoom === ZOOMS.at(-1);
    update();
  }
  function seen(page) {
    if (page !== current) { current = page; update(); }
    if (number !== window.document.activeElement) number.value = String(current);
    find("[data-previous]").disabled = current === 1;
    find("[data-next]").disabled = current === count;
  }
  function goTo(page, { tell = true } = {}) {
    const wanted = Math.min(Math.max(page, 1), count);
    // Within its own frame: the page around stays where it is.
    pages.scrollTop = places[wanted - 1].offsetTop - pages.offsetTop;
    seen(wanted);
    number.value = String(wanted);
    if (tell) said.textContent = format(element.dataset.pageOf, { page: wanted, count });
  }
  function setZoom(wanted) {
    const kept = current;
    zoom = wanted;
    layOut();
    goTo(kept, { tell: false });
  }
  const step = (by) => setZoom(ZOOMS[Math.min(Math.max(ZOOMS.indexOf(zoom) + by, 0), ZOOMS.length - 1)]);

  const actions = { previous: () => goTo(current - 1), next: () => goTo(current + 1), smaller: () => step(-1), larger: () => step(1) };
  for (const [name, action] of Object.entries(actions)) find(`[data-${name}]`).addEventListener("click", action);
  number.addEventListener("change", () => goTo(Math.trunc(Number(number.value)) || current));
  const keys = { ArrowLeft: actions.previous, ArrowRight: actions.next, "+": actions.larger, "=": actions.larger, "-": actions.smaller, 0: () => setZoom(1), Home: () => goTo(1), End: () => goTo(count) };
  pages.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey && event.key.length > 1) return;
    event.preventDefault();
    keys[event.key]();
  });

  let waits = false;
  pages.addEventListener("scroll", () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      const middle = pages.getBoundingClientRect().top + pages.clientHeight / 3;
      const at = places.findIndex((place) => place.getBoundingClientRect().bottom > middle);
      seen(at < 0 ? count : at + 1);
    });
  }, { passive: true });
  layOut();
  seen(1);
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](Number(target.dataset.number));
    update();
  }, { root: pages, rootMargin: "50% 0px" });
  for (const place of places) watcher.observe(place);
  let width = pages.clientWidth;
  new ResizeObserver(() => {
    // A scroll bar that comes and goes is no new width.
    if (!pages.isConnected || Math.abs(pages.clientWidth - width) < 24) return;
    width = pages.clientWidth;
    setZoom(zoom);
  }).observe(pages);
}
