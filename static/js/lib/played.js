/** Collects which parts of a film were played, as pairs of seconds: a jump begins a new pair. */
const GAP = 3; // two ticks are at most a second of the clock apart, in a hidden tab and at double speed

export function played() {
  let ranges = [];
  let going = false;
  return {
    tick(time) {
      const last = ranges.at(-1);
      if (going && last && time >= last[1] && time - last[1] <= GAP) last[1] = time; else ranges.push([time, time]);
      going = true;
    },
    stop() { going = false; },
    /** What was played since the last call. */
    take() {
      const taken = ranges.filter(([start, end]) => end > start).map((pair) => pair.map((time) => Math.round(time * 100) / 100));
      ranges = going ? [[ranges.at(-1)[1], ranges.at(-1)[1]]] : [];
      return taken.slice(-500);
    },
    /** Puts back what could not be sent. */
    back(taken) { ranges.unshift(...taken); },
  };
}
