import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Accommodation
from courses.enums import Role
from courses.models import Membership
from courses.services import outline, progress
from tests.courses.views.conftest import page, said
from tests.factories import ItemFactory, MembershipFactory, UserFactory


def give(user, course_id=None, **given):
    day = timezone.localdate() - timedelta(days=3)
    Accommodation.objects.create(user=user, course_id=course_id, starts_on=day, **given)


def rows(response):
    return [member.user.name for member in response.context["page"].object_list]


def test_everybody_with_what_they_have_done(sign_in, people, taught):
    ItemFactory(module=taught.module)
    progress.mark_end(actor=people.student, item=taught.lesson)
    response = sign_in(people.owner).get(page("people", "statistics"), {"role": "student"})
    shown = [(m.user.name, m.done, m.current_title) for m in response.context["page"].object_list]
    assert shown == [("Sam Student", 1, "Who was asked"), ("Suri Second", 0, None)]
    assert response.context["total"] == 2


def test_the_numbers_are_those_that_the_student_sees(sign_in, people, taught):
    later_binned = ItemFactory(module=taught.module)
    later_draft = ItemFactory(module=taught.module)
    for item in (taught.lesson, later_binned, later_draft):
        progress.mark_end(actor=people.student, item=item)
    outline.bin_item(actor=people.owner, item=later_binned)
    later_draft.state = "draft"
    later_draft.save()
    own = sign_in(people.student).get(page("detail", "statistics")).context["page"].outline
    response = sign_in(people.owner).get(page("people", "statistics"), {"q": "Sam"})
    member = response.context["page"].object_list[0]
    assert (member.done, response.context["total"]) == (own.done, own.total) == (1, 1)


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("teacher", 200), ("assistant", 200), ("observer", 403), ("student", 403), ("outsider", 403)],
)
def test_who_may_see_people(sign_in, people, taught, who, status):
    assert sign_in(getattr(people, who)).get(page("people", "statistics")).status_code == status


def test_search_and_roles(sign_in, people, taught):
    client = sign_in(people.owner)
    asked = [{"q": "SURI"}, {"q": "second@example"}, {"role": "assistant"}, {"q": "nobody"}, {"role": "king"}]
    assert [rows(client.get(page("people", "statistics"), query)) for query in asked] == [
        ["Suri Second"],
        ["Suri Second"],
        ["Asa Assistant"],
        [],
        ["Asa Assistant", "Olga Owner", "Otto Observer", "Sam Student", "Suri Second", "Tariq Teacher"],
    ]


def test_sorting_says_so(sign_in, people, taught):
    progress.mark_end(actor=people.other_student, item=taught.lesson)
    client = sign_in(people.owner)
    response = client.get(page("people", "statistics"), {"role": "student", "sort": "-done"})
    assert rows(response) == ["Suri Second", "Sam Student"]
    assert re.findall(r'aria-sort="(\w+)"', response.content.decode()) == ["descending"]
    orders = {heading.order for heading in response.context["headings"]}
    assert orders == {"name", "role", "done", "points", "seen"}
    turned = client.get(page("people", "statistics"), {"role": "student", "sort": "-name"})
    assert rows(turned) == ["Suri Second", "Sam Student"]


def test_add_somebody_by_email(sign_in, people, taught):
    answer = sign_in(people.owner).post(
        page("person-add", "statistics"), {"email": " Outsider@Example.org ", "role": "assistant"}
    )
    assert (answer.status_code, said(answer)) == (302, ["Oda Outsider is in the course as assistant."])
    assert Membership.objects.get(user=people.outsider).role == Role.ASSISTANT


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"email": "nobody@example.org", "role": "student"}, "Nobody has an account with this email."),
        ({"email": "", "role": "student"}, "Write the email of somebody who has an account"),
        ({"email": "outsider@example.org", "role": "king"}, "Select a valid choice."),
        ({"email": "x" * 10_000, "role": "student"}, "Write a whole email address"),
    ],
)
def test_what_cannot_be_added_is_said(sign_in, people, taught, sent, sentence):
    answer = sign_in(people.owner).post(page("person-add", "statistics"), sent)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert taught.course.memberships.count() == 6


