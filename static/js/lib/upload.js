/** A file sent in parts (tus 1.0): paused and resumed, also after a break of the line, a reload, or a restart of the server. */
import { csrfToken } from "./fetch.js";

const PART = 8 * 1024 * 1024;
const RETRY_AFTER = [0, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
const LOOK_EACH = 400;

async function library() {
  await import("../../vendor/tus-js-client-4.3.1/tus.min.js");
  return window.tus;
}

/**
 * Begins to send ``file`` and gives back {pause, goOn, cancel}. Says by ``on``: sent(bytes), waiting() while the line is
 * broken, checking() when all is there, done(upload) with what the API tells of it, failed(message).
 */
export async function send(file, { endpoint, purpose, on, part = PART }) {
  const { Upload } = await library();
  let over = false;
  const fail = (message) => { over = true; removeEventListener("online", goOn); on.failed(message); };
  const upload = new Upload(file, {
    endpoint,
    chunkSize: part,
    retryDelays: RETRY_AFTER,
    metadata: { filename: file.name, purpose },
    removeFingerprintOnSuccess: true,
    fingerprint: async () => ["tus", purpose, file.name, file.size, file.lastModified, endpoint].join("-"),
    onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
    onProgress: (bytes) => on.sent(bytes),
    onSuccess: () => { removeEventListener("online", goOn); on.checking(); result(upload.url, on, () => over); },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status >= 500 || [408, 409, 423, 429, 460].includes(status);
      if (again) on.waiting();
      return again && navigator.onLine;
    },
    onError: (error) => {
      const answer = error.originalResponse;
      // Without a line it goes on when there is one again.
      if (!answer) return on.waiting();
      let told = "";
      try { told = Object.values(JSON.parse(answer.getBody()).errors ?? {}).flat()[0] ?? JSON.parse(answer.getBody()).detail ?? ""; } catch { /* no problem document */ }
      fail(told);
    },
  });
  function goOn() { if (!over) upload.start(); }
  addEventListener("online", goOn);
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  upload.start();
  return {
    pause: () => upload.abort(),
    goOn,
    cancel: () => { over = true; removeEventListener("online", goOn); return upload.abort(true).catch(() => {}); },
  };
}

async function result(url, on, isOver) {
  while (!isOver()) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return on.failed("");
    const told = answer?.ok ? await answer.json() : null;
    if (told?.state === "done") return on.done(told);
    if (told?.state === "refused") return on.failed(told.message);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EACH));
  }
}
