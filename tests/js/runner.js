/** Runs the tests of the file named in ?file= one after the other, then leaves the results in window.results. */
import { tests } from "/tests/harness.js";

const results = [];
try {
  await import(`/tests/${new URLSearchParams(location.search).get("file")}`);
} catch (error) {
  results.push({ name: "import", error: String(error) });
}
for (const { name, run } of tests) {
  document.getElementById("main").innerHTML = "";
  document.getElementById("toasts").innerHTML = "";
  for (const id of ["live", "alert"]) document.getElementById(id).textContent = "";
  try {
    await run();
    results.push({ name, error: "" });
  } catch (error) {
    results.push({ name, error: String(error.message ?? error) });
  }
}
window.results = results;
document.documentElement.dataset.done = "";