def test_outsiders_and_assistants_add_nobody(sign_in, people, taught):
    sent = {"email": "outsider@example.org", "role": "student"}
    everybody = (people.assistant, people.student, people.outsider)
    assert [sign_in(who).post(page("person-add", "statistics"), sent).status_code for who in everybody] == [403] * 3
    assert not Membership.objects.filter(user=people.outsider).exists()


def test_change_a_role(sign_in, people, taught):
    member = Membership.objects.get(user=people.student)
    answer = sign_in(people.owner).post(page("member-edit", "statistics", member.public_id), {"role": "observer"})
    member.refresh_from_db()
    assert (answer["Location"], member.role) == (page("people", "statistics"), Role.OBSERVER)


def test_the_last_owner_stays(sign_in, people, taught):
    member = Membership.objects.get(user=people.owner)
    client = sign_in(people.owner)
    refused = client.post(page("member-edit", "statistics", member.public_id), {"role": "student"})
    assert refused.status_code == 422
    assert "A course needs an owner." in refused.content.decode()
    client.post(page("member-end", "statistics", member.public_id))
    member.refresh_from_db()
    assert (member.role, member.is_active) == (Role.OWNER, True)


def test_take_somebody_out(sign_in, people, taught):
    member = Membership.objects.get(user=people.student)
    sign_in(people.owner).post(page("member-end", "statistics", member.public_id))
    member.refresh_from_db()
    assert member.is_active is False
    assert rows(sign_in(people.owner).get(page("people", "statistics"), {"role": "student"})) == ["Suri Second"]


def test_members_of_other_courses_are_not_found(sign_in, people, taught):
    elsewhere = Membership.objects.get(user=people.other_owner)
    client = sign_in(people.owner)
    assert client.get(page("member-edit", "statistics", elsewhere.public_id)).status_code == 404
    assert client.post(page("member-end", "ecology", elsewhere.public_id)).status_code == 404


def test_a_page_has_at_most_200_rows(sign_in, people, taught):
    for user in UserFactory.create_batch(205):
        MembershipFactory(course=taught.course, user=user)
    client = sign_in(people.owner)
    assert [len(rows(client.get(page("people", "statistics"), {"page": n}))) for n in (1, 2)] == [200, 11]


def test_what_students_are_given_is_for_those_who_look_after_them(sign_in, people, taught):
    give(people.student, time_factor="1.5", extra_attempts=2, note="Dyslexia")
    give(people.student, taught.other_course.pk, extra_days=9)
    give(people.other_student, extra_days=1, ends_on=timezone.localdate() - timedelta(days=1))
    shown = {}
    for name in ("owner", "teacher", "assistant"):
        content = sign_in(getattr(people, name)).get(page("people", "statistics")).content.decode()
        assert "Dyslexia" not in content
        shown[name] = re.findall(r'<a class="tag" href="([^"]+)">(.*?)</a>', content)
    address = f"/people/{people.student.public_id}/accommodations/"
    words = '<span class="visually-hidden">Accommodation: </span>1.5 times the time · 2 extra tries'
    assert shown == {"owner": [(address, words)], "teacher": [(address, words)], "assistant": []}


def test_queries_do_not_grow(queries, people, taught):
    def more(count):
        for user in UserFactory.create_batch(count):
            MembershipFactory(course=taught.course, user=user)
            give(user, time_factor="1.5")
            progress.mark_end(actor=user, item=taught.lesson)

    more(20)
    few = queries(people.owner, page("people", "statistics"))
    more(180)
    assert (few <= 10, queries(people.owner, page("people", "statistics"))) == (True, few)
