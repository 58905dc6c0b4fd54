"""What programs send and get."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications.enums import Category, Channel, Frequency, Weekday
from notifications.models import Mute, Notification, PushSubscription, Timing
from notifications.selectors.report import OUTCOME_CHOICES, PEOPLE_FILTERS, PersonRow, Report
from notifications.selectors.shown import shown


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class ClockField(serializers.TimeField):
    """A time of day as the person's clock shows it: hours and minutes."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**{"format": "%H:%M", "input_formats": ["%H:%M"], **named})


class NotificationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.choices)
    title = serializers.CharField()
    about = serializers.CharField()
    thread = serializers.CharField(help_text=_("What it is about, as `kind.id`; empty for nothing in particular."))
    course = serializers.CharField(allow_null=True)
    url = serializers.CharField(help_text=_("Where it leads, on the site."))
    count = serializers.IntegerField(help_text=_("How many things it tells of."))
    at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationsQuery(serializers.Serializer[Any]):
    unread = serializers.BooleanField(required=False, default=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)


class ReadAllInput(serializers.Serializer[Any]):
    category = serializers.ChoiceField(choices=Category.choices, required=False)


class ReadOutput(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text=_("How many were unread."))


class PreferenceOutput(serializers.Serializer[Any]):
    category = serializers.ChoiceField(choices=Category.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    frequency = serializers.ChoiceField(choices=Frequency.choices)


class TimingOutput(serializers.Serializer[Any]):
    digest_at = ClockField()
    digest_day = serializers.ChoiceField(choices=Weekday.choices, help_text=_("0 is Monday."))
    quiet_from = ClockField(allow_null=True)
    quiet_until = ClockField(allow_null=True)


class PreferencesOutput(serializers.Serializer[Any]):
    preferences = PreferenceOutput(many=True)
    timing = TimingOutput()


class TimingInput(serializers.Serializer[Any]):
    digest_at = ClockField(required=False)
    digest_day = serializers.ChoiceField(choices=Weekday.choices, required=False)
    quiet_from = ClockField(required=False, allow_null=True)
    quiet_until = ClockField(required=False, allow_null=True)


class PreferencesInput(serializers.Serializer[Any]):
    preferences = PreferenceOutput(many=True, required=False)
    timing = TimingInput(required=False)


class MuteInput(serializers.Serializer[Any]):
    notification = serializers.UUIDField(help_text=_("One that is about what is to be muted."))
    what = serializers.ChoiceField(choices=(("course", _("Its course")), ("thread", _("What it is about"))))


class MuteOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(allow_null=True)
    thread = serializers.CharField()
    title = serializers.CharField()
    created_at = serializers.DateTimeField()


class BrowserOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(help_text=_("Browser and system, as in the list of devices."))
    created_at = serializers.DateTimeField()
    last_sent_at = serializers.DateTimeField(allow_null=True)


class PushOutput(serializers.Serializer[Any]):
    public_key = serializers.CharField(help_text=_("What a browser takes as `applicationServerKey`, in base64url."))
    browsers = BrowserOutput(many=True)


class PushKeysInput(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=120)
    auth = serializers.CharField(max_length=60)


class BrowserInput(serializers.Serializer[Any]):
    endpoint = serializers.CharField(max_length=1000)
    keys = PushKeysInput()


class TallyOutput(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Channel.choices)
    outcome = serializers.ChoiceField(choices=OUTCOME_CHOICES)
    reason = serializers.CharField(help_text=_("Why nothing was sent; empty where something was."))
    people = serializers.IntegerField()


class ReportOutput(serializers.Serializer[Any]):
    title = serializers.CharField()
    people = serializers.IntegerField(help_text=_("How many were to be told."))
    read = serializers.IntegerField(help_text=_("How many have read it in the app."))
    counts = TallyOutput(many=True)


class DeliveredPeopleQuery(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, max_length=100, help_text=_("Part of the name."))
    outcome = serializers.ChoiceField(
        choices=PEOPLE_FILTERS, required=False, help_text=_("What became of it on any channel, or whether it was read.")
    )


class ToldOutput(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Channel.choices)
    outcome = serializers.ChoiceField(choices=OUTCOME_CHOICES)
    why = serializers.CharField()


class PersonToldOutput(serializers.Serializer[Any]):
    person = serializers.UUIDField()
    name = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True)
    told = ToldOutput(many=True)


def present_notifications(rows: Sequence[Notification]) -> list[dict[str, Any]]:
    """Notifications in words, in ``NotificationOutput``'s shape."""
    return [
        {
            "id": str(one.row.public_id),
            "kind": one.row.kind,
            "category": one.row.category,
            "title": one.title,
            "about": one.about,
            "thread": one.row.thread,
            "course": one.row.course.slug if one.row.course else None,
            "url": one.target,
            "count": one.row.count,
            "at": one.row.at,
            "read_at": one.row.read_at,
        }
        for one in shown(rows)
    ]


def present_preferences(frequencies: dict[tuple[str, str], Frequency], timing: Timing) -> dict[str, Any]:
    """All preferences and times, in ``PreferencesOutput``'s shape."""
    return {
        "preferences": [
            {"category": category, "channel": channel, "frequency": frequency}
            for (category, channel), frequency in frequencies.items()
        ],
        "timing": TimingOutput(timing).data,
    }


def present_mutes(rows: Sequence[Mute]) -> list[dict[str, Any]]:
    """Mutes, in ``MuteOutput``'s shape."""
    return [
        {
            "id": str(row.public_id),
            "course": row.course.slug if row.course else None,
            "thread": row.thread,
            "title": row.course.title if row.course else row.title,
            "created_at": row.created_at,
        }
        for row in rows
    ]


def present_browsers(rows: Sequence[PushSubscription]) -> list[dict[str, Any]]:
    """Browsers without their secrets, in ``BrowserOutput``'s shape."""
    return [
        {
            "id": str(row.public_id),
            "name": row.label,
            "created_at": row.created_at,
            "last_sent_at": row.last_sent_at,
        }
        for row in rows
    ]


def present_report(title: str, found: Report) -> dict[str, Any]:
    """The numbers of a report, in ``ReportOutput``'s shape."""
    counts = [
        {"channel": one.channel, "outcome": one.outcome, "reason": one.reason, "people": one.people}
        for one in found.counts
    ]
    return {"title": title, "people": found.people, "read": found.read, "counts": counts}


def present_people(rows: Sequence[PersonRow]) -> list[dict[str, Any]]:
    """How people were told, in ``PersonToldOutput``'s shape."""
    return [
        {
            "person": str(row.person.public_id),
            "name": row.person.name,
            "read_at": row.read_at,
            "told": [
                {"channel": channel, "outcome": outcome, "why": why} for channel, (outcome, why) in row.told.items()
            ],
        }
        for row in rows
    ]
