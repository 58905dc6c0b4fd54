/**
 * The page's one socket, opened by the first subscription. What is said about a topic comes once and in order: numbers that
 * came before are passed over, a gap is asked for, and after a break what was missed comes first.
 *
 * const leave = subscribe("import.0190…", ({ body, reload }) => …);
 * The first time that a topic is listened to, it is told once without a body: something may have happened since the page
 * was made. Whoever listens again later hears what was said in between.
 * attend("editing.0190…", ({ count, people }) => …): be there, and hear who else is (people: id, name, since), now and whenever
 * somebody comes or goes; returns what ends it.
 * isOpen(): whether news come by themselves at the moment; whoever needs them all the same asks from time to time.
 * Events of the document: "realtime:signed-out" when the sign-in has ended.
 */
const ADDRESS = "/ws/v1/";
const PROTOCOL = "aumbry.v1";
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const PING_EVERY = 25_000;
// A part of the page that takes another's place listens in a moment to what that one listened to.
const LINGER = 1000;
// The server goes, restarts or cannot answer for a moment; all other ends are meant.
const COME_BACK = new Set([1001, 1005, 1006, 1011, 1012, 4408, 4429, 4503]);

const topics = new Map(); // name → { seq, hear: Set, asked }
const heardUpTo = new Map(); // name → number of the last news, also of topics that were left
let socket = null;
let greeted = false;
let wait = FIRST_WAIT;
let timer = 0;
let leaving = 0;
let pinging = 0;
let answered = true;

export const isOpen = () => greeted;

export function subscribe(name, hear) {
  const topic = topics.get(name) ?? topics.set(name, fresh(name)).get(name);
  topic.hear.add(hear);
  clearTimeout(leaving);
  if (greeted && topic.hear.size + topic.company.size === 1) ask(name, topic);
  open();
  return () => leave(name, topic, topic.hear, hear);
}

export function attend(name, hear) {
  const topic = topics.get(name) ?? topics.set(name, fresh(name)).get(name);
  topic.company.add(hear);
  clearTimeout(leaving);
  if (greeted && topic.company.size === 1) ask(name, topic);
  else if (topic.here) hear(topic.here);
  open();
  return () => leave(name, topic, topic.company, hear);
}

const fresh = (name) => ({ seq: heardUpTo.get(name) ?? null, hear: new Set(), company: new Set(), here: null, asked: false });

function leave(name, topic, from, hear) {
  from.delete(hear);
  if (topic.hear.size || topic.company.size || topics.get(name) !== topic) return;
  topics.delete(name);
  if (topic.seq !== null) heardUpTo.set(name, topic.seq);
  if (greeted) send("unsub", { topic: name });
  if (!topics.size) leaving = setTimeout(close, LINGER);
}

function open() {
  if (socket || timer || !topics.size) return;
  const url = new URL(ADDRESS, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url, PROTOCOL);
  socket.addEventListener("open", () => send("hello", {}));
  socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => ended(event.code));
}

function close() {
  clearTimeout(timer);
  timer = 0;
  socket?.close(1000);
}

function send(t, body) { socket.send(JSON.stringify({ v: 1, t, ...body })); }

function ask(name, topic) {
  topic.asked = true;
  send("sub", {
    topic: name,
    ...(topic.seq !== null && { since: topic.seq }),
    ...(topic.company.size && { here: "enter" }),
  });
}

function take(frame) {
  answered = true;
  const topic = topics.get(frame.topic);
  if (frame.t === "welcome") {
    greeted = true;
    wait = FIRST_WAIT;
    clearInterval(pinging);
    pinging = setInterval(ping, PING_EVERY);
    for (const [name, one] of topics) ask(name, one);
  } else if (!topic) {
    return;
  } else if (frame.t === "sync") {
    topic.asked = false;
    const isFirst = topic.seq === null;
    if (frame.reload) tell(topic, { body: null, reload: true });
    for (const item of frame.items) hear(topic, item);
    topic.seq = Math.max(topic.seq ?? 0, frame.seq);
    if (isFirst) tell(topic, { body: null, reload: false });
    if (frame.more) catchUp(frame.topic, topic);
  } else if (frame.t === "items") {
    // While an answer is on its way it will have these as well, or those that are missing before them.
    if (topic.seq === null) return;
    if (frame.items[0].seq > topic.seq + 1) return catchUp(frame.topic, topic);
    for (const item of frame.items) hear(topic, item);
  } else if (frame.t === "here") {
    topic.here = { count: frame.count, people: frame.people };
    for (const one of [...topic.company]) one(topic.here);
  } else if (frame.t === "error" && frame.code === "no_topic") {
    topics.delete(frame.topic);
  }
}

function catchUp(name, topic) {
  if (topic.asked) return;
  topic.asked = true;
  send("sync.get", { topic: name, since: topic.seq });
}

function hear(topic, item) {
  if (topic.seq !== null && item.seq <= topic.seq) return;
  topic.seq = item.seq;
  tell(topic, { body: item.body, reload: false });
}

function tell(topic, news) { for (const one of [...topic.hear]) one(news); }

/** A connection that is half open answers nothing. */
function ping() {
  if (!answered) return socket?.close();
  answered = false;
  send("ping", { n: 1 });
}

function ended(code) {
  socket = null;
  greeted = false;
  clearInterval(pinging);
  for (const topic of topics.values()) topic.asked = false;
  if (code === 4401) document.dispatchEvent(new CustomEvent("realtime:signed-out"));
  if (!COME_BACK.has(code) || !topics.size) return;
  // Five hundred that were dropped at once do not come back at once.
  timer = setTimeout(() => { timer = 0; open(); }, wait * (0.5 + Math.random()));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

// Whoever has signed in again, here or in another tab, listens again.
document.addEventListener("realtime:signed-in", open);
addEventListener("online", () => { clearTimeout(timer); timer = 0; wait = FIRST_WAIT; open(); });
