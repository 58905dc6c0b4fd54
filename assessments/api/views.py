from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import selectors
from assessments.api import rows
from assessments.api.serializers.attempts import (
    AnswerInput,
    AnswerOutput,
    AttemptDetailOutput,
    AttemptFilter,
    AttemptInput,
    AttemptOutput,
)
from assessments.api.serializers.questions import (
    QUESTION_CHANGES,
    QUESTION_INPUT,
    QUESTION_LIST,
    QUESTION_OUTPUT,
    SETTINGS,
    KindChanges,
    NewQuestion,
    QuestionFilter,
    VersionedChanges,
)
from assessments.models import Attempt, Question
from assessments.question_types import TYPES
from assessments.services import attempt as attempts
from assessments.services import authoring
from core.api.views import Endpoint
from core.errors import Conflict
from core.shortcuts import get_visible
from courses.models import Course, Item

_PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 100."),
]


def _person(request: Request) -> Any:
    return request.user


class QuestionsView(Endpoint):
    scope = "questions"

    @extend_schema(
        operation_id="questions_list",
        summary="The questions of the courses that you write",
        description="Keys included. Who learns meets questions in lessons and attempts.",
        tags=["questions"],
        parameters=[QuestionFilter, *_PAGES],
        responses=QUESTION_LIST,
    )
    def get(self, request: Request) -> Response:
        found = rows.questions(request.user, **self.query(QuestionFilter))
        return self.page_of(found, rows.present_questions)

    @extend_schema(
        operation_id="questions_create",
        summary="Write a question",
        description="Into the course's bank and, with `block`, into a lesson as a draft.",
        tags=["questions"],
        request=QUESTION_INPUT,
        responses={201: QUESTION_OUTPUT},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(NewQuestion)
        course = get_visible(Course, request.user, slug=values.pop("course"))
        self.require("assessments.add_question", course)
        settings = self.parse(SETTINGS[values["kind"]])
        with transaction.atomic():
            question = authoring.create_question(
                actor=_person(request), course=course, settings=settings, **_fields(values)
            )
            _put_into_block(request, question, values)
        shown = rows.present_question(_loaded(request, question.public_id))
        location = reverse("api:assessments:question", kwargs={"public_id": question.public_id})
        return self.versioned(shown, shown["version"], status_code=201, location=location)


class QuestionView(Endpoint):
    scope = "questions"

    @extend_schema(
        operation_id="questions_read",
        summary="One question with its key",
        tags=["questions"],
        responses=QUESTION_OUTPUT,
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        shown = rows.present_question(_loaded(request, public_id))
        return self.versioned(shown, shown["version"])

    @extend_schema(
        operation_id="questions_change",
        summary="Change a question",
        description=(
            "Writes a new revision. Lessons show it to students when they are published again; "
            "answers keep the revision that was seen. What is left out stays."
        ),
        tags=["questions"],
        request=QUESTION_CHANGES,
        responses=QUESTION_OUTPUT,
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        question = _loaded(request, public_id)
        values = self.parse(VersionedChanges) | self.parse(KindChanges)
        before = question.current.kind if question.current else ""
        kind = values.get("kind", before)
        settings = self.parse(SETTINGS[kind])
        if settings and kind == before and question.current:
            settings = TYPES[kind].settings(question.current.config) | settings
        version = self.version(values)
        with transaction.atomic():
            authoring.change_question(
                actor=_person(request),
                question=question,
                version=version,
                settings=settings or None,
                **_fields(values),
            )
            _put_into_block(request, question, values)
        shown = rows.present_question(_loaded(request, public_id))
        return self.versioned(shown, shown["version"])

    @extend_schema(
        operation_id="questions_bin",
        summary="Move a question to the bin",
        description="Refused while it stands in a lesson. What was answered stays.",
        tags=["questions"],
        responses={204: OpenApiResponse(description="The question is in the bin.")},
    )
    def delete(self, request: Request, public_id: UUID) -> Response:
        authoring.bin_question(actor=_person(request), question=_loaded(request, public_id))
        return Response(status=204)


class AttemptsView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="attempts_list",
        summary="Your attempts, and those of the people whom you grade",
        tags=["attempts"],
        parameters=[AttemptFilter, *_PAGES],
        responses=AttemptOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        query = self.query(AttemptFilter)
        query["user_id"] = query.pop("user", None)
        found = rows.attempt_rows(rows.attempts(request.user, **query))
        return self.page_of(found, rows.present_attempts)

    @extend_schema(
        operation_id="attempts_start",
        summary="Start an attempt",
        description=(
            "At all questions of a lesson, or at the one of a block. An attempt that is open already is answered "
            "instead of a second one. Only students' attempts are kept. Where no tries are left, it is 409."
        ),
        tags=["attempts"],
        request=AttemptInput,
        responses={201: AttemptDetailOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(AttemptInput)
        place: dict[str, Any]
        if "block" in values:
            place = {"block": get_visible(selectors.question_blocks(), request.user, public_id=values["block"])}
        else:
            lessons = Item.objects.select_related("course")
            place = {"item": get_visible(lessons, request.user, public_id=values["lesson"])}
        started = attempts.start_attempt(actor=_person(request), **place)
        location = reverse("api:assessments:attempt", kwargs={"public_id": started.public_id})
        return self.created(rows.attempt_detail(request.user, started), location)


class AttemptView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="attempts_read",
        summary="One attempt with its questions and answers",
        tags=["attempts"],
        responses=AttemptDetailOutput,
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(rows.attempt_detail(request.user, _attempt(request, public_id)))


class AnswerView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="attempts_save_answer",
        summary="Save an answer",
        description="Not scored before the attempt is submitted. Saving the same again changes nothing.",
        tags=["attempts"],
        request=AnswerInput,
        responses=AnswerOutput,
    )
    def put(self, request: Request, public_id: UUID, question: UUID) -> Response:
        attempt = _attempt(request, public_id)
        attempts.authorize_own(_person(request), attempt)
        asked = selectors.asked_question(attempt, question)
        if asked is None:
            raise Conflict("question_not_asked", _("This question is not part of the attempt."))
        values = self.parse(AnswerInput)
        given: Mapping[str, Any] = values["response"]
        answer = attempts.save_answer(
            actor=_person(request), attempt=attempt, question=asked, given=given, version=self.version(values)
        )
        return self.versioned(rows.present_answers(request.user, attempt, [answer])[0], answer.version)


class SubmitView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="attempts_submit",
        summary="Hand an attempt in",
        description="The server scores it, once. Submitted again, it answers the same.",
        tags=["attempts"],
        request=None,
        responses=AttemptDetailOutput,
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        submitted = attempts.submit_attempt(actor=_person(request), attempt=_attempt(request, public_id))
        return Response(rows.attempt_detail(request.user, submitted))


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """The values under the names of the services."""
    names = ("kind", "hints", "explanation", "points", "attempts", "show_answer")
    fields = {name: values[name] for name in names if name in values}
    return fields | ({"stem": values["text"]} if "text" in values else {})


def _put_into_block(request: Request, question: Question, values: dict[str, Any]) -> None:
    if "block" in values:
        block = get_visible(selectors.question_blocks(), request.user, public_id=values["block"])
        authoring.attach_to_block(actor=_person(request), block=block, question=question)


def _loaded(request: Request, public_id: UUID) -> Question:
    return get_visible(selectors.with_places(Question.objects.all()), request.user, public_id=public_id)


def _attempt(request: Request, public_id: UUID) -> Attempt:
    attempts_with = Attempt.objects.select_related("course", "item__course")
    return get_visible(attempts_with, request.user, public_id=public_id)
