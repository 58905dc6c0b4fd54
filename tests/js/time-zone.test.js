import timeZone from "/static/js/modules/time-zone.js";
import { equal, place, test } from "/tests/harness.js";

test("time-zone fills an empty field with this device's zone and leaves a filled one", () => {
  const form = place("<form><input type='hidden' name='time_zone'><input type='hidden' name='other' value='Asia/Kolkata'></form>");
  [...form.elements].forEach(timeZone);
  equal([...form.elements].map((input) => input.value), [Intl.DateTimeFormat().resolvedOptions().timeZone, "Asia/Kolkata"]);
});
