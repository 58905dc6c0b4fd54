import connect, { judge } from "/static/js/modules/drop-file.js";
import { equal, place, test } from "/tests/harness.js";

const AREA = `<div data-said="Chosen: {name}, {size} MB" data-too-large="{name}: {size} of {most}" data-wrong="{name}: no">
  <input type="file" accept=".zip,.gz" data-most="1048576"><p class="drop-hint" hidden>Or drop it.</p><p class="drop-said"></p></div>`;
const file = (name, size = 3) => new File([new Uint8Array(size)], name);

function dropped(name, size) {
  const area = place(AREA);
  connect(area);
  const carried = new DataTransfer();
  carried.items.add(file(name, size));
  area.dispatchEvent(new DragEvent("dragover", { dataTransfer: carried, bubbles: true, cancelable: true }));
  const over = area.className;
  area.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
  return [area, over];
}

test("a dropped file is chosen and named", () => {
  const [area, over] = dropped("course.tar.gz", 524288);
  equal(over, "over");
  equal(area.className, "");
  equal(area.querySelector("input").files[0].name, "course.tar.gz");
  equal(area.querySelector(".drop-said").textContent, "Chosen: course.tar.gz, 0.50 MB");
});
test("what the server would refuse is told at once", () => {
  equal(dropped("course.zip", 2097152)[0].querySelector(".drop-said").textContent, "course.zip: 2.0 of 1.0");
  equal(dropped("course.doc")[0].querySelector(".drop-said").textContent, "course.doc: no");
});
test("the hint is for those who can drop", () => {
  const area = place(AREA);
  connect(area);
  equal(area.querySelector(".drop-hint").hidden, false);
});
test("endings count, not their case", () => {
  const input = place(AREA).querySelector("input");
  equal(judge(file("A.ZIP"), input), "said");
});
