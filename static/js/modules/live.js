/**
 * A part of the page that is fetched anew when something is said about its topic. While the socket is not open (a network
 * that lets none through), every few seconds.
 *
 * <div data-module="live" data-topic="import.0190…" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
 */
import { isOpen, subscribe } from "../lib/realtime.js";

const ASK_EVERY = 3000;
// Ten things that are said at once are one reason to look.
const GATHER = 150;

export default function connect(element) {
  let gathering = 0;
  const look = () => element.dispatchEvent(new Event("live"));
  const leave = subscribe(element.dataset.topic, () => {
    clearTimeout(gathering);
    gathering = setTimeout(look, GATHER);
  });
  const asking = setInterval(() => {
    if (!element.isConnected) return end();
    if (!isOpen() && !document.hidden) look();
  }, ASK_EVERY);
  function end() {
    clearInterval(asking);
    clearTimeout(gathering);
    leave();
  }
  // What takes this element's place says itself what it listens to.
  element.addEventListener("htmx:beforeCleanupElement", end);
}
