/** Messages that scripts show. Apart from dom.js, so that no module imports itself in a circle: hashed names forbid it. */
import connect from "../modules/toast.js";

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
  connect(element);
  return element;
}
