"""Small, valid objects for tests; what a test cares about it says itself."""

from tests.factories.accounts import UserFactory
from tests.factories.courses import (
    BlockFactory,
    CourseFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    PageFactory,
    SectionFactory,
)

__all__ = [
    "BlockFactory",
    "CourseFactory",
    "ItemFactory",
    "MembershipFactory",
    "ModuleFactory",
    "PageFactory",
    "SectionFactory",
    "UserFactory",
]
