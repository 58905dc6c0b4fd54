from courses.models.course import Course
from courses.models.imports import ImportRun
from courses.models.outline import Block, BlockRevision, Item, Module, Section
from courses.models.people import Membership
from courses.models.progress import ItemProgress

__all__ = ["Block", "BlockRevision", "Course", "ImportRun", "Item", "ItemProgress", "Membership", "Module", "Section"]
