/**
 * Push messages in this browser: asked for, given back, asked for again when the browser or the site has another address or key.
 *
 * It is for whoever is signed in. What the site knows the browser as is kept here: {id, endpoint, person, pushMark}. Signing out ends
 * it at the site; the same person's next sign-in brings it back, somebody else's ends it in the browser, too. Who is here the bell says.
 */
import { api } from "./api.js";

const KNOWN = "push-browser";
const PAGES = "notifications/push/";
let renewing = null;

/** Why it cannot be: "unsupported", "denied"; or whether it is "on" or "off". The site is asked, for it may have been removed elsewhere. */
export async function pushState() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const subscription = await current();
  const known = stored();
  if (!subscription || known?.endpoint !== subscription.endpoint) return "off";
  const { public_key: key, browsers } = await api(PAGES);
  if (browsers.some(({ id }) => id === known.id) && isFor(subscription, key)) return "on";
  keep(null);
  return "off";
}

/** Asks the reader, the browser and the site, in this order. Resolves to whether it is on; throws what the API says. */
export async function turnOnPush(worker) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register(worker, { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  await tell(await subscribed(registration));
  return true;
}

export async function turnOffPush() {
  const known = stored();
  keep(null);
  await (await current())?.unsubscribe();
  // Without the number the site hears of it from the push service, with the next message.
  if (known) await api(`${PAGES}${known.id}/`, { method: "DELETE" }).catch(() => {});
}

/** Sees to it that what was turned on here is still so, and for whom. Asks the site only if something has changed. */
export function renewPush() {
  return renewing ??= renew().finally(() => { renewing = null; });
}

async function renew() {
  const [known, who] = [stored(), whoIsHere()];
  if (!known || !who.pushMark || !("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  if (known.person !== who.person) {
    // The one before is not signed in here any more, and must not be read here.
    keep(null);
    await subscription?.unsubscribe();
  } else if (!subscription || Notification.permission !== "granted") {
    // Forbidden in the browser's own settings.
    await turnOffPush();
  } else if (known.pushMark !== who.pushMark || known.endpoint !== subscription.endpoint) {
    await tell(await subscribed(registration));
  }
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

async function subscribed(registration) {
  const { public_key: key } = await api(PAGES);
  const before = await registration.pushManager.getSubscription();
  if (before && isFor(before, key)) return before;
  // Asked for under a key that the site has no more.
  await before?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

async function tell(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await api(PAGES, { method: "POST", body: { endpoint, keys } });
  keep({ id, endpoint, ...whoIsHere() });
}

function isFor(subscription, key) {
  const [used, wanted] = [new Uint8Array(subscription.options.applicationServerKey ?? []), bytes(key)];
  return used.length === wanted.length && used.every((byte, place) => byte === wanted[place]);
}

function whoIsHere() {
  const { person = "", pushMark = "" } = document.getElementById("bell")?.dataset ?? {};
  return { person, pushMark };
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
