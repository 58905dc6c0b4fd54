import connect from "/static/js/modules/reorder.js";
import { equal, place, press, test, text, wait, withServer } from "/tests/harness.js";

const row = (name) => `<li data-item="${name}"><span class="grip">::</span><a href="#${name}">${name}</a>
  <form data-move method="post" action="/move/${name}/"><input type="hidden" name="csrfmiddlewaretoken" value="t">
  <button name="direction" value="up">up</button><button name="direction" value="down">down</button></form></li>`;

function setUp() {
  const list = place(`<ol data-moved="{item} moved to position {position} of {count}" data-first="{item} is already first" data-last="{item} is already last">${["a", "b", "c"].map(row).join("")}</ol>`);
  connect(list);
  return list;
}
const order = (list) => [...list.children].map((child) => child.dataset.item).join("");

test("the down button moves its row, keeps the focus, says where it is", () => withServer(204, async (requests) => {
  const list = setUp();
  const button = list.querySelector("[value=down]");
  button.focus();
  button.click();
  await wait();
  equal(order(list), "bac");
  equal(document.activeElement === button, true);
  equal(text("live"), "a moved to position 2 of 3");
  equal([requests[0].url, requests[0].data.direction, requests[0].headers["X-CSRFToken"]], ["/move/a/", "down", "token-of-the-page"]);
}));
test("Alt with an arrow moves the row that holds the focus", () => withServer(204, async (requests) => {
  const list = setUp();
  const link = list.children[2].querySelector("a");
  link.focus();
  press(link, "ArrowUp", { altKey: true });
  await wait();
  equal(order(list), "acb");
  equal(document.activeElement === link, true);
  equal(requests[0].data.direction, "up");
}));
test("an arrow without Alt does nothing", () => withServer(204, async (requests) => {
  const list = setUp();
  press(list.children[2].querySelector("a"), "ArrowUp");
  equal([order(list), requests.length], ["abc", 0]);
}));
test("the first row cannot go up, and that is said", () => withServer(204, async (requests) => {
  const list = setUp();
  list.querySelector("[value=up]").click();
  await wait();
  equal([order(list), requests.length, text("live")], ["abc", 0, "a is already first"]);
}));
test("a refusal puts the row back and is told", () => withServer(403, async () => {
  const list = setUp();
  list.querySelector("[value=down]").click();
  await wait();
  equal(order(list), "abc");
  equal(document.querySelector("#toasts .toast span").textContent, "Not allowed.");
}));
test("dragging by the grip posts the new position", () => withServer(204, async (requests) => {
  const list = setUp();
  const grip = list.querySelector(".grip");
  const event = (type, y, target = window) => target.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, clientY: y, button: 0 }));
  event("pointerdown", 0, grip);
  event("pointermove", list.getBoundingClientRect().bottom + 20);
  event("pointerup", 0);
  await wait();
  equal([order(list), requests[0].data.position], ["bca", "3"]);
}));
