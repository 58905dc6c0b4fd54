"""One's own notifications for programs, and how one wants to be told."""

import uuid
from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from notifications.api import serializers
from notifications.models import Mute, Notification
from notifications.selectors.centre import Wanted, own_notifications
from notifications.selectors.report import people_told, report, rows_of, sent_thing
from notifications.selectors.wishes import frequencies, timing_of
from notifications.services.preferences import mute_from, set_wishes, unmute
from notifications.services.reading import mark_read

_TAG = ["notifications"]


def _own(request: Request, public_id: uuid.UUID) -> Notification:
    person: Any = request.user
    rows = Notification.objects.filter(user=person).select_related("course")
    return get_visible(rows, request.user, public_id=public_id)


class NotificationsView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notifications_list",
        summary="Your notifications, the latest first",
        tags=_TAG,
        parameters=[serializers.NotificationsQuery],
        responses=serializers.NotificationOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        values = self.query(serializers.NotificationsQuery)
        rows = own_notifications(request.user, Wanted(values["unread"], values.get("category", "")))
        return self.page_of(rows, serializers.present_notifications)


class NotificationView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notifications_read_one",
        summary="One of your notifications",
        description="To look at it here does not mark it as read.",
        tags=_TAG,
        responses=serializers.NotificationOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(serializers.present_notifications([_own(request, public_id)])[0])


class NotificationReadView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notifications_mark_read",
        summary="Mark one as read",
        tags=_TAG,
        request=None,
        responses=serializers.NotificationOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        person: Any = request.user
        mark_read(user=person, pks=[_own(request, public_id).pk])
        return Response(serializers.present_notifications([_own(request, public_id)])[0])


class NotificationsReadView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notifications_mark_all_read",
        summary="Mark all, or all of a category, as read",
        tags=_TAG,
        request=serializers.ReadAllInput,
        responses=serializers.ReadOutput,
    )
    def post(self, request: Request) -> Response:
        person: Any = request.user
        values = self.parse(serializers.ReadAllInput)
        return Response({"read": mark_read(user=person, category=values.get("category", ""))})


class PreferencesView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notification_preferences_read",
        summary="How you are told of what, and when",
        tags=_TAG,
        responses=serializers.PreferencesOutput,
    )
    def get(self, request: Request) -> Response:
        return self._answer(request)

    @extend_schema(
        operation_id="notification_preferences_change",
        summary="Change how you are told",
        description="What is not named stays. In the app there is `now` and `off` only; what protects your account "
        "always stands there. Times are by the clock of your zone.",
        tags=_TAG,
        request=serializers.PreferencesInput,
        responses=serializers.PreferencesOutput,
    )
    def patch(self, request: Request) -> Response:
        person: Any = request.user
        values = self.parse(serializers.PreferencesInput)
        wanted = {(one["category"], one["channel"]): one["frequency"] for one in values.get("preferences", [])}
        timing = None
        if given := values.get("timing"):
            now = timing_of(person)
            names = ("digest_at", "digest_day", "quiet_from", "quiet_until")
            timing = {name: given.get(name, getattr(now, name)) for name in names}
        set_wishes(user=person, wanted=wanted, timing=timing)
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        person: Any = request.user
        return Response(serializers.present_preferences(frequencies(person), timing_of(person)))


class MutesView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notification_mutes_list",
        summary="What you have muted",
        tags=_TAG,
        responses=serializers.MuteOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        person: Any = request.user
        rows = Mute.objects.filter(user=person).select_related("course")
        return self.page_of(rows, serializers.present_mutes)

    @extend_schema(
        operation_id="notification_mutes_create",
        summary="Hear nothing more of a course, or of one thing",
        tags=_TAG,
        request=serializers.MuteInput,
        responses={201: serializers.MuteOutput},
    )
    def post(self, request: Request) -> Response:
        person: Any = request.user
        values = self.parse(serializers.MuteInput)
        row = mute_from(user=person, notification=_own(request, values["notification"]), what=values["what"])
        location = reverse("api:notifications:mute", args=[row.public_id])
        return self.created(serializers.present_mutes([row])[0], location)


class MuteView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="notification_mutes_read", summary="One of your mutes", tags=_TAG, responses=serializers.MuteOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(serializers.present_mutes([self._load(request, public_id)])[0])

    @extend_schema(
        operation_id="notification_mutes_end",
        summary="Hear of it again",
        tags=_TAG,
        responses={204: OpenApiResponse(description="You hear of it again.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        person: Any = request.user
        unmute(user=person, muted=self._load(request, public_id))
        return Response(status=204)

    def _load(self, request: Request, public_id: uuid.UUID) -> Mute:
        person: Any = request.user
        rows = Mute.objects.filter(user=person).select_related("course")
        return get_visible(rows, request.user, public_id=public_id)


class DeliveriesView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="notification_deliveries_read",
        summary="How something you said to many has reached them: the numbers",
        description="`thread` is what it is, as `lesson.<id>`. For those who may change that.",
        tags=_TAG,
        responses=serializers.ReportOutput,
    )
    def get(self, request: Request, thread: str) -> Response:
        sent = sent_thing(request.user, thread)
        if sent is None:
            raise Http404
        return Response(serializers.present_report(sent.title, report(thread)))


class DeliveredPeopleView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="notification_deliveries_people",
        summary="How something you said to many has reached them: each person",
        tags=_TAG,
        parameters=[serializers.DeliveredPeopleQuery],
        responses=serializers.PersonToldOutput(many=True),
    )
    def get(self, request: Request, thread: str) -> Response:
        if sent_thing(request.user, thread) is None:
            raise Http404
        values = self.query(serializers.DeliveredPeopleQuery)
        people = people_told(thread, query=values.get("search", ""), outcome=values.get("outcome", ""))
        return self.page_of(people, lambda some: serializers.present_people(rows_of(thread, some)))
