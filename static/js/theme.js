/*
 * Applies the colour theme chosen on this device before the first paint, hence a classic script in <head>.
 * The choice is stored with the server's theme at that time: once the account's theme changes, the account wins.
 */
(function () {
  var root = document.documentElement;
  var served = root.dataset.theme || "";
  root.dataset.servedTheme = served;
  try {
    var stored = JSON.parse(localStorage.getItem("theme") || "null");
    if (stored && stored.served === served) root.dataset.theme = stored.theme;
  } catch { /* no storage, or somebody else's value: the served theme stays */ }
})();
