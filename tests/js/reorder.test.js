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

const lists = (...names) => {
  const attributes = 'data-group="lessons" data-into-name="module" data-moved="{item}: {position}" data-moved-into="{item} into {list}: {position}" data-first="first" data-last="last"';
  const stage = place(`<div>${names.map((rows, at) => `<ol ${attributes} data-into="m${at}" data-name="List ${at}">${[...rows].map(row).join("")}</ol>`).join("")}</div>`);
  for (const list of stage.children) connect(list);
  return [...stage.children];
};
const orders = (all) => all.map(order).join(" ");
const pointer = (type, y, target = window) => target.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, clientY: y, button: 0 }));
function drag(grip, y, end = "pointerup") {
  pointer("pointerdown", grip.getBoundingClientRect().top, grip);
  pointer("pointermove", y);
  pointer(end, y);
}

test("a row is dragged into another list, which is posted with its place there", () => withServer(204, async (requests) => {
  const all = lists("ab", "cd");
  drag(all[0].querySelector(".grip"), all[1].lastElementChild.getBoundingClientRect().top + 1);
  await wait();
  equal(orders(all), "b cad");
  equal([requests[0].url, requests[0].data.module, requests[0].data.position], ["/move/a/", "m1", "2"]);
  equal(text("live"), "a into List 1: 2");
}));
test("a list may be empty", () => withServer(204, async (requests) => {
  const all = lists("a", "");
  all[1].style.minBlockSize = "40px";
  drag(all[0].querySelector(".grip"), all[1].getBoundingClientRect().bottom - 1);
  await wait();
  equal([orders(all), requests[0].data.position], [" a", "1"]);
}));
test("a refused drag goes back to where it came from, with the server's words", async () => {
  const { fetch } = window;
  window.fetch = async () => new Response("Not into a branch.", { status: 409, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  try {
    const all = lists("ab", "cd");
    drag(all[0].querySelector(".grip"), all[1].lastElementChild.getBoundingClientRect().top + 1);
    await wait();
    equal(orders(all), "ab cd");
    equal(document.querySelector("#toasts .toast:last-child span").textContent, "Not into a branch.");
  } finally { window.fetch = fetch; }
});
test("a drag that is called off posts nothing", () => withServer(204, async (requests) => {
  const all = lists("ab", "cd");
  drag(all[0].querySelector(".grip"), all[1].getBoundingClientRect().bottom, "pointercancel");
  pointer("pointerdown", 0, all[0].querySelector(".grip"));
  pointer("pointermove", all[1].getBoundingClientRect().bottom);
  press(document.body, "Escape");
  pointer("pointerup", 0);
  await wait();
  equal([orders(all), requests.length], ["ab cd", 0]);
}));
test("the buttons lead on into the next list, without a pointer", () => withServer(204, async (requests) => {
  const all = lists("ab", "cd");
  const button = all[0].lastElementChild.querySelector("[value=down]");
  button.focus();
  button.click();
  await wait();
  equal(orders(all), "a bcd");
  equal([document.activeElement === button, requests[0].data.module, requests[0].data.position], [true, "m1", "1"]);
  all[0].querySelector("[value=up]").click();
  await wait();
  equal([orders(all), requests.length, text("live")], ["a bcd", 1, "first"]);
}));
test("a row within a row is moved by its own list", () => withServer(204, async (requests) => {
  const outer = place(`<div data-moved="{item}: {position}"><section data-item="one"><header><form data-move action="/move/one/"></form></header>
    <ol data-moved="{item}: {position}">${row("a")}${row("b")}</ol></section><section data-item="two"><form data-move action="/move/two/"></form></section></div>`);
  connect(outer);
  connect(outer.querySelector("ol"));
  outer.querySelector("[value=down]").click();
  await wait();
  equal([order(outer), order(outer.querySelector("ol")), requests.map(({ url }) => url)], ["onetwo", "ba", ["/move/a/"]]);
}));
test("Alt with an arrow is left to who types", () => withServer(204, async (requests) => {
  const list = setUp();
  const field = list.children[2].appendChild(document.createElement("textarea"));
  press(field, "ArrowUp", { altKey: true });
  equal([order(list), requests.length], ["abc", 0]);
}));
