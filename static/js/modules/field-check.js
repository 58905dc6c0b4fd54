/**
 * Checks a form's fields when they are left, with the rules and words that the server wrote into the page, and clears a
 * message when its field changes. The server checks again. A refused submit moves the focus to the summary.
 *
 * <form data-module="field-check" data-summary="Some fields need attention" novalidate>
 *   <div class="field" data-msg-required="Enter a title.">
 *     <label for="title">Title</label><input id="title" name="title" required minlength="3" data-msg-minlength="Use three letters or more.">
 *     <p class="error" id="title_error" hidden><svg…></svg><span></span></p></div></form>
 *
 * Rules: required, type=email|url|number, pattern, minlength, maxlength, min, max, step, data-min and data-max (numbers in a
 * text field). Words: data-msg-RULE on the field or around it, then data-msg-invalid, then the browser's.
 */
import { describe, focusOn } from "../lib/dom.js";

const NATIVE = [["valueMissing", "required"], ["typeMismatch", "type"], ["badInput", "type"], ["patternMismatch", "pattern"], ["tooShort", "minlength"],
  ["tooLong", "maxlength"], ["rangeUnderflow", "min"], ["rangeOverflow", "max"], ["stepMismatch", "step"]];

/** The rule a control breaks, or "". Lengths are counted here: browsers only count what was typed, not what was set. */
export function brokenRule(control) {
  const native = NATIVE.find(([flag]) => control.validity[flag]);
  if (native) return native[1];
  const { value } = control;
  if (control.required && value.trim() === "" && !["radio", "checkbox", "file"].includes(control.type)) return "required";
  if (value && control.minLength > 0 && [...value].length < control.minLength) return "minlength";
  if (value && control.maxLength >= 0 && [...value].length > control.maxLength) return "maxlength";
  const number = Number(value.replace(",", "."));
  for (const [rule, breaks] of [["min", (limit) => number < limit], ["max", (limit) => number > limit]]) {
    const limit = control.dataset[rule];
    if (value && limit !== undefined && (Number.isNaN(number) || breaks(Number(limit)))) return rule;
  }
  return "";
}

function words(control, rule) {
  const around = control.closest(".field")?.dataset ?? {};
  const key = `msg${rule[0].toUpperCase()}${rule.slice(1)}`;
  return control.dataset[key] || around[key] || control.dataset.msgInvalid || around.msgInvalid || control.validationMessage;
}

function show(control, text) {
  const message = control.closest(".field, .question")?.querySelector("p.error");
  if (!message) return;
  (message.querySelector("span") ?? message).textContent = text;
  message.hidden = !text;
  if (text) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
  describe(control, message.id, Boolean(text));
}

export function check(control) {
  const rule = brokenRule(control);
  show(control, rule && words(control, rule));
  return !rule;
}

function summarise(form, broken) {
  const summary = form.querySelector(".error-summary") ?? Object.assign(document.createElement("div"), { className: "note error-summary", tabIndex: -1 });
  const list = document.createElement("ul");
  for (const control of broken) {
    const field = control.closest(".field");
    const label = field?.querySelector("legend, label")?.firstChild?.textContent.trim() ?? "";
    const link = Object.assign(document.createElement("a"), { href: `#${control.id}`, textContent: `${label}: ${field?.querySelector("p.error")?.textContent.trim()}` });
    list.append(Object.assign(document.createElement("li")));
    list.lastChild.append(link);
  }
  const body = Object.assign(document.createElement("div"), { className: "body" });
  body.append(Object.assign(document.createElement("b"), { textContent: form.dataset.summary ?? "" }), list);
  const icon = form.querySelector("p.error > svg")?.cloneNode(true);
  summary.replaceChildren(...(icon ? [icon] : []), body);
  form.prepend(summary);
  focusOn(summary);
}

export default function connect(form) {
  form.noValidate = true;
  const controls = () => [...form.elements].filter((control) => control.willValidate && control.name);
  form.addEventListener("focusout", ({ target }) => {
    // Leaving an untouched empty field is no mistake yet; submitting it is.
    if (target.name && target.willValidate && (target.value || target.getAttribute("aria-invalid"))) check(target);
  });
  form.addEventListener("input", ({ target }) => { if (target.getAttribute("aria-invalid")) show(target, ""); });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formNoValidate) return;
    const broken = controls().filter((control) => !check(control));
    if (!broken.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    summarise(form, broken);
  }, true);
}
