/**
 * The one way in which scripts of our pages talk to the API.
 *
 *   const course = await api("courses/statistics/");
 *   await api("me/devices/…/", { method: "DELETE" });
 *
 * The access token is fetched at first use and lives in memory alone; the refresh token is a cookie that no script can read.
 * However many requests find the token too old, one of them renews it, in one tab, and the others go on with the new one.
 * A request whose answer was lost is sent again if that cannot do anything twice: a POST carries an Idempotency-Key, the same one
 * each time. When the session is over, a dialog asks to sign in elsewhere, and the request waits: nothing typed is lost.
 * Resolves to the JSON of the answer (null if it is empty); whatever failed is thrown as ApiProblem.
 */
import { askToSignIn } from "./sign-in-dialog.js";
import { CHANNEL, takeCsrfToken } from "./channel.js";
import { csrfToken } from "./fetch.js";

const LONGEST_WAIT = 30; // seconds; asked to wait longer, the caller decides
const MOST_TRIES = 4;
const BEFORE_THE_END = 15_000; // milliseconds; a token is not used to its last moment
const AT_MOST_ONE = "api-token";

export class ApiProblem extends Error {
  /** status 0: no connection. fields: sentences by field, as in a problem document. */
  constructor({ status = 0, code = "", title = "", detail = "", errors = {}, request_id: requestId = "" } = {}, retryAfter = null) {
    super(title || code || `HTTP ${status}`);
    Object.assign(this, { name: "ApiProblem", status, code, title, detail, fields: errors, requestId, retryAfter });
  }
}

/** A random key; crypto.randomUUID is missing on pages without TLS. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const seconds = (response) => {
  const said = response.headers.get("Retry-After");
  if (said === null) return null;
  return /^\d+$/.test(said) ? Number(said) : Math.max(0, (Date.parse(said) - Date.now()) / 1000) || 0;
};

async function problemOf(response) {
  let body = {};
  try { body = await response.json(); } catch { /* an answer that is no JSON has its status alone */ }
  return new ApiProblem({ ...body, status: response.status }, seconds(response));
}

/** Whose token it is. Only compared with the next one: what it is worth, the server decides. */
function personOf(access) {
  try { return JSON.parse(atob(access.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub ?? ""; } catch { return ""; }
}

/** A client of its own; pages share the one below. The arguments are for tests. */
export function createApi({
  fetch = (...request) => window.fetch(...request),
  locks = navigator.locks,
  Channel = window.BroadcastChannel,
  base = document.querySelector('meta[name="api-base"]')?.content || "/api/v1/",
  signIn = askToSignIn,
  sleep = (length) => new Promise((resolve) => setTimeout(resolve, length * 1000)),
} = {}) {
  let token = null; // { access, until }
  let person = "";
  let renewing = null;
  let asking = null;
  const channel = Channel ? new Channel(CHANNEL) : null;
  channel?.addEventListener("message", ({ data }) => {
    if (data?.type === "token" && (!person || personOf(data.access) === person)) token = { access: data.access, until: data.until };
    if (data?.type === "signed-in") takeCsrfToken(data.csrf);
  });

  const isFresh = (one) => one !== null && one.until - Date.now() > BEFORE_THE_END;

  /** Sends until there is an answer, as long as sending twice does no harm. */
  async function send(url, options, again) {
    for (let tried = 1; ; tried += 1) {
      let response = null;
      try { response = await fetch(url, options); } catch (error) {
        if (error.name === "AbortError") throw error;
        if (!again || tried >= MOST_TRIES) throw new ApiProblem({ code: "no_connection" });
      }
      if (response !== null && ![429, 503].includes(response.status)) return response;
      const wait = response === null ? 2 ** (tried - 1) / 2 : seconds(response) ?? 2 ** (tried - 1);
      // Refused for now: nothing was done, so any request may be sent again.
      if (response !== null && (tried >= MOST_TRIES || wait > LONGEST_WAIT)) return response;
      await sleep(wait);
      options.signal?.throwIfAborted();
    }
  }

  const own = (headers) => ({ method: "POST", credentials: "same-origin", headers: { "X-Requested-With": "api", ...headers } });

  async function fetchToken(isFirst) {
    let response = null;
    if (!isFirst) response = await send(`${base}auth/session/refresh/`, own({ "Idempotency-Key": newKey() }), true);
    // No cookie, or one of an earlier session: as long as the session lives it opens a new one.
    if (!response?.ok) response = await send(`${base}auth/session/token/`, own({ "X-CSRFToken": csrfToken() }), true);
    if (!response.ok) throw await problemOf(response);
    const { access, expires_in: left } = await response.json();
    const whose = personOf(access);
    if (person && whose !== person) throw new ApiProblem({ status: 401, code: "someone_else" });
    person = whose;
    token = { access, until: Date.now() + left * 1000 };
    channel?.postMessage({ type: "token", ...token });
  }

  /** A token other than the stale one; whoever asks meanwhile, in any tab, waits for the same. */
  function renew(stale) {
    if (token !== null && token.access !== stale && isFresh(token)) return Promise.resolve();
    renewing ??= (async () => {
      const inTurn = async () => {
        await sleep(0); // another tab's token that was on its way arrives first
        if (token === null || token.access === stale || !isFresh(token)) await fetchToken(token === null);
      };
      try { await (locks ? locks.request(AT_MOST_ONE, inTurn) : inTurn()); } finally { renewing = null; }
    })();
    return renewing;
  }

  /** A token, if need be after signing in again elsewhere. Throws ApiProblem 401 if the person does not. */
  async function authorise(stale) {
    try { await renew(stale); } catch (error) {
      // 403: the session went on under another name, so the page's CSRF token is an old one.
      if (!(error instanceof ApiProblem) || ![401, 403].includes(error.status) || error.code === "someone_else") throw error;
      asking ??= signIn().finally(() => { asking = null; });
      if (!await asking) throw error;
      await renew(stale);
    }
  }

  return async function api(path, { method = "GET", body, headers = {}, signal, idempotencyKey } = {}) {
    const key = method === "POST" ? idempotencyKey ?? newKey() : idempotencyKey;
    const again = method !== "POST" && method !== "PATCH" || Boolean(key);
    const options = () => ({
      method, signal, credentials: "omit",
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: {
        Accept: "application/json", Authorization: `Bearer ${token.access}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(key ? { "Idempotency-Key": key } : {}), ...headers,
      },
    });
    if (!isFresh(token)) await authorise(token?.access);
    const used = token.access;
    let response = await send(base + path, options(), again);
    if (response.status === 401) {
      await authorise(used);
      response = await send(base + path, options(), again);
    }
    if (!response.ok) throw await problemOf(response);
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  };
}

let shared = null;

/** The page's client. */
export function api(path, options) {
  shared ??= createApi();
  return shared(path, options);
}
