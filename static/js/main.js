/**
 * Connects behaviour to the page: <div data-module="copy dismiss"> loads ./modules/copy.js and ./modules/dismiss.js
 * and calls their default export, connect(element), once for each element, also in content that htmx brings later.
 * The list is written out so that the static files storage can give each import its hashed name.
 */
import { connectHtmx } from "./lib/htmx.js";
import { reportErrors } from "./lib/report-errors.js";

const modules = {
  "back-in": () => import("./modules/back-in.js"),
  "bell": () => import("./modules/bell.js"),
  "busy-button": () => import("./modules/busy-button.js"),
  "confirm": () => import("./modules/confirm.js"),
  "copy": () => import("./modules/copy.js"),
  "dialog": () => import("./modules/dialog.js"),
  "dismiss": () => import("./modules/dismiss.js"),
  "drop-file": () => import("./modules/drop-file.js"),
  "end-here": () => import("./modules/end-here.js"),
  "field-check": () => import("./modules/field-check.js"),
  "file-choice": () => import("./modules/file-choice.js"),
  "file-drop": () => import("./modules/file-drop.js"),
  "file-picker": () => import("./modules/file-picker.js"),
  "focus-here": () => import("./modules/focus-here.js"),
  "inline-check": () => import("./modules/inline-check.js"),
  "live": () => import("./modules/live.js"),
  "menu": () => import("./modules/menu.js"),
  "offline-note": () => import("./modules/offline-note.js"),
  "outline-filter": () => import("./modules/outline-filter.js"),
  "passkey": () => import("./modules/passkey.js"),
  "password-reveal": () => import("./modules/password-reveal.js"),
  "pdf-viewer": () => import("./modules/pdf-viewer.js"),
  "presence": () => import("./modules/presence.js"),
  "push": () => import("./modules/push.js"),
  "reorder": () => import("./modules/reorder.js"),
  "resume": () => import("./modules/resume.js"),
  "same-choice": () => import("./modules/same-choice.js"),
  "session-clock": () => import("./modules/session-clock.js"),
  "tabs-in-view": () => import("./modules/tabs-in-view.js"),
  "text-files": () => import("./modules/text-files.js"),
  "theme-toggle": () => import("./modules/theme-toggle.js"),
  "time-zone": () => import("./modules/time-zone.js"),
  "toast": () => import("./modules/toast.js"),
  "zone-offer": () => import("./modules/zone-offer.js"),
  "upload": () => import("./modules/upload.js"),
  "video-player": () => import("./modules/video-player.js"),
};

const connected = new WeakMap();

export async function connectAll(root) {
  const elements = [...root.querySelectorAll("[data-module]")];
  if (root.matches?.("[data-module]")) elements.unshift(root);
  await Promise.all(elements.flatMap((element) => element.dataset.module.split(/\s+/).filter(Boolean).map(async (name) => {
    const done = connected.get(element) ?? connected.set(element, new Set()).get(element);
    if (done.has(name)) return;
    done.add(name);
    if (!modules[name]) return console.warn(`There is no module "${name}".`);
    (await modules[name]()).default(element);
  })));
}

reportErrors();
connectHtmx();
connectAll(document);
document.addEventListener("htmx:load", (event) => connectAll(event.detail.elt));
