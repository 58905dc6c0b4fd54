import { ApiProblem, createApi } from "/static/js/lib/api.js";
import { askToSignIn } from "/static/js/lib/sign-in-dialog.js";
import { takeCsrfToken } from "/static/js/lib/channel.js";
import { equal, place, test, until, wait } from "/tests/harness.js";

const PROBLEM = { type: "x", title: "Some values cannot be used.", status: 400, code: "invalid", errors: { name: ["Too long."] }, request_id: "r-1" };
const json = (body, status = 200, headers = {}) => new Response(body === null ? null : JSON.stringify(body), { status, headers });
const access = (number, sub = "sam") => `h.${btoa(JSON.stringify({ sub, number }))}.s`;

/** A server that gives tokens 1, 2, … and takes the newest alone; answer(request) may answer in its place. */
function server({ answer = () => null, sub = () => "sam" } = {}) {
  const seen = [];
  let number = 0;
  let valid = "";
  const fetch = async (url, options) => {
    const request = { url, method: options.method, headers: options.headers, body: options.body };
    seen.push(request);
    await wait(5);
    const answered = answer(request, seen);
    if (answered) return answered;
    if (/session\/(token|refresh)\/$/.test(url)) { valid = access(number += 1, sub()); return json({ access: valid, expires_in: 600 }); }
    if (options.headers.Authorization !== `Bearer ${valid}`) return json({ code: "token_refused" }, 401);
    return json({ ok: true });
  };
  const paths = () => seen.map((request) => request.url.replace("/api/v1/", ""));
  return { fetch, seen, paths, end: () => { valid = "ended"; } };
}

/** Tabs of one browser: what one says, the others hear. */
function tabs() {
  const all = new Set();
  return class extends EventTarget {
    constructor() { super(); all.add(this); }
    postMessage(data) { for (const other of all) if (other !== this) other.dispatchEvent(new MessageEvent("message", { data })); }
    close() { all.delete(this); }
  };
}
const quick = { sleep: () => wait(1), locks: null, signIn: async () => false };
const client = (one, more = {}) => createApi({ fetch: one.fetch, Channel: tabs(), ...quick, ...more });
async function problem(run) {
  try { await run(); } catch (error) { return error; }
  throw new Error("nothing was thrown");
}

