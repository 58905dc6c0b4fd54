from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import TokenFamily
from accounts.services.people import change_role, end_user, restore_user
from accounts.services.profile import set_password
from accounts.services.tokens import TokenRefused, forget_expired_tokens, issue_tokens, refresh_tokens, revoke_token
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db):
    return UserFactory()


def refused(token: str) -> bool:
    with pytest.raises(TokenRefused):
        refresh_tokens(token=token)
    return True


def test_a_refresh_token_gives_its_successor(user):
    first = issue_tokens(user=user)
    second = refresh_tokens(token=first.refresh)
    third = refresh_tokens(token=second.refresh)
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert TokenFamily.objects.count() == 1


def test_a_reused_token_ends_its_family_and_no_other(user):
    first, elsewhere = issue_tokens(user=user), issue_tokens(user=user)
    second = refresh_tokens(token=first.refresh)
    assert refused(first.refresh)
    assert refused(second.refresh)
    assert refresh_tokens(token=elsewhere.refresh)


def test_a_revoked_token_is_of_no_use(user):
    first, elsewhere = issue_tokens(user=user), issue_tokens(user=user)
    revoke_token(token=first.refresh)
    revoke_token(token="not a token")
    assert refused(first.refresh)
    assert refresh_tokens(token=elsewhere.refresh)


def test_what_happens_to_a_person_ends_their_tokens(user, people):
    for change in (
        lambda: set_password(actor=user, user=user, password="another quiet lake at noon"),
        lambda: change_role(actor=people.admin, user=user, role="manager"),
        lambda: end_user(actor=people.admin, user=user),
    ):
        pair = issue_tokens(user=user)
        change()
        user.refresh_from_db()
        assert refused(pair.refresh)
    restore_user(actor=people.admin, user=user)
    assert refused(pair.refresh)


def test_an_access_token_does_not_refresh(user):
    assert refused(issue_tokens(user=user).access)


def test_tokens_are_not_kept(user):
    issue_tokens(user=user)
    assert list(OutstandingToken.objects.values_list("token", flat=True)) == [""]


def test_expired_ones_are_forgotten(user):
    issue_tokens(user=user)
    issue_tokens(user=user)
    first = TokenFamily.objects.order_by("id")[0]
    TokenFamily.objects.filter(pk=first.pk).update(expires_at=timezone.now() - timedelta(days=1))
    OutstandingToken.objects.filter(pk=OutstandingToken.objects.order_by("id")[0].pk).update(
        expires_at=timezone.now() - timedelta(days=1)
    )
    forget_expired_tokens()
    assert (TokenFamily.objects.count(), OutstandingToken.objects.count()) == (1, 1)
