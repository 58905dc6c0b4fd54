"""What students are given to make up for a disadvantage, for programs."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.models import Accommodation, User
from accounts.selectors.accommodations import (
    ShownAccommodation,
    courses_to_give_in,
    list_accommodations,
    shown_accommodations,
)
from accounts.services.accommodations import change_accommodation, end_accommodation, give_accommodation
from core.api.views import Endpoint
from core.shortcuts import get_visible


class _Given(serializers.Serializer[Any]):
    time_factor = serializers.DecimalField(
        max_digits=4,
        decimal_places=2,
        min_value=1,
        max_value=10,
        required=False,
        help_text=gettext_lazy("1.5 means half as much time again."),
    )
    extra_attempts = serializers.IntegerField(min_value=0, max_value=100, required=False)
    extra_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    break_minutes = serializers.IntegerField(min_value=0, max_value=240, required=False)
    note = serializers.CharField(
        max_length=1000, allow_blank=True, required=False, help_text=gettext_lazy("Never in the event log.")
    )
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False, allow_null=True, help_text=gettext_lazy("The last day, included."))


class AccommodationChanges(_Given):
    version = serializers.IntegerField(
        min_value=1, required=False, help_text=gettext_lazy("The one that was read; or If-Match.")
    )


class AccommodationInput(_Given):
    course = serializers.CharField(
        max_length=100,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("The course's slug; left out for all courses, which administrators may."),
    )


class AccommodationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(allow_null=True, help_text=gettext_lazy("A slug; null for all courses."))
    time_factor = serializers.CharField()
    extra_attempts = serializers.IntegerField()
    extra_days = serializers.IntegerField()
    break_minutes = serializers.IntegerField()
    note = serializers.CharField(allow_null=True, help_text=gettext_lazy("Null for those who may not read it."))
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    holds = serializers.BooleanField(help_text=gettext_lazy("Whether it counts today."))
    version = serializers.IntegerField()


def _load(request: Request, public_id: uuid.UUID, accommodation: uuid.UUID) -> Accommodation:
    rows = Accommodation.objects.select_related("user")
    return get_visible(rows, request.user, user__public_id=public_id, public_id=accommodation)


class AccommodationsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="accommodations_list",
        summary="What a person is given to make up for a disadvantage",
        description="For the person, administrators, and those who look after the people of a course of theirs. Several that "
        "hold together do not add up: of each kind the most counts.",
        tags=["users"],
        responses=AccommodationOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        person = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.list_accommodations", person)
        return self.page_of(list_accommodations(request.user, person), lambda rows: _present(request.user, rows))

    @extend_schema(
        operation_id="accommodations_create",
        summary="Give a person more time, tries, days or breaks",
        tags=["users"],
        request=AccommodationInput,
        responses={201: AccommodationOutput},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        person = get_visible(User, request.user, public_id=public_id)
        courses = courses_to_give_in(request.user, person)
        if not courses:
            self.require("accounts.change_accommodation", Accommodation(user=person))
        values = self.parse(AccommodationInput)
        slug, number = values.pop("course", None), None
        if slug is None and not request.user.has_perm("accounts.add_user"):
            raise ValidationError(
                {"course": [_("Name the course. Only administrators give something in all of them.")]}
            )
        if slug is not None:
            number = next((pk for pk, (address, _title) in courses.items() if address == slug), None)
            if number is None:
                raise ValidationError({"course": [_("The person is no student of such a course that you look after.")]})
        row = give_accommodation(actor=person_of(request), user=person, course_id=number, **values)
        address = {"public_id": person.public_id, "accommodation": row.public_id}
        return self.versioned(
            _present(request.user, [row])[0],
            row.version,
            status_code=201,
            location=reverse("api:accounts:accommodation", kwargs=address),
        )


class AccommodationView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="accommodations_read", summary="One accommodation", tags=["users"], responses=AccommodationOutput
    )
    def get(self, request: Request, public_id: uuid.UUID, accommodation: uuid.UUID) -> Response:
        row = _load(request, public_id, accommodation)
        return self.versioned(_present(request.user, [row])[0], row.version)

    @extend_schema(
        operation_id="accommodations_change",
        summary="Change an accommodation",
        tags=["users"],
        request=AccommodationChanges,
        responses=AccommodationOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID, accommodation: uuid.UUID) -> Response:
        row = _load(request, public_id, accommodation)
        self.require("accounts.change_accommodation", row)
        values = self.parse(AccommodationChanges)
        version = self.version(values)
        changed = change_accommodation(actor=person_of(request), accommodation=row, version=version, **values)
        return self.versioned(_present(request.user, [changed])[0], changed.version)

    @extend_schema(
        operation_id="accommodations_end",
        summary="End an accommodation",
        description="It counts no more, and stays in the list as ended. Ending it again gives the same answer.",
        tags=["users"],
        responses={204: OpenApiResponse(description="It counts no more.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID, accommodation: uuid.UUID) -> Response:
        end_accommodation(actor=person_of(request), accommodation=_load(request, public_id, accommodation))
        return Response(status=204)


def _present(viewer: Any, rows: list[Accommodation]) -> list[dict[str, Any]]:
    return [_row(shown) for shown in shown_accommodations(viewer, rows)]


def _row(shown: ShownAccommodation) -> dict[str, Any]:
    row = shown.row
    names = ("extra_attempts", "extra_days", "break_minutes", "starts_on", "ends_on", "ended_at", "version")
    return {
        "id": str(row.public_id),
        "course": shown.course[0] if shown.course else None,
        "time_factor": f"{row.time_factor.normalize():f}",
        "note": shown.note if shown.reads else None,
        "holds": shown.holds,
        **{name: getattr(row, name) for name in names},
    }
