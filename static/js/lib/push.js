/** Push messages in this browser: asked for, given back, asked for again when the browser or the site has another key. */
import { api } from "./api.js";

// Which browser the site knows this one as, and by which address: {id, endpoint}.
const KNOWN = "push-browser";

/** Why it cannot be: "unsupported", "denied"; or whether it is "on" or "off". */
export async function pushState() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ? "on" : "off";
}

/** Asks the reader, the browser and the site, in this order. Resolves to whether it is on; throws what the API says. */
export async function turnOnPush(worker) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register(worker, { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  const { public_key: key } = await api("notifications/push/");
  await tell(await subscribed(registration, key));
  return true;
}

export async function turnOffPush() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  const known = stored();
  keep(null);
  await subscription?.unsubscribe();
  // Without the number the site hears of it from the push service, with the next message.
  if (known) await api(`notifications/push/${known.id}/`, { method: "DELETE" }).catch(() => {});
}

/** A browser may change the address on its own; who had turned it on is told to the site again. */
export async function renewPush() {
  const known = stored();
  if (!known || !("serviceWorker" in navigator) || (await pushState()) !== "on") return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration.pushManager.getSubscription();
  if (subscription && subscription.endpoint !== known.endpoint) await tell(subscription).catch(() => {});
}

async function subscribed(registration, key) {
  const wanted = bytes(key);
  const before = await registration.pushManager.getSubscription();
  if (before) {
    const used = new Uint8Array(before.options.applicationServerKey ?? []);
    if (used.length === wanted.length && used.every((byte, place) => byte === wanted[place])) return before;
    // Asked for under a key that the site has no more.
    await before.unsubscribe();
  }
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
}

async function tell(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await api("notifications/push/", { method: "POST", body: { endpoint, keys } });
  keep({ id, endpoint });
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

function stored() {
  try { return JSON.parse(localStorage.getItem(KNOWN)); } catch { return null; }
}

function keep(known) {
  try {
    if (known) localStorage.setItem(KNOWN, JSON.stringify(known));
    else localStorage.removeItem(KNOWN);
  } catch { /* without a store it is not renewed */ }
}
