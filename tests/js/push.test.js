import connect from "/static/js/modules/push.js";
import { pushState, renewPush } from "/static/js/lib/push.js";
import { equal, place, test, until } from "/tests/harness.js";

const KEY = "BAEC";
const KEPT = "push-browser";
const bytes = (...numbers) => new Uint8Array(numbers).buffer;
const json = (body, status = 200) => new Response(body === null ? null : JSON.stringify(body), { status });

/** A browser, its push service and the site, as far as push goes; ``sent`` collects what the site was asked. */
async function world({ permission = "granted", subscription = null, kept = null, browsers = [], person = "sam", pushMark = "s1", key = KEY, refuse = null, supported = true } = {}, run) {
  const { fetch, Notification, PushManager } = window;
  const sent = [];
  const now = { subscription: subscription && { ...subscription }, endpoints: 0 };
  const of = (found) => found && {
    ...found, options: { applicationServerKey: found.key }, toJSON: () => ({ endpoint: found.endpoint, keys: { p256dh: "p", auth: "a" } }),
    unsubscribe: async () => { now.subscription = null; sent.push("unsubscribed"); return true; },
  };
  const registration = {
    pushManager: {
      getSubscription: async () => of(now.subscription),
      subscribe: async ({ applicationServerKey, userVisibleOnly }) => {
        now.subscription = { endpoint: `https://push/${now.endpoints += 1}`, key: applicationServerKey.buffer };
        sent.push(["subscribed", [...applicationServerKey], userVisibleOnly]);
        return of(now.subscription);
      },
    },
  };
  const container = { register: async (url, { scope }) => { sent.push(["worker", url, scope]); return registration; }, ready: Promise.resolve(registration), getRegistration: async () => registration, addEventListener() {} };
  Object.defineProperty(navigator, "serviceWorker", { configurable: true, value: container });
  const asking = { permission, requestPermission: async () => asking.permission };
  window.Notification = asking;
  if (supported) window.PushManager = PushManager ?? class {}; else delete window.PushManager;
  window.fetch = async (url, { method = "GET", body } = {}) => {
    const path = String(url).replace("/api/v1/", "");
    if (path.startsWith("auth/")) return json({ access: `h.${btoa(JSON.stringify({ sub: "sam" }))}.s`, expires_in: 600 });
    if (!path.startsWith("notifications/push/")) return json(null, 404);
    if (method !== "GET") sent.push([method, path, body ? JSON.parse(body).endpoint : ""]);
    if (method !== "GET" && refuse) return json(refuse, refuse.status);
    if (method === "POST") return json({ id: "b9" }, 201);
    return method === "DELETE" ? json(null, 204) : json({ public_key: key, browsers });
  };
  if (kept) localStorage.setItem(KEPT, JSON.stringify(kept)); else localStorage.removeItem(KEPT);
  place(`<div><a id="bell" data-person="${person}" data-push-mark="${pushMark}"></a><div id="panel" data-worker="/sw.js" data-on="It is on." data-off="It is off." data-denied="It is forbidden." data-unsupported="It cannot." data-failed="It failed.">
    <p data-state></p><p data-buttons hidden><button data-turn-on hidden>on</button><button data-turn-off hidden>off</button></p></div></div>`);
  try { await run({ sent, now, kept: () => JSON.parse(localStorage.getItem(KEPT)), panel: document.getElementById("panel") }); } finally {
    delete navigator.serviceWorker;
    localStorage.removeItem(KEPT);
    Object.assign(window, { fetch, Notification, PushManager });
  }
}
const KNOWN = { id: "b1", endpoint: "https://push/0", person: "sam", pushMark: "s1" };
const HELD = { endpoint: "https://push/0", key: bytes(4, 1, 2) };
const looks = (panel) => [panel.querySelector("[data-state]").textContent, ...[...panel.querySelectorAll("button")].map((one) => one.closest("[hidden]") === null)];

