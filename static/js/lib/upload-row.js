/** A line that tells of a file on its way: files/_upload_row.html, filled in. */
import { format, say } from "./dom.js";

/** Of small files in kB: of one of some bytes "0.00 of 0.00 MB" would say nothing. */
const isSmall = (size) => size < 1024 ** 2;
const inUnits = (bytes, size) => (bytes / (isSmall(size) ? 1024 : 1024 ** 2)).toFixed(1);

/** Each picture of a screen is called "image.png": by one name they would be taken for one file. */
export function named(file, n) {
  const [, stem, ending] = /^(image)(\.\w+)$/.exec(file.name) ?? [];
  if (!stem) return file;
  const time = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
  return new File([file], `${stem}-${time}${n ? `-${n + 1}` : ""}${ending}`, { type: file.type, lastModified: file.lastModified });
}

export const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

/** The parts of a new line; ``tell(key, values, {aloud})`` writes one of its sentences, or one of ``more``. */
export function uploadRow(template, file, more = {}) {
  const row = template.content.firstElementChild.cloneNode(true);
  const [bar, said] = [row.querySelector("progress"), row.querySelector("[data-said]")];
  const [pause, goOn, cancel] = ["pause", "go-on", "cancel"].map((name) => row.querySelector(`[data-${name}]`));
  const words = { name: file.name, size: inUnits(file.size, file.size) };
  row.setAttribute("aria-label", file.name);
  const tell = (key, values = {}, { aloud = true } = {}) => {
    said.textContent = format(row.dataset[key] ?? more[key], { ...words, ...values });
    if (aloud) say(said.textContent, { assertive: key === "failed" });
  };
  const sent = (bytes) => { bar.value = (100 * bytes) / Math.max(1, file.size); tell(isSmall(file.size) ? "sendingSmall" : "sending", { done: inUnits(bytes, file.size) }, { aloud: false }); };
  const isPaused = (paused) => { pause.hidden = paused; goOn.hidden = !paused; };
  const hide = (...parts) => parts.forEach((part) => { part.hidden = true; });
  return { row, bar, pause, goOn, cancel, tell, sent, isPaused, hide };
}
