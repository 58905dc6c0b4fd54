import { sendParts } from "/static/js/lib/direct-upload.js";
import { equal, test, until, wait } from "/tests/harness.js";

const SOON = [5, 10];
const FILE = new File(["aaaabbbbcc"], "a.zip");
const DIRECT = { part_size: 4, parts: 3 };

/** Stands in for the site and the bucket while run() is at work: keeps parts as they come; ``lose(number)`` says whether a PUT fails, and with what. */
async function withBucket({ there = {}, lose = () => null, answer = () => 200 }, run) {
  const { fetch, XMLHttpRequest } = window;
  const bucket = { parts: { ...there }, sent: [], asked: [], most: 0, completed: null };
  let underWay = 0;
  window.fetch = async (url, { method, body, headers }) => {
    const path = url.pathname.split("/").at(-2);
    bucket.asked.push(`${method} ${path}`);
    const status = answer(bucket.asked.length, path);
    if (status === 0) throw new TypeError("Failed to fetch");
    if (status !== 200) return new Response("{}", { status });
    const wanted = body ? JSON.parse(body) : {};
    if (method === "POST") equal(headers["X-CSRFToken"], "token-of-the-page");
    if (path === "complete") bucket.completed = wanted.parts;
    const parts = wanted.numbers?.map((number) => ({ number, size: number === 3 ? 2 : 4, address: `https://bucket.example/${number}` }))
      ?? Object.entries(bucket.parts).map(([number, text]) => ({ number: Number(number), size: text.length, etag: `"${number}"` }));
    return new Response(JSON.stringify({ parts }));
  };
  window.XMLHttpRequest = class {
    upload = {};
    status = 0;
    open(method, url) { this.number = Number(url.at(-1)); }
    async send(piece) {
      underWay += 1;
      bucket.most = Math.max(bucket.most, underWay);
      const text = await piece.text();
      await wait(20);
      if (this.isCut) return;
      this.status = lose(this.number, bucket.sent.length) ?? 200;
      if (this.status === 200) bucket.parts[this.number] = text;
      this.end();
    }
    abort() { this.isCut = true; this.end(); }
    end() { underWay -= 1; bucket.sent.push([this.number, this.status]); this.onloadend(); }
  };
  try { await run(bucket); } finally { Object.assign(window, { fetch, XMLHttpRequest }); }
}

function begin(more = {}) {
  const said = { sent: [], waited: 0 };
  const transfer = sendParts(FILE, {
    address: "/api/v1/uploads/1/", direct: DIRECT, retryAfter: SOON,
    on: { sent: (bytes) => said.sent.push(bytes), waiting: () => { said.waited += 1; } }, ...more,
  });
  return { ...transfer, said };
}

test("parts go three at a time, and are named when all are there", () => withBucket({}, async (bucket) => {
  const { ended, said } = begin();
  await ended;
  equal(bucket.parts, { 1: "aaaa", 2: "bbbb", 3: "cc" });
  equal(bucket.completed, [{ number: 1, etag: '"1"' }, { number: 2, etag: '"2"' }, { number: 3, etag: '"3"' }]);
  equal([bucket.most, said.sent[0], said.sent.at(-1), said.waited], [3, 0, 10, 0]);
}));
test("a part that is lost is sent again, and no other", () => withBucket({ lose: (number, sent) => (number === 2 && sent < 3 ? 0 : null) }, async (bucket) => {
  const { ended, said } = begin();
  await ended;
  equal(bucket.sent.filter(([number]) => number !== 2).length, 2);
  equal([bucket.parts[2], said.waited > 0, bucket.completed.length], ["bbbb", true, 3]);
}));
test("what is there already is not sent again", () => withBucket({ there: { 1: "aaaa", 3: "cc" } }, async (bucket) => {
  const { ended, said } = begin();
  await ended;
  equal([bucket.sent, said.sent[0], bucket.completed.length], [[[2, 200]], 6, 3]);
}));
test("a site that is away for a moment is asked again", () => withBucket({ answer: (count) => [0, 503, 429, 200][Math.min(count - 1, 3)] }, async (bucket) => {
  const { ended, said } = begin();
  await ended;
  equal([said.waited, bucket.completed.length], [3, 3]);
}));
test("a bucket that cannot be reached is given up", () => withBucket({ lose: () => 0 }, async (bucket) => {
  await begin().ended;
  equal([bucket.completed, bucket.parts], [null, {}]);
}));
test("an upload that is gone is not asked for again", () => withBucket({ answer: () => 404 }, async (bucket) => {
  await begin().ended;
  equal(bucket.asked, ["GET parts"]);
}));
test("paused nothing is sent until it goes on", () => withBucket({}, async (bucket) => {
  const { pause, goOn, ended, said } = begin();
  await until(() => bucket.most === 3);
  pause();
  await wait(100);
  equal([bucket.parts, bucket.completed, said.waited], [{}, null, 0]);
  goOn();
  await ended;
  equal(bucket.completed.length, 3);
}));
test("stopped it is over", () => withBucket({}, async (bucket) => {
  const { stop, ended } = begin();
  await until(() => bucket.most === 3);
  stop();
  await ended;
  await wait(60);
  equal([bucket.parts, bucket.completed], [{}, null]);
}));
