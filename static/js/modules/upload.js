/**
 * Sends large files of a form in parts before the form is sent, with progress, pause and cancel; the form then names the upload
 * in place of the file. Small files go with the form, as all do without a script.
 *
 * <form data-module="upload" data-uploads="/api/v1/uploads/"> … <input type="file" data-upload="lesson_media"> …
 * <template data-upload-row> a progress, [data-said], buttons [data-pause] [data-go-on] [data-cancel] </template></form>
 */
import { format, say } from "../lib/dom.js";
import { send } from "../lib/upload.js";

const SMALL = 4 * 1024 * 1024;
const megabytes = (bytes) => (bytes / 1024 ** 2).toFixed(1);

export default function connect(form) {
  const template = form.querySelector("template[data-upload-row]");
  if (!template) return;
  const small = Number(form.dataset.small ?? SMALL);
  const running = new Map();
  let wanted = null;

  const sendForm = () => {
    if (!wanted || [...running.values()].some((one) => !one.done)) return;
    const button = wanted;
    wanted = null;
    form.requestSubmit(button === form ? undefined : button);
  };

  async function begin(input) {
    await running.get(input)?.cancel();
    const [file] = input.files;
    // In place of what the page kept of an earlier try.
    if (file) input.parentElement.querySelector("[data-kept]")?.remove();
    if (!file || file.size <= small) return;
    const row = template.content.firstElementChild.cloneNode(true);
    const [bar, said] = [row.querySelector("progress"), row.querySelector("[data-said]")];
    const [pause, goOn, cancel] = ["pause", "go-on", "cancel"].map((name) => row.querySelector(`[data-${name}]`));
    const state = { done: false, token: null, cancel: () => {} };
    const words = { name: file.name, size: megabytes(file.size) };
    const tell = (key, values = {}, aloud = true) => {
      said.textContent = format(row.dataset[key], { ...words, ...values });
      if (aloud) say(said.textContent, { assertive: key === "failed" });
    };
    const isPaused = (paused) => { pause.hidden = paused; goOn.hidden = !paused; };
    row.setAttribute("aria-label", file.name);
    input.after(row);
    running.set(input, state);
    const drop = () => { row.remove(); running.delete(input); };
    tell("sending", { done: "0.0" });
    const transfer = await send(file, {
      endpoint: form.dataset.uploads,
      purpose: input.dataset.upload,
      on: {
        sent: (bytes) => { bar.value = (100 * bytes) / file.size; tell("sending", { done: megabytes(bytes) }, false); },
        waiting: () => tell("waiting"),
        checking: () => { pause.hidden = true; tell("checking"); },
        failed: (message) => {
          tell("failed", { why: message || row.dataset.broken });
          [pause, goOn].forEach((button) => { button.hidden = true; });
          // Not with the form either: it would be refused there, too.
          input.value = "";
          wanted = null;
          running.delete(input);
        },
        done: ({ token }) => {
          bar.value = 100;
          tell("done");
          state.done = true;
          state.token = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}-upload`, value: token });
          row.append(state.token);
          sendForm();
        },
      },
    });
    state.cancel = async () => { drop(); await transfer.cancel(); };
    pause.addEventListener("click", () => { transfer.pause(); isPaused(true); tell("paused"); goOn.focus(); });
    goOn.addEventListener("click", () => { transfer.goOn(); isPaused(false); pause.focus(); });
    cancel.addEventListener("click", async () => { input.value = ""; wanted = null; await state.cancel(); input.focus(); });
  }

  for (const input of form.querySelectorAll("input[type=file][data-upload]")) {
    input.addEventListener("change", () => { input.parentElement.querySelector("[data-row]")?.remove(); begin(input); });
    // Chosen before this was loaded, or kept by the browser.
    if (input.files.length) begin(input);
  }
  // Before the listeners that take a submit for sent.
  form.addEventListener("submit", (event) => {
    if (![...running.values()].some((one) => !one.done)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wanted = event.submitter ?? form;
    say(template.dataset.later);
  }, true);
  // What is there already does not go along a second time.
  form.addEventListener("formdata", ({ formData }) => { for (const [input, one] of running) if (one.done) formData.delete(input.name); });
}
