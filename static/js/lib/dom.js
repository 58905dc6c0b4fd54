/** Small pieces that several modules share. */

/** Says one short sentence to screen readers, politely or (assertive) at once. */
export function say(text, { assertive = false } = {}) {
  const region = document.getElementById(assertive ? "alert" : "live");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; }); // emptied first, so that the same words are said again
}

/** Fills {name} in a translated sentence: format("Moved to {position}", {position: 2}). */
export function format(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (match, name) => values[name] ?? match);
}

/** Adds or removes one id in aria-describedby. */
export function describe(control, id, wanted) {
  const ids = new Set((control.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean));
  if (wanted) ids.add(id); else ids.delete(id);
  if (ids.size) control.setAttribute("aria-describedby", [...ids].join(" "));
  else control.removeAttribute("aria-describedby");
}

/** Focuses an element that is not a control. */
export function focusOn(element, options) {
  if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) element.tabIndex = -1;
  element.focus(options);
}
