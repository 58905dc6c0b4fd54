"""Every kind of page with the demo in it, at two widths and in both themes: axe finds nothing, nothing scrolls sideways."""

import itertools
import json

import pytest
from django.conf import settings

from courses.models import Item
from lms.demo import load_demo
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in

STUDENT = {
    "home": "/",
    "catalogue": "/courses/",
    "course": "/courses/statistics/",
    "profile": "/profile/",
    "own-data": "/profile/data/",
    "leave": "/courses/statistics/leave/",
}
MANAGER = {
    "teaching": "/teach/",
    "builder": "/teach/statistics/",
    "settings": "/teach/statistics/settings/",
    "people": "/courses/statistics/people/",
    "questions": "/teach/statistics/questions/",
    "new-course": "/teach/new/course/",
    "import": "/teach/new/import/",
    "styleguide": "/styleguide/",
}
ADMIN = {
    "operations": "/operations/",
    "events": "/operations/events/",
    "retention": "/operations/retention/",
    "sign-in-rules": "/people/sign-in-rules/",
    "everyone": "/people/",
    "new-person": "/people/new/",
    "sent-mail": "/sent-mail/",
    "errors": "/docs/errors/",
}
VISITOR = {
    "landing": "/",
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "offline": "/offline/",
    "policies": "/policies/",
    "terms": "/policies/terms/",
}


LOOKS = [(1280, "light"), (360, "dark"), (320, "light")]
# What the documentation shows; the phone's pictures in dark.
SHOWN = {"home", "lesson", "course", "builder", "people", "sign-in", "operations"}


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_page(open_page: Opener):
    load_demo()
    people = {row["role"]: row for row in json.loads((settings.VAR_DIR / "demo-sign-ins.json").read_text())}
    lesson = Item.objects.get(course__slug="statistics", source_id="why-averages-settle")
    edit = f"/teach/statistics/items/{lesson.public_id}/"
    by_role = {
        "": VISITOR,
        "student": {**STUDENT, "lesson": lesson.get_absolute_url()},
        "manager": {**MANAGER, "edit": edit},
        "admin": ADMIN,
    }
    for (width, theme), (role, pages) in itertools.product(LOOKS, by_role.items()):
        page = open_page(width=width, theme=theme)
        if role:
            sign_in(page, people[role]["email"], people[role]["password"])
        for name, path in pages.items():
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert_accessible(page)
            if name in SHOWN and width != 320:
                picture(page, name if width == 1280 else f"{name}-phone")
