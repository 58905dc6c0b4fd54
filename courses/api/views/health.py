"""What the authors of a course would mend."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import health as rows
from courses.api.serializers.health import FindingOutput, HealthFilter
from courses.models import Course
from courses.selectors.health import CODES, course_health


class CourseHealthView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="courses_health",
        summary="What to mend in a course: texts, pictures, links",
        description="The newest texts are looked at, published or not. In the order of the outline, pages last.",
        tags=["courses"],
        parameters=[OpenApiParameter("code", str, description=f"One of: {', '.join(CODES)}, or a kind of block.")],
        responses=FindingOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        course = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", course)
        found = course_health(course, code=self.query(HealthFilter).get("code", ""))
        return self.page_of(found.findings, rows.present_findings)
