/**
 * A film and its transcript: the line that is said is marked and scrolled to within its list, a line seeks, the speed is
 * remembered; what was played is told to data-url about every 15 seconds, on pausing, seeking and leaving. A film from
 * elsewhere stands behind a door (data-frame) and is loaded when play is pressed.
 *
 * <figure data-module="video-player" data-start="0" data-url="/watching/"><video controls>…</video>
 *   <p data-failed hidden>…</p> <a href="?t=9" data-at="9">Go on at 0:09</a> <span data-seen></span> <label data-speed hidden><select>…</select></label>
 *   <label data-follow hidden><input type="checkbox" checked></label> <ol data-lines><li><a href="?t=1" data-at="1.20">…</a></li></ol></figure>
 */
import { csrfToken, post } from "../lib/fetch.js";
import { framePlayer, playingFrame } from "../lib/frame-player.js";
import { played } from "../lib/played.js";

const SECONDS = 15;
const stored = { get: (key) => { try { return localStorage.getItem(key); } catch { return null; } }, set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } } };

function ownPlayer(video, changed) {
  const kinds = { timeupdate: "time", play: "play", pause: "pause", ended: "ended", seeking: "seeking", seeked: "time", ratechange: "rate" };
  for (const [event, kind] of Object.entries(kinds)) video.addEventListener(event, () => changed(kind));
  return {
    get time() { return video.currentTime; }, get duration() { return video.duration; }, get paused() { return video.paused; }, get speed() { return video.playbackRate; },
    seek: (time) => { video.currentTime = time; }, play: () => video.play().catch(() => {}), rate: (rate) => { video.playbackRate = rate; },
  };
}

export default function connect(figure) {
  const find = (selector) => figure.querySelector(selector);
  const [video, door, list, follow, speed, seen] = ["video", "[data-frame]", "[data-lines]", "[data-follow] input", "[data-speed] select", "[data-seen]"].map(find);
  const lines = [...(list?.querySelectorAll("[data-at]") ?? [])];
  const { url } = figure.dataset;
  const log = played();
  let start = Number(figure.dataset.start);
  let player = null;
  let timer = null;
  let begun = false;
  let sentAt = null;

  function send({ leaving = false } = {}) {
    clearTimeout(timer);
    timer = null;
    if (!url || !begun || !figure.isConnected || !Number.isFinite(player.duration) || !player.duration) return;
    const ranges = log.take();
    const position = Math.round(player.time * 100) / 100;
    if (!ranges.length && position === sentAt) return;
    sentAt = position;
    const form = new FormData();
    for (const [name, value] of Object.entries({ position, duration: player.duration, ranges })) form.set(name, JSON.stringify(value));
    form.set("csrfmiddlewaretoken", csrfToken());
    if (leaving) return void navigator.sendBeacon(url, form);
    post(url, form, { silent: true }).then(async (response) => {
      if (!response) { sentAt = null; log.back(ranges); } else if (seen) seen.textContent = (await response.json()).seen;
    });
  }

  function mark(time) {
    const now = lines.filter((line) => Number(line.dataset.at) <= time + 0.05).at(-1);
    if (now?.hasAttribute("aria-current")) return;
    for (const line of lines) line.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "true");
    // Who walks through the lines by keyboard is not pulled away.
    if (!now || !follow?.checked || list.querySelector(":focus-visible")) return;
    list.scrollTo({ top: now.offsetTop - list.clientHeight / 3, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  function changed(kind) {
    if (kind === "play") begun = true;
    if (kind === "rate") stored.set("film-speed", String(player.speed));
    if (kind === "seeking") { log.stop(); if (begun) timer ??= setTimeout(send, 1000); }
    if (kind === "time") {
      mark(player.time);
      if (!player.paused) { log.tick(player.time); timer ??= setTimeout(send, SECONDS * 1000); }
    }
    if (kind === "pause" || kind === "ended") { log.tick(player.time); log.stop(); send(); }
  }

  function open(event) {
    event.preventDefault();
    const frame = playingFrame(door.dataset.frame, door.dataset.provider, door.dataset.title, start);
    player = framePlayer(frame, door.dataset.provider, changed);
    door.replaceChildren(frame);
    frame.focus();
  }

  function goTo(event) {
    const line = event.target.closest("a[data-at]");
    if (!line || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    start = Number(line.dataset.at);
    if (!player) return find("[data-play]").focus(); // only play loads a film from elsewhere
    player.seek(start);
    player.play();
  }

  figure.addEventListener("click", goTo);
  find("[data-play]")?.addEventListener("click", open);
  if (video) {
    const failed = find("[data-failed]");
    const source = video.querySelector("source");
    player = ownPlayer(video, changed);
    failed.hidden = video.networkState !== HTMLMediaElement.NETWORK_NO_SOURCE && (source.type !== "application/vnd.apple.mpegurl" || video.canPlayType(source.type) !== "");
    source.addEventListener("error", () => { failed.hidden = false; });
    find("[data-speed]").hidden = false;
    speed.value = stored.get("film-speed") ?? "1";
    if (!speed.value) speed.value = "1";
    video.defaultPlaybackRate = video.playbackRate = Number(speed.value);
    speed.addEventListener("change", () => player.rate(Number(speed.value)));
    video.addEventListener("ratechange", () => { speed.value = String(video.playbackRate); });
  }
  if (follow && lines.length) {
    find("[data-follow]").hidden = false;
    follow.checked = stored.get("film-follow") !== "no";
    follow.addEventListener("change", () => stored.set("film-follow", follow.checked ? "yes" : "no"));
  }
  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { if (player && !player.paused) log.tick(player.time); send({ leaving: true }); } });
  addEventListener("pagehide", () => send({ leaving: true }));
}
