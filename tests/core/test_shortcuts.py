"""Small things that many pages lean on: authorisation, loading, forms, template tags."""

from datetime import timedelta

import pytest
import time_machine
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from core.authz import SYSTEM, authorize
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.forms import PageForm, add_domain_error
from core.shortcuts import get_visible
from core.slots import BLOCK_KINDS, Slot, register_block_kind
from core.templatetags.ui import percent, when
from courses.models import Course
from tests.factories import CourseFactory


class TestAuthorize:
    def test_the_system_may(self):
        authorize(SYSTEM, "core.run_jobs")

    def test_a_visitor_may_not(self):
        with pytest.raises(NotAllowed) as refusal:
            authorize(AnonymousUser(), "core.run_jobs")
        assert refusal.value.permission == "core.run_jobs"

    @pytest.mark.parametrize(("role", "may"), [("admin", True), ("owner", False), ("student", False)])
    def test_people_by_their_role(self, people, role, may):
        assert getattr(people, role).has_perm("core.run_jobs") is may


@pytest.mark.django_db
class TestGetVisible:
    def test_what_may_be_seen(self):
        course = CourseFactory(slug="open")
        assert get_visible(Course, AnonymousUser(), slug="open") == course

    def test_hidden_and_absent_are_the_same(self):
        CourseFactory(slug="hidden", state="draft")
        messages = set()
        for slug in ("hidden", "absent"):
            with pytest.raises(Http404) as missing:
                get_visible(Course.objects.select_related(), AnonymousUser(), slug=slug)
            messages.add(str(missing.value))
        assert len(messages) == 1


class SampleForm(PageForm):
    title = forms.CharField(max_length=5, min_length=2, error_messages={"required": "Give a title."})
    note = forms.CharField(required=False)


class TestForms:
    def test_rules_travel_to_the_browser(self):
        attrs = SampleForm().fields["title"].widget.attrs
        assert (attrs["data-msg-required"], attrs["maxlength"], attrs["minlength"]) == ("Give a title.", "5", "2")
        assert "data-msg-required" not in SampleForm().fields["note"].widget.attrs

    def test_a_refusal_stands_at_its_field(self):
        form = SampleForm({"title": "abc"})
        add_domain_error(form, Invalid("invalid", "Wrong.", fields={"title": ["Taken."], "other": ["Elsewhere."]}))
        assert form.errors == {"title": ["Taken."], "__all__": ["Elsewhere."]}

    def test_or_above_the_form(self):
        form = SampleForm({"title": "abc"})
        add_domain_error(form, Conflict("course_full", "No places."))
        assert form.errors == {"__all__": ["No places."]}

    def test_a_stale_version_says_that_nothing_is_lost(self):
        error = Stale(current_version=4)
        assert (error.status, error.code, error.current_version) == (409, "stale_version", 4)
        assert "Your text is still here" in str(error.message)


class TestSlots:
    def test_entries_come_in_their_order(self):
        slot: Slot[str] = Slot("S")
        slot.register("b", "second")
        slot.register("a", "first", order=1)
        assert (list(slot), slot.keys(), slot.get("a"), slot.get("x"), "b" in slot) == (
            ["first", "second"],
            ["a", "b"],
            "first",
            None,
            True,
        )

    def test_a_key_is_taken_once(self):
        slot: Slot[int] = Slot("S")
        slot.register("a", 1)
        with pytest.raises(ValueError, match="S: 'a' is registered twice"):
            slot.register("a", 2)

    def test_a_block_kind_that_cannot_do_everything_does_not_register(self):
        with pytest.raises(TypeError, match="lacks bin, check, context"):
            register_block_kind("half", object())
        assert "half" not in BLOCK_KINDS


class TestTags:
    @pytest.mark.parametrize(
        ("hours", "text"),
        [(1, "Today 13:00"), (24, "Tomorrow 12:00"), (-24, "Yesterday 12:00"), (72, "Thu 5 Mar, 12:00")],
    )
    def test_when(self, hours, text):
        with time_machine.travel("2026-03-02 12:00:00+00:00", tick=False), timezone.override("Europe/London"):
            assert when(timezone.now() + timedelta(hours=hours)) == text
            assert when(None) == ""

    @pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0), (1, 3, 33), (199, 200, 99), (200, 200, 100)])
    def test_percent_is_whole_only_at_the_end(self, done, total, share):
        assert percent(done, total) == share

    def test_query_string_keeps_the_rest_and_escapes(self):
        request = RequestFactory().get('/?q="><b>&page=2')
        template = Template("{% query_string page=3 %} {% query_string page=None %}")
        assert template.render(Context({"request": request})) == ("?q=%22%3E%3Cb%3E&amp;page=3 ?q=%22%3E%3Cb%3E")

    def test_has_perm_asks_for_the_reader(self, people):
        template = Template('{% has_perm "core.run_jobs" as may %}{{ may }}')
        request = RequestFactory().get("/")
        shown = []
        for user in (people.admin, people.student, AnonymousUser()):
            request.user = user
            shown.append(template.render(Context({"request": request})))
        assert shown == ["True", "False", "False"]

    def test_icon_escapes(self):
        assert "<script>" not in Template("{% icon name %}").render(Context({"name": "<script>"}))
