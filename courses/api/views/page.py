"""Pages of a course beside its outline."""

import uuid

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import pages as rows
from courses.api.serializers.pages import PageChanges, PageDetailOutput, PageInput, PageOutput
from courses.api.views.loading import GONE, IF_MATCH, requester
from courses.models import Course, Page
from courses.services import page as pages


class CoursePagesView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="pages_list",
        summary="Pages of a course that you may read, in order",
        tags=["pages"],
        responses=PageOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        course = get_visible(Course, request.user, slug=slug)
        return self.page_of(rows.pages(request.user, course), rows.present_pages)

    @extend_schema(
        operation_id="pages_create",
        summary="Add a page",
        tags=["pages"],
        request=PageInput,
        responses={201: PageDetailOutput},
        examples=[OpenApiExample("A page", {"title": "Glossary", "text": "**Mean**: …"}, request_only=True)],
    )
    @transaction.atomic
    def post(self, request: Request, slug: str) -> Response:
        course = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", course)
        values = self.parse(PageInput)
        position = values.pop("position", None)
        page = pages.add_page(actor=requester(request), course=course, **values)
        if position is not None:
            page = pages.move_page(actor=requester(request), page=page, position=position)
        address = reverse("api:courses:page", args=[slug, page.public_id])
        return self.versioned(rows.page_detail(request.user, page), page.version, status_code=201, location=address)


class CoursePageView(Endpoint):
    scope = "courses"

    @extend_schema(operation_id="pages_read", summary="One page", tags=["pages"], responses=PageDetailOutput)
    def get(self, request: Request, slug: str, public_id: uuid.UUID) -> Response:
        page = _load(request, slug, public_id)
        return self.versioned(rows.page_detail(request.user, page), page.version)

    @extend_schema(
        operation_id="pages_change",
        summary="Change, show, hide or move a page",
        tags=["pages"],
        parameters=[IF_MATCH],
        request=PageChanges,
        responses=PageDetailOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, slug: str, public_id: uuid.UUID) -> Response:
        page = _load(request, slug, public_id)
        self.require("courses.change_page", page)
        values = self.parse(PageChanges)
        position = values.pop("position", None)
        page = pages.change_page(actor=requester(request), page=page, version=self.version(values), **values)
        if position is not None:
            page = pages.move_page(actor=requester(request), page=page, position=position)
        return self.versioned(rows.page_detail(request.user, page), page.version)

    @extend_schema(operation_id="pages_bin", summary="Move a page to the bin", tags=["pages"], responses=GONE)
    def delete(self, request: Request, slug: str, public_id: uuid.UUID) -> Response:
        pages.bin_page(actor=requester(request), page=_load(request, slug, public_id))
        return Response(status=204)


def _load(request: Request, slug: str, public_id: uuid.UUID) -> Page:
    rows_of_course = Page.objects.filter(course__slug=slug).select_related("course")
    page: Page = get_visible(rows_of_course, request.user, public_id=public_id)
    return page
