"""What requests name: loaded as the person may see it, or refused in words."""

import uuid
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from accounts.models import User
from accounts.validators import normalise_email
from core.authz import authorize
from core.errors import Invalid
from core.shortcuts import get_visible
from courses.enums import ItemKindName
from courses.models import Block, Course, Item, Module, Section
from courses.services import content

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag you were given: if somebody saved since, nothing is changed and the answer is 412.",
)
AT_THE_END = 2_147_483_647
GONE = {204: OpenApiResponse(description="It is in the bin.")}


def requester(request: Request) -> Any:
    """The person of a request; ``Endpoint`` has let nobody else in."""
    return request.user


def load_module(request: Request, public_id: uuid.UUID) -> Module:
    module: Module = get_visible(Module.objects.select_related("course"), request.user, public_id=public_id)
    return module


def load_lesson(request: Request, public_id: uuid.UUID) -> Item:
    lessons = Item.objects.select_related("course", "module")
    item: Item = get_visible(lessons, request.user, public_id=public_id, kind=ItemKindName.LESSON)
    return item


def load_section(request: Request, public_id: uuid.UUID) -> Section:
    section: Section = get_visible(Section.objects.select_related("item__course"), request.user, public_id=public_id)
    return section


def load_block(request: Request, public_id: uuid.UUID) -> Block:
    blocks = Block.objects.select_related("section__item__course", "live", "draft")
    block: Block = get_visible(blocks, request.user, public_id=public_id)
    return block


def named_module(request: Request, public_id: uuid.UUID) -> Module:
    """The module that the body names; one that may not be seen does not exist."""
    module = Module.objects.visible_to(request.user).select_related("course").filter(public_id=public_id).first()
    if module is None:
        raise unknown("module", _("There is no such module."))
    found: Module = module
    return found


def named_section(request: Request, item: Item, public_id: uuid.UUID | None) -> Section:
    sections = Section.objects.visible_to(request.user).select_related("item__course").filter(item=item)
    named = sections.filter(public_id=public_id) if public_id else sections.filter(inside__isnull=True)
    section = named.order_by("rank", "pk").last()
    if section is None and public_id is None:
        return content.add_section(actor=requester(request), item=item)
    if section is None:
        raise unknown("section", _("There is no such section in this lesson."))
    found: Section = section
    return found


def named_person(request: Request, found: Course, values: dict[str, Any]) -> User:
    """Whom the body names. Only who manages the course's people learns whether an account exists."""
    if "user" not in values and "email" not in values:
        return requester(request)  # type: ignore[no-any-return]
    lookup = {"public_id": values["user"]} if "user" in values else {"email": normalise_email(values["email"])}
    if User.objects.filter(pk=request.user.pk, **lookup).exists():
        return requester(request)  # type: ignore[no-any-return]
    authorize(requester(request), "courses.manage_people", found)
    user = User.objects.active().filter(**lookup).first()
    if user is None:
        raise unknown(
            "user" if "user" in values else "email",
            _("There is no account like this. Ask the person to register first."),
        )
    person: User = user
    return person


def unknown(field: str, sentence: str) -> Invalid:
    return Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields={field: [sentence]})
