"""Small, valid objects for tests; what a test cares about it says itself."""

from tests.factories.accounts import UserFactory
from tests.factories.courses import (
    BlockFactory,
    CourseFactory,
    ExperimentFactory,
    ExperimentGroupFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    PageFactory,
    SectionFactory,
    put_branches,
)

__all__ = [
    "BlockFactory",
    "CourseFactory",
    "ExperimentFactory",
    "ExperimentGroupFactory",
    "ItemFactory",
    "MembershipFactory",
    "ModuleFactory",
    "PageFactory",
    "SectionFactory",
    "UserFactory",
    "put_branches",
]
