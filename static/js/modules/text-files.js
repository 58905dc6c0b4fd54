/**
 * Pictures and files in a text that is written as Markdown or HTML: chosen from those that one keeps, sent from the device,
 * pasted or dropped. What names the file is written where the cursor is. Without a script the form has fields for one.
 *
 * <div data-module="text-files" data-markup="markdown|html" or data-markup-from="name of the field that says it"> <textarea>
 * <div data-tools hidden><button type="button" data-open></div> <ul data-rows></ul> <details data-plain>…</details></div>
 * and once on the page <template id="text-files-parts" data-list data-uploads data-here data-close data-later>: a dialog with
 * [data-send] and an input of files, and files/_upload_row.html.
 */
import { format, say } from "../lib/dom.js";
import { fileDialog } from "../lib/file-dialog.js";
import { holdWhile } from "../lib/held-form.js";
import { send } from "../lib/upload.js";
import { hasFiles, named, uploadRow } from "../lib/upload-row.js";

const PURPOSE = "lesson_media";
const MARKUP = { markdown: /[\\`*[\]<>$]/g, html: /[&<>"]/g };
const escaped = (name, markup) => name.replace(MARKUP[markup], (sign) => (markup === "html" ? `&#${sign.charCodeAt(0)};` : `\\${sign}`));
const withoutEnding = (name) => name.replace(/(?<=.)\.[^.]+$/, "");

/** What names the file in the text, as {before, words, after}: the words are for the author to write over. */
export function reference({ name, reference: address, isPicture }, markup) {
  const words = escaped(isPicture ? withoutEnding(name) : name, markup);
  if (markup === "html") {
    return isPicture ? { before: `<img src="${address}" alt="`, words, after: '">' } : { before: `<a href="${address}">`, words, after: "</a>" };
  }
  return { before: isPicture ? "![" : "[", words, after: `](${address})` };
}

export default function connect(field) {
  const parts = document.getElementById("text-files-parts");
  const [text, tools, rows] = [field.querySelector("textarea"), field.querySelector("[data-tools]"), field.querySelector("[data-rows]")];
  if (!parts) return;
  const { form } = text;
  const running = new Set();
  const held = holdWhile(form, () => running.size > 0, parts.dataset.later);
  const markup = () => (form.elements[field.dataset.markupFrom]?.value ?? field.dataset.markup) === "html" ? "html" : "markdown";
  // Where nobody has been yet there is no cursor: what comes then is put at the end.
  let visited = document.activeElement === text;
  text.addEventListener("focus", () => { visited = true; }, { once: true });
  tools.hidden = false;
  field.querySelector("[data-plain]").hidden = true;

  /** Puts the file where the cursor is. Whoever writes elsewhere, or goes on writing here, is not held up. */
  function insert(file, { select = true } = {}) {
    const { before: sign, words, after } = reference(file, markup());
    // A paragraph of its own, as the site does it where there is no script.
    const before = visited || !text.value || text.value.endsWith("\n\n") ? sign : `\n\n${sign}`;
    const active = document.activeElement;
    const isElsewhere = active !== text && Boolean(active?.closest("dialog[open], input, textarea, select"));
    if (!visited) text.setSelectionRange(text.value.length, text.value.length);
    const start = text.selectionStart;
    // A command of the browser can be undone; setting the value empties what could be.
    if (isElsewhere || !(text.focus(), document.execCommand("insertText", false, before + words + after))) {
      text.setRangeText(before + words + after, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (select && !isElsewhere && file.isPicture) text.setSelectionRange(start + before.length, start + before.length + words.length);
    say(format(parts.dataset.here, { name: file.name }));
  }

  async function upload(file) {
    const item = document.createElement("li");
    const line = uploadRow(parts.content.querySelector("template[data-upload-row]"), file);
    const { row, bar, pause, goOn, cancel, tell, isPaused, hide } = line;
    let transfer = null;
    let gone = false;
    let written = false;
    const noteWriting = () => { written = true; };
    const end = () => { running.delete(item); text.removeEventListener("input", noteWriting); };
    item.append(row);
    rows.append(item);
    running.add(item);
    text.addEventListener("input", noteWriting);
    hide(pause);
    line.sent(0);
    cancel.addEventListener("click", () => { gone = true; transfer?.cancel(); item.remove(); end(); held.forget(); text.focus(); });
    pause.addEventListener("click", () => { transfer.pause(); isPaused(true); tell("paused"); goOn.focus(); });
    goOn.addEventListener("click", () => { transfer.goOn(); isPaused(false); pause.focus(); });
    const on = {
      sent: line.sent,
      waiting: () => tell("waiting"),
      checking: () => { hide(pause); tell("checking"); },
      failed: (message) => { end(); held.forget(); tell("failed", { why: message || row.dataset.broken }); hide(pause, goOn, bar.parentElement); cancel.textContent = parts.dataset.close; row.classList.add("failed"); },
      done: ({ file: id }) => {
        end();
        item.remove();
        if (gone) return;
        insert({ name: file.name, reference: `file:${id}`, isPicture: file.type.startsWith("image/") }, { select: !written && !running.size });
        held.release();
      },
    };
    try {
      transfer = await send(file, { endpoint: parts.dataset.uploads, purpose: PURPOSE, on });
    } catch { return on.failed(""); }
    // Cancelled while it was about to begin.
    if (gone) return transfer.cancel();
    // There is something to pause only now.
    if (running.has(item)) pause.hidden = false;
  }
  const uploadAll = (files) => [...files].map(named).forEach((file) => upload(file));

  let dialog = null;
  function open() {
    if (!dialog) {
      const element = parts.content.querySelector("dialog").cloneNode(true);
      const input = element.querySelector("input[type=file]");
      field.append(element);
      dialog = fileDialog(element, parts.dataset.list, insert);
      element.querySelector("[data-send]").addEventListener("click", () => input.click());
      input.addEventListener("change", () => { element.close(); text.focus(); uploadAll(input.files); input.value = ""; });
    }
    dialog.show();
  }
  field.querySelector("[data-open]").addEventListener("click", open);
  text.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData ?? { files: [], types: [] };
    // Office programs bring a picture of the text along.
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    uploadAll(files);
  });
  text.addEventListener("dragover", (event) => { if (hasFiles(event)) { event.preventDefault(); field.classList.add("over"); } });
  text.addEventListener("dragleave", () => field.classList.remove("over"));
  text.addEventListener("drop", (event) => {
    field.classList.remove("over");
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    text.focus();
    uploadAll(event.dataTransfer.files);
  });
}
