/**
 * A part of the page that is fetched anew when something is said about one of its topics. While the socket is not open (a
 * network that lets none through), every few seconds.
 *
 * A piece that is small and holds no focus is swapped by htmx:
 * <div data-module="live" data-topic="import.0190…" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
 *
 * A large part is changed where it differs, so focus, open details and what is typed stay; the page itself is asked for it:
 * <div id="home" data-module="live" data-topic="learning.0190… course.0190…" data-morph>
 *
 * data-every="60": look from time to time also when nothing is said (for what no topic tells).
 * data-calm="2": hundreds listen, or much is said; wait up to so many seconds, each another time, and look at most so often.
 * data-with="course-head": other parts of the page that are made anew with it.
 */
import { isOpen, subscribe } from "../lib/realtime.js";

const ASK_EVERY = 3000;
// Ten things that are said at once are one reason to look.
const GATHER = 150;

export default function connect(element) {
  const { topic, morph, every, calm } = element.dataset;
  let gathering = 0;
  let looked = 0;
  const begun = Date.now();
  const look = () => {
    gathering = 0;
    looked = Date.now();
    if (morph === undefined) element.dispatchEvent(new Event("live"));
    else change(element);
  };
  const rest = Number(calm ?? 0) * 1000;
  const gather = () => {
    // News without end must not put it off without end.
    gathering ||= setTimeout(look, Math.max(GATHER + Math.random() * rest, rest - (Date.now() - looked)));
  };
  const leaves = topic.split(" ").filter(Boolean).map((name) => subscribe(name, gather));
  const asking = setInterval(() => {
    if (!element.isConnected) return end();
    const isLate = every && Date.now() - (looked || begun) > Number(every) * 1000;
    if ((!isOpen() || isLate) && !document.hidden) look();
  }, ASK_EVERY);
  function end() {
    clearInterval(asking);
    clearTimeout(gathering);
    for (const leave of leaves) leave();
  }
  // What takes this element's place says itself what it listens to.
  element.addEventListener("htmx:beforeCleanupElement", end);
}

/** Make parts what they are on the page as the server has it now. Without an answer they stay: the next news try again. */
async function change(element) {
  const ids = [element.id, ...(element.dataset.with ?? "").split(" ").filter(Boolean)];
  let answer;
  try {
    answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Background": "live" } });
  } catch {
    return;
  }
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const { Idiomorph } = await import("../../vendor/idiomorph-0.8.0/idiomorph.esm.js");
  for (const id of ids) {
    const [shown, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!shown || !fresh) continue;
    Idiomorph.morph(shown, fresh, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: { beforeAttributeUpdated: isServers } });
    window.htmx?.process(shown);
    // The page's other modules connect themselves to what is new.
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: shown } }));
  }
}

/** What the reader has opened, hidden or pressed is theirs. */
const isServers = (name, node) => !(name === "open" || (name === "hidden" && node.matches("[data-done], [data-filters], [data-module~='presence']")) || name === "aria-pressed");
