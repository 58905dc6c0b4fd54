/**
 * Two minutes before the session ends, a dialog says so and offers to go on. The server is asked first, since another tab
 * may have been used; tabs tell each other when one of them goes on. Nothing typed is touched.
 *
 * <dialog data-module="session-clock" data-url="/accounts/session/" data-left="… {time} …"
 *   data-final="… {time} …" data-over="…"><p data-words></p><button data-close>…<button data-stay>…</dialog>
 * <meta name="session-ends-in" content="3600">: the seconds that were left when the page was made.
 */
import { format, say } from "../lib/dom.js";
import { post } from "../lib/fetch.js";

const WARN = 120;
const LONGEST = 24 * 3600; // timers of more than 24 days would run at once

export default function connect(dialog) {
  const { url, left, final, over } = dialog.dataset;
  const words = dialog.querySelector("[data-words]");
  const stay = dialog.querySelector("[data-stay]");
  const tabs = new BroadcastChannel("session");
  let endsAt = 0;
  let timer = 0;
  let isFinal = false;
  let isOver = false;

  const secondsLeft = () => Math.max(0, Math.round((endsAt - Date.now()) / 1000));
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const wait = (seconds, run) => { clearTimeout(timer); timer = setTimeout(run, Math.min(seconds, LONGEST) * 1000); };

  function set(seconds) {
    endsAt = Date.now() + seconds * 1000;
    if (seconds > WARN) {
      isFinal = false;
      if (dialog.open) dialog.close();
      wait(seconds - WARN, check);
    }
  }

  function show() {
    const seconds = secondsLeft();
    words.textContent = seconds ? format(isFinal ? final : left, { time: clock(seconds) }) : over;
    stay.hidden = isFinal || !seconds;
  }

  /** Seconds that the server gives, or those that we count ourselves if it cannot be reached. */
  async function ask() {
    try {
      const response = await fetch(url, { headers: { "X-Background": "true" }, credentials: "same-origin", cache: "no-store" });
      if (response.ok) return (await response.json()).ends_in ?? LONGEST;
    } catch { /* no connection */ }
    return secondsLeft();
  }

  async function check() {
    const seconds = await ask();
    const wasOver = isOver;
    isOver = !seconds;
    set(seconds);
    if (seconds > WARN || (isOver && wasOver) || !dialog.isConnected) return;
    show();
    if (!dialog.open) dialog.showModal();
    say(words.textContent);
    if (seconds) count();
  }

  function count() {
    wait(1, () => {
      const seconds = secondsLeft();
      if (!seconds) return check();
      show();
      if (seconds === 30) say(words.textContent);
      count();
    });
  }

  stay.addEventListener("click", async () => {
    const response = await post(url, new FormData());
    if (!response) return;
    const { ends_in: seconds } = await response.json();
    set(seconds);
    tabs.postMessage(seconds);
    isFinal = seconds <= WARN;
    if (!isFinal) return;
    show();
    say(words.textContent);
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  tabs.addEventListener("message", (event) => set(event.data));
  document.addEventListener("realtime:signed-out", check);
  // Timers stand still while a computer sleeps.
  document.addEventListener("visibilitychange", () => { if (!document.hidden && secondsLeft() <= WARN) check(); });
  set(Number(document.querySelector('meta[name="session-ends-in"]').content));
  if (secondsLeft() <= WARN) check();
}
