/** What a server and navigator.credentials say to each other: JSON with base64url here, bytes there. */

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => list?.map((entry) => ({ ...entry, id: bytes(entry.id) }));

/** Options as the server sends them, for navigator.credentials.create or get. */
export function fromJson({ publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) options.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = named(options.allowCredentials);
  return { publicKey: options };
}

/** The browser's answer, for the server. */
export function toJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

/** Fresh options; ``form`` carries the token against forgery. */
export async function fetchJson(address, form) {
  const answer = await fetch(address, { method: "POST", body: form, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}
