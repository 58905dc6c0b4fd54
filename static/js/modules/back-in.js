/** Tells the browser's other tabs that somebody has signed in here, then closes this one if the browser allows it. */
import { CHANNEL } from "../lib/channel.js";
import { csrfToken } from "../lib/fetch.js";

export default function connect() {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ type: "signed-in", csrf: csrfToken() });
  channel.close();
  window.close();
}
