"""Several people at once: what would become of each is told before anything is done, and then it is done to each."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.enums import SiteRole
from accounts.models import Device, PeopleAction, User
from accounts.services.people import suspend_user
from accounts.services.people_actions import AT_ONCE, MOST, apply_people_action, start_people_action
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog
from core.slots import RETENTION
from courses.models import Membership
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def verdicts(action: PeopleAction) -> dict[str, tuple[str, str]]:
    return {row.user.name: (row.verdict, row.reason) for row in action.rows.select_related("user")}


def test_suspending_is_looked_at_without_doing_it_and_then_done(people, taught):
    reader = Client()
    reader.force_login(people.student)
    reader.get("/")
    suspend_user(actor=people.admin, user=people.outsider, reason="Left the school")
    logged = EventLog.objects.count()
    chosen = [people.student, people.outsider, people.admin]
    action = start_people_action(actor=people.admin, kind="suspend", people=chosen, reason="Left the school")
    expected = {
        "Sam Student": ("change", ""),
        "Oda Outsider": ("unchanged", ""),
        "Ada Admin": ("refused", "You cannot suspend your own account. Ask another admin."),
    }
    assert (action.state, verdicts(action)) == ("ready", expected)
    assert (User.objects.get(pk=people.student.pk).is_active, EventLog.objects.count()) == (True, logged)
    assert reader.get("/").wsgi_request.user == people.student
    action = apply_people_action(actor=people.admin, action=action)
    assert (action.state, verdicts(action)) == ("done", expected)
    assert User.objects.get(pk=people.student.pk).suspension_reason == "Left the school"
    assert reader.get("/").wsgi_request.user.is_authenticated is False
    assert Device.objects.open().filter(user=people.student).count() == 0
    with pytest.raises(Conflict) as again:
        apply_people_action(actor=people.admin, action=action)
    assert again.value.code == "action_done"


def test_one_in_the_way_of_another_is_seen_beforehand(people):
    other = UserFactory(name="Abe Admin", role=SiteRole.ADMIN)
    third = UserFactory(name="Ali Admin", role=SiteRole.ADMIN)
    # Whoever suspends is an admin and stays one: demoting both others leaves one.
    action = start_people_action(actor=people.admin, kind="role", people=[other, third, people.admin], role="student")
    assert [verdict for verdict, _why in verdicts(action).values()] == ["change", "change", "refused"]
    apply_people_action(actor=people.admin, action=action)
    assert User.objects.filter(role=SiteRole.ADMIN).get() == people.admin


def test_opening_again_and_roles(people):
    suspend_user(actor=people.admin, user=people.student, reason="x")
    action = start_people_action(actor=people.admin, kind="reinstate", people=[people.student, people.outsider])
    apply_people_action(actor=people.admin, action=action)
    assert verdicts(action) == {"Sam Student": ("change", ""), "Oda Outsider": ("unchanged", "")}
    assert User.objects.get(pk=people.student.pk).is_active is True
    action = start_people_action(actor=people.admin, kind="role", people=[people.student, people.owner], role="manager")
    assert verdicts(action) == {"Sam Student": ("change", ""), "Olga Owner": ("unchanged", "")}
    assert User.objects.get(pk=people.student.pk).role == "student"


def test_adding_to_a_course(people, taught):
    suspend_user(actor=people.admin, user=people.other_owner, reason="x")
    chosen = [people.outsider, people.student, people.other_owner]
    action = start_people_action(actor=people.admin, kind="course", people=chosen, course="STAT 1")
    assert [verdict for verdict, _why in verdicts(action).values()] == ["change", "unchanged", "refused"]
    assert Membership.objects.filter(user=people.outsider).count() == 0
    apply_people_action(actor=people.admin, action=action)
    assert Membership.objects.get(user=people.outsider).course == taught.course


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("suspend", {}, "reason"),
        ("role", {"role": "emperor"}, "role"),
        ("course", {}, "course"),
        ("course", {"course": "nothing"}, "course"),
        ("erase", {}, "action"),
    ],
)
def test_what_makes_no_sense_is_refused(people, kind, values, field):
    with pytest.raises(Invalid) as refused:
        start_people_action(actor=people.admin, kind=kind, people=[people.student], **values)
    assert (list(refused.value.fields), PeopleAction.objects.count()) == ([field], 0)


def test_nobody_too_many_and_by_others(people):
    for chosen in ([], [people.student] * (MOST + 1)):
        with pytest.raises(Invalid):
            start_people_action(actor=people.admin, kind="reinstate", people=chosen)
    with pytest.raises(NotAllowed):
        start_people_action(actor=people.owner, kind="reinstate", people=[people.student])


def test_many_are_for_a_job_with_the_rights_of_then(people, settings):
    settings.JOBS_EAGER = True
    crowd = UserFactory.create_batch(AT_ONCE + 1)
    action = start_people_action(actor=people.admin, kind="suspend", people=crowd, reason="End of the year")
    action.refresh_from_db()
    assert (action.state, {verdict for verdict, _why in verdicts(action).values()}) == ("ready", {"change"})
    apply_people_action(actor=people.admin, action=action)
    action.refresh_from_db()
    assert (action.state, User.objects.filter(suspension_reason="End of the year").count()) == ("done", len(crowd))


def test_old_lists_are_forgotten(people):
    action = start_people_action(actor=people.admin, kind="reinstate", people=[people.student])
    a_month_ago = timezone.now() - timedelta(days=30)
    assert RETENTION["people_actions"].run(a_month_ago) == 0
    PeopleAction.objects.update(created_at=action.created_at.replace(year=2020))
    assert (RETENTION["people_actions"].run(a_month_ago), User.objects.filter(pk=people.student.pk).count()) == (1, 1)


def test_the_page_without_a_script(client, people):
    client.force_login(people.admin)
    page = client.get("/people/").content.decode()
    assert f'name="people" value="{people.student.public_id}" form="at-once"' in page
    empty = client.post("/people/at-once/", {"action": "suspend", "reason": "x"})
    assert (empty.status_code, "Choose at least one person." in empty.content.decode()) == (422, True)
    sent = {"action": "suspend", "people": [str(people.student.public_id), "nonsense"]}
    refused = client.post("/people/at-once/", sent)
    assert (refused.status_code, f'value="{people.student.public_id}"' in refused.content.decode()) == (422, True)
    shown = client.post("/people/at-once/", sent | {"reason": "Left"}).url
    assert "1 would be changed, 0 are as before, 0 are refused." in client.get(shown).content.decode()
    assert client.post(f"{shown}apply/").url == shown
    assert "1 changed, 0 as before, 0 refused." in client.get(shown).content.decode()
    assert User.objects.get(pk=people.student.pk).is_suspended is True


def test_everybody_whom_the_filter_leaves(client, people):
    client.force_login(people.admin)
    sent = {"action": "reinstate", "everyone": "1", "filter": "q=sam&role=student&ordering=email"}
    client.post("/people/at-once/", sent)
    assert list(verdicts(PeopleAction.objects.get())) == ["Sam Student"]


def test_managers_have_no_boxes(client, people, taught):
    client.force_login(people.teacher)
    page = client.get("/people/").content.decode()
    assert ("at-once" in page, client.post("/people/at-once/", {}).status_code) == (False, 403)


def test_programs(people):
    program = APIClient()
    program.force_authenticate(people.admin)
    ids = [str(people.student.public_id)]
    made = program.post("/api/v1/users/at-once/", {"action": "suspend", "ids": ids, "reason": "Left"}, format="json")
    assert (made.status_code, made.json()["state"], made.json()["counts"]) == (
        201,
        "ready",
        {"change": 1, "unchanged": 0, "refused": 0},
    )
    place = made["Location"]
    row = {"id": ids[0], "name": "Sam Student", "verdict": "change", "reason": "", "applied": False}
    assert program.get(f"{place}rows/").json()["results"] == [row]
    assert program.post(f"{place}apply/").json()["state"] == "done"
    assert program.post(f"{place}apply/").json()["code"] == "action_done"
    unknown = program.post(
        "/api/v1/users/at-once/",
        {"action": "reinstate", "ids": [str(PeopleAction.objects.get().public_id)]},
        format="json",
    )
    assert (unknown.status_code, list(unknown.json()["errors"])) == (400, ["ids"])
    program.force_authenticate(people.owner)
    assert (program.get(place).status_code, program.post("/api/v1/users/at-once/", {}).status_code) == (404, 403)
