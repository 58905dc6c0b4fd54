import { isOpen, subscribe } from "/static/js/lib/realtime.js";
import connect from "/static/js/modules/live.js";
import { equal, place, test, until, wait } from "/tests/harness.js";

/** Stands in for the browser's own: what was sent, and a server that the test plays. */
const made = [];
class Pretend extends EventTarget {
  constructor(url, protocol) {
    super();
    Object.assign(this, { url: String(url), protocol, sent: [] });
    made.push(this);
    setTimeout(() => this.dispatchEvent(new Event("open")));
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  close(code = 1005) { setTimeout(() => this.end(code)); }
  end(code) { const event = new Event("close"); event.code = code; this.dispatchEvent(event); }
  says(t, body) { const event = new Event("message"); event.data = JSON.stringify({ v: 1, t, ...body }); this.dispatchEvent(event); }
  kinds() { return this.sent.map((frame) => frame.t); }
}
const { WebSocket } = window;
const pretending = (run) => async () => {
  window.WebSocket = Pretend;
  made.length = 0;
  const left = [];
  try { await run((topic, heard) => left.push(subscribe(topic, heard))); } finally {
    for (const leave of left) leave();
    await until(() => !isOpen());
    await wait(20);
    window.WebSocket = WebSocket;
  }
};
const items = (...numbers) => numbers.map((seq) => ({ seq, at: "2026-11-29T00:00:00+00:00", body: { n: seq } }));
async function greeted() {
  await until(() => made.at(-1)?.sent.length);
  made.at(-1).says("welcome", {});
  return made.at(-1);
}

test("the socket opens with the first topic, says hello and asks for it", pretending(async (listen) => {
  listen("user.a", () => {});
  const socket = await greeted();
  equal([socket.url, socket.protocol], [`ws://${location.host}/ws/v1/`, "aumbry.v1"]);
  listen("user.b", () => {});
  equal(socket.sent, [{ v: 1, t: "hello" }, { v: 1, t: "sub", topic: "user.a" }, { v: 1, t: "sub", topic: "user.b" }]);
  equal([made.length, isOpen()], [1, true]);
}));
test("news come once and in order, and a gap is asked for", pretending(async (listen) => {
  const heard = [];
  listen("user.n", ({ body }) => heard.push(body?.n));
  const socket = await greeted();
  socket.says("sync", { topic: "user.n", seq: 3, items: [], more: false, reload: false });
  socket.says("items", { topic: "user.n", items: items(4, 5) });
  socket.says("items", { topic: "user.n", items: items(5, 6) });
  socket.says("items", { topic: "user.n", items: items(9) });
  equal([heard, socket.sent.at(-1)], [[undefined, 4, 5, 6], { v: 1, t: "sync.get", topic: "user.n", since: 6 }]);
  socket.says("sync", { topic: "user.n", seq: 9, items: items(7, 8, 9), more: false, reload: false });
  equal(heard, [undefined, 4, 5, 6, 7, 8, 9]);
}));
test("after a break it comes back and asks for what it missed", pretending(async (listen) => {
  const heard = [];
  listen("user.r", ({ body, reload }) => heard.push(reload ? "reload" : body?.n ?? "look"));
  const first = await greeted();
  first.says("sync", { topic: "user.r", seq: 3, items: [], more: false, reload: false });
  first.end(1006);
  equal(isOpen(), false);
  await until(() => made.length === 2);
  const second = await greeted();
  equal(second.sent.at(-1), { v: 1, t: "sub", topic: "user.r", since: 3 });
  second.says("sync", { topic: "user.r", seq: 9, items: items(8, 9), more: false, reload: true });
  equal(heard, ["look", "reload", 8, 9]);
}));
test("who was signed out is told and does not come back", pretending(async (listen) => {
  let told = 0;
  document.addEventListener("realtime:signed-out", () => { told += 1; }, { once: true });
  listen("user.a", () => {});
  (await greeted()).end(4401);
  await wait(900);
  equal([told, made.length], [1, 1]);
}));
test("the last one to leave closes it", pretending(async () => {
  const [one, other] = [subscribe("user.a", () => {}), subscribe("user.b", () => {})];
  const socket = await greeted();
  one();
  equal([socket.kinds().at(-1), isOpen()], ["unsub", true]);
  other();
  await until(() => !isOpen());
  equal([isOpen(), made.length], [false, 1]);
}));
test("what takes another's place listens by the same socket, from where that one stopped", pretending(async (listen) => {
  const told = [];
  const leave = subscribe("user.p", () => told.push("first"));
  const socket = await greeted();
  socket.says("sync", { topic: "user.p", seq: 3, items: [], more: false, reload: false });
  leave();
  listen("user.p", () => told.push("second"));
  socket.says("sync", { topic: "user.p", seq: 3, items: [], more: false, reload: false });
  await wait(1200);
  equal([made.length, isOpen(), socket.sent.at(-1)], [1, true, { v: 1, t: "sub", topic: "user.p", since: 3 }]);
  // Looked at once, when it was new; what was said since would have come.
  equal(told, ["first"]);
}));
test("a part of the page is fetched anew, once for what comes together", pretending(async () => {
  const part = place(`<div data-topic="import.x"></div>`);
  let looked = 0;
  part.addEventListener("live", () => { looked += 1; });
  connect(part);
  const socket = await greeted();
  socket.says("sync", { topic: "import.x", seq: 0, items: [], more: false, reload: false });
  socket.says("items", { topic: "import.x", items: items(1) });
  socket.says("items", { topic: "import.x", items: items(2) });
  await until(() => looked);
  await wait(250);
  equal(looked, 1);
  part.dispatchEvent(new Event("htmx:beforeCleanupElement"));
  await until(() => !isOpen());
  equal(isOpen(), false);
}));
test("without a socket it asks by itself", pretending(async () => {
  const part = place(`<div data-topic="import.x"></div>`);
  let looked = 0;
  part.addEventListener("live", () => { looked += 1; });
  connect(part);
  await until(() => looked);
  equal(looked > 0, true);
  part.dispatchEvent(new Event("htmx:beforeCleanupElement"));
  await wait(50);
}));
