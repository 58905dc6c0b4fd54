import { framePlayer, playingFrame } from "/static/js/lib/frame-player.js";
import { played } from "/static/js/lib/played.js";
import videoPlayer from "/static/js/modules/video-player.js";
import { equal, place, test, wait, withServer } from "/tests/harness.js";

const FILM = `<figure data-start="0" data-url="/watching/"><video preload="auto" muted><source src="/film.webm" type="video/webm"></video>
  <p data-failed hidden>It cannot be played.</p><a href="?t=30" data-at="30" id="on">Go on</a><span data-seen></span>
  <label data-speed hidden><select><option>0.5</option><option selected>1</option><option>2</option></select></label>
  <label data-follow hidden><input type="checkbox" checked></label>
  <ol data-lines>${Array.from({ length: 20 }, (_, n) => `<li><a href="?t=${n * 2}" data-at="${n * 2}.00">Line ${n}</a></li>`).join("")}</ol></figure>`;
const current = (figure) => figure.querySelector("[data-lines] [aria-current]")?.textContent ?? "";

async function film(html = FILM) {
  const figure = place(html);
  const video = figure.querySelector("video");
  const ready = new Promise((resolve) => video.addEventListener("loadedmetadata", resolve, { once: true }));
  videoPlayer(figure);
  await ready;
  return [figure, video];
}
async function until(holds, what) {
  for (let n = 0; n < 150; n += 1) { if (holds()) return; await wait(20); }
  throw new Error(`waited in vain for ${what}`);
}

test("played collects what was played, a jump begins a new pair", () => {
  const log = played();
  [1, 1.5, 2.004].forEach(log.tick);
  log.stop();
  [60, 61].forEach(log.tick);
  [20, 20.5].forEach(log.tick);
  equal(log.take(), [[1, 2], [60, 61], [20, 20.5]]);
  equal(log.take(), []);
  log.tick(21);
  equal(log.take(), [[20.5, 21]]);
});
test("played keeps what could not be sent", () => {
  const log = played();
  [1, 2].forEach(log.tick);
  const taken = log.take();
  log.back(taken);
  log.tick(3);
  equal(log.take(), [[1, 2], [2, 3]]);
});
test("video-player marks the line that is said, and a click on a line seeks and plays", async () => {
  localStorage.clear();
  const [figure, video] = await film();
  figure.querySelector("[data-at='20.00']").click();
  await until(() => video.currentTime > 20.1 && !video.paused, "playing");
  equal([current(figure), location.search.includes("t=20")], ["Line 10", false]);
  video.currentTime = 7;
  await until(() => current(figure) === "Line 3", "line 3");
  equal(figure.querySelectorAll("[aria-current]").length, 1);
  video.pause();
});
test("video-player leaves a click with a key to the browser", async () => {
  const [figure, video] = await film();
  const click = new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true });
  figure.addEventListener("click", (event) => { equal(event.defaultPrevented, false); event.preventDefault(); });
  figure.querySelector("#on").dispatchEvent(click);
  equal(video.currentTime, 0);
});
test("video-player tells what was played on pausing, and shows the answer", async () => {
  const [figure, video] = await film();
  const { fetch } = window;
  const told = [];
  window.fetch = async (url, { body }) => {
    told.push([url, ...["position", "duration", "ranges"].map((name) => JSON.parse(body.get(name)))]);
    return new Response(JSON.stringify({ seen: "You have seen 1 %." }));
  };
  try {
    video.currentTime = 10;
    await wait(100);
    equal(told, [], "seeking before anything is played tells nothing");
    await video.play();
    await until(() => video.currentTime > 10.5, "half a second");
    video.pause();
    await until(() => figure.querySelector("[data-seen]").textContent, "the answer");
  } finally { window.fetch = fetch; }
  const [[url, position, duration, [[start, end], ...others]], ...more] = told;
  equal([url, Math.floor(position), Math.floor(duration), Math.floor(start), end === position, others, more], ["/watching/", 10, 39, 10, true, [], []]);
  equal(figure.querySelector("[data-seen]").textContent, "You have seen 1 %.");
});
test("video-player tells again what a lost connection kept back, and by a beacon on leaving", async () => withServer(0, async (requests) => {
  const [, video] = await film();
  const beacons = [];
  navigator.sendBeacon = (url, data) => beacons.push([url, JSON.parse(data.get("ranges")).length, data.get("csrfmiddlewaretoken")]);
  await video.play();
  await until(() => video.currentTime > 0.5, "half a second");
  video.pause();
  await until(() => requests.length === 1, "a try");
  await wait(50);
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
  dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
  equal(beacons, [["/watching/", 1, "token-of-the-page"]]);
}));
test("video-player remembers the speed and whether to follow", async () => {
  localStorage.clear();
  const [figure, video] = await film();
  const [speed, follow] = [figure.querySelector("select"), figure.querySelector("input")];
  equal([speed.value, video.playbackRate, figure.querySelector("[data-speed]").hidden, figure.querySelector("[data-follow]").hidden], ["1", 1, false, false]);
  speed.value = "2";
  speed.dispatchEvent(new Event("change"));
  follow.click();
  await until(() => localStorage.getItem("film-speed") === "2", "the speed kept");
  const [again, next] = await film();
  equal([next.playbackRate, again.querySelector("select").value, again.querySelector("input").checked], [2, "2", false]);
  localStorage.clear();
});
test("video-player says when a film cannot be played", async () => {
  const figure = place(FILM.replace("/film.webm", "/gone.webm"));
  videoPlayer(figure);
  await until(() => !figure.querySelector("[data-failed]").hidden, "the sentence");
  const stream = place(FILM.replace("video/webm", "application/vnd.apple.mpegurl").replace("/film.webm", "/gone.m3u8"));
  videoPlayer(stream);
  await until(() => !stream.querySelector("[data-failed]").hidden, "the sentence");
});
const DOOR = `<figure data-start="9"><div data-frame="https://www.youtube-nocookie.com/embed/abc?rel=0" data-provider="youtube" data-title="Elsewhere"><a href="https://www.youtube.com/watch?v=abc" data-play>Play</a></div>
  <ol data-lines><li><a href="?t=40" data-at="40.00">Line</a></li></ol></figure>`;
