"""Who is shown which branch of an experiment, for those who count what is asked of a student.

A student is shown the branch of the one group that they belong to; people who teach are shown all. What a list or a
page may show is said by ``visible_to``; this is for sums over many people and lessons:

    branches = branches_of(item_ids, user_ids)              # three queries, one if the lessons have no branches
    asked = [block for block in blocks if not branches.hides(user_id, block.pk)]
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from courses.models import Block, ExperimentGroup, ExperimentPlace


@dataclass(frozen=True)
class Branches:
    """``groups``: by block id the experiment and the group of its branch; ``places``: a student's group by experiment."""

    groups: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    places: Mapping[tuple[int, int], int] = field(default_factory=dict)
    open_experiments: frozenset[int] = frozenset()

    def hides(self, user_id: int, block_id: int) -> bool:
        """Whether the block stands in a branch that the student does not see, so that it asks nothing of them.

        Who has not come to a branch yet still has it before them, and with it whatever it may ask; only where no group
        takes anybody any more is nothing to come.
        """
        branch = self.groups.get(block_id)
        if branch is None:
            return False
        experiment, group = branch
        own = self.places.get((user_id, experiment))
        return experiment not in self.open_experiments if own is None else own != group


def branches_of(item_ids: Iterable[int], user_ids: Iterable[int]) -> Branches:
    """The branches in some lessons and the places of some students; one query, and two more if there are branches."""
    rows = Block.objects.filter(section__item_id__in=list(item_ids), section__inside__isnull=False)
    groups = {
        pk: (experiment, group)
        for pk, experiment, group in rows.order_by().values_list(
            "pk", "section__group__experiment_id", "section__group_id"
        )
    }
    if not groups:
        return Branches()
    experiments = {experiment for experiment, _group in groups.values()}
    places = ExperimentPlace.objects.filter(experiment_id__in=experiments, user_id__in=list(user_ids))
    is_open = ExperimentGroup.objects.filter(experiment_id__in=experiments, is_closed=False)
    return Branches(
        groups,
        {
            (user, experiment): group
            for user, experiment, group in places.values_list("user_id", "experiment_id", "group_id")
        },
        frozenset(is_open.order_by().values_list("experiment_id", flat=True)),
    )
