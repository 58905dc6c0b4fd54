"""The branches in a block: one section for each group of its experiment. Whoever calls has authorised and locked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from core.authz import Actor
from core.errors import Conflict, Invalid
from courses.models import Block, Course, Experiment, ExperimentGroup, Section
from courses.services.rows import rank_at_end

BRANCHES = "branches"


def experiment_named(course: Course, name: Any) -> Experiment:
    """The course's experiment with this public id, or id in the source. Raises ``Invalid`` ``experiment_unknown``."""
    own = Experiment.objects.filter(course=course)
    named = Q(source_id=str(name)) if name else Q(pk=None)
    if public_id := _as_uuid(name):
        named |= Q(public_id=public_id)
    found = own.filter(named).first()
    if found is None:
        sentence = _("There is no such experiment in this course. Choose one of its own.")
        raise Invalid("experiment_unknown", sentence, fields={"experiment": [sentence]})
    return found


def refuse_branches_in_branch(section: Section, kind: str) -> None:
    """Raises ``Invalid``: what a group sees does not depend on groups once more."""
    if kind == BRANCHES and section.inside_id is not None:
        sentence = _("A branch cannot hold branches. Put this block beside the other one.")
        raise Invalid("branch_in_branch", sentence, fields={"section": [sentence]})


def fit_branches(block: Block, data: dict[str, Any]) -> None:
    """Give the block a section for each group of the experiment that its settings name.

    Raises ``Conflict`` ``branches_chosen`` if it already holds those of another one.
    """
    if not data:
        return
    experiment = experiment_named(block.section.item.course, data.get("experiment"))
    kept = Section.objects.filter(inside=block)
    if kept.exclude(group__experiment=experiment).exists():
        raise Conflict(
            "branches_chosen",
            _("This block holds the branches of another experiment. Add a new block for this one."),
        )
    known = set(kept.values_list("group_id", flat=True))
    for group in ExperimentGroup.objects.filter(experiment=experiment).order_by("pk"):
        if group.pk not in known:
            _add_branch(block, group)


def add_branches_of(group: ExperimentGroup) -> None:
    """Give every block of the group's experiment a section for the new group."""
    blocks = Block.objects.filter(branches__group__experiment_id=group.experiment_id).distinct()
    for block in blocks.exclude(branches__group=group).select_related("section__item"):
        _add_branch(block, group)


def _add_branch(block: Block, group: ExperimentGroup) -> None:
    item = block.section.item
    rank = rank_at_end(Section.everything.filter(item=item))
    Section.objects.create(item=item, inside=block, group=group, rank=rank)


def bin_branches(blocks: Iterable[Block], actor: Actor, moment: datetime | None) -> list[Block]:
    """Let the branches go to the bin with their blocks, at the same moment; the blocks that stood in them."""
    sections = Section.objects.filter(inside__in=[block.pk for block in blocks if block.kind == BRANCHES])
    inner = list(Block.objects.filter(section__in=sections))
    sections.update(deleted_at=moment, deleted_by_id=actor.pk)
    return inner


def restore_branches(blocks: Iterable[Block], moment: datetime | None) -> list[Block]:
    """Bring back the branches that went to the bin at this moment with their blocks; the blocks that stand in them."""
    outer = [block.pk for block in blocks if block.kind == BRANCHES]
    sections = Section.everything.filter(inside__in=outer, deleted_at=moment, deleted_at__isnull=False)
    found = list(sections.values_list("pk", flat=True))
    sections.update(deleted_at=None, deleted_by_id=None)
    return list(Block.objects.filter(section__in=found))


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
