/**
 * The bell in the bar: its number moves when something is said about one's notifications.
 *
 * <a id="bell" data-module="bell" data-topic="notifications.0190…" data-url="/notifications/badge/" data-count="3" data-person="0190…" data-push-mark="5f…"
 *    data-new="You have a new notification">…</a>
 */
import { say } from "../lib/dom.js";
import { isOpen, subscribe } from "../lib/realtime.js";

const GATHER = 150;
const ASK_EVERY = 20_000;

export default function connect(bell) {
  let gathering = 0;
  const leave = subscribe(bell.dataset.topic, () => { gathering ||= setTimeout(look, GATHER); });
  // Where no socket can be opened.
  const asking = setInterval(() => {
    if (!bell.isConnected) return end();
    if (!isOpen() && !document.hidden) look();
  }, ASK_EVERY);
  if (hasPush()) renew();
  navigator.serviceWorker?.addEventListener("message", renewed);

  async function look() {
    gathering = 0;
    const before = Number(bell.dataset.count);
    let answer;
    try {
      answer = await fetch(`${bell.dataset.url}?shown=${before}`, { headers: { "X-Background": "bell" } });
    } catch {
      return;
    }
    if (answer.status !== 200 || answer.redirected || !bell.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("bell");
    if (!fresh) return;
    // The element stays, and the focus with it.
    bell.replaceChildren(...fresh.childNodes);
    bell.setAttribute("aria-label", fresh.getAttribute("aria-label"));
    bell.dataset.count = fresh.dataset.count;
    const now = Number(fresh.dataset.count);
    if (now > before) say(bell.dataset.new);
    if (navigator.setAppBadge) (now ? navigator.setAppBadge(now) : navigator.clearAppBadge()).catch(() => {});
  }

  function end() {
    clearInterval(asking);
    clearTimeout(gathering);
    navigator.serviceWorker?.removeEventListener("message", renewed);
    leave();
  }
}

/** The worker says so when the browser has another address for push messages. */
function renewed({ data }) {
  if (data?.type === "push-renewed" && hasPush()) renew();
}

/** What fails now is done on the next page. */
function renew() {
  import("../lib/push.js").then(({ renewPush }) => renewPush()).catch(() => {});
}

/** Whether push messages were turned on in this browser; all else about them is loaded only then. */
function hasPush() {
  try { return Boolean(localStorage.getItem("push-browser")); } catch { return false; }
}
