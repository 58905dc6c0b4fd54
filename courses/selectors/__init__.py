"""What pages and programs read about courses. One file for each kind of page."""

from courses.selectors.catalogue import CatalogueFilter, catalogue, catalogue_cards
from courses.selectors.home import home_page
from courses.selectors.lesson import lesson_page
from courses.selectors.outline import Lesson, ModuleLessons, Outline, counted_items, outline
from courses.selectors.page import course_page, rail_courses, staff_of
from courses.selectors.people import roster
from courses.selectors.teaching import binned, builder, item_editor, teaching

__all__ = [
    "CatalogueFilter",
    "Lesson",
    "ModuleLessons",
    "Outline",
    "binned",
    "builder",
    "catalogue",
    "catalogue_cards",
    "counted_items",
    "course_page",
    "home_page",
    "item_editor",
    "lesson_page",
    "outline",
    "rail_courses",
    "roster",
    "staff_of",
    "teaching",
]
