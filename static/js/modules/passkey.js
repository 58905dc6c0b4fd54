/**
 * Makes a passkey, or proves with one, and sends the form with what the browser answered.
 *
 * <form method="post" data-module="passkey" data-way="get" data-options="#options" data-failed="…" hidden>
 *   <input type="hidden" name="credential"> <button>Use a passkey</button> <p data-said role="alert"></p>
 * </form>
 *
 * data-way: "create" or "get". The options come from the JSON of data-options, or freshly from the address data-fetch.
 * Without passkeys in this browser the form stays hidden.
 */
import { fetchJson, fromJson, toJson } from "../lib/passkeys.js";

export default function connect(form) {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  form.hidden = false;
  const answer = form.elements.namedItem("credential");
  const said = form.querySelector("[data-said]");
  form.addEventListener("submit", async (event) => {
    if (answer.value) return;
    event.preventDefault();
    if (!form.reportValidity()) return;
    said.textContent = "";
    try {
      const options = form.dataset.fetch
        ? await fetchJson(form.dataset.fetch, new FormData(form))
        : JSON.parse(document.querySelector(form.dataset.options).textContent);
      const credential = await navigator.credentials[form.dataset.way](fromJson(options));
      answer.value = JSON.stringify(toJson(credential));
      form.submit();
    } catch (error) {
      console.info("passkey", error.name);
      said.textContent = form.dataset.failed;
      form.dispatchEvent(new CustomEvent("passkey:failed", { bubbles: true }));
    }
  });
}
