"""What a browser calls itself, in words: "Firefox on Linux"."""

from django.utils.translation import gettext as _

# Longer ones are nobody's browser, and the patterns take their time over them.
_MOST = 512
_FAMILIES = {"Mobile Safari": "Safari", "Chrome Mobile": "Chrome", "Firefox Mobile": "Firefox", "Edge Mobile": "Edge"}
_SYSTEMS = {"Mac OS X": "macOS"}


def device_name(user_agent: str) -> str:
    """The browser and its system; a program's own first word; else "A browser"."""
    text = "".join(sign for sign in user_agent[:_MOST] if sign.isprintable()).strip()
    if not text:
        return _("A browser")
    # Its patterns are many, and most processes never need them.
    from ua_parser import parse  # noqa: PLC0415

    result = parse(text)
    browser = result.user_agent.family if result.user_agent else ""
    system = result.os.family if result.os else ""
    browser, system = _FAMILIES.get(browser, browser), _SYSTEMS.get(system, system)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or text.split()[0].split("/")[0][:60] or _("A browser")
