import { send } from "/static/js/lib/upload.js";
import { equal, test, until, wait } from "/tests/harness.js";

const ADDRESS = `${location.origin}/api/v1/uploads/1/`;
const SOON = [5, 5];
const AGAIN = 40;
let made = 0;

/** Stands in for the site while run() is at work: ``answer(request)`` may give the status of a request, 0 for none at all. */
async function withSite({ answer = () => null, online = true }, run) {
  const { fetch, XMLHttpRequest } = window;
  const site = { text: "", asked: [], checksums: [], online, answer };
  Object.defineProperty(navigator, "onLine", { configurable: true, get: () => site.online });
  window.fetch = async () => new Response(JSON.stringify({ state: "done", name: "a.zip" }));
  window.XMLHttpRequest = class {
    upload = {};
    sent = {};
    given = {};
    status = 0;
    responseText = "{}";
    open(method, url) { this.method = method; this.url = url; }
    setRequestHeader(name, value) { this.sent[name] = value; }
    getResponseHeader(name) { return this.given[name] ?? null; }
    async send(body) {
      const text = body ? await body.text() : "";
      await wait(1);
      if (this.isCut) return;
      site.asked.push(this.method);
      this.status = site.answer(this, text) ?? this.take(text);
      if (this.status) this.onload(); else this.onerror(new Event("error"));
    }
    take(text) {
      if (this.method === "POST") { this.given = { Location: ADDRESS }; return 201; }
      if (this.method === "PATCH") { site.text += text; site.checksums.push(this.sent["Upload-Checksum"]); }
      this.given = { "Upload-Offset": String(site.text.length), "Upload-Length": "10" };
      return this.method === "HEAD" ? 200 : 204;
    }
    abort() { this.isCut = true; }
  };
  try { await run(site); } finally { delete navigator.onLine; Object.assign(window, { fetch, XMLHttpRequest }); }
}

/** Of ten bytes, in parts of four. */
async function begin(more = {}) {
  const said = { waited: 0, failed: [], done: null };
  made += 1; // of the same name it would go on with what an earlier test left
  const transfer = await send(new File(["aaaabbbbcc"], `${made}.zip`), {
    endpoint: "/api/v1/uploads/", purpose: "file", part: 4, retryAfter: SOON, againEach: AGAIN,
    on: {
      sent: () => {}, checking: () => {}, waiting: () => { said.waited += 1; },
      failed: (message) => said.failed.push(message), done: (told) => { said.done = told; },
    },
    ...more,
  });
  return { ...transfer, said };
}

const count = (site, method) => site.asked.filter((one) => one === method).length;

for (const [what, status] of [["says nothing", 0], ["is away behind a proxy", 502], ["is away for a while", 503]]) {
  test(`a site that ${what} for long is asked until it is back`, () => withSite({}, async (site) => {
    let lost = 0;
    // The first part gets through; then there is more than all quick tries, and nobody tells that it is back.
    site.answer = () => (site.text.length === 4 && lost < 8 ? ((lost += 1), status) : null);
    const { said } = await begin();
    await until(() => said.done);
    equal([site.text, lost, said.failed, said.done?.name], ["aaaabbbbcc", 8, [], "a.zip"]);
    equal([count(site, "POST"), said.waited >= 8], [1, true], "it goes on where it was");
  }));
}

test("paused or cancelled while the site is away it is not asked any more", async () => {
  for (const how of ["pause", "cancel"]) {
    await withSite({ answer: () => 0 }, async (site) => {
      const transfer = await begin();
      await until(() => transfer.said.waited > SOON.length + 1);
      await transfer[how]();
      const before = site.asked.length;
      await wait(4 * AGAIN);
      equal(site.asked.length, before, how);
      if (how === "cancel") return;
      site.answer = () => null;
      transfer.goOn();
      await until(() => transfer.said.done);
      equal(site.text, "aaaabbbbcc");
    });
  }
});

test("without a line it waits for one", () => withSite({ answer: () => 0, online: false }, async (site) => {
  const { said } = await begin();
  await until(() => said.waited > 0);
  await wait(4 * AGAIN);
  equal(site.asked, ["POST"]);
  Object.assign(site, { online: true, answer: () => null });
  dispatchEvent(new Event("online"));
  await until(() => said.done);
  equal(site.text, "aaaabbbbcc");
}));

test("each part has its checksum, and one that arrived changed is sent again", () => withSite({}, async (site) => {
  let changed = 0;
  site.answer = ({ method }, text) => (method === "PATCH" && text === "bbbb" && !changed ? ((changed += 1), 460) : null);
  const { said } = await begin();
  await until(() => said.done);
  const expected = await Promise.all(["aaaa", "bbbb", "cc"].map(async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `sha256 ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  }));
  equal([site.text, site.checksums, changed], ["aaaabbbbcc", expected, 1]);
}));

test("what the site refuses is over", () => withSite({ answer: () => 400 }, async (site) => {
  const { said } = await begin();
  await until(() => said.failed.length);
  await wait(3 * AGAIN);
  equal([site.asked, said], [["POST"], { waited: 0, failed: [""], done: null }]);
}));
