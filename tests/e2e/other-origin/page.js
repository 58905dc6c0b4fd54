import { Client } from "./aumbry.js";

let lost = 0; // answers that the test takes away
const client = new Client({
  sleep: () => Promise.resolve(),
  fetch: async (...request) => {
    const response = await window.fetch(...request);
    if (lost > 0) { lost -= 1; throw new TypeError("the answer is lost"); }
    return response;
  },
});
window.client = client;

const status = document.querySelector("[role=status]");

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  try {
    await client.signIn({ email, password, deviceName: "A page elsewhere" });
    const { count, results } = await client.coursesList({ ordering: "title", mine: true, search: "ecology" });
    document.querySelector("ul").replaceChildren(...results.map(({ title }) => Object.assign(document.createElement("li"), { textContent: title })));
    status.textContent = `${count} course`;
  } catch (problem) {
    status.textContent = `${problem.status} ${problem.code}: ${problem.message}`;
  }
});

const refusal = async (asked, more) => {
  try { await asked; } catch (problem) { return [problem.status, problem.code, ...more(problem)]; }
  throw new Error("it was not refused");
};

/** The steps of a program, with what each came to. */
window.walk = async () => {
  const told = {};
  // The answer to the first try is lost; the second, under the same key, makes nothing new.
  lost = 1;
  const made = await client.coursesCreate({ body: { title: "Ponds", code: "BIO 7" }, idempotencyKey: "ponds-1" });
  const again = await client.coursesCreate({ body: { title: "Ponds", code: "BIO 7" }, idempotencyKey: "ponds-1" });
  told.twice = [made.id === again.id, again.title];
  told.invalid = await refusal(client.coursesCreate({ body: { title: "", code: "BIO 7" } }), (problem) => [Object.keys(problem.errors)]);
  const ifMatch = `"${made.version}"`;
  told.changed = (await client.coursesChange({ slug: made.slug, ifMatch, body: { summary: "Who lives there." } })).summary;
  told.stale = await refusal(client.coursesChange({ slug: made.slug, ifMatch, body: { summary: "Nobody." } }), ({ more }) => [more.current_version]);
  told.missing = await refusal(client.attemptsRead({ publicId: "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10" }), () => []);
  const until = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const { key } = await client.keysCreate({ body: { name: "Reader", scopes: ["courses:read"], expires_at: until } });
  told.scope = await refusal(new Client({ key }).coursesCreate({ body: { title: "Lakes", code: "BIO 8" } }), () => []);
  // Two requests find the token too old: one renewal.
  const now = Date.now;
  let renewals = 0;
  const { fetch } = client;
  client.fetch = (url, options) => { if (String(url).includes("refresh")) { renewals += 1; Date.now = now; } return fetch(url, options); };
  Date.now = () => now() + 599_000;
  const both = await Promise.all([client.meRead(), client.meRead()]);
  told.renewed = [...both.map(({ email }) => email), renewals];
  await client.signOut();
  told.out = await refusal(client.meRead(), () => [client.isSignedIn]);
  return told;
};
