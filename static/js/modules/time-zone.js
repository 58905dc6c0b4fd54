/**
 * Fills a hidden field with the name of this device's time zone; without it the server keeps the site's own.
 *
 * <input type="hidden" name="time_zone" data-module="time-zone">
 */
export default function connect(input) {
  if (!input.value) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
