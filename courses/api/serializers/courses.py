"""Shapes of courses."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.validators import validate_time_zone
from core.api.inputs import BIGGEST, Input, VersionedInput
from courses.api.rows.courses import COURSE_ORDERINGS
from courses.enums import (
    CourseState,
    EnrolmentPolicy,
    Ground,
    Plate,
    Role,
)
from courses.validators import LONGEST_DESCRIPTION, validate_markdown


class CourseFilter(Input):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text=_("Words of the code, title, summary or a module.")
    )
    state = serializers.ChoiceField(choices=CourseState.choices, required=False)
    mine = serializers.BooleanField(required=False, help_text=_("Only courses that you are in."))
    role = serializers.ChoiceField(
        choices=Role.choices, required=False, help_text=_("Only courses that you are in in this role.")
    )
    ordering = serializers.ChoiceField(choices=list(COURSE_ORDERINGS), required=False)


class CourseChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    code = serializers.CharField(max_length=20, required=False)
    slug = serializers.SlugField(max_length=64, required=False, help_text=_("The last part of the course's address."))
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    description = serializers.CharField(
        max_length=LONGEST_DESCRIPTION,
        required=False,
        allow_blank=True,
        validators=[validate_markdown],
        help_text=_("Markdown; it may name files, as texts of lessons do."),
    )
    language = serializers.CharField(max_length=12, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])
    enrolment = serializers.ChoiceField(choices=EnrolmentPolicy.choices, required=False)
    capacity = serializers.IntegerField(min_value=1, max_value=BIGGEST, required=False, allow_null=True)
    plate = serializers.ChoiceField(choices=Plate.choices, required=False)
    ground = serializers.ChoiceField(choices=Ground.choices, required=False)
    licence = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CourseInput(CourseChanges):
    version = None  # type: ignore[assignment]
    title = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=20)
    slug = serializers.SlugField(
        max_length=64, required=False, help_text=_("Made from the title if it is left out; a number is added if taken.")
    )


class CourseOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    state = serializers.ChoiceField(choices=CourseState.choices)
    enrolment = serializers.ChoiceField(choices=EnrolmentPolicy.choices)
    capacity = serializers.IntegerField(allow_null=True)
    plate = serializers.ChoiceField(choices=Plate.choices)
    ground = serializers.ChoiceField(choices=Ground.choices)
    licence = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True, help_text=_("Your own role in the course."))


class CourseDetailOutput(CourseOutput):
    description = serializers.CharField(help_text=_("Markdown."))
    description_html = serializers.CharField(help_text=_("Safe to show."))
    lessons = serializers.IntegerField(help_text=_("How many lessons are published."))
    minutes = serializers.IntegerField(help_text=_("The authors' estimates of them, added up."))
