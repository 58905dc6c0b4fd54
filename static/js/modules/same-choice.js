/**
 * Carries what is ticked in another form of the page along with this one.
 *
 * <input type="hidden" name="remember" data-module="same-choice" data-of="#id_remember">
 */
export default function connect(input) {
  const choice = document.querySelector(input.dataset.of);
  input.form.addEventListener("submit", () => { input.value = choice.checked ? "on" : ""; });
}
