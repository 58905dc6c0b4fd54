/**
 * A client of this site's API for pages anywhere, as one module without dependencies.
 *
 *   import { Client } from "./aumbry.js";
 *   const client = new Client({ baseUrl: "https://learn.example.org" });
 *   await client.signIn({ email, password });
 *   const { results } = await client.coursesList({ search: "ponds" });
 *
 * Without `baseUrl` the address is that of <meta name="aumbry-api" content="https://learn.example.org">, so one file serves a
 * page in every place it is put. A page of another origin is heard when the site names that origin in CORS_ALLOWED_ORIGINS.
 *
 * Tokens are kept in memory. However many requests find the access token too old, one of them renews it. A request that got no
 * answer, or 429 or 503, is sent again if that cannot do anything twice: a POST carries an Idempotency-Key, the same each time.
 * What was refused is thrown as ApiProblem.
 */

const LONGEST_WAIT = 30; // seconds; asked to wait longer, the caller decides
const MOST_TRIES = 4;
const BEFORE_THE_END = 15_000; // milliseconds; a token is not used to its last moment

/** A problem document (RFC 9457). status 0: there was no answer at all. */
export class ApiProblem extends Error {
  constructor({ status = 0, code = "", title = "", detail = "", errors = {}, type = "", request_id: requestId = "", ...more } = {}, retryAfter = null) {
    super(title || code || `HTTP ${status}`);
    Object.assign(this, { name: "ApiProblem", status, code, title, detail, errors, type, requestId, retryAfter, more });
  }
}

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const secondsOf = (response) => {
  const said = response.headers.get("Retry-After");
  return said !== null && /^\d+$/.test(said) ? Number(said) : null;
};

const asked = () => globalThis.document?.querySelector('meta[name="aumbry-api"]')?.content ?? "";

class Caller {
  #tokens = null; // { access, refresh, until }
  #renewing = null;

  /**
   * @param {{baseUrl?: string, key?: string, fetch?: typeof fetch, sleep?: (seconds: number) => Promise<void>}} [options]
   *   key: a person's own key, in place of signing in.
   */
  constructor({
    baseUrl = asked(), key = "",
    fetch = (...request) => globalThis.fetch(...request),
    sleep = (length) => new Promise((resolve) => setTimeout(resolve, length * 1000)),
  } = {}) {
    if (!/^https?:\/\/[^/]/.test(baseUrl)) {
      throw new TypeError('Name the site: new Client({ baseUrl: "https://learn.example.org" }), or <meta name="aumbry-api" content="…">.');
    }
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    Object.assign(this, { key, fetch, sleep });
  }

  /** Signs in; with a second factor it throws `second_factor_needed`, whose `more.ticket` goes to `signInWithCode`. */
  async signIn({ email, password, deviceName = "" }) {
    this.#keep(await this._call("POST", "/api/v1/auth/token/", { body: { email, password, device_name: deviceName }, open: true }));
  }

  async signInWithCode({ ticket, code, deviceName = "" }) {
    this.#keep(await this._call("POST", "/api/v1/auth/token/second-factor/", { body: { ticket, code, device_name: deviceName }, open: true }));
  }

  async signOut() {
    const { refresh } = this.#tokens ?? {};
    this.#tokens = null;
    if (refresh) await this._call("POST", "/api/v1/auth/token/revoke/", { body: { refresh }, open: true });
  }

  get isSignedIn() { return this.#tokens !== null || this.key !== ""; }

  #keep({ access, refresh, expires_in: left }) { this.#tokens = { access, refresh, until: Date.now() + left * 1000 }; }

  #renew(stale) {
    if (this.#tokens === null || this.#tokens.access !== stale) return Promise.resolve();
    this.#renewing ??= (async () => {
      try {
        const refresh = this.#tokens.refresh;
        this.#keep(await this._call("POST", "/api/v1/auth/token/refresh/", { body: { refresh }, open: true, idempotencyKey: newKey() }));
      } catch (problem) {
        if (problem.status === 401) this.#tokens = null;
        throw problem;
      } finally { this.#renewing = null; }
    })();
    return this.#renewing;
  }

  async #send(url, options, again) {
    for (let tried = 1; ; tried += 1) {
      let response = null;
      try { response = await this.fetch(url, options); } catch (error) {
        if (error.name === "AbortError") throw error;
        if (!again || tried >= MOST_TRIES) throw this.#noAnswer();
      }
      if (response !== null && ![429, 503].includes(response.status)) return response;
      const wait = (response && secondsOf(response)) ?? 2 ** (tried - 1) / 2;
      if (response !== null && (tried >= MOST_TRIES || wait > LONGEST_WAIT)) return response;
      await this.sleep(wait);
      options.signal?.throwIfAborted();
    }
  }

  /** A browser does not say why it got no answer, so both causes are named. */
  #noAnswer() {
    const origin = globalThis.location?.origin ?? "";
    const isOther = origin && origin !== new URL(this.baseUrl).origin;
    const title = isOther
      ? `${this.baseUrl} did not answer. Either it cannot be reached, or it does not hear pages of ${origin}: whoever runs it adds ${origin} to CORS_ALLOWED_ORIGINS.`
      : `${this.baseUrl} did not answer.`;
    return new ApiProblem({ code: isOther ? "no_answer_or_origin_refused" : "no_answer", title });
  }

  /** One request. `open`: at a door, where no token is sent. */
  async _call(method, path, { path: named = {}, query = {}, headers = {}, body, form, idempotencyKey, signal, open = false } = {}) {
    const url = new URL(this.baseUrl + path.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(named[name])));
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
    const key = idempotencyKey ?? (method === "POST" && !open ? newKey() : undefined);
    const again = !["POST", "PATCH"].includes(method) || Boolean(key);
    if (!open && this.#tokens && this.#tokens.until - Date.now() < BEFORE_THE_END) await this.#renew(this.#tokens.access);
    const options = () => {
      const token = open ? "" : this.key || this.#tokens?.access || "";
      return {
        method, signal, credentials: "omit",
        body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
        headers: {
          Accept: "application/json, */*;q=0.1",
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(key ? { "Idempotency-Key": key } : {}),
          ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
        },
      };
    };
    const used = this.#tokens?.access;
    let response = await this.#send(url, options(), again);
    if (response.status === 401 && !open && used) {
      await this.#renew(used);
      response = await this.#send(url, options(), again);
    }
    if (!response.ok) {
      let problem = {};
      try { problem = await response.json(); } catch { /* an answer that is no JSON has its status alone */ }
      throw new ApiProblem({ ...problem, status: response.status }, secondsOf(response));
    }
    if (response.status === 204 || response.headers.get("Content-Length") === "0") return null;
    const kind = response.headers.get("Content-Type") ?? "";
    if (kind.includes("json")) return response.json();
    return kind ? response.blob() : null;
  }
}
