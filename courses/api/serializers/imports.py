"""Shapes of imports and their reports."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import Input
from courses.enums import (
    ImportFormat,
    ImportState,
)
from courses.selectors.imports import VERDICTS


class ImportInput(Input):
    file = serializers.FileField(help_text=_("The archive: .tar.gz, .zip and their like."))
    trial = serializers.BooleanField(default=False, help_text=_("Only say what would happen."))


class ImportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    file = serializers.CharField(help_text=_("The archive's name."))
    state = serializers.ChoiceField(choices=ImportState.choices)
    format = serializers.ChoiceField(choices=[("", "unknown"), *ImportFormat.choices])
    trial = serializers.BooleanField()
    course = serializers.CharField(allow_null=True, help_text=_("The course's slug, once it is there."))
    stage = serializers.CharField(help_text=_("What is being done now; empty before and afterwards."))
    done = serializers.IntegerField(help_text=_("Steps of the stage that are done."))
    total = serializers.IntegerField(help_text=_("Steps of the stage, 0 if they are not counted."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportDetailOutput(ImportOutput):
    message = serializers.CharField(help_text=_("Why it was refused; empty otherwise."))
    problems = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text=_("Sentences by file and place.")
    )
    created = serializers.IntegerField(help_text=_("New modules, lessons and pages, and the course if it is new."))
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many parts of each kind the archive has.")
    )


class ImportEntryFilter(Input):
    verdict = serializers.ChoiceField(choices=list(VERDICTS), required=False)


class ImportEntryOutput(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text=_("A part of a course, a kind of block, or what the source calls it."))
    title = serializers.CharField()
    source_id = serializers.CharField()
    verdict = serializers.ChoiceField(choices=list(VERDICTS))
    reason = serializers.CharField()
    where = serializers.CharField(help_text=_("Its place in the source."))
    module = serializers.CharField(help_text=_("The title of the module that it stands in."))
    lesson = serializers.UUIDField(allow_null=True)
    section = serializers.UUIDField(allow_null=True)
    block = serializers.UUIDField(allow_null=True)
    page = serializers.UUIDField(allow_null=True)
    url = serializers.CharField(help_text=_("The page on which its authors write it; empty if it is not here."))
