/**
 * Remembers how far one has read: posts the id of the last section that was reached (place) and how much of the text has
 * been in the window (share, in percent), at most every ten seconds and once more on leaving. Marks the place in a list of sections, if there is one.
 *
 * <article data-module="resume" data-url="/courses/x/lessons/y/position/" data-list="#sections">… <section id="se">…</section></article>
 */
import { csrfToken, post, viewOnly } from "../lib/fetch.js";

const SECONDS = 10;

export default function connect(article) {
  const marks = [...article.querySelectorAll("section[id]")];
  const list = article.dataset.list && document.querySelector(article.dataset.list);
  let sent = "";
  let timer = null;
  let moved = false; // opening the page and leaving again must not forget where one had stopped

  // The last mark whose top has passed the upper third of the window.
  const reached = () => marks.filter((mark) => mark.getBoundingClientRect().top < innerHeight / 3).at(-1)?.id ?? "";
  const share = () => { const { top, height } = article.getBoundingClientRect(); return Math.max(0, Math.min(100, Math.round((innerHeight - top) / (height || 1) * 100))); };
  const data = (id) => { const form = new FormData(); form.set("place", id); form.set("share", share()); form.set("csrfmiddlewaretoken", csrfToken()); return form; };

  function send() {
    timer = null;
    const id = reached();
    if (!id || id === sent) return;
    sent = id;
    post(article.dataset.url, data(id), { silent: true });
  }
  function onScroll() {
    const id = reached();
    for (const link of list?.querySelectorAll("a[href^='#']") ?? []) {
      if (link.hash === `#${id}`) link.setAttribute("aria-current", "location"); else link.removeAttribute("aria-current");
    }
    if (article.dataset.url && moved) timer ??= setTimeout(send, SECONDS * 1000);
  }
  addEventListener("scroll", () => { moved = true; requestAnimationFrame(onScroll); }, { passive: true });
  addEventListener("visibilitychange", () => {
    const id = reached();
    if (document.visibilityState !== "hidden" || !moved || !article.dataset.url || !id || id === sent || viewOnly()) return;
    sent = id;
    navigator.sendBeacon(article.dataset.url, data(id));
  });
  onScroll();
}
