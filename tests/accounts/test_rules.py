import pytest

from accounts.enums import SiteRole
from accounts.models import User

pytestmark = pytest.mark.django_db
NAMES = ["owner", "teacher", "assistant", "observer", "student", "outsider", "other_owner", "admin"]


@pytest.mark.parametrize("name", NAMES)
def test_who_sees_whom_is_the_same_asked_either_way(people, taught, name):
    viewer = getattr(people, name)
    seen = set(User.objects.visible_to(viewer))
    assert seen == {user for user in User.objects.all() if viewer.has_perm("accounts.view_user", user)}
    assert viewer in seen


def test_course_staff_see_the_people_of_their_courses(people, taught):
    seen = set(User.objects.visible_to(people.teacher))
    assert {people.student, people.other_student} <= seen
    assert not {people.outsider, people.other_owner, people.admin} & seen
    assert set(User.objects.visible_to(people.student)) == {people.student}


def test_an_ended_person_sees_nobody(people):
    people.admin.is_active = False
    assert not User.objects.visible_to(people.admin).exists()
    assert not people.admin.has_perm("accounts.view_user", people.student)


@pytest.mark.parametrize(
    ("role", "allowed"), [(SiteRole.STUDENT, False), (SiteRole.MANAGER, False), (SiteRole.ADMIN, True)]
)
def test_admins_alone_look_after_people(people, role, allowed):
    user = User(role=role)
    names = ["add_user", "end_user", "change_role"]
    assert [user.has_perm(f"accounts.{name}") for name in names] == [allowed] * 3
    # The list shows managers those of their own courses.
    assert user.has_perm("accounts.list_users") == (role != SiteRole.STUDENT)
