from typing import Any

import factory
from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "a quiet lake in the morning"


class UserFactory(factory.django.DjangoModelFactory):
    """A student; ``verified`` adds a confirmed address, without which nobody signs in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password, verified = kwargs.pop("password", PASSWORD), kwargs.pop("verified", False)
        user = User.objects.create_user(password=password, **kwargs)
        if verified:
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user
