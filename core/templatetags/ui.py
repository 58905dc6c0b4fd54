"""Small things that templates ask for."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.forms import attribute

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, extra: str = "") -> SafeString:
    """``{% icon "check" %}``: a decorative icon of the sprite. ``extra`` adds classes (``i-flip``)."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra,
        static("icons/sprite.svg"),
        name,
    )


class FixedNode(template.Node):
    """See ``fixed``."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist
        self.written: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        text = self.written.get(language)
        if text is None:
            # A context of its own: what is of one reader or one page cannot get in.
            text = self.nodelist.render(context.new({}))
            if not settings.DEBUG:
                self.written[language] = text
        return text


@register.tag
def fixed(parser: template.base.Parser, token: template.base.Token) -> FixedNode:
    """``{% fixed %}…{% endfixed %}``: what is the same on every page in one language, written once and kept.

    Links to the site's own files, addresses without arguments, sentences. Variables are empty inside.
    """
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return FixedNode(nodelist)


class KeptTranslation(TranslateNode):
    """A sentence of the template itself: looked up once for each language."""

    def __init__(self, filter_expression: Any, noop: bool) -> None:
        super().__init__(filter_expression, noop)
        self.written: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        text = self.written.get(language)
        if text is None:
            text = self.written[language] = super().render(context)
        return text


@register.tag("translate")
@register.tag("trans")
def trans(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """Django's tag; a plain sentence without variables is kept when it has been translated once."""
    node = do_translate(parser, token)
    plain = not node.asvar and not node.message_context and not node.filter_expression.filters
    if plain and node.filter_expression.var.lookups is None:
        return KeptTranslation(node.filter_expression, node.noop)
    return node


@register.simple_tag
def widget_attributes(attrs: dict[str, Any]) -> SafeString:
    """A control's attributes as Django's own template writes them: ``True`` as a bare name, ``False`` not at all."""
    return SafeString("".join(attribute(name, value) for name, value in attrs.items() if value is not False))


@register.simple_tag
def toast_words() -> SafeString:
    """What scripts say when something fails, as attributes of the place where they say it."""
    return _toast_words(get_language())


@lru_cache(maxsize=64)
def _toast_words(language: str | None) -> SafeString:
    # Every page has these sentences, so they are written once for each language.
    words = {
        "dismiss-label": _("Dismiss"),
        "network": _("No connection. Nothing was changed; try again in a moment."),
        "server": _("Something broke on our side. Nothing was changed; try again in a moment."),
        "forbidden": _("You may not do this, or your session has ended. Reload the page to see what is open to you."),
        "missing": _("This is no longer here. Reload the page to see what has changed."),
        "busy": _("Too many requests at once. Wait a minute, then try again."),
    }
    return SafeString("".join(attribute(f"data-{name}", sentence) for name, sentence in words.items()))


@register.simple_tag(takes_context=True)
def has_perm(context: Context, permission: str, obj: Any = None) -> bool:
    """``{% has_perm "courses.change_course" course as may_edit %}``: the question the view asked."""
    request = context.get("request")
    return bool(request and request.user.has_perm(permission, obj))


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: Any) -> str:
    """The page's own query with some values changed; ``None`` drops one."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def when(moment: datetime | None) -> str:
    """A moment in the reader's zone: "Today 14:05", "Tomorrow 09:00", "Sun 22 Nov, 18:00"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    days = (local.date() - timezone.localdate()).days
    clock = _clock(local)
    if days == 0:
        return _("Today %(time)s") % {"time": clock}
    if days == 1:
        return _("Tomorrow %(time)s") % {"time": clock}
    if days == -1:
        return _("Yesterday %(time)s") % {"time": clock}
    return f"{_day(local)}, {clock}"


@register.filter
def moment(value: datetime | None) -> str:
    """The same inside a sentence, and of today only the clock: "Saved 14:05", "Saved Sun 22 Nov, 18:00"."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    clock = _clock(local)
    return clock if local.date() == timezone.localdate() else f"{_day(local)}, {clock}"


def _clock(local: datetime) -> str:
    return _written_time(local.time().replace(second=0, microsecond=0), get_language())


def _day(local: datetime) -> str:
    return _written_day(local.date(), get_language())


# Lists tell a hundred times and more, most of them of the same days.
@lru_cache(maxsize=4096)
def _written_time(clock: time, language: str | None) -> str:
    return time_format(clock, "TIME_FORMAT")


@lru_cache(maxsize=1024)
def _written_day(day: date, language: str | None) -> str:
    return date_format(day, "D j M")


@register.filter
def percent(done: int, total: int) -> int:
    """``done`` of ``total`` in whole percent, rounded down, so that 100 means all."""
    return done * 100 // total if total else 0


@register.simple_tag
def form_key() -> SafeString:
    """The hidden one-time key of a form that makes something: see ``core.once``."""
    return format_html('<input type="hidden" name="form_key" value="{}">', uuid4())


@register.simple_tag(takes_context=True)
def render_part(context: Context, template: str, variables: dict[str, Any]) -> SafeString:
    """Another template with ``variables`` beside the page's own: for what a slot's entry shows."""
    with context.push(**variables):
        return get_template(template).template.render(context)  # type: ignore[attr-defined,no-any-return]


@register.simple_tag
def zone_name() -> str:
    """Name of the zone in which this page tells times."""
    return timezone.get_current_timezone_name()
