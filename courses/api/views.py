"""Courses for programs. Who may do what is asked of the same permissions as on the pages."""

import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.validators import normalise_email
from core.api.views import Endpoint
from core.authz import authorize
from core.errors import Invalid
from core.shortcuts import get_visible
from courses.api import rows, serializers
from courses.enums import ItemKindName, Role
from courses.models import Block, Course, Item, Membership, Module, Section
from courses.selectors import roster
from courses.services import blocks, content, course, enrolment, outline, progress, publishing

_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag you were given: if somebody saved since, nothing is changed and the answer is 412.",
)
_GONE = {204: OpenApiResponse(description="It is in the bin.")}
_COURSE_EXAMPLE = OpenApiExample(
    "A new course", {"title": "Field ecology", "code": "ECO 1", "summary": "Hedges and ponds."}, request_only=True
)


class CoursesView(Endpoint):
    permission_names = {"POST": "courses.add_course"}

    @extend_schema(
        operation_id="courses_list",
        summary="Courses that you may see",
        description="The published ones, and those that you are in or write.",
        tags=["courses"],
        parameters=[serializers.CourseFilter],
        responses=serializers.CourseOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.courses(request.user, **self.query(serializers.CourseFilter))
        return self.page_of(rows.course_rows(found), lambda page: rows.present_courses(request.user, page))

    @extend_schema(
        operation_id="courses_create",
        summary="Make a course",
        description="It starts as a draft, and you are its owner.",
        tags=["courses"],
        request=serializers.CourseInput,
        responses={201: serializers.CourseDetailOutput},
        examples=[_COURSE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        made = course.create_course(actor=_person(request), **self.parse(serializers.CourseInput))
        address = reverse("api:courses:course", args=[made.slug])
        return self.versioned(rows.course_detail(request.user, made), made.version, status_code=201, location=address)


class CourseView(Endpoint):
    @extend_schema(
        operation_id="courses_read", summary="One course", tags=["courses"], responses=serializers.CourseDetailOutput
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        return self.versioned(rows.course_detail(request.user, found), found.version)

    @extend_schema(
        operation_id="courses_change",
        summary="Change a course",
        tags=["courses"],
        parameters=[_IF_MATCH],
        request=serializers.CourseChanges,
        responses=serializers.CourseDetailOutput,
    )
    def patch(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", found)
        values = self.parse(serializers.CourseChanges)
        changed = course.change_course(actor=_person(request), course=found, version=self.version(values), **values)
        return self.versioned(rows.course_detail(request.user, changed), changed.version)

    @extend_schema(operation_id="courses_bin", summary="Move a course to the bin", tags=["courses"], responses=_GONE)
    def delete(self, request: Request, slug: str) -> Response:
        course.bin_course(actor=_person(request), course=get_visible(Course, request.user, slug=slug))
        return Response(status=204)


class _CourseState(Endpoint):
    """POST does one thing to a course; doing it again changes nothing."""

    service: Any

    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        changed = type(self).service(actor=_person(request), course=found)
        return self.versioned(rows.course_detail(request.user, changed), changed.version)


def _state_of_course(name: str, summary: str) -> Any:
    said = extend_schema(
        operation_id=f"courses_{name}",
        summary=summary,
        tags=["courses"],
        request=None,
        responses=serializers.CourseDetailOutput,
    )
    return extend_schema_view(post=said)


@_state_of_course("publish", "Show a course in the catalogue")
class CoursePublishView(_CourseState):
    service = staticmethod(course.publish_course)


@_state_of_course("unpublish", "Take a course back to draft")
class CourseUnpublishView(_CourseState):
    service = staticmethod(course.unpublish_course)


@_state_of_course("archive", "Close a course; its people can still read it")
class CourseArchiveView(_CourseState):
    service = staticmethod(course.archive_course)


# Modules


class ModulesView(Endpoint):
    @extend_schema(
        operation_id="modules_list",
        summary="Modules of a course, in order",
        tags=["modules"],
        responses=serializers.ModuleOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        return self.page_of(rows.modules(request.user, found), rows.present_modules)

    @extend_schema(
        operation_id="modules_create",
        summary="Add a module",
        tags=["modules"],
        request=serializers.ModuleInput,
        responses={201: serializers.ModuleOutput},
        examples=[OpenApiExample("A module", {"title": "Collecting data"}, request_only=True)],
    )
    @transaction.atomic
    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", found)
        values = self.parse(serializers.ModuleInput)
        position = values.pop("position", None)
        module = outline.add_module(actor=_person(request), course=found, **values)
        if position is not None:
            module = outline.move_module(actor=_person(request), module=module, position=position)
        address = reverse("api:courses:module", args=[module.public_id])
        return self.versioned(
            rows.module_detail(request.user, module), module.version, status_code=201, location=address
        )


class ModuleView(Endpoint):
    @extend_schema(
        operation_id="modules_read", summary="One module", tags=["modules"], responses=serializers.ModuleOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        module = _module(request, public_id)
        return self.versioned(rows.module_detail(request.user, module), module.version)

    @extend_schema(
        operation_id="modules_change",
        summary="Change or move a module",
        tags=["modules"],
        parameters=[_IF_MATCH],
        request=serializers.ModuleChanges,
        responses=serializers.ModuleOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        module = _module(request, public_id)
        self.require("courses.change_module", module)
        values = self.parse(serializers.ModuleChanges)
        position = values.pop("position", None)
        module = outline.change_module(actor=_person(request), module=module, version=self.version(values), **values)
        if position is not None:
            module = outline.move_module(actor=_person(request), module=module, position=position)
        return self.versioned(rows.module_detail(request.user, module), module.version)

    @extend_schema(operation_id="modules_bin", summary="Move a module to the bin", tags=["modules"], responses=_GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        outline.bin_module(actor=_person(request), module=_module(request, public_id))
        return Response(status=204)


# Lessons


class LessonsView(Endpoint):
    @extend_schema(
        operation_id="lessons_list",
        summary="Lessons that you may open, in order",
        tags=["lessons"],
        parameters=[serializers.LessonFilter],
        responses=serializers.LessonOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.lessons(request.user, **self.query(serializers.LessonFilter))
        return self.page_of(found, rows.present_lessons)

    @extend_schema(
        operation_id="lessons_create",
        summary="Add a lesson",
        description="As a draft at the end of its module, with one empty text to start writing in.",
        tags=["lessons"],
        request=serializers.LessonInput,
        responses={201: serializers.LessonDetailOutput},
        examples=[
            OpenApiExample(
                "A lesson",
                {"module": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10", "title": "Who was asked", "minutes": 8},
                request_only=True,
            )
        ],
    )
    @transaction.atomic
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.LessonInput)
        module = _module(request, values.pop("module"))
        self.require("courses.change_module", module)
        position = values.pop("position", None)
        item = outline.add_item(actor=_person(request), module=module, **values)
        if position is not None:
            item = outline.move_item(actor=_person(request), item=item, position=position)
        address = reverse("api:courses:lesson", args=[item.public_id])
        return self.versioned(rows.lesson_detail(request.user, item), item.version, status_code=201, location=address)


class LessonView(Endpoint):
    @extend_schema(
        operation_id="lessons_read",
        summary="One lesson with its text",
        description="What is published; who writes the course also gets the text being written. Questions come "
        "without their keys.",
        tags=["lessons"],
        responses=serializers.LessonDetailOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        return self.versioned(rows.lesson_detail(request.user, item), item.version)

    @extend_schema(
        operation_id="lessons_change",
        summary="Change or move a lesson",
        tags=["lessons"],
        parameters=[_IF_MATCH],
        request=serializers.LessonChanges,
        responses=serializers.LessonDetailOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(serializers.LessonChanges)
        place = {name: values.pop(name) for name in ("position", "module") if name in values}
        item = outline.change_item(actor=_person(request), item=item, version=self.version(values), **values)
        if place:
            module = _named_module(request, place["module"]) if "module" in place else None
            position = place.get("position", _AT_THE_END)
            item = outline.move_item(actor=_person(request), item=item, position=position, module=module)
        return self.versioned(rows.lesson_detail(request.user, item), item.version)

    @extend_schema(operation_id="lessons_bin", summary="Move a lesson to the bin", tags=["lessons"], responses=_GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        outline.bin_item(actor=_person(request), item=_lesson(request, public_id))
        return Response(status=204)


class _LessonState(Endpoint):
    service: Any

    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = type(self).service(actor=_person(request), item=_lesson(request, public_id))
        return self.versioned(rows.lesson_detail(request.user, item), item.version)


def _state_of_lesson(name: str, summary: str) -> Any:
    said = extend_schema(
        operation_id=f"lessons_{name}",
        summary=summary,
        tags=["lessons"],
        request=None,
        responses=serializers.LessonDetailOutput,
    )
    return extend_schema_view(post=said)


@_state_of_lesson("publish", "Show a lesson to students with its newest text")
class LessonPublishView(_LessonState):
    service = staticmethod(publishing.publish_item)


@_state_of_lesson("unpublish", "Take a lesson away from students")
class LessonUnpublishView(_LessonState):
    service = staticmethod(publishing.unpublish_item)


class LessonSectionsView(Endpoint):
    @extend_schema(
        operation_id="sections_create",
        summary="Add a section to a lesson",
        tags=["lessons"],
        request=serializers.SectionInput,
        responses={201: serializers.SectionOutput},
    )
    @transaction.atomic
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(serializers.SectionInput)
        section = content.add_section(actor=_person(request), item=item, title=values.get("title", ""))
        if "position" in values:
            section = content.move_section(actor=_person(request), section=section, position=values["position"])
        return self.created(rows.section_detail(section), reverse("api:courses:section", args=[section.public_id]))


class SectionView(Endpoint):
    @extend_schema(
        operation_id="sections_read", summary="One section", tags=["lessons"], responses=serializers.SectionOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.section_detail(_section(request, public_id)))

    @extend_schema(
        operation_id="sections_change",
        summary="Change or move a section",
        tags=["lessons"],
        request=serializers.SectionInput,
        responses=serializers.SectionOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        section = _section(request, public_id)
        self.require("courses.change_section", section)
        values = self.parse(serializers.SectionInput)
        if "title" in values:
            section = content.change_section(actor=_person(request), section=section, title=values["title"])
        if "position" in values:
            section = content.move_section(actor=_person(request), section=section, position=values["position"])
        return Response(rows.section_detail(section))

    @extend_schema(operation_id="sections_bin", summary="Move a section to the bin", tags=["lessons"], responses=_GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        content.bin_section(actor=_person(request), section=_section(request, public_id))
        return Response(status=204)


class LessonBlocksView(Endpoint):
    @extend_schema(
        operation_id="blocks_create",
        summary="Add a block to a lesson",
        description="As a draft: readers see it when the lesson is published.",
        tags=["lessons"],
        request=serializers.BlockInput,
        responses={201: serializers.BlockOutput},
        examples=[OpenApiExample("A text", {"kind": "text", "text": "Ask **four** people."}, request_only=True)],
    )
    @transaction.atomic
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(serializers.BlockInput)
        section = _named_section(request, item, values.pop("section", None))
        block = blocks.create_block(actor=_person(request), section=section, **values)
        address = reverse("api:courses:block", args=[block.public_id])
        return self.versioned(rows.block_detail(request.user, block), block.version, status_code=201, location=address)


class BlockView(Endpoint):
    @extend_schema(operation_id="blocks_read", summary="One block", tags=["lessons"], responses=serializers.BlockOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        block = _block(request, public_id)
        return self.versioned(rows.block_detail(request.user, block), block.version)

    @extend_schema(
        operation_id="blocks_change",
        summary="Change or move a block",
        description="Changes what is being written; readers see it when the lesson is published.",
        tags=["lessons"],
        parameters=[_IF_MATCH],
        request=serializers.BlockChanges,
        responses=serializers.BlockOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        block = _block(request, public_id)
        self.require("courses.change_block", block)
        values = self.parse(serializers.BlockChanges)
        place = {name: values.pop(name) for name in ("position", "section") if name in values}
        block = blocks.write_block(actor=_person(request), block=block, version=self.version(values), **values)
        if place:
            section = _named_section(request, block.section.item, place["section"]) if "section" in place else None
            position = place.get("position", _AT_THE_END)
            block = content.move_block(actor=_person(request), block=block, position=position, section=section)
        return self.versioned(rows.block_detail(request.user, block), block.version)

    @extend_schema(operation_id="blocks_bin", summary="Move a block to the bin", tags=["lessons"], responses=_GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        content.bin_block(actor=_person(request), block=_block(request, public_id))
        return Response(status=204)


# People


class CourseEnrolmentsView(Endpoint):
    @extend_schema(
        operation_id="course_enrolments_list",
        summary="People of a course",
        description="Its staff see everyone, others themselves.",
        tags=["enrolments"],
        parameters=[serializers.EnrolmentFilter],
        responses=serializers.EnrolmentOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        members = rows.enrolments(request.user, course=found, **self.query(serializers.EnrolmentFilter))
        return self.page_of(rows.enrolment_rows(members), rows.present_enrolments)

    @extend_schema(
        operation_id="enrolments_create",
        summary="Enrol yourself, or add somebody",
        description="Without a body you enrol yourself. Staff name a person and a role. Who is in the course "
        "already stays as they are, and the answer is 200.",
        tags=["enrolments"],
        request=serializers.EnrolmentInput,
        responses={200: serializers.EnrolmentOutput, 201: serializers.EnrolmentOutput},
        examples=[
            OpenApiExample("Yourself", {}, request_only=True),
            OpenApiExample("A teacher", {"email": "tariq@example.org", "role": "teacher"}, request_only=True),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        if not request.user.has_perm("courses.enrol_oneself", found):
            self.require("courses.manage_people", found)
        values = self.parse(serializers.EnrolmentInput)
        user = _named_person(request, found, values)
        known = rows.is_member(found, user)
        role = Role(values.get("role", Role.STUDENT))
        membership = enrolment.enrol(actor=_person(request), course=found, user=user, role=role)
        body = rows.enrolment_detail(membership)
        if known:
            return Response(body)
        return self.created(body, reverse("api:courses:enrolment", args=[membership.public_id]))


class EnrolmentsView(Endpoint):
    @extend_schema(
        operation_id="enrolments_list",
        summary="What you are in which courses",
        tags=["enrolments"],
        parameters=[serializers.EnrolmentFilter],
        responses=serializers.EnrolmentOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        members = rows.enrolments(request.user, **self.query(serializers.EnrolmentFilter))
        return self.page_of(rows.enrolment_rows(members), rows.present_enrolments)


class EnrolmentView(Endpoint):
    @extend_schema(
        operation_id="enrolments_read",
        summary="One enrolment",
        tags=["enrolments"],
        responses=serializers.EnrolmentOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.enrolment_detail(get_visible(Membership, request.user, public_id=public_id)))

    @extend_schema(
        operation_id="enrolments_change",
        summary="Give a person another role",
        tags=["enrolments"],
        request=serializers.EnrolmentChanges,
        responses=serializers.EnrolmentOutput,
        examples=[OpenApiExample("An assistant", {"role": "assistant"}, request_only=True)],
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        membership = get_visible(Membership, request.user, public_id=public_id)
        self.require("courses.manage_people", membership)
        role = Role(self.parse(serializers.EnrolmentChanges)["role"])
        changed = enrolment.change_role(actor=_person(request), membership=membership, role=role)
        return Response(rows.enrolment_detail(changed))

    @extend_schema(
        operation_id="enrolments_end",
        summary="Leave a course, or take somebody out",
        description="Nothing is erased. Ending it again gives the same answer.",
        tags=["enrolments"],
        responses={204: OpenApiResponse(description="The enrolment is ended.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        membership = get_visible(Membership, request.user, public_id=public_id)
        enrolment.end_membership(actor=_person(request), membership=membership)
        return Response(status=204)


# Progress


class ProgressView(Endpoint):
    @extend_schema(
        operation_id="progress_list",
        summary="How far you are in your courses",
        tags=["progress"],
        parameters=[serializers.ProgressFilter],
        responses=serializers.CourseProgressOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.own_progress(request.user, **self.query(serializers.ProgressFilter))
        return self.page_of(found, rows.present_own_progress)


class CourseProgressView(Endpoint):
    @extend_schema(
        operation_id="course_progress_list",
        summary="How far the students of a course are",
        tags=["progress"],
        parameters=[serializers.RosterFilter],
        responses=serializers.StudentProgressOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.view_people", found)
        asked = self.query(serializers.RosterFilter)
        students = roster(found, role=Role.STUDENT, query=asked.get("search", ""), order=asked.get("ordering", "name"))
        return self.page_of(students.rows, lambda page: rows.present_students(page, students.total))


class LessonProgressView(Endpoint):
    @extend_schema(
        operation_id="lesson_progress_read",
        summary="How far you are in a lesson",
        tags=["progress"],
        responses=serializers.LessonProgressOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.lesson_progress(request.user, _lesson(request, public_id)))


class LessonMarkView(Endpoint):
    @extend_schema(
        operation_id="lesson_progress_mark",
        summary="Mark the end of a lesson",
        description="Finishes the lesson if that was all it asked for.",
        tags=["progress"],
        request=None,
        responses=serializers.LessonProgressOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        row = progress.mark_end(actor=_person(request), item=item)
        return Response(rows.present_lesson_progress(item, row))


class LessonUnmarkView(Endpoint):
    @extend_schema(
        operation_id="lesson_progress_unmark",
        summary="Take the mark at the end of a lesson back",
        tags=["progress"],
        request=None,
        responses=serializers.LessonProgressOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = _lesson(request, public_id)
        row = progress.unmark(actor=_person(request), item=item)
        return Response(rows.present_lesson_progress(item, row))


# What the views above load

_AT_THE_END = 2_147_483_647


def _person(request: Request) -> Any:
    return request.user


def _module(request: Request, public_id: uuid.UUID) -> Module:
    module: Module = get_visible(Module.objects.select_related("course"), request.user, public_id=public_id)
    return module


def _lesson(request: Request, public_id: uuid.UUID) -> Item:
    lessons = Item.objects.select_related("course", "module")
    item: Item = get_visible(lessons, request.user, public_id=public_id, kind=ItemKindName.LESSON)
    return item


def _section(request: Request, public_id: uuid.UUID) -> Section:
    section: Section = get_visible(Section.objects.select_related("item__course"), request.user, public_id=public_id)
    return section


def _block(request: Request, public_id: uuid.UUID) -> Block:
    blocks = Block.objects.select_related("section__item__course", "live", "draft")
    block: Block = get_visible(blocks, request.user, public_id=public_id)
    return block


def _named_module(request: Request, public_id: uuid.UUID) -> Module:
    """The module that the body names; one that may not be seen does not exist."""
    module = Module.objects.visible_to(request.user).select_related("course").filter(public_id=public_id).first()
    if module is None:
        raise _unknown("module", _("There is no such module."))
    found: Module = module
    return found


def _named_section(request: Request, item: Item, public_id: uuid.UUID | None) -> Section:
    sections = Section.objects.visible_to(request.user).select_related("item__course").filter(item=item)
    section = sections.filter(public_id=public_id).first() if public_id else sections.order_by("rank", "pk").last()
    if section is None and public_id is None:
        return content.add_section(actor=_person(request), item=item)
    if section is None:
        raise _unknown("section", _("There is no such section in this lesson."))
    found: Section = section
    return found


def _named_person(request: Request, found: Course, values: dict[str, Any]) -> User:
    """Whom the body names. Only who manages the course's people learns whether an account exists."""
    if "user" not in values and "email" not in values:
        return _person(request)  # type: ignore[no-any-return]
    lookup = {"public_id": values["user"]} if "user" in values else {"email": normalise_email(values["email"])}
    if User.objects.filter(pk=request.user.pk, **lookup).exists():
        return _person(request)  # type: ignore[no-any-return]
    authorize(_person(request), "courses.manage_people", found)
    user = User.objects.active().filter(**lookup).first()
    if user is None:
        raise _unknown(
            "user" if "user" in values else "email",
            _("There is no account like this. Ask the person to register first."),
        )
    person: User = user
    return person


def _unknown(field: str, sentence: str) -> Invalid:
    return Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields={field: [sentence]})
