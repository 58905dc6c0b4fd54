/**
 * Sends large files of a form in parts before the form is sent, with progress, pause and cancel; the form then names the upload
 * in place of the file. Small files go with the form, as all do without a script.
 *
 * <form data-module="upload" data-uploads="/api/v1/uploads/"> … <input type="file" data-upload="lesson_media"> …
 * <template data-upload-row> a progress, [data-said], buttons [data-pause] [data-go-on] [data-cancel] </template></form>
 */
import { holdWhile } from "../lib/held-form.js";
import { send } from "../lib/upload.js";
import { uploadRow } from "../lib/upload-row.js";

const SMALL = 4 * 1024 * 1024;

export default function connect(form) {
  const template = form.querySelector("template[data-upload-row]");
  if (!template) return;
  const small = Number(form.dataset.small ?? SMALL);
  const running = new Map();
  const held = holdWhile(form, () => [...running.values()].some((one) => !one.done), template.dataset.later);

  async function begin(input) {
    await running.get(input)?.cancel();
    const [file] = input.files;
    // In place of what the page kept of an earlier try.
    if (file) input.parentElement.querySelector("[data-kept]")?.remove();
    if (!file || file.size <= small) return;
    const line = uploadRow(template, file);
    const { row, bar, pause, goOn, cancel, tell, isPaused, hide } = line;
    const state = { done: false, token: null, cancel: () => {} };
    input.after(row);
    running.set(input, state);
    const drop = () => { row.remove(); running.delete(input); };
    tell("sending", { done: "0.0" });
    const transfer = await send(file, {
      endpoint: form.dataset.uploads,
      purpose: input.dataset.upload,
      on: {
        sent: line.sent,
        waiting: () => tell("waiting"),
        checking: () => { hide(pause); tell("checking"); },
        failed: (message) => {
          tell("failed", { why: message || row.dataset.broken });
          hide(pause, goOn);
          // Not with the form either: it would be refused there, too.
          input.value = "";
          held.forget();
          running.delete(input);
        },
        done: ({ token }) => {
          bar.value = 100;
          tell("done");
          state.done = true;
          state.token = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}-upload`, value: token });
          row.append(state.token);
          held.release();
        },
      },
    });
    state.cancel = async () => { drop(); await transfer.cancel(); };
    pause.addEventListener("click", () => { transfer.pause(); isPaused(true); tell("paused"); goOn.focus(); });
    goOn.addEventListener("click", () => { transfer.goOn(); isPaused(false); pause.focus(); });
    cancel.addEventListener("click", async () => { input.value = ""; held.forget(); await state.cancel(); input.focus(); });
  }

  for (const input of form.querySelectorAll("input[type=file][data-upload]")) {
    input.addEventListener("change", () => { input.parentElement.querySelector("[data-row]")?.remove(); begin(input); });
    // Chosen before this was loaded, or kept by the browser.
    if (input.files.length) begin(input);
  }
  // What is there already does not go along a second time.
  form.addEventListener("formdata", ({ formData }) => { for (const [input, one] of running) if (one.done) formData.delete(input.name); });
}
