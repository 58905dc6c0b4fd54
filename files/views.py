from uuid import UUID

from django.http import HttpRequest, HttpResponse


def serve(request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
    raise NotImplementedError
