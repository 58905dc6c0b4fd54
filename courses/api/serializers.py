"""Shapes of requests and answers. The rules are the validators' and services'."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.validators import validate_time_zone
from core.findings import Severity
from courses.api.rows import COURSE_ORDERINGS, ROSTER_ORDERINGS
from courses.enums import (
    CourseState,
    EnrolmentPolicy,
    ExportState,
    Ground,
    ImportFormat,
    ImportState,
    Markup,
    Plate,
    ProgressState,
    PublishState,
    Role,
)
from courses.selectors.imports import VERDICTS
from courses.validators import MAX_TEXT, validate_markdown

LESSON_PROGRESS = ("not_started", *ProgressState.values)
_BIGGEST = 2_147_483_647
_POSITION = _("From 0; past the end means the end.")
_VERSION = _("The version you started from. If somebody saved since, nothing is changed and the answer is 409.")


class Input(serializers.Serializer[Any]):
    """Names that are not fields are passed over."""


class VersionedInput(Input):
    version = serializers.IntegerField(required=False, min_value=1, max_value=_BIGGEST, help_text=_VERSION)


# Courses


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
        max_length=20_000, required=False, allow_blank=True, validators=[validate_markdown], help_text=_("Markdown.")
    )
    language = serializers.CharField(max_length=12, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])
    enrolment = serializers.ChoiceField(choices=EnrolmentPolicy.choices, required=False)
    capacity = serializers.IntegerField(min_value=1, max_value=_BIGGEST, required=False, allow_null=True)
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
    lessons = serializers.IntegerField(help_text=_("How many lessons are published."))
    minutes = serializers.IntegerField(help_text=_("The authors' estimates of them, added up."))


# Modules


class ModuleChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)


class ModuleInput(Input):
    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)


class ModuleOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    title = serializers.CharField()
    summary = serializers.CharField()
    position = serializers.IntegerField()
    lessons = serializers.IntegerField(help_text=_("How many of its lessons you may see."))
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


# Pages


class PageChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text=_("As “markup” says.")
    )
    markup = serializers.ChoiceField(choices=Markup.choices, required=False)
    is_published = serializers.BooleanField(required=False, help_text=_("Whether students see it."))
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)


class PageInput(PageChanges):
    version = None  # type: ignore[assignment]
    title = serializers.CharField(max_length=200)


class PageOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    title = serializers.CharField()
    markup = serializers.ChoiceField(choices=Markup.choices)
    is_published = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PageDetailOutput(PageOutput):
    html = serializers.CharField(help_text=_("Safe to show."))
    text = serializers.CharField(allow_null=True, help_text=_("As it was written, for authors; null for the others."))


# Health


class HealthFilter(Input):
    code = serializers.CharField(max_length=30, required=False, allow_blank=True)


class FindingOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=[(entry.value, entry.value) for entry in Severity])
    sentence = serializers.CharField(help_text=_("What to mend, in your language."))
    lesson = serializers.UUIDField(allow_null=True)
    section = serializers.UUIDField(allow_null=True)
    block = serializers.UUIDField(allow_null=True)
    page = serializers.UUIDField(allow_null=True)
    url = serializers.CharField(help_text=_("Where it is written."))


# Lessons


class LessonFilter(Input):
    course = serializers.SlugField(required=False, max_length=64)
    module = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=PublishState.choices, required=False)


class LessonChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    objective = serializers.CharField(max_length=300, required=False, allow_blank=True)
    minutes = serializers.IntegerField(min_value=0, max_value=32_767, required=False, allow_null=True)
    needs_end = serializers.BooleanField(required=False, help_text=_("Finished when the student marks the end."))
    needs_answers = serializers.BooleanField(required=False, help_text=_("Finished when the questions are answered."))
    is_preview = serializers.BooleanField(required=False, help_text=_("Visitors may read it."))
    is_paged = serializers.BooleanField(required=False, help_text=_("One section a page."))
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)
    module = serializers.UUIDField(required=False, help_text=_("A module of the same course to move it to."))


class LessonInput(LessonChanges):
    version = None  # type: ignore[assignment]
    title = serializers.CharField(max_length=200)
    module = serializers.UUIDField()


class LessonOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    module = serializers.UUIDField()
    title = serializers.CharField()
    objective = serializers.CharField()
    minutes = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=PublishState.choices)
    position = serializers.IntegerField(help_text=_("Its place among the module's lessons that you may see, from 0."))
    needs_end = serializers.BooleanField()
    needs_answers = serializers.BooleanField()
    is_preview = serializers.BooleanField()
    is_paged = serializers.BooleanField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


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


class LessonDetailOutput(LessonOutput):
    sections = FilledSectionOutput(many=True)


class SectionInput(Input):
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)


class BlockChanges(VersionedInput):
    text = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text=_("Markdown.")
    )
    data = serializers.DictField(required=False, help_text=_("Settings of the kind, as in a course folder."))  # type: ignore[assignment]
    position = serializers.IntegerField(min_value=0, max_value=_BIGGEST, required=False, help_text=_POSITION)
    section = serializers.UUIDField(required=False, help_text=_("A section of the same lesson to move it to."))


class BlockInput(BlockChanges):
    version = None  # type: ignore[assignment]
    kind = serializers.CharField(max_length=20, help_text=_("text, image, video, file, callout or question."))
    section = serializers.UUIDField(required=False, help_text=_("A section of the lesson; without it, the last one."))


# People


class EnrolmentFilter(Input):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    ended = serializers.BooleanField(required=False, help_text=_("true: those that ended; otherwise the current ones."))


class EnrolmentInput(Input):
    user = serializers.UUIDField(required=False, help_text=_("The person's id; without it, yourself."))
    email = serializers.EmailField(required=False, max_length=254, help_text=_("Instead of the id."))
    role = serializers.ChoiceField(choices=Role.choices, required=False)


class EnrolmentChanges(Input):
    role = serializers.ChoiceField(choices=Role.choices)


class MemberOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()


class EnrolmentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    user = MemberOutput()
    role = serializers.ChoiceField(choices=Role.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    points = serializers.CharField(allow_null=True, help_text=_("An exact decimal; null for who is no student."))
    possible = serializers.CharField(allow_null=True, help_text=_("The points that this person can have."))


# Results


class LessonResultOutput(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    category = serializers.CharField(help_text=_("Of the grading policy."))
    points = serializers.CharField()
    possible = serializers.CharField()
    tries = serializers.IntegerField()
    scored_at = serializers.DateTimeField(allow_null=True)


class ResultOutput(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    user = MemberOutput()
    points = serializers.CharField(help_text=_("An exact decimal."))
    possible = serializers.CharField(help_text=_("The points that this person can have."))
    percent = serializers.IntegerField()
    score_so_far = serializers.CharField(
        allow_null=True, help_text=_("By the grading policy, from 0 to 1: of what was tried. null without one.")
    )
    score_sure = serializers.CharField(allow_null=True, help_text=_("The score if nothing more is done."))
    passed = serializers.BooleanField(allow_null=True, help_text=_("Whether the pass mark is reached for certain."))
    lessons = LessonResultOutput(many=True)


# Progress


class ProgressFilter(Input):
    course = serializers.SlugField(required=False, max_length=64)


class RosterFilter(Input):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text=_("Words of the name or email.")
    )
    ordering = serializers.ChoiceField(choices=list(ROSTER_ORDERINGS), required=False)


class CourseProgressOutput(serializers.Serializer[Any]):
    course = serializers.CharField(help_text=_("The course's slug."))
    lessons = serializers.IntegerField(help_text=_("How many lessons count."))
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


class StudentProgressOutput(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    user = MemberOutput()
    lessons = serializers.IntegerField(help_text=_("How many lessons count."))
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


def _seconds(words: Any) -> serializers.FloatField:
    return serializers.FloatField(min_value=0, max_value=86400, help_text=words)


class WatchingInput(Input):
    position = _seconds(_("The second at which the film stopped."))
    duration = _seconds(_("The length of the film, in seconds."))
    ranges = serializers.ListField(
        child=serializers.ListField(child=_seconds(_("A second.")), min_length=2, max_length=2),
        max_length=500,
        help_text=_("What was played: pairs of seconds from the start to the end."),
    )


class WatchingOutput(serializers.Serializer[Any]):
    block = serializers.UUIDField()
    position = serializers.FloatField()
    duration = serializers.FloatField(help_text=_("0 before anything was played."))
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    percent = serializers.IntegerField(help_text=_("How much was seen, rounded down."))


class LessonProgressOutput(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[(state, state) for state in LESSON_PROGRESS])
    share = serializers.IntegerField(help_text=_("How much was read, in percent."))
    place = serializers.CharField(help_text=_("Where reading stopped: the id of a part of the page."))
    started_at = serializers.DateTimeField(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("When the end was marked."))
    done_at = serializers.DateTimeField(allow_null=True)


# Imports


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


class ExportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    state = serializers.ChoiceField(choices=ExportState.choices)
    message = serializers.CharField(help_text=_("Why it failed; empty otherwise."))
    size = serializers.IntegerField(allow_null=True, help_text=_("Bytes, once it is ready."))
    download = serializers.CharField(allow_null=True, help_text=_("Where to fetch it, once it is ready."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    kept_until = serializers.DateTimeField(allow_null=True, help_text=_("When it is removed."))


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
