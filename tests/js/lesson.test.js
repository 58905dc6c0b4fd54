import inlineCheck from "/static/js/modules/inline-check.js";
import outlineFilter from "/static/js/modules/outline-filter.js";
import resume from "/static/js/modules/resume.js";
import { equal, place, test, text, wait, withServer } from "/tests/harness.js";

const QUESTION = `<form class="question" id="question-1" data-empty="Give an answer first." data-verdict=""><label><input type="radio" name="option" value="a">a</label>
  <p class="error" id="question-1-error" hidden><span></span></p><button>Check</button></form>`;

test("inline-check keeps an empty answer back and says why", async () => {
  const form = place(QUESTION);
  let sent = 0;
  inlineCheck(form);
  form.addEventListener("submit", (event) => { event.preventDefault(); sent += 1; });
  form.requestSubmit();
  await wait();
  equal([sent, text("question-1-error").trim(), text("alert")], [0, "Give an answer first.", "Give an answer first."]);
  equal(document.activeElement.name, "option");
  document.activeElement.checked = true;
  document.activeElement.dispatchEvent(new Event("input", { bubbles: true }));
  equal(document.getElementById("question-1-error").hidden, true);
  form.requestSubmit();
  equal(sent, 1);
});
test("inline-check says the verdict of the form that replaces the sent one", async () => {
  const form = place(QUESTION);
  inlineCheck(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("input").checked = true;
  form.requestSubmit();
  const answered = place(`<form class="question" id="question-1"><div class="verdict"><p><b data-say>Not yet</b></p><p>Divide by the root.</p></div><p class="error" hidden></p></form>`);
  inlineCheck(answered);
  await wait();
  equal(text("live"), "Not yet Divide by the root.");
});
test("inline-check says why the server refused what was sent", async () => {
  const form = place(QUESTION);
  inlineCheck(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("input").checked = true;
  form.requestSubmit();
  inlineCheck(place(`<form class="question" id="question-1"><p class="error"><span>Write a number.</span></p></form>`));
  await wait();
  equal(text("alert"), "Write a number.");
});
test("inline-check says nothing of a verdict that was there at load", async () => {
  inlineCheck(place(`<form class="question" id="question-9"><div class="verdict"><b data-say>Correct</b></div><p class="error" hidden></p></form>`));
  await wait();
  equal(text("live"), "");
});
const OUTLINE = `<div data-count="{n} modules shown"><div data-filters hidden><button data-show="todo" aria-pressed="false">To do</button><button data-show="all" aria-pressed="true">All</button></div>
  <details class="outline-module" data-done></details><details class="outline-module"></details></div>`;
test("outline-filter hides finished modules and says how many are left", async () => {
  const outline = place(OUTLINE);
  outlineFilter(outline);
  outline.querySelector("[data-show=todo]").click();
  await wait();
  equal([...outline.querySelectorAll("details")].map((module) => module.hidden), [true, false]);
  equal([text("live"), outline.querySelector("[data-show=all]").getAttribute("aria-pressed")], ["1 modules shown", "false"]);
});
test("outline-filter is not offered when nothing is finished", () => {
  const outline = place(OUTLINE.replace(" data-done", ""));
  outlineFilter(outline);
  equal(outline.querySelector("[data-filters]").hidden, true);
});
test("resume sends the last section that was reached when the page is left, once", async () => withServer(204, async () => {
  const article = place(`<article data-url="/position/" data-list="#sections"><ol id="sections"><li><a href="#one">1</a></li><li><a href="#two">2</a></li></ol>
    <section id="one"><p>${"word ".repeat(4000)}</p></section><section id="two"><p>${"word ".repeat(4000)}</p></section></article>`);
  const beacons = [];
  navigator.sendBeacon = (url, data) => beacons.push([url, data.get("place"), Number(data.get("share")) > 40, data.get("csrfmiddlewaretoken")]);
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
  resume(article);
  document.getElementById("two").scrollIntoView({ behavior: "instant" });
  dispatchEvent(new Event("scroll"));
  await wait(60);
  dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
  equal(beacons, [["/position/", "two", true, "token-of-the-page"]]);
  equal(document.querySelector("[aria-current]").hash, "#two");
  scrollTo(0, 0);
}));
