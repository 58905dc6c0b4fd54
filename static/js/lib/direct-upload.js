/**
 * The bytes of a file on their way straight to the bucket behind the site, in parts, by addresses that the site signs. What has
 * arrived the bucket knows, so it goes on after a break of the line or a reload.
 */
import { csrfToken } from "./fetch.js";

const AT_ONCE = 3;
const RETRY_AFTER = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
// So often it is tried, before one part got through, until the bucket is taken for out of reach from here.
const TRIES = 3;

class Refused extends Error {}
class OutOfReach extends Error {}

const total = (numbers) => [...numbers].reduce((sum, number) => sum + number, 0);

/**
 * Begins to send ``file``, of the upload at ``address``, and gives back {pause, goOn, stop, ended}. ``ended`` is kept when all
 * is there or when it is better asked, or sent, the usual way; it is never broken. Says by ``on``: sent(bytes), waiting().
 */
export function sendParts(file, { address, direct: { part_size: size, parts: count }, on, retryAfter = RETRY_AFTER }) {
  const bell = new EventTarget(); // rings when waiting makes no sense any more
  const underWay = new Map(); // the requests of parts, by number
  const there = new Map(); // bytes of each part that are in the bucket, or on their way
  let [paused, stopped, anyArrived] = [false, false, false];

  const rung = (after) => new Promise((resolve) => {
    bell.addEventListener("ring", resolve, { once: true });
    if (after !== undefined) setTimeout(resolve, after);
  });
  const tell = () => on.sent(Math.min(file.size, total(there.values())));
  const cut = () => { for (const request of underWay.values()) request.abort(); };

  /** Does it until it is done: after failures with growing waits, when paused not before going on. */
  async function insist(act) {
    for (let failed = 0; ; failed += 1) {
      while (paused && !stopped) await rung();
      if (stopped) throw new Refused();
      try { return await act(failed); } catch (problem) {
        if (problem instanceof Refused || problem instanceof OutOfReach) throw problem;
        if (paused || stopped) { failed = -1; continue; }
        on.waiting();
        await rung(retryAfter[Math.min(failed, retryAfter.length - 1)]);
      }
    }
  }

  const ask = (path, body) => insist(() => fromSite(new URL(path, new URL(address, location.href)), body));

  function put(number, where) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      underWay.set(number, request);
      request.open("PUT", where);
      request.upload.onprogress = (event) => { there.set(number, event.loaded); tell(); };
      request.onloadend = () => {
        underWay.delete(number);
        if (request.status >= 200 && request.status < 300) return resolve();
        there.delete(number);
        // Nothing gathers there any more.
        if (request.status === 404) return reject(new Refused());
        return reject(new Error(`part ${number}: ${request.status}`));
      };
      const begin = (number - 1) * size;
      request.send(file.slice(begin, begin + size));
    });
  }

  const sendPart = (number) => insist(async (failed) => {
    if (failed >= TRIES && !anyArrived && navigator.onLine) throw new OutOfReach();
    const { parts: [part] } = await ask("parts/", { numbers: [number] });
    await put(number, part.address);
    anyArrived = true;
    there.set(number, part.size);
    tell();
  });

  async function sendAll(numbers) {
    const next = async () => { while (numbers.length) await sendPart(numbers.shift()); };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async function run() {
    for (;;) {
      const { parts } = await ask("parts/");
      there.clear();
      for (const part of parts) there.set(part.number, part.size);
      tell();
      if (parts.length === count) return ask("complete/", { parts: parts.map(({ number, etag }) => ({ number, etag })) });
      anyArrived ||= parts.length > 0;
      await sendAll(Array.from({ length: count }, (_, index) => index + 1).filter((number) => !there.has(number)));
    }
  }

  const stop = () => { stopped = true; cut(); bell.dispatchEvent(new Event("ring")); };
  return {
    pause: () => { paused = true; cut(); },
    goOn: () => { paused = false; bell.dispatchEvent(new Event("ring")); },
    stop,
    ended: run().catch(() => {}).finally(stop),
  };
}

/** What the site answers; Refused if asking once more is no use. */
async function fromSite(url, body) {
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
  if (answer.ok) return answer.json();
  if (answer.status < 500 && ![408, 429].includes(answer.status)) throw new Refused();
  throw new Error(`${url}: ${answer.status}`);
}
