import pdfViewer from "/static/js/modules/pdf-viewer.js";
import { equal, place, press, test, until } from "/tests/harness.js";

await new Promise((resolve) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/css/pages/preview.css", onload: resolve })));

const html = (file) => `<section data-file="${file}" data-library="/static/vendor/pdfjs-dist-5.4.530/" data-page-of="Page {page} of {count}" data-failed="It cannot be shown." data-locked="It is locked.">
  <p><a href="${file}" download>Download</a></p>
  <div class="pdf-bar" data-bar hidden><button data-previous>Previous</button><label>Page <input data-page type="number" min="1"></label><span data-count></span><button data-next>Next</button>
    <button data-smaller>Smaller</button><output data-zoom></output><button data-larger>Larger</button></div>
  <p role="status" data-said></p><div class="pdf-pages" data-pages tabindex="0" role="region" aria-label="Pages" hidden></div></section>`;

async function shown(file = "/pages.pdf") {
  const section = place(html(file));
  pdfViewer(section);
  await until(() => section.querySelector("[data-drawn]") || section.querySelector("[data-said]").textContent, 15);
  const find = (selector) => section.querySelector(selector);
  const page = (number) => find(`.pdf-page[data-number="${number}"]`);
  return { section, find, page, pages: find("[data-pages]"), alive: () => section.querySelectorAll("canvas").length };
}
const isInked = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, index) => index % 4 === 0 && value < 128);

test("pdf-viewer draws the first page with its words, and keeps the link", async () => {
  const { find, page } = await shown();
  equal([find("[data-count]").textContent, find("[data-page]").value, find("[data-bar]").hidden], ["12", "1", false]);
  equal([page(1).querySelector(".pdf-words").textContent, page(1).getAttribute("aria-label")], ["Leaf 1", "Page 1 of 12"]);
  equal([isInked(page(1).querySelector("canvas")), find("a[download]").getAttribute("href")], [true, "/pages.pdf"]);
});
test("pdf-viewer turns pages by buttons, keys and number, and keeps few canvases", async () => {
  const { find, page, pages, alive } = await shown();
  find("[data-next]").click();
  await until(() => page(2).dataset.drawn !== undefined);
  equal([find("[data-page]").value, find("[data-said]").textContent, page(2).textContent], ["2", "Page 2 of 12", "Leaf 2"]);
  let most = 0;
  for (let number = 3; number <= 12; number += 1) {
    press(pages, "ArrowRight");
    await until(() => find("[data-page]").value === String(number) && page(number).querySelector("canvas"));
    most = Math.max(most, alive());
  }
  equal([most <= 6, page(1).childElementCount, find("[data-next]").disabled], [true, 0, true]);
  press(pages, "Home");
  await until(() => page(1).querySelector("canvas"));
  equal([find("[data-previous]").disabled, pages.scrollTop < 20], [true, true]);
  find("[data-page]").value = "99";
  find("[data-page]").dispatchEvent(new Event("change"));
  equal(find("[data-page]").value, "12");
});
test("pdf-viewer follows scrolling", async () => {
  const { find, page, pages } = await shown();
  pages.scrollTop = page(5).offsetTop - pages.offsetTop;
  await until(() => find("[data-page]").value === "5" && page(5).querySelector("canvas"));
  equal([find("[data-page]").value, page(5).querySelector("canvas") !== null], ["5", true]);
});
test("pdf-viewer leaves keys with Ctrl to the browser", async () => {
  const { find, pages } = await shown();
  equal([press(pages, "+", { ctrlKey: true }), find("[data-zoom]").textContent], [true, "100 %"]);
});
test("pdf-viewer zooms and stays on its page", async () => {
  const { find, page, pages } = await shown();
  find("[data-next]").click();
  const before = page(2).offsetWidth;
  press(pages, "+");
  await until(() => page(2).querySelector("canvas"));
  equal([find("[data-zoom]").textContent, find("[data-page]").value, Math.round(page(2).offsetWidth / before * 100)], ["125 %", "2", 125]);
  press(pages, "0");
  equal(Math.abs(page(2).offsetWidth - before) <= 1, true);
  for (let count = 0; count < 4; count += 1) find("[data-smaller]").click();
  equal([find("[data-zoom]").textContent, find("[data-smaller]").disabled], ["50 %", true]);
});
test("pdf-viewer's words can be selected", async () => {
  const { page } = await shown();
  const words = page(1).querySelector(".pdf-words span");
  getSelection().selectAllChildren(words);
  equal(getSelection().toString(), "Leaf 1");
  const [word, leaf] = [words.getBoundingClientRect(), page(1).getBoundingClientRect()];
  // Where the ink is: at 40 of 300 across, and above a line at 100 of 400 from the top.
  equal([Math.round((word.left - leaf.left) / leaf.width * 300), Math.abs((word.bottom - leaf.top) / leaf.height * 400 - 105) < 8], [40, true]);
});
test("pdf-viewer fetches only what it shows", async () => {
  performance.clearResourceTimings();
  await shown("/long.pdf");
  const parts = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith("/long.pdf"));
  const bytes = parts.slice(1).reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  equal([parts.length > 1, bytes > 0 && bytes < 1024 ** 2], [true, true], `${parts.length} parts with ${bytes}`);
});
test("pdf-viewer says when the file cannot be shown", async () => {
  const { find } = await shown("/broken.pdf");
  equal([find("[data-said]").textContent, find("[data-pages]").hidden, find("[data-bar]").hidden, find("a").textContent], ["It cannot be shown.", true, true, "Download"]);
});
