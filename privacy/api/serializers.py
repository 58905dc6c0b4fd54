from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.slots import RETENTION
from privacy.enums import ErasureState, PersonalExportState
from privacy.models import Erasure, PersonalExport
from privacy.selectors import Retention, true_state
from privacy.services.exports import MOST_REASON
from privacy.services.retention import MOST_DAYS


class DataExportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    asked_by = serializers.UUIDField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=PersonalExportState.choices)
    message = serializers.CharField(help_text=_("Why it failed."))
    size = serializers.IntegerField(help_text=_("In bytes."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    download = serializers.CharField(help_text=_("Where the archive is; empty while it is not ready."))


class ReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MOST_REASON, help_text=_("The person can read it."))


class EraseInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MOST_REASON, help_text=_("It stays with the record: name nobody in it."))
    at_once = serializers.BooleanField(default=False, help_text=_("Without time to take it back."))


class ErasureOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ErasureState.choices)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class RetentionOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    days = serializers.IntegerField(allow_null=True, help_text=_("Null: kept for good."))
    least = serializers.IntegerField(help_text=_("The fewest days that can be set."))
    default = serializers.IntegerField(allow_null=True)
    would = serializers.IntegerField(help_text=_("How many rows a run now lets go of."))
    before = serializers.DateTimeField(allow_null=True, help_text=_("Send it with the run to let go of these alone."))
    last_at = serializers.DateTimeField(allow_null=True)
    last_rows = serializers.IntegerField()
    version = serializers.IntegerField()


class RetentionInput(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, allow_null=True)
    version = serializers.IntegerField(required=False, min_value=1)


class RunInput(serializers.Serializer[Any]):
    before = serializers.DateTimeField(required=False, help_text=_("The moment of a preview."))


class RunOutput(serializers.Serializer[Any]):
    rows = serializers.IntegerField()


def present_exports(exports: list[PersonalExport]) -> list[dict[str, Any]]:
    """Archives as plain data, in ``DataExportOutput``'s shape."""
    return [
        {
            "id": str(export.public_id),
            "person": str(export.user.public_id),
            "asked_by": str(export.asked_by.public_id),
            "reason": export.reason,
            "state": true_state(export),
            "message": export.message,
            "size": export.size,
            "created_at": export.created_at,
            "finished_at": export.finished_at,
            "expires_at": export.expires_at,
            "download": f"/api/v1/data-exports/{export.public_id}/download/" if export.is_ready else "",
        }
        for export in exports
    ]


def present_erasure(erasure: Erasure) -> dict[str, Any]:
    """An erasure as plain data, in ``ErasureOutput``'s shape."""
    same = ("state", "reason", "created_at", "due_at", "finished_at")
    return {
        "id": str(erasure.public_id),
        "person": str(erasure.user.public_id),
        **{name: getattr(erasure, name) for name in same},
    }


def present_retention(rule: Retention) -> dict[str, Any]:
    """A rule as plain data, in ``RetentionOutput``'s shape."""
    return {
        "kind": rule.key,
        "title": str(rule.kind.label),
        "days": rule.days,
        "least": rule.kind.least,
        "default": RETENTION[rule.key].days,
        "would": rule.would,
        "before": rule.before,
        "last_at": rule.last_at,
        "last_rows": rule.last_rows,
        "version": rule.version,
    }
