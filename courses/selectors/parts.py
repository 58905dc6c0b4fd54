"""Where the parts of a course open: what a link to ``part:<id>`` leads to."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from courses.models import Block, Course, Item, Section
from courses.selectors.lesson import anchor_of


def part_address(slug: str, part: str) -> str:
    """What a link to ``part:<id>`` becomes; where it leads is looked up when it is followed."""
    return reverse("courses:part", args=[slug, part.replace("/", "-") or "-"])


def part_url(user: Any, course: Course, part: str) -> str:
    """The address of the item, section or block with this id, for whom may open its lesson; empty otherwise.

    The id is the one in the source that the course came from, or the public one.
    """
    named = _named(part)
    item = Item.objects.visible_to(user).filter(named, course=course).first()
    if item is not None:
        item.course = course
        return str(item.get_absolute_url())
    sections: QuerySet[Section] = Section.objects.visible_to(user).filter(item__course=course)
    section = sections.filter(named).select_related("item", "inside__section").first()
    if section is None:
        # A block's lesson says who may come there; whether its text is published yet does not matter.
        holding = Block.objects.filter(_named(part)).values("section")
        section = sections.filter(pk__in=holding).select_related("item", "inside__section").first()
    return section_url(course, section) if section else ""


def section_url(course: Course, section: Section) -> str:
    """Where the section is read: a page of its own in a paged lesson, else its place on the lesson's page."""
    place = section.inside.section if section.inside else section
    args = [course.slug, section.item.public_id]
    if section.item.is_paged:
        return reverse("courses:lesson-section", args=[*args, place.public_id])
    return f"{reverse('courses:lesson', args=args)}#{anchor_of(place.public_id)}"


def _named(part: str) -> Q:
    found = _as_uuid(part)
    return Q(source_id=part) | Q(public_id=found) if found else Q(source_id=part)


def known_parts(course: Course, parts: Iterable[str]) -> set[str]:
    """Those of the ids that name something in the course, in three queries; none without any."""
    wanted = set(parts)
    if not wanted:
        return set()
    uuids = {found for part in wanted if (found := _as_uuid(part))}
    known: set[str] = set()
    for model, path in ((Item, "course"), (Section, "item__course"), (Block, "section__item__course")):
        rows = model.objects.filter(**{path: course}).order_by()
        named = rows.filter(Q(source_id__in=wanted) | Q(public_id__in=uuids))
        for source_id, public_id in named.values_list("source_id", "public_id"):
            known |= {source_id, str(public_id)}
    return {part for part in wanted if part in known or str(_as_uuid(part)) in known}


def _as_uuid(part: str) -> UUID | None:
    try:
        return UUID(part)
    except ValueError:
        return None
