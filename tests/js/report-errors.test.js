import { reportErrors } from "/static/js/lib/report-errors.js";
import { equal, test } from "/tests/harness.js";

/** What is told while run() is at work; the address comes from the page's head, as on every page of ours. */
async function told(run, status = 204) {
  const meta = document.createElement("meta");
  meta.name = "api-base";
  meta.content = "/api/v1/";
  document.head.append(meta);
  const { fetch } = window;
  const requests = [];
  window.fetch = async (url, options) => {
    requests.push({ url, ...options, body: JSON.parse(options.body) });
    if (status === 0) throw new TypeError("Failed to fetch");
    return new Response(null, { status });
  };
  try {
    await run();
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    window.fetch = fetch;
    meta.remove();
  }
  return requests;
}

function broken(message, more = {}) {
  dispatchEvent(new ErrorEvent("error", { message, filename: `${location.origin}/static/js/a.js?v=1`, lineno: 3, colno: 4, ...more }));
}

test("report-errors tells an error once, without cookies, host and values of addresses", async () => {
  reportErrors();
  reportErrors();
  const requests = await told(() => {
    broken(`no answer of ${location.origin}/x?token=secret`);
    broken(`no answer of ${location.origin}/x?token=secret`);
  });
  equal(requests.length, 1);
  const [{ url, method, keepalive, credentials, body }] = requests;
  equal([url, method, keepalive, credentials], ["/api/v1/client-errors/", "POST", true, "omit"]);
  equal([body.kind, body.message, body.source, body.line, body.column, body.page], ["error", "no answer of /x", "/static/js/a.js", 3, 4, location.pathname]);
});

test("report-errors passes over pictures that did not load and requests that were called off", async () => {
  const requests = await told(() => {
    document.body.append(Object.assign(document.createElement("i"), { id: "none" }));
    document.getElementById("none").dispatchEvent(new Event("error", { bubbles: true }));
    document.getElementById("none").remove();
    dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: new DOMException("left", "AbortError") }));
  });
  equal(requests.length, 0);
});

test("report-errors tells of promises, never of its own trouble, and not for ever", async () => {
  const lost = await told(() => {
    dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: new Error("lost") }));
  }, 0);
  equal(lost.map(({ body }) => [body.kind, body.message]), [["promise", "lost"]]);
  const many = await told(() => { for (let number = 0; number < 40; number += 1) broken(`error ${number}`); });
  equal(many.length, 8); // ten a page, two were told above
});
