import zoneOffer from "/static/js/modules/zone-offer.js";
import { equal, place, test } from "/tests/harness.js";

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

test("zone-offer shows itself where the profile names another zone", () => {
  const shown = ["Atlantic/Bermuda", here].map((zone) => {
    const form = place(`<form hidden data-zone="${zone}"><span data-words="Your browser is in {zone}."></span><input type="hidden" name="time_zone"></form>`);
    zoneOffer(form);
    return [form.hidden, form.textContent, form.elements.time_zone.value];
  });
  equal(shown, [[false, `Your browser is in ${here}.`, here], [true, "", ""]]);
});
