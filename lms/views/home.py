"""The start page: a landing page for visitors, one's own for everybody else."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.slots import DASHBOARD_CARDS
from courses.selectors import CatalogueFilter, catalogue, catalogue_cards, home_page
from courses.selectors.home import GoOn, HomePage, StudiedCourse

# The landing page shows so many courses; the catalogue has the rest.
LANDING_COURSES = 6
NOON, EVENING, NIGHT = 12, 18, 5


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return _landing(request)
    page = home_page(request.user)
    built = [(card, card.build(request.user)) for card in DASHBOARD_CARDS]
    cards = [(card, values) for card, values in built if values is not None]
    context = {
        "nav_active": "home",
        "greeting": greeting(request.user.get_short_name()),
        "fact": fact(page),
        "page": page,
        "topics": topics_of(request.user, page),
        "hero": hero(page.go_on) if page.go_on else None,
        "studied": [studied_card(course) for course in page.studied],
        "cards": cards,
        "has_aside": any(card.aside for card, _values in cards),
    }
    return render(request, "lms/home.html", context)


def _landing(request: HttpRequest) -> HttpResponse:
    courses = catalogue(request.user, "", CatalogueFilter.ALL)[:LANDING_COURSES]
    context = {
        "nav_active": "home",
        "cards": catalogue_cards(request.user, courses),
        "sign_up_open": settings.REGISTRATION_OPEN,
    }
    return render(request, "lms/landing.html", context)


def topics_of(user: Any, page: HomePage) -> str:
    """What may change the page while it is open: what its reader does elsewhere, their courses, the people they teach."""
    courses = [*(studied.course for studied in page.studied), *page.observed]
    taught = [taught.course for taught in page.taught]
    names = [f"learning.{user.public_id}", *(f"course.{course.public_id}" for course in [*courses, *taught])]
    return " ".join([*names, *(f"course_people.{course.public_id}" for course in taught)])


def greeting(name: str) -> str:
    """By the reader's own clock."""
    hour = timezone.localtime().hour
    if NIGHT <= hour < NOON:
        return _("Good morning, %(name)s") % {"name": name}
    if NOON <= hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def fact(page: HomePage) -> str:
    """One sentence that is true now."""
    if page.is_empty:
        return _("You are not in a course yet.")
    if page.go_on is not None:
        return _go_on_fact(page.go_on)
    if page.studied and all(course.done == course.total for course in page.studied if course.total):
        return _("You have finished every lesson that is published in your courses.")
    finished = sum(course.finished for course in page.taught)
    if page.taught:
        sentence = ngettext(
            "Your students have finished %(n)s lesson this week.",
            "Your students have finished %(n)s lessons this week.",
            finished,
        )
        return sentence % {"n": finished}
    return ""


def _go_on_fact(go_on: GoOn) -> str:
    lesson = go_on.lesson
    values = {"number": lesson.number, "title": lesson.title, "code": go_on.course.code, "n": lesson.minutes_left}
    if lesson.state and lesson.minutes_left:
        return (
            ngettext(
                "You are about %(n)s minute from finishing lesson %(number)s of %(code)s.",
                "You are about %(n)s minutes from finishing lesson %(number)s of %(code)s.",
                lesson.minutes_left,
            )
            % values
        )
    return _("Next is lesson %(number)s of %(code)s: %(title)s.") % values


def hero(go_on: GoOn) -> dict[str, Any]:
    """What the component ``continue_hero`` shows."""
    course, lesson = go_on.course, go_on.lesson
    minutes = lesson.minutes_left
    place = go_on.module.lessons.index(lesson) + 1
    about = {"code": course.code, "module": go_on.module.number, "place": place}
    return {
        "about": _("%(code)s, module %(module)s, lesson %(place)s") % about,
        "title": lesson.title,
        "url": lesson.url,
        "plate": course.plate,
        "ground": course.ground,
        "progress": lesson.share,
        "left": _("about %(n)s min left") % {"n": minutes} if minutes else "",
        "stopped_at": go_on.stopped_at,
        "when": _ago(lesson.seen_at),
        "outline_url": course.get_absolute_url(),
        "label": "" if lesson.state else _("Start lesson"),
    }


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return ""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


def studied_card(studied: StudiedCourse) -> dict[str, Any]:
    """What the component ``course_card`` shows of a course that one is a student of."""
    course = studied.course
    words = ngettext("%(done)s of %(total)s lesson", "%(done)s of %(total)s lessons", studied.total)
    return {
        "code": course.code,
        "title": course.title,
        "url": course.get_absolute_url(),
        "plate": course.plate,
        "ground": course.ground,
        "next": studied.next_title,
        "about": "" if studied.total else _("No lessons yet"),
        "progress": studied.percent,
        "progress_label": words % {"done": studied.done, "total": studied.total} if studied.total else "",
    }
