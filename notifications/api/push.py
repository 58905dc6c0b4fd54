"""Push messages in one's browsers. Browsers are asked for by people at them, so a key cannot: no scope."""

import uuid
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sessions import this_device
from core.api.views import Endpoint
from core.shortcuts import get_visible
from notifications.api import serializers
from notifications.models import PushSubscription
from notifications.selectors.browsers import own_browsers
from notifications.services.browsers import add_browser, remove_browser, try_push
from notifications.services.push_key import public_key

_TAG = ["notifications"]


class PushView(Endpoint):
    @extend_schema(
        operation_id="push_read",
        summary="The site’s key for push messages, and your browsers that get them",
        tags=_TAG,
        responses=serializers.PushOutput,
    )
    def get(self, request: Request) -> Response:
        browsers = serializers.present_browsers(list(own_browsers(request.user)))
        return Response({"public_key": public_key(), "browsers": browsers})

    @extend_schema(
        operation_id="push_subscribe",
        summary="Have a browser show push messages",
        description="Send what `PushSubscription.toJSON()` gives. Whoever is signed in on a browser has it; it ends with "
        "the sign-in.",
        tags=_TAG,
        request=serializers.BrowserInput,
        responses={201: serializers.BrowserOutput},
    )
    def post(self, request: Request) -> Response:
        person: Any = request.user
        values = self.parse(serializers.BrowserInput)
        # Pages send a token, which knows the device that they are signed in on.
        device = this_device(request)
        row = add_browser(
            user=person,
            endpoint=values["endpoint"],
            **values["keys"],
            device=device,
            label=str(device) if device else "",
        )
        location = reverse("api:notifications:push-browser", args=[row.public_id])
        return self.created(serializers.present_browsers([row])[0], location)


class PushBrowserView(Endpoint):
    @extend_schema(
        operation_id="push_browser_read", summary="One of your browsers", tags=_TAG, responses=serializers.BrowserOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(serializers.present_browsers([self._load(request, public_id)])[0])

    @extend_schema(
        operation_id="push_unsubscribe",
        summary="No more push messages in a browser",
        tags=_TAG,
        responses={204: OpenApiResponse(description="It shows nothing more.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        person: Any = request.user
        remove_browser(user=person, browser=self._load(request, public_id))
        return Response(status=204)

    def _load(self, request: Request, public_id: uuid.UUID) -> PushSubscription:
        return get_visible(own_browsers(request.user), request.user, public_id=public_id)


class PushTrialView(Endpoint):
    throttle_scope = "trials"

    @extend_schema(
        operation_id="push_try",
        summary="Send a push message to your browsers, to see whether it comes",
        tags=_TAG,
        request=None,
        responses={202: OpenApiResponse(description="It is on its way.")},
    )
    def post(self, request: Request) -> Response:
        person: Any = request.user
        try_push(user=person)
        return Response(status=202)
