/**
 * Files that are chosen, dropped anywhere on the page, or pasted are sent at once, in parts and a few at a time, each with
 * progress, pause and cancel; the list is shown anew when one is kept. Without a script the form sends them.
 * Where one file is wanted it is only taken by its input, and another that is chosen goes after it; data-shown names the part of
 * the page that is shown anew in place of the list, or all of it is where the file has another ending than data-name.
 *
 * <form data-module="file-drop" data-uploads="/api/v1/uploads/" data-place="folder:0190…" data-here="{name} is here."> <input type="file" multiple>
 * <span data-with-script hidden> … <ul data-rows></ul> <template data-upload-row> … </template></form>
 */
import { send } from "../lib/upload.js";
import { hasFiles, named, uploadRow } from "../lib/upload-row.js";

const AT_ONCE = 3;
const ending = (name) => name.slice(name.lastIndexOf(".")).toLowerCase();

export default function connect(form) {
  const template = form.querySelector("template[data-upload-row]");
  const rows = form.querySelector("[data-rows]");
  const { shown } = form.dataset;
  const takesMany = Boolean(form.querySelector("input[type=file][multiple]"));
  const waiting = [];
  let running = 0;
  form.querySelector("[data-with-script]").hidden = false;
  // What is chosen is sent at once.
  for (const button of form.querySelectorAll("button:not([type=button])")) if (!template.content.contains(button)) button.hidden = true;

  function next() {
    while (running < (takesMany ? AT_ONCE : 1) && waiting.length) { running += 1; waiting.shift()(); }
  }

  function add(file) {
    const item = document.createElement("li");
    const line = uploadRow(template, file, form.dataset);
    const { row, bar, pause, goOn, cancel, isPaused, hide } = line;
    const tell = (key, values = {}, aloud = false) => line.tell(key, values, { aloud });
    item.append(row);
    line.sent(0);
    hide(pause);
    rows.append(item);
    let transfer = null;
    let counts = false;
    let gone = false;
    const end = () => { if (counts) { counts = false; running -= 1; next(); } };
    cancel.addEventListener("click", () => { gone = true; transfer?.cancel(); item.remove(); form.querySelector("input[type=file]").focus(); end(); });
    waiting.push(async () => {
      counts = true;
      if (gone) return end();
      pause.addEventListener("click", () => { transfer.pause(); isPaused(true); tell("paused", {}, true); goOn.focus(); });
      goOn.addEventListener("click", () => { transfer.goOn(); isPaused(false); pause.focus(); });
      const on = {
        sent: line.sent,
        waiting: () => tell("waiting", {}, true),
        checking: () => { hide(pause); tell("checking"); },
        failed: (message) => { tell("failed", { why: message || row.dataset.broken }, true); hide(pause, goOn, bar.parentElement); row.classList.add("failed"); end(); },
        done: () => { bar.value = 100; tell("here", {}, true); hide(pause, goOn, cancel, bar.parentElement); end(); refresh(file.name); },
      };
      try {
        transfer = await send(file, { endpoint: form.dataset.uploads, purpose: "file", place: form.dataset.place, on });
      } catch { return on.failed(""); }
      // Cancelled while it was about to begin.
      if (gone) return transfer.cancel();
      // There is something to pause only now.
      pause.hidden = false;
    });
    next();
  }

  let asked = 0;
  function refresh(name) {
    clearTimeout(asked);
    // The form goes with it: not while it sends something.
    if (shown && (running || waiting.length)) return;
    // Several that are done together are one look at the list.
    asked = setTimeout(async () => {
      // The name changes with its ending, and what is around that part with the name.
      if (shown && ending(name) !== ending(form.dataset.name)) return location.reload();
      if (shown) return window.htmx?.ajax("GET", location.href, { target: shown, select: shown, swap: "outerHTML" });
      const chosen = [...document.querySelectorAll("#file-list input[name=entry]:checked")].map((box) => box.value);
      await window.htmx?.ajax("GET", location.href, { target: "#file-list", swap: "outerHTML" });
      for (const box of document.querySelectorAll("#file-list input[name=entry]")) if (chosen.includes(box.value) && !box.checked) box.click();
    }, 150);
  }

  for (const input of form.querySelectorAll("input[type=file]")) {
    const take = () => { [...input.files].forEach(add); input.value = ""; };
    input.addEventListener("change", take);
    // Chosen before this was loaded.
    if (input.files.length) take();
  }
  // What is dropped or pasted anywhere is no answer to a question for one file.
  if (!takesMany) return;
  const controller = new AbortController();
  const listen = (name, act) => document.addEventListener(name, (event) => {
    if (!form.isConnected) return controller.abort();
    act(event);
  }, { signal: controller.signal });
  listen("dragover", (event) => { if (hasFiles(event)) { event.preventDefault(); form.classList.add("over"); } });
  listen("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  listen("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.remove("over");
    [...event.dataTransfer.files].forEach(add);
  });
  listen("paste", (event) => { [...(event.clipboardData?.files ?? [])].map(named).forEach(add); });
}
