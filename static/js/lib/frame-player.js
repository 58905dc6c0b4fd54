/**
 * A player in a frame from elsewhere, spoken to by messages, as one that a page's own film could be mistaken for:
 * time, duration, paused, seek(), play(), rate(). changed(kind) is called with "time", "play", "pause" or "ended".
 */
const ALLOW = "autoplay; fullscreen; encrypted-media; picture-in-picture";
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation";

/** The frame, playing from a second on. Nothing is loaded before it is put into the page. */
export function playingFrame(address, provider, title, start) {
  const frame = document.createElement("iframe");
  const url = new URL(address);
  url.searchParams.set("autoplay", "1");
  if (provider === "youtube") {
    url.searchParams.set("origin", location.origin);
    if (start) url.searchParams.set("start", String(Math.floor(start)));
  } else if (start) url.hash = `t=${Math.floor(start)}s`;
  frame.setAttribute("sandbox", SANDBOX);
  Object.assign(frame, { title, allow: ALLOW, allowFullscreen: true, referrerPolicy: "strict-origin-when-cross-origin", src: url.href });
  return frame;
}

export function framePlayer(frame, provider, changed) {
  const origin = new URL(frame.src).origin;
  const player = { time: 0, duration: NaN, paused: true };
  const tell = (message) => frame.contentWindow?.postMessage(JSON.stringify(message), origin);
  const order = (func, ...args) => tell({ event: "command", func, args });
  const state = (paused, kind) => { if (player.paused !== paused) { player.paused = paused; changed(kind); } };

  const speaks = {
    youtube: {
      hello: () => tell({ event: "listening", id: 1, channel: "widget" }),
      hear({ info }) {
        if (!info || typeof info !== "object") return;
        if (info.duration > 0) player.duration = info.duration;
        if (Number.isFinite(info.currentTime)) { player.time = info.currentTime; if (!player.paused) changed("time"); }
        if (info.playerState === 1) state(false, "play");
        if (info.playerState === 2) state(true, "pause");
        if (info.playerState === 0) state(true, "ended");
      },
      seek: (time) => order("seekTo", time, true), play: () => order("playVideo"), rate: (rate) => order("setPlaybackRate", rate),
    },
    vimeo: {
      hello: () => ["timeupdate", "play", "pause", "ended"].forEach((value) => tell({ method: "addEventListener", value })),
      hear({ event, data }) {
        if (event === "ready") return this.hello();
        if (data?.duration > 0) player.duration = data.duration;
        if (Number.isFinite(data?.seconds)) player.time = data.seconds;
        if (event === "timeupdate") { state(false, "play"); changed("time"); }
        if (event === "play") state(false, "play");
        if (event === "pause" || event === "ended") state(true, event);
      },
      seek: (value) => tell({ method: "setCurrentTime", value }), play: () => tell({ method: "play" }), rate: (value) => tell({ method: "setPlaybackRate", value }),
    },
  }[provider];

  frame.addEventListener("load", () => speaks.hello());
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    try { speaks.hear(typeof event.data === "string" ? JSON.parse(event.data) : event.data); } catch { /* not for us */ }
  });
  return Object.assign(player, { seek: speaks.seek, play: speaks.play, rate: speaks.rate });
}
