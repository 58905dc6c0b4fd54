/**
 * Shows push messages, and leads to what they tell of. Pages go past it: it fetches nothing.
 *
 * A message: {title, body, url, tag, unread, lang, dir}; url is a path of this site.
 */
const FALLBACK = { title: "Aumbry", url: "/notifications/" };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

function read(data) {
  try {
    const message = data.json();
    return typeof message?.title === "string" && message.title ? message : FALLBACK;
  } catch {
    // A browser that shows nothing for a message loses the right to get any.
    return FALLBACK;
  }
}

async function show(message) {
  if ("setAppBadge" in self.navigator && Number.isInteger(message.unread)) await self.navigator.setAppBadge(message.unread).catch(() => {});
  await self.registration.showNotification(message.title, {
    body: message.body ?? "",
    tag: message.tag || undefined,
    renotify: Boolean(message.tag),
    icon: "/static/icons/push.png",
    badge: "/static/icons/push-badge.png",
    lang: message.lang || undefined,
    dir: message.dir === "rtl" ? "rtl" : "auto",
    data: { url: address(message.url) },
  });
}

/** Only pages of this site are opened, whatever a message says. */
function address(url) {
  if (typeof url !== "string") return FALLBACK.url;
  try {
    const found = new URL(url, self.location.origin);
    return found.origin === self.location.origin ? found.pathname + found.search + found.hash : FALLBACK.url;
  } catch {
    return FALLBACK.url;
  }
}

/** The browser gave up the old address. A page tells the site of the new one, for a page knows who is signed in: one that is open, or the next. */
async function renew({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options;
  if (!newSubscription && options?.applicationServerKey) await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: options.applicationServerKey });
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage({ type: "push-renewed" });
}

async function open(url) {
  const wanted = new URL(address(url), self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((one) => one.url === wanted);
  if (same) return same.focus();
  return self.clients.openWindow(wanted);
}
