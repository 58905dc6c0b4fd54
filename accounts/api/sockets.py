"""Tickets with which programs, and pages of other sites, open the socket."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.models import ApiKey
from accounts.services.sockets import SECONDS, make_socket_ticket
from accounts.sessions import family_of, this_device
from core.api.views import Endpoint
from core.realtime.frames import PROTOCOL
from core.realtime.handshake import ADDRESS


class SocketTicketOutput(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text=_("Seconds. It is good once."))
    address = serializers.CharField(help_text=_("The path of the socket on this host."))
    protocols = serializers.ListField(
        child=serializers.CharField(), help_text=_("Subprotocols to offer when opening it; the ticket is among them.")
    )


class SocketTicketView(Endpoint):
    scope = "account"
    throttle_scope = "socket_tickets"
    no_idempotency = True

    @extend_schema(
        operation_id="realtime_ticket",
        summary="A ticket for the socket",
        description="Opens one WebSocket within a minute. It never goes into an address: offer it as a subprotocol. When "
        "the sign-in or the key that asked for it ends, the socket does.",
        tags=["realtime"],
        request=None,
        responses={201: SocketTicketOutput},
    )
    def post(self, request: Request) -> Response:
        by = request.auth
        if isinstance(by, ApiKey):
            ticket = make_socket_ticket(user=person_of(request), key=by)
        elif family := family_of(request):
            ticket = make_socket_ticket(user=person_of(request), family=family)
        else:
            ticket = make_socket_ticket(user=person_of(request), session=this_device(request))
        body = {
            "ticket": ticket,
            "expires_in": SECONDS,
            "address": ADDRESS,
            "protocols": [PROTOCOL, f"ticket.{ticket}"],
        }
        return Response(body, status=201)
