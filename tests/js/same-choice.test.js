import sameChoice from "/static/js/modules/same-choice.js";
import { equal, place, test } from "/tests/harness.js";

test("same-choice sends what is ticked elsewhere at that moment", () => {
  const page = place("<div><input type='checkbox' id='choice'><form><input type='hidden' name='remember' data-of='#choice'></form></div>");
  const form = page.querySelector("form");
  form.addEventListener("submit", (event) => event.preventDefault());
  sameChoice(form.elements.namedItem("remember"));
  const sent = [true, false].map((ticked) => {
    page.querySelector("#choice").checked = ticked;
    form.requestSubmit();
    return form.elements.namedItem("remember").value;
  });
  equal(sent, ["on", ""]);
});
