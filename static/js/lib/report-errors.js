/**
 * Tells the server of errors on this page: a few, each once, without values from addresses. It never throws, and what
 * goes wrong in telling is not told. No cookies go along, so a report names nobody.
 */
const MOST = 10;
const seen = new Set();
let connected = false;

/** An address without host, query and fragment. */
function plain(text) {
  return String(text ?? "").replace(/\b(?:https?|wss?|blob|file):\/\/[^\s/"')]*/gi, "").replace(/[?#][^\s"')\]]*/g, "");
}

function send(kind, message, source, line, column, stack) {
  try {
    const url = document.querySelector('meta[name="api-base"]')?.content;
    const key = `${kind} ${message} ${source} ${line}`;
    if (!url || seen.has(key) || seen.size >= MOST) return;
    seen.add(key);
    const body = JSON.stringify({
      kind, message: plain(message).slice(0, 500) || "(none)", source: plain(source).slice(0, 300),
      line: Number.isInteger(line) ? line : 0, column: Number.isInteger(column) ? column : 0,
      stack: plain(stack).slice(0, 4000), page: location.pathname.slice(0, 300),
    });
    fetch(`${url}client-errors/`, {
      method: "POST", body, keepalive: true, credentials: "omit", headers: { "Content-Type": "application/json" },
    }).catch(() => {});
  } catch { /* an error about errors helps nobody */ }
}

/** Listens from now on; calling it again does nothing. */
export function reportErrors() {
  if (connected) return;
  connected = true;
  addEventListener("error", (event) => {
    if (event.target !== window || !event.message) return; // pictures and styles that did not load
    send("error", event.message, event.filename, event.lineno, event.colno, event.error?.stack);
  });
  addEventListener("unhandledrejection", (event) => {
    const reason = event.reason;
    if (reason?.name === "AbortError") return; // left the page, or asked for something newer
    send("promise", reason?.message ?? String(reason), "", 0, 0, reason?.stack);
  });
}