test("video-player opens the door to a film elsewhere by play alone, from the line that was chosen", () => {
  const figure = place(DOOR);
  videoPlayer(figure);
  figure.querySelector("[data-at]").click();
  equal([figure.querySelector("iframe"), document.activeElement.textContent], [null, "Play"]);
  const frame = playingFrame("https://www.youtube-nocookie.com/embed/abc?rel=0", "youtube", "Elsewhere", 40.5);
  equal(new URL(frame.src).searchParams.get("start"), "40");
  equal([frame.title, frame.referrerPolicy, frame.allowFullscreen], ["Elsewhere", "strict-origin-when-cross-origin", true]);
  equal(new URL(playingFrame("https://player.vimeo.com/video/1?dnt=1", "vimeo", "", 40).src).hash, "#t=40s");
});

/** A frame that is spoken to: what it was told, and say() as it answers. */
function spokenTo(provider) {
  const sent = [];
  const changes = [];
  const frame = document.createElement("iframe");
  frame.src = "/tests/runner.html?nothing";
  const peer = { postMessage: (message, origin) => { equal(origin, location.origin); sent.push(JSON.parse(message)); } };
  Object.defineProperty(frame, "contentWindow", { get: () => peer });
  const player = framePlayer(frame, provider, (kind) => changes.push(kind));
  const say = (data, more = {}) => {
    const event = new MessageEvent("message", { data: typeof data === "string" ? data : JSON.stringify(data), origin: location.origin, ...more });
    Object.defineProperty(event, "source", { get: () => peer });
    dispatchEvent(event);
  };
  frame.dispatchEvent(new Event("load"));
  return { player, sent, changes, say };
}
test("frame-player speaks with YouTube's player", () => {
  const { player, sent, changes, say } = spokenTo("youtube");
  say({ event: "infoDelivery", info: { duration: 200, currentTime: 3, playerState: 1 } });
  say({ event: "infoDelivery", info: { currentTime: 3.5 } });
  say({ event: "infoDelivery", info: { playerState: 2 } });
  say({ event: "infoDelivery", info: { currentTime: 99 } }, { origin: "https://evil.example" });
  say("no JSON");
  equal([player.time, player.duration, player.paused, changes], [3.5, 200, true, ["play", "time", "pause"]]);
  player.seek(12);
  equal(sent, [{ event: "listening", id: 1, channel: "widget" }, { event: "command", func: "seekTo", args: [12, true] }]);
});
test("frame-player speaks with Vimeo's player", () => {
  const { player, sent, changes, say } = spokenTo("vimeo");
  say({ event: "timeupdate", data: { seconds: 5, duration: 60 } });
  say({ event: "pause", data: { seconds: 5.5, duration: 60 } });
  equal([player.time, player.duration, player.paused, changes], [5.5, 60, true, ["play", "time", "pause"]]);
  player.seek(7);
  equal(sent.slice(-1), [{ method: "setCurrentTime", value: 7 }]);
  equal(sent.slice(0, 4).map((message) => message.value), ["timeupdate", "play", "pause", "ended"]);
});
