from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import RolePolicy
from accounts.selectors.policies import forget_rules, policy_for, second_factor_due
from accounts.services.policies import LIMITS, change_policy
from core.authz import SYSTEM
from core.errors import Invalid, NotAllowed, Stale
from core.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "said"), [("student", (False, 720, 336)), ("manager", (True, 60, 12))])
def test_staff_prove_more_by_default(role, said):
    rule = policy_for(role)
    assert (rule.second_factor, rule.idle_minutes, rule.most_hours) == said


def test_an_admin_changes_a_rule(people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        change_policy(actor=people.admin, role="student", version=1, second_factor=True, idle_minutes=90)
    rule = policy_for("student")
    assert (rule.second_factor, rule.grace_days, rule.idle_minutes, rule.version) == (True, 14, 90, 2)
    assert EventLog.objects.get().body == {"role": "student", "fields": ["idle_minutes", "second_factor"]}


def test_what_is_as_it_was_writes_nothing(people):
    change_policy(actor=people.admin, role="manager", second_factor=True, grace_days=14)
    assert (RolePolicy.objects.count(), EventLog.objects.count()) == (0, 0)


def test_an_overtaken_change_is_refused(people):
    change_policy(actor=people.admin, role="admin", version=1, grace_days=3)
    with pytest.raises(Stale) as refused:
        change_policy(actor=people.admin, role="admin", version=1, grace_days=5)
    assert refused.value.current_version == 2


@pytest.mark.parametrize("fields", [{"idle_minutes": 4}, {"most_hours": 99999}, {"grace_days": -1}, {"version_": 3}])
def test_what_makes_no_sense_is_refused(people, fields):
    with pytest.raises(Invalid) as refused:
        change_policy(actor=people.admin, role="student", **fields)
    assert list(refused.value.fields) == list(fields)


def test_only_admins_make_rules(people):
    with pytest.raises(NotAllowed):
        change_policy(actor=people.teacher, role="student", grace_days=3)


def test_days_of_grace_begin_with_the_role_or_the_rule(people):
    teacher = people.teacher
    teacher.role_since = timezone.now() - timedelta(days=30)
    assert second_factor_due(teacher) == teacher.role_since + timedelta(days=14)
    change_policy(actor=SYSTEM, role="manager", grace_days=2)
    forget_rules()
    assert second_factor_due(teacher) > timezone.now() + timedelta(days=1)
    assert second_factor_due(people.student) is None
    teacher.has_second_factor = True
    assert second_factor_due(teacher) is None


def test_no_cookie_ends_before_what_a_rule_may_allow(settings):
    assert LIMITS["most_hours"][1] * 60 * 60 == settings.SESSION_COOKIE_AGE
