import { isOpen } from "/static/js/lib/realtime.js";
import connect from "/static/js/modules/bell.js";
import { equal, place, test, text, until, wait } from "/tests/harness.js";

/** A socket that the test plays the server of. */
class Pretend extends EventTarget {
  static last = null;
  constructor() { super(); Pretend.last = this; setTimeout(() => this.dispatchEvent(new Event("open"))); }
  send() {}
  close(code = 1000) { setTimeout(() => { const event = new Event("close"); event.code = code; this.dispatchEvent(event); }); }
  says(t, body) { const event = new Event("message"); event.data = JSON.stringify({ v: 1, t, ...body }); this.dispatchEvent(event); }
}
// Each test has a person of its own: what was heard of one before is remembered.
let person = 0;
const topic = () => `notifications.${person}`;
const bell = (count) => `<a id="bell" href="/notifications/" data-topic="${topic()}" data-url="/notifications/badge/" data-count="${count}" data-new="You have a new notification" aria-label="Notifications, ${count} unread"><svg></svg>${count ? `<span class="count">${count}</span>` : ""}</a>`;
const said = (seq) => Pretend.last.says("items", { topic: topic(), items: [{ seq, at: "2026-11-29T00:00:00+00:00", body: {} }] });

/** A bell with ``count``, connected; the server answers with what ``answers`` has next, and ``asked`` collects the addresses. */
const ringing = (count, answers, run) => async () => {
  const { WebSocket, fetch } = window;
  const asked = [];
  window.WebSocket = Pretend;
  window.fetch = async (url, options) => {
    asked.push([url, options?.headers?.["X-Background"]]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === "down") throw new TypeError("Failed to fetch");
    return typeof answer === "number" ? new Response(null, { status: answer }) : new Response(answer);
  };
  person += 1;
  const element = place(bell(count));
  connect(element);
  await until(() => Pretend.last);
  await wait(20);
  Pretend.last.says("welcome", {});
  Pretend.last.says("sync", { topic: topic(), seq: 0, items: [], more: false, reload: false });
  await until(() => asked.length);
  await wait();
  try { await run(element, asked); } finally {
    // The tests' own way to leave: the server ends it for good.
    Pretend.last.close(4401);
    await until(() => !isOpen());
    Pretend.last = null;
    Object.assign(window, { WebSocket, fetch });
  }
};
const shown = (element) => [element.dataset.count, element.getAttribute("aria-label"), element.querySelector(".count")?.textContent ?? ""];

test("what is new moves the number, is said, and the focus stays", ringing(0, [204, bell(2)], async (element, asked) => {
  element.focus();
  said(1);
  await until(() => element.dataset.count === "2");
  equal(shown(element), ["2", "Notifications, 2 unread", "2"]);
  await until(() => text("live"));
  equal([text("live"), document.activeElement === element], ["You have a new notification", true]);
  equal(asked, [["/notifications/badge/?shown=0", "bell"], ["/notifications/badge/?shown=0", "bell"]]);
}));
test("what was read elsewhere takes the number away without a word", ringing(3, [204, bell(0)], async (element) => {
  said(1);
  await until(() => element.dataset.count === "0");
  await wait(50);
  equal([shown(element), text("live")], [["0", "Notifications, 0 unread", ""], ""]);
}));
test("much at once is asked about once", ringing(0, [204, bell(9)], async (element, asked) => {
  for (const seq of [1, 2, 3, 4]) said(seq);
  await until(() => element.dataset.count === "9");
  await wait(250);
  equal(asked.length, 2);
}));
for (const answer of ["down", 500, "<p>Sign in</p>"]) {
  test(`an answer that is none changes nothing: ${answer}`, ringing(3, [204, answer], async (element, asked) => {
    said(1);
    await until(() => asked.length === 2);
    await wait();
    equal(shown(element), ["3", "Notifications, 3 unread", "3"]);
  }));
}
