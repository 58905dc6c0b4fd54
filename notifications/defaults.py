"""How people are told before they say otherwise: soon of what waits for them, once a day of what is merely new."""

from notifications.enums import Category, Channel, Frequency

_NOW, _DAILY, _OFF = Frequency.NOW, Frequency.DAILY, Frequency.OFF

# By category: in app, by mail, by push.
DEFAULTS: dict[tuple[str, str], Frequency] = {
    (category, channel): frequency
    for category, row in {
        Category.COURSES: (_NOW, _DAILY, _OFF),
        Category.PLACES: (_NOW, _NOW, _NOW),
        Category.GRADES: (_NOW, _NOW, _NOW),
        Category.ACCOUNT: (_NOW, _NOW, _NOW),
        Category.SHARED: (_NOW, _DAILY, _OFF),
        Category.WORK: (_NOW, _NOW, _OFF),
        Category.SITE: (_NOW, _DAILY, _OFF),
    }.items()
    for channel, frequency in zip((Channel.BELL, Channel.EMAIL, Channel.PUSH), row, strict=True)
}
# What protects an account stands in the app whatever somebody wishes, and no mute covers it.
REQUIRED = frozenset({(Category.ACCOUNT, Channel.BELL)})


def choices(category: str, channel: str) -> tuple[Frequency, ...]:
    """What somebody can choose there. In the app there is no waiting for a digest."""
    if (category, channel) in REQUIRED:
        return (Frequency.NOW,)
    return (Frequency.NOW, Frequency.OFF) if channel == Channel.BELL else tuple(Frequency)
