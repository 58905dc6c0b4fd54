from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.forms import HealthForm
from courses.selectors.health import course_health
from courses.views.outline import get_course
from courses.views.tabs import course_tabs


@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """What a careful author would mend in the course, with the way to each place; of one kind by ``?code=``."""
    course = get_course(request, slug)
    only = HealthForm(request.GET).only
    context = {
        "nav_active": "teaching",
        "course": course,
        "course_tabs": course_tabs(request.user, course, "health"),
        "health": course_health(course, code=only),
        "only": only,
    }
    return render(request, "courses/health.html", context)