test("what a browser cannot, or was forbidden, is said in words and has no button", async () => {
  await world({ supported: false }, async ({ panel }) => { await connect(panel); equal(looks(panel), ["It cannot.", false, false]); });
  await world({ permission: "denied" }, async ({ panel }) => { await connect(panel); equal(looks(panel), ["It is forbidden.", false, false]); });
});
test("turned on: the worker, the key of the site, then the site is told and the place kept", () => world({ browsers: [{ id: "b9" }] }, async ({ panel, sent, kept }) => {
  await connect(panel);
  equal(looks(panel), ["It is off.", true, false]);
  panel.querySelector("[data-turn-on]").click();
  await until(() => looks(panel)[0] === "It is on.");
  equal(looks(panel), ["It is on.", false, true]);
  equal(sent, [["worker", "/sw.js", "/"], ["subscribed", [4, 1, 2], true], ["POST", "notifications/push/", "https://push/1"]]);
  equal(kept(), { id: "b9", endpoint: "https://push/1", person: "sam", pushMark: "s1" });
}));
test("turned off: the browser gives it up and the site hears of it", () => world({ subscription: HELD, kept: KNOWN, browsers: [{ id: "b1" }] }, async ({ panel, sent, kept }) => {
  await connect(panel);
  equal(looks(panel), ["It is on.", false, true]);
  panel.querySelector("[data-turn-off]").click();
  await until(() => looks(panel)[0] === "It is off.");
  equal([sent, kept()], [["unsubscribed", ["DELETE", "notifications/push/b1/", ""]], null]);
}));
test("a reader who says no leaves it off", () => world({ permission: "default" }, async ({ panel, sent, kept }) => {
  await connect(panel);
  panel.querySelector("[data-turn-on]").click();
  await until(() => !panel.querySelector("[data-turn-on]").disabled);
  equal([looks(panel)[0], sent, kept()], ["It is off.", [], null]);
}));
test("what the site refuses is said, and it stays off", () => world({ refuse: { status: 409, code: "too_many_browsers", title: "Too many browsers." } }, async ({ panel, kept }) => {
  await connect(panel);
  panel.querySelector("[data-turn-on]").click();
  await until(() => document.getElementById("toasts").textContent.includes("Too many browsers."));
  await until(() => !panel.querySelector("[data-turn-on]").disabled);
  equal([looks(panel)[0], kept()], ["It is off.", null]);
}));
test("removed from the list elsewhere it is off, and is not asked for again", () => world({ subscription: HELD, kept: KNOWN }, async ({ kept }) => {
  equal([await pushState(), kept()], ["off", null]);
}));
test("while nothing has changed the site is not asked", () => world({ subscription: HELD, kept: KNOWN }, async ({ sent }) => {
  await renewPush();
  equal(sent, []);
}));
test("the next sign-in of the same person brings it back", () => world({ subscription: HELD, kept: KNOWN, pushMark: "s2" }, async ({ sent, kept }) => {
  await renewPush();
  equal(sent, [["POST", "notifications/push/", "https://push/0"]]);
  equal(kept(), { id: "b9", endpoint: "https://push/0", person: "sam", pushMark: "s2" });
}));
test("somebody else's ends it in the browser", () => world({ subscription: HELD, kept: KNOWN, person: "suri", pushMark: "s2" }, async ({ sent, kept, now }) => {
  await renewPush();
  equal([sent, kept(), now.subscription], [["unsubscribed"], null, null]);
}));
test("looking at the site as somebody else changes nothing", () => world({ subscription: HELD, kept: KNOWN, person: "suri", pushMark: "" }, async ({ sent, kept }) => {
  await renewPush();
  equal([sent, kept()], [[], KNOWN]);
}));
test("another address is told, and another key of the site asked with", () => world({ subscription: { endpoint: "https://push/new", key: bytes(9) }, kept: KNOWN }, async ({ sent }) => {
  await renewPush();
  equal(sent, ["unsubscribed", ["subscribed", [4, 1, 2], true], ["POST", "notifications/push/", "https://push/1"]]);
}));
test("forbidden afterwards in the browser's settings, the site is told", () => world({ permission: "denied", kept: KNOWN }, async ({ sent, kept }) => {
  await renewPush();
  equal([sent, kept()], [[["DELETE", "notifications/push/b1/", ""]], null]);
}));
