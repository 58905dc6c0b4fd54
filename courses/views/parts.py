from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.shortcuts import get_visible
from courses.models import Course
from courses.selectors.parts import part_url


@require_safe
@login_not_required
def part(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """On to a part of the course, by its id in the source or its public id; what links in texts lead to."""
    course = get_visible(Course, request.user, slug=slug)
    if url := part_url(request.user, course, part):
        return redirect(url)
    words = {
        "title": _("This part isn’t here"),
        "explanation": _("The link names a part of this course that is not there any more, or not open to you yet."),
    }
    return render(request, "errors/404.html", words, status=404)
