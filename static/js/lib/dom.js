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

/** Shows a message at the end of the window; see modules/toast.js for what the markup can do. */
export function toast(text, { stay = false, action = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return null;
  const element = document.createElement("div");
  element.className = "toast";
  element.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (stay) element.dataset.stay = "";
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small action", textContent: action.label });
    button.addEventListener("click", () => { element.remove(); action.run(); });
    element.append(button);
  }
  region.append(element);
  import("../modules/toast.js").then((module) => module.default(element));
  return element;
}

/** Focuses an element that is not a control. */
export function focusOn(element, options) {
  if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) element.tabIndex = -1;
  element.focus(options);
}
