import connect from "/static/js/modules/passkey.js";
import { fetchJson, fromJson, toJson } from "/static/js/lib/passkeys.js";
import { equal, place, test, until, wait } from "/tests/harness.js";

// Bytes whose base64 has all that base64url writes otherwise: + / and =.
const BYTES = [251, 255, 190, 0];
const TEXT = "-_--AA";
const list = (buffer) => [...new Uint8Array(buffer)];
const bytes = (...numbers) => new Uint8Array(numbers).buffer;

/** What a key answers; ``response`` has what its way of answering has. */
function answer(response) {
  return { id: TEXT, rawId: bytes(...BYTES), type: "public-key", response, getClientExtensionResults: () => ({ credProps: { rk: true } }) };
}

/** Stands in for the browser's keys while run() is at work; what they were asked is collected. */
async function withKeys(give, run) {
  const { credentials } = navigator;
  const asked = [];
  const ask = (way) => async (options) => { asked.push([way, options]); return give(options); };
  Object.defineProperty(navigator, "credentials", { configurable: true, value: { create: ask("create"), get: ask("get") } });
  try { await run(asked); } finally { Object.defineProperty(navigator, "credentials", { configurable: true, value: credentials }); }
}

/** A form as the pages have it, connected; ``sent`` collects what it would have sent. */
function form(attributes, more = "") {
  const element = place(`<form ${attributes} data-failed="No passkey was used." hidden><input type="hidden" name="credential">${more}<button>Use it</button><p data-said role="alert"></p></form>`);
  element.insertAdjacentHTML("afterend", `<script type="application/json" id="options">{"publicKey": {"challenge": "${TEXT}"}}</script>`);
  const sent = [];
  element.submit = () => sent.push(element.elements.credential.value);
  connect(element);
  return { element, sent, said: () => element.querySelector("[data-said]").textContent };
}

test("options are read: what is bytes becomes bytes, the rest stays", () => {
  const { publicKey } = fromJson({
    publicKey: {
      challenge: TEXT, rpId: "school.example", user: { id: TEXT, name: "sam" }, timeout: 60000,
      excludeCredentials: [{ id: TEXT, type: "public-key" }], allowCredentials: [{ id: "AQ", type: "public-key", transports: ["usb"] }],
    },
  });
  equal([publicKey.challenge, publicKey.user.id, publicKey.excludeCredentials[0].id, publicKey.allowCredentials[0].id].map(list), [BYTES, BYTES, BYTES, [1]]);
  equal([publicKey.rpId, publicKey.timeout, publicKey.user.name, publicKey.allowCredentials[0].transports], ["school.example", 60000, "sam", ["usb"]]);
});
test("options without lists get none", () => {
  equal(Object.keys(fromJson({ publicKey: { challenge: TEXT } }).publicKey), ["challenge"]);
});
test("an answer is written as the server reads it, without what the key did not say", () => {
  const made = toJson(answer({ clientDataJSON: bytes(1), attestationObject: bytes(...BYTES) }));
  equal(made, {
    id: TEXT, rawId: TEXT, type: "public-key", clientExtensionResults: { credProps: { rk: true } },
    response: { clientDataJSON: "AQ", attestationObject: TEXT },
  });
  const proof = toJson({ ...answer({ clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null }), authenticatorAttachment: "platform" });
  equal([proof.authenticatorAttachment, proof.response], ["platform", { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" }]);
});
test("fresh options that are refused are an error", async () => {
  let said = "";
  try { await fetchJson("/answer/403", new FormData()); } catch (error) { said = error.message; }
  equal(said.startsWith("options: "), true);
});
test("the form shows itself, asks the key with the page's options and is sent with the answer", () => withKeys(() => answer({ clientDataJSON: bytes(1) }), async (asked) => {
  const { element, sent, said } = form('data-way="get" data-options="#options"');
  equal(element.hidden, false);
  element.requestSubmit();
  await until(() => sent.length);
  equal([asked.map(([way]) => way), list(asked[0][1].publicKey.challenge)], [["get"], BYTES]);
  equal([JSON.parse(sent[0]).response, said()], [{ clientDataJSON: "AQ" }, ""]);
}));
test("a name that is missing is asked for before the key is", () => withKeys(() => answer({}), async (asked) => {
  const { element } = form('data-way="create" data-options="#options"', '<input name="name" required>');
  element.reportValidity = () => element.checkValidity();
  element.requestSubmit();
  element.dispatchEvent(new SubmitEvent("submit", { cancelable: true }));
  await wait();
  equal(asked, []);
  element.elements.namedItem("name").value = "Blue key";
  element.requestSubmit();
  await until(() => asked.length);
  equal(asked.map(([way]) => way), ["create"]);
}));
test("a key that is not used is told, and may be tried again", async () => {
  let gives = () => { throw new DOMException("", "NotAllowedError"); };
  await withKeys(() => gives(), async () => {
    const { element, sent, said } = form('data-way="get" data-options="#options"');
    const failed = [];
    element.addEventListener("passkey:failed", (event) => failed.push(event.type));
    element.requestSubmit();
    await until(said);
    equal([said(), failed, sent], ["No passkey was used.", ["passkey:failed"], []]);
    gives = () => answer({ clientDataJSON: bytes(1) });
    element.requestSubmit();
    await until(() => sent.length);
    equal([said(), sent.length], ["", 1]);
  });
});
test("fresh options are fetched where the form says so, with its token", () => withKeys(() => answer({ clientDataJSON: bytes(7) }), async (asked) => {
  const { fetch } = window;
  const requests = [];
  window.fetch = async (url, { method, body }) => {
    requests.push([url, method, Object.fromEntries(body)]);
    return Response.json({ publicKey: { challenge: "AQ" } });
  };
  try {
    const { element, sent } = form('data-way="get" data-fetch="/options/"', '<input type="hidden" name="csrfmiddlewaretoken" value="t">');
    element.requestSubmit();
    await until(() => sent.length);
    equal(requests, [["/options/", "POST", { credential: "", csrfmiddlewaretoken: "t" }]]);
    equal([list(asked[0][1].publicKey.challenge), JSON.parse(sent[0]).response], [[1], { clientDataJSON: "Bw" }]);
  } finally { window.fetch = fetch; }
}));
test("a browser without passkeys does not offer them", async () => {
  const { PublicKeyCredential } = window;
  window.PublicKeyCredential = undefined;
  try { equal(form('data-way="get" data-options="#options"').element.hidden, true); } finally { window.PublicKeyCredential = PublicKeyCredential; }
});
