"""What people say about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import ReadingFace, Theme
from accounts.validators import known_time_zones, validate_about, validate_name, validate_pronouns, validate_time_zone
from core.forms import LineField, PageForm


class _ZoneSelect(forms.Select):
    """Names of zones grouped by their continent, as the browser's own list shows them best."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        self.choices = _zone_choices(value[0] if value else "")
        return super().optgroups(name, value, attrs)


def _zone_choices(chosen: str) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(known_time_zones()):
        area, _slash, place = zone.partition("/")
        if place and area not in {"Etc", "SystemV", "US", "posix", "right"}:
            groups.setdefault(area, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    choices: list[Any] = [("", gettext("The site’s own: %(zone)s") % {"zone": settings.TIME_ZONE}), ("UTC", "UTC")]
    known = {"", "UTC"} | {zone for rows in groups.values() for zone, _place in rows}
    if chosen not in known:
        choices.append((chosen, chosen))
    return choices + list(groups.items())


# Stands for the empty value in a form, where an empty choice could not be told from none.
DEFAULT = "default"


def _named_choice(choices: Any, *, label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[(value or DEFAULT, words) for value, words in choices.choices],
        coerce=lambda value: "" if value == DEFAULT else value,
        widget=forms.RadioSelect,
    )


class ProfileForm(PageForm):
    name = LineField(
        label=_("Name"),
        max_length=150,
        validators=[validate_name],
        help_text=_("As teachers and fellow students see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={
            "required": _("Enter your name as others should see it."),
            "max_length": _("Use a shorter form of your name, at most %(limit_value)d characters."),
        },
    )
    pronouns = LineField(
        label=_("Pronouns"),
        max_length=40,
        required=False,
        validators=[validate_pronouns],
        help_text=_("For example she/her or they/them."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    phone = LineField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("With the country code, for example +44 1632 960001. Seen by you and by administrators."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "dir": "ltr", "inputmode": "tel"}),
    )
    bio = forms.CharField(
        label=_("About you"),
        required=False,
        # A browser sends each line break as two characters.
        max_length=2000,
        validators=[validate_about],
        help_text=_("Plain text, up to 1,000 characters. Those who teach you see it."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "maxlength": "1000"}),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("Dates and times are shown in it."),
        widget=_ZoneSelect,
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    theme = _named_choice(Theme, label=_("Colours"))
    reading_face = _named_choice(ReadingFace, label=_("Reading typeface"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) > 1:
            choices = [("", _("As in this browser")), *settings.LANGUAGES]
            self.fields["language"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["language"]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        value = super().get_initial_for_field(field, field_name)
        return value or DEFAULT if isinstance(field, forms.TypedChoiceField) else value

    @property
    def about_fields(self) -> list[forms.BoundField]:
        """Who one is."""
        return [self[name] for name in ("name", "pronouns", "bio", "phone")]

    @property
    def looks_fields(self) -> list[forms.BoundField]:
        """How the site looks to the person."""
        return [self[name] for name in ("time_zone", "language", "theme", "reading_face") if name in self.fields]