test("a token is fetched at first use with the page's session, attached, and used again", async () => {
  const one = server();
  const api = client(one);
  equal(await api("me/"), { ok: true });
  await api("courses/", { method: "POST", body: { title: "Ponds" } });
  equal(one.paths(), ["auth/session/token/", "me/", "courses/"]);
  equal(one.seen[0].headers["X-CSRFToken"], document.querySelector("meta[name=csrf-token]").content);
  equal([one.seen[2].headers.Authorization, one.seen[2].body], [`Bearer ${access(1)}`, '{"title":"Ponds"}']);
});
test("ten requests with an old token renew it once, and each is sent once more", async () => {
  const one = server();
  const api = client(one);
  await api("me/");
  one.end();
  equal(await Promise.all(Array.from({ length: 10 }, () => api("me/"))), Array.from({ length: 10 }, () => ({ ok: true })));
  equal(one.paths().filter((path) => path.startsWith("auth/")), ["auth/session/token/", "auth/session/refresh/"]);
  equal(one.paths().filter((path) => path === "me/").length, 21);
});
test("a refresh that is refused falls back on the session", async () => {
  const one = server({ answer: ({ url }) => url.endsWith("refresh/") ? json({ code: "token_refused" }, 401) : null });
  const api = client(one);
  await api("me/");
  one.end();
  equal(await api("me/"), { ok: true });
  equal(one.paths(), ["auth/session/token/", "me/", "me/", "auth/session/refresh/", "auth/session/token/", "me/"]);
});
test("when the session is over, one dialog asks, and all go on after signing in", async () => {
  let isOver = false;
  let asked = 0;
  const one = server({ answer: ({ url }) => isOver && url.includes("session/") ? json({ code: "not_signed_in" }, 401) : null });
  const api = client(one, { signIn: async () => { asked += 1; await wait(20); isOver = false; return true; } });
  await api("me/");
  one.end();
  isOver = true;
  equal(await Promise.all([api("me/"), api("me/"), api("me/")]), Array.from({ length: 3 }, () => ({ ok: true })));
  equal(asked, 1);
});
test("who does not sign in gets the problem, and the next try asks again", async () => {
  let asked = 0;
  const one = server({ answer: () => json({ code: "not_signed_in", title: "Sign in." }, 401) });
  const api = client(one, { signIn: async () => { asked += 1; return false; } });
  for (let number = 0; number < 2; number += 1) {
    const error = await problem(() => api("me/"));
    equal([error instanceof ApiProblem, error.status, error.code], [true, 401, "not_signed_in"]);
  }
  equal(asked, 2);
});
test("a request that is refused with a new token as well is not sent a third time", async () => {
  const one = server({ answer: ({ url }) => url.endsWith("me/") ? json({ code: "token_refused" }, 401) : null });
  equal((await problem(() => client(one)("me/"))).status, 401);
  equal(one.paths().filter((path) => path === "me/").length, 2);
});
test("somebody else who signs in does not go on with this person's page", async () => {
  let sub = "sam";
  const one = server({ sub: () => sub });
  const api = client(one);
  await api("me/");
  one.end();
  sub = "eve";
  equal((await problem(() => api("me/"))).code, "someone_else");
  equal(one.paths().filter((path) => path === "me/").length, 2);
});
test("a tab's new token is every tab's", async () => {
  const [one, Channel] = [server(), tabs()];
  const [first, second] = [client(one, { Channel }), client(one, { Channel })];
  await first("me/");
  await second("me/");
  equal(one.paths(), ["auth/session/token/", "me/", "me/"]);
});
test("two tabs whose token is too old renew it once between them", async () => {
  const [one, Channel] = [server(), tabs()];
  const { locks } = navigator;
  const [first, second] = [client(one, { Channel, locks }), client(one, { Channel, locks })];
  await first("me/");
  one.end();
  await Promise.all([first("me/"), second("me/"), first("me/"), second("me/")]);
  equal(one.paths().filter((path) => path.startsWith("auth/")), ["auth/session/token/", "auth/session/refresh/"]);
});
test("a problem document becomes an error with its parts", async () => {
  const one = server({ answer: ({ url }) => url.endsWith("me/") ? json(PROBLEM, 400) : null });
  const error = await problem(() => client(one)("me/", { method: "PATCH", body: {} }));
  equal([error.status, error.code, error.title, error.fields, error.requestId, error.message],
    [400, "invalid", PROBLEM.title, { name: ["Too long."] }, "r-1", PROBLEM.title]);
});
test("an error that is no problem document has its status", async () => {
  const one = server({ answer: ({ url }) => url.endsWith("me/") ? new Response("<h1>Bad gateway</h1>", { status: 502 }) : null });
  const error = await problem(() => client(one)("me/"));
  equal([error.status, error.code, error.fields], [502, "", {}]);
});
test("an empty answer is null", async () => {
  const one = server({ answer: ({ url }) => url.endsWith("me/") ? json(null, 204) : null });
  equal(await client(one)("me/", { method: "DELETE" }), null);
});
test("a POST keeps its key over lost connections, new tokens and pauses", async () => {
  const answers = [() => { throw new TypeError("Failed to fetch"); }, () => json({}, 401), () => json({}, 503), () => json({ id: 1 }, 201)];
  const one = server({ answer: ({ url }) => url.endsWith("courses/") ? answers.shift()() : null });
  equal(await client(one)("courses/", { method: "POST", body: {} }), { id: 1 });
  const keys = one.seen.filter((request) => request.url.endsWith("courses/")).map((request) => request.headers["Idempotency-Key"]);
  equal([keys.length, new Set(keys).size, keys[0].length], [4, 1, 32]);
});
test("a change that could happen twice is not sent again without an answer", async () => {
  const one = server({ answer: ({ url }) => { if (url.endsWith("me/")) throw new TypeError("Failed to fetch"); return null; } });
  const error = await problem(() => client(one)("me/", { method: "PATCH", body: {} }));
  equal([error.status, error.code, one.paths()], [0, "no_connection", ["auth/session/token/", "me/"]]);
  equal((await problem(() => client(one)("me/"))).code, "no_connection");
  equal(one.paths().filter((path) => path === "me/").length, 5);
});
test("Retry-After is waited for, within bounds", async () => {
  const waits = [];
  let left = 2;
  let pause = "3";
  const one = server({ answer: ({ url }) => url.endsWith("me/") && (left -= 1) >= 0 ? json({ code: "throttled" }, 429, { "Retry-After": pause }) : null });
  const api = client(one, { sleep: async (length) => { if (length) waits.push(length); } });
  equal([await api("me/"), waits], [{ ok: true }, [3, 3]]);
  [left, pause] = [1, "600"];
  const error = await problem(() => api("me/"));
  equal([error.status, error.code, error.retryAfter, waits.length], [429, "throttled", 600, 2]);
});
test("a caller's own abort is passed on", async () => {
  const one = server();
  const controller = new AbortController();
  const fetch = (url, options) => url.endsWith("me/") ? Promise.reject(new DOMException("off", "AbortError")) : one.fetch(url, options);
  equal((await problem(() => client({ fetch })("me/", { signal: controller.signal }))).name, "AbortError");
});
test("the dialog leads to another window and goes when somebody has signed in there", async () => {
  const fetch = async () => new Response("<dialog class='dialog'><a target='_blank' href='/x'>Sign in</a> <button>Not now</button></dialog>");
  const Channel = tabs();
  const shown = () => document.querySelector("body > dialog")?.open ?? false;
  const asked = askToSignIn({ Channel, fetch });
  await until(shown);
  equal(shown(), true);
  new Channel().postMessage({ type: "signed-in", csrf: "new" });
  equal([await asked, document.querySelector("body > dialog")], [true, null]);
  const refused = askToSignIn({ Channel, fetch });
  await until(shown);
  document.querySelector("body > dialog button").click();
  equal(await refused, false);
});
test("where the dialog cannot be had nobody is asked", async () => {
  const answers = [async () => new Response("", { status: 503 }), async () => new Response("<p>Offline</p>"), () => Promise.reject(new TypeError())];
  equal(await Promise.all(answers.map((fetch) => askToSignIn({ fetch }))), [false, false, false]);
});
test("a page takes over the forms' new token", async () => {
  const form = place("<form><input type='hidden' name='csrfmiddlewaretoken' value='old'></form>");
  const before = document.querySelector("meta[name=csrf-token]").content;
  takeCsrfToken("new");
  equal([form.elements[0].value, document.querySelector("meta[name=csrf-token]").content], ["new", "new"]);
  takeCsrfToken(undefined);
  takeCsrfToken(before);
  equal(form.elements[0].value, before);
});
test("a real channel carries it between tabs", async () => {
  const one = server();
  const heard = [];
  const channel = new BroadcastChannel("api");
  channel.addEventListener("message", ({ data }) => heard.push(data.type));
  await createApi({ fetch: one.fetch, ...quick })("me/");
  await until(() => heard.length);
  channel.close();
  equal(heard, ["token"]);
});
