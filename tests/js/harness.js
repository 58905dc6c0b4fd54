/** What a test file needs. */
export const tests = [];

export function test(name, run) { tests.push({ name, run }); }

export function equal(actual, expected, hint = "") {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${hint ? `${hint}: ` : ""}got ${a}, expected ${b}`);
}

/** Puts HTML on the page and gives back its first element. */
export function place(html) {
  const main = document.getElementById("main");
  main.innerHTML = html;
  return main.firstElementChild;
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
/** Lets the page do what it has put off; without a time until it was drawn twice as well, which a busy machine does late. */
export async function wait(milliseconds) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds ?? 30));
  if (milliseconds === undefined) { await frame(); await frame(); }
}
/** Waits until it is so, at most some seconds: modules are fetched when they are needed. */
export async function until(isSo, seconds = 5) {
  for (let left = seconds * 50; left > 0 && !isSo(); left -= 1) await wait(20);
}
export const press = (element, key, more = {}) => element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
export const text = (id) => document.getElementById(id).textContent;

/** Replaces fetch while run() is at work; answers with the status and collects the requests. */
export async function withServer(status, run) {
  const { fetch } = window;
  const requests = [];
  window.fetch = async (url, options) => {
    requests.push({ url, data: Object.fromEntries(options.body ?? []), headers: options.headers });
    if (status === 0) throw new TypeError("Failed to fetch");
    return new Response(null, { status });
  };
  try { await run(requests); } finally { window.fetch = fetch; }
}
