/**
 * A file sent in parts: paused and resumed, also after a break of the line, a reload, or a restart of the server. By tus 1.0, or
 * straight to the bucket behind the site where the site says so; tus begins it, and finds out what became of it, in both.
 */
import { sendParts } from "./direct-upload.js";
import { csrfToken } from "./fetch.js";

const PART = 8 * 1024 * 1024;
const RETRY_AFTER = [0, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
// After those, as long as the page is open: a server that is away says nothing when it is back.
const AGAIN_EACH = 60_000;
const LOOK_EACH = 400;
const ASK = { headers: { Accept: "application/json" } };

async function library() {
  await import("../../vendor/tus-js-client-4.3.1/tus.min.js");
  return window.tus;
}

/**
 * Begins to send ``file``, to be kept at ``place`` ("folder:0190…") if it is to be, and gives back {pause, goOn, cancel}. Says by ``on``: sent(bytes), waiting() while the line is
 * broken, checking() when all is there, done(upload) with what the API tells of it, failed(message).
 */
export async function send(file, { endpoint, purpose, place = "", on, part = PART, retryAfter = RETRY_AFTER, againEach = AGAIN_EACH }) {
  const { Upload } = await library();
  let later = 0; // the timer of the next try
  let over = false;
  let offered = null; // how it may go straight to the bucket
  let straight = null; // while it does
  let isTried = false;
  let paused = false;
  const end = () => { clearTimeout(later); removeEventListener("online", goOn); };
  const fail = (message) => { over = true; end(); on.failed(message); };
  const upload = new Upload(file, {
    endpoint,
    chunkSize: part,
    retryDelays: retryAfter,
    metadata: { filename: file.name, purpose, ...(place && { place }) },
    removeFingerprintOnSuccess: true,
    fingerprint: async () => ["tus", purpose, place, file.name, file.size, file.lastModified, endpoint].join("-"),
    onBeforeRequest: async (request) => {
      request.setHeader("X-CSRFToken", csrfToken());
      if (request.getMethod() !== "PATCH") return;
      const offset = Number(request.getHeader("Upload-Offset"));
      const checksum = await checksumOf(file.slice(offset, offset + part));
      // The request could not be broken off meanwhile.
      if (over || paused || straight) throw new Error("paused or over");
      if (checksum) request.setHeader("Upload-Checksum", checksum);
    },
    onAfterResponse: (request, response) => {
      if (request.getMethod() === "POST") offered = offeredIn(response.getBody());
      // tus would take it for gone, and begin anew.
      if (request.getMethod() === "HEAD" && (response.getStatus() >= 500 || response.getStatus() === 429)) throw new Error("away");
    },
    onUploadUrlAvailable: () => goStraight(),
    onProgress: (bytes) => on.sent(bytes),
    onSuccess: () => { end(); on.checking(); result(upload.url, on, () => over); },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status >= 500 || [408, 409, 423, 429, 460].includes(status);
      if (again) on.waiting();
      return again && navigator.onLine;
    },
    onError: (error) => {
      const answer = error.originalResponse;
      // Without a line it goes on when there is one again. A proxy answers for a server that is away.
      if (!answer || [502, 503, 504].includes(answer.getStatus())) {
        on.waiting();
        // Not all pages at once.
        if (navigator.onLine) later = setTimeout(goOn, againEach * (1 + Math.random() / 4));
        return;
      }
      let told = "";
      try { told = Object.values(JSON.parse(answer.getBody()).errors ?? {}).flat()[0] ?? JSON.parse(answer.getBody()).detail ?? ""; } catch { /* no problem document */ }
      fail(told);
    },
  });
  /** Once: what comes back from there is over, or goes on by tus. */
  function goStraight() {
    if (!offered || isTried || over) return false;
    isTried = true;
    upload.abort();
    straight = sendParts(file, { address: upload.url, direct: offered, on });
    straight.ended.then(() => { straight = null; goOn(); });
    return true;
  }
  // A line that comes back does not undo a pause.
  function goOn() {
    clearTimeout(later);
    if (over || paused) return;
    if (straight) straight.goOn(); else upload.start();
  }
  addEventListener("online", goOn);
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) {
    upload.resumeFromPreviousUpload(earlier);
    offered = await fetch(earlier.uploadUrl, ASK).then((answer) => answer.text()).then(offeredIn).catch(() => null);
  }
  if (!goStraight()) upload.start();
  return {
    pause: () => { paused = true; return (straight ?? { pause: () => upload.abort() }).pause(); },
    goOn: () => { paused = false; goOn(); },
    cancel: () => { over = true; straight?.stop(); end(); return upload.abort(true).catch(() => {}); },
  };
}

/** {part_size, parts} if what the site tells of an upload says that it may go straight to the bucket. */
function offeredIn(body) {
  try { return JSON.parse(body).direct ?? null; } catch { return null; }
}

/** Of a part, so that one that arrives changed is sent again; "" where the browser counts none, as without TLS. */
async function checksumOf(piece) {
  try {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer()));
    return `sha256 ${btoa(String.fromCharCode(...digest))}`;
  } catch { return ""; }
}

async function result(url, on, isOver) {
  while (!isOver()) {
    const answer = await fetch(url, ASK).catch(() => null);
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return on.failed("");
    const told = answer?.ok ? await answer.json() : null;
    if (told?.state === "done") return on.done(told);
    if (told?.state === "refused") return on.failed(told.message);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EACH));
  }
}
