"""Shapes of sections and blocks."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import BIGGEST, Input, VersionedInput
from courses.api.serializers.inputs import POSITION_HELP
from courses.validators import MAX_TEXT


class OptionOutput(serializers.Serializer[Any]):
    id = serializers.CharField(help_text=_("Its name for you; send it as your answer."))
    html = serializers.CharField()


class BlockQuestionOutput(serializers.Serializer[Any]):
    """A question as you may see it now: without its key."""

    kind = serializers.CharField()
    html = serializers.CharField()
    options = OptionOutput(many=True)
    unit = serializers.CharField()


class DraftOutput(serializers.Serializer[Any]):
    text = serializers.CharField(help_text=_("Markdown."))
    data = serializers.DictField(help_text=_("Settings of the kind, as in a course folder."))  # type: ignore[assignment]
    html = serializers.CharField()


class InnerBlockOutput(serializers.Serializer[Any]):
    """A block in a branch."""

    id = serializers.UUIDField()
    lesson = serializers.UUIDField()
    section = serializers.UUIDField()
    kind = serializers.CharField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    html = serializers.CharField(allow_null=True, help_text=_("What is published; null before the first time."))
    data = serializers.DictField(help_text=_("Published settings of the kind."))  # type: ignore[assignment]
    files = serializers.DictField(
        child=serializers.CharField(), help_text=_("Addresses of the files that settings name, by setting.")
    )
    question = BlockQuestionOutput(allow_null=True)
    draft = DraftOutput(allow_null=True, help_text=_("What is being written; null for those who do not write."))


class BranchOutput(serializers.Serializer[Any]):
    """What one group of an experiment sees in the block's place. A student gets that of their own group alone."""

    section = serializers.UUIDField()
    group = serializers.CharField(help_text=_("The group's name, for those who see all branches."))
    blocks = InnerBlockOutput(many=True)


class BlockOutput(InnerBlockOutput):
    branches = BranchOutput(many=True)


class SectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    lesson = serializers.UUIDField()
    title = serializers.CharField()
    position = serializers.IntegerField()


class FilledSectionOutput(SectionOutput):
    blocks = BlockOutput(many=True)


class SectionInput(Input):
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)


class BlockChanges(VersionedInput):
    text = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text=_("Markdown.")
    )
    data = serializers.DictField(required=False, help_text=_("Settings of the kind, as in a course folder."))  # type: ignore[assignment]
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)
    section = serializers.UUIDField(required=False, help_text=_("A section of the same lesson to move it to."))


class BlockInput(BlockChanges):
    version = None  # type: ignore[assignment]
    kind = serializers.CharField(max_length=20, help_text=_("text, image, video, file, callout or question."))
    section = serializers.UUIDField(required=False, help_text=_("A section of the lesson; without it, the last one."))
