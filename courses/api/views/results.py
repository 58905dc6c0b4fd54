"""What people have reached in a course."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import results as rows
from courses.api.serializers.results import ResultOutput
from courses.models import Course


class CourseResultsView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="course_results_list",
        summary="Points and score in a course",
        description="Your own; those of all students for the course's staff.",
        tags=["progress"],
        responses=ResultOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        return self.page_of(rows.results(request.user, found), lambda page: rows.present_results(found, page))
