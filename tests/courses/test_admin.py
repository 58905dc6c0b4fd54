import pytest
from django.urls import reverse

from courses.models import Course, Item, Membership


def act(client, model, action, row):
    return client.post(
        reverse(f"admin:courses_{model}_changelist"), {"action": action, "_selected_action": [row.pk]}, follow=True
    )


@pytest.fixture
def admin_client(client, people):
    client.force_login(people.admin)
    return client


@pytest.mark.parametrize(
    "model",
    [
        "course",
        "module",
        "item",
        "section",
        "block",
        "blockrevision",
        "membership",
        "itemprogress",
        "importrun",
        "exportrun",
    ],
)
def test_every_model_can_be_looked_at_and_not_be_written(admin_client, taught, model):
    assert admin_client.get(reverse(f"admin:courses_{model}_changelist")).status_code == 200
    assert admin_client.get(reverse(f"admin:courses_{model}_add")).status_code == 403


def test_actions_call_the_services(admin_client, taught):
    act(admin_client, "course", "to_bin", taught.course)
    assert not Course.objects.filter(pk=taught.course.pk).exists()
    act(admin_client, "course", "from_bin", taught.course)
    act(admin_client, "course", "unpublish", taught.course)
    act(admin_client, "item", "publish", taught.draft_lesson)
    assert Course.objects.get(pk=taught.course.pk).state == "draft"
    assert Item.objects.get(pk=taught.draft_lesson.pk).state == "published"


def test_a_refusal_is_told(admin_client, people, taught):
    owner = Membership.objects.get(course=taught.course, user=people.owner)
    page = act(admin_client, "membership", "end", owner)
    assert "A course needs an owner." in page.content.decode()
    assert Membership.objects.get(pk=owner.pk).is_active


def test_others_do_not_come_in(client, people, taught):
    client.force_login(people.owner)
    assert client.get(reverse("admin:courses_course_changelist")).status_code == 302
