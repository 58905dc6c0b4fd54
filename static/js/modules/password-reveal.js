/**
 * Shows and hides a password; its label does not change, its pressed state does.
 *
 * <input type="password" id="pw"> <button type="button" data-module="password-reveal" aria-controls="pw" aria-label="Show password" aria-pressed="false" hidden>…</button>
 */
export default function connect(button) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  if (!input) return;
  button.hidden = false;
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => set(input.type === "password"));
  input.form?.addEventListener("submit", () => set(false)); // so that browsers offer to save it
}
