import connect, { brokenRule } from "/static/js/modules/field-check.js";
import { equal, place, test, wait } from "/tests/harness.js";

const FORM = `<form data-summary="Some fields need attention">
  <div class="field" data-msg-required="Enter a title." data-msg-invalid="Not like that."><label for="title">Title</label>
    <input id="title" name="title" required minlength="3" aria-describedby="title_helptext" data-msg-minlength="Three letters or more."><p class="error" id="title_error" hidden><span></span></p></div>
  <div class="field" data-msg-invalid="Write it in full."><label for="mail">Mail</label><input id="mail" name="mail" type="email"><p class="error" id="mail_error" hidden><span></span></p></div>
  <div class="field"><label for="marks">Marks</label><input id="marks" name="marks" data-min="0" data-max="100" data-msg-max="At most 100."><p class="error" id="marks_error" hidden><span></span></p></div>
  <button>Save</button><button formnovalidate id="draft">Draft</button></form>`;

function setUp() {
  const form = place(FORM);
  connect(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}
function leave(input, value) {
  input.value = value;
  input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}
const shown = (id) => document.getElementById(`${id}_error`).hidden ? "" : document.getElementById(`${id}_error`).textContent.trim();

test("a mistake is told when the field is left, in the server's words", () => {
  const form = setUp();
  leave(form.title, "ab");
  equal(shown("title"), "Three letters or more.");
  equal(form.title.getAttribute("aria-invalid"), "true");
  equal(form.title.getAttribute("aria-describedby"), "title_helptext title_error");
});
test("words for a rule without its own fall back to those for invalid", () => {
  const form = setUp();
  leave(form.mail, "nobody");
  equal(shown("mail"), "Write it in full.");
});
test("an empty required field is no mistake before the form is sent", () => {
  const form = setUp();
  leave(form.title, "");
  equal(shown("title"), "");
});
test("the message goes when the field changes, the hint stays described", () => {
  const form = setUp();
  leave(form.title, "ab");
  form.title.dispatchEvent(new Event("input", { bubbles: true }));
  equal(shown("title"), "");
  equal(form.title.hasAttribute("aria-invalid"), false);
  equal(form.title.getAttribute("aria-describedby"), "title_helptext");
});
test("numbers are compared with data-min and data-max, a decimal comma is understood", () => {
  const form = setUp();
  for (const [value, rule] of [["100,5", "max"], ["-1", "min"], ["12", ""], ["", ""], ["forty", "min"]]) {
    form.marks.value = value;
    equal(brokenRule(form.marks), rule, value);
  }
});
test("spaces are no title", () => {
  const form = setUp();
  form.title.value = "   ";
  equal(brokenRule(form.title), "required");
});
test("a refused submit lists the fields and moves the focus to the list", async () => {
  const form = setUp();
  form.mail.value = "nobody";
  form.requestSubmit(form.querySelector("button"));
  await wait();
  const summary = form.querySelector(".error-summary");
  equal([...summary.querySelectorAll("a")].map((link) => [link.hash, link.textContent]), [["#title", "Title: Enter a title."], ["#mail", "Mail: Write it in full."]]);
  equal(document.activeElement === summary, true);
});
test("a second refused submit does not add a second list", () => {
  const form = setUp();
  form.requestSubmit();
  form.requestSubmit();
  equal(form.querySelectorAll(".error-summary").length, 1);
});
test("a button with formnovalidate is let through", () => {
  const form = setUp();
  form.requestSubmit(form.querySelector("#draft"));
  equal(form.querySelector(".error-summary"), null);
});
