"""Comparisons within a course: their groups, and who belongs to which."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid
from core.events import publish
from courses.events import OutlineChanged
from courses.models import Course, Experiment, ExperimentGroup, ExperimentPlace, Section
from courses.rules import forget_groups
from courses.services.branches import add_branches_of
from courses.services.rows import assign, locked

logger = logging.getLogger("aumbry.experiments")


MOST_GROUPS = 20


@transaction.atomic
def add_experiment(*, actor: Actor, course: Course, name: str, groups: Iterable[str]) -> Experiment:
    """A new comparison with its groups, at least two. Raises ``Invalid`` with sentences by field."""
    authorize(actor, "courses.change_course", course)
    course = locked(course)
    names = [name for name in (line.strip() for line in groups) if name]
    if len(names) < 2:
        sentence = _("Name at least two groups, each on a line of its own.")
        raise Invalid("groups_missing", sentence, fields={"groups": [sentence]})
    experiment = Experiment(course=course)
    assign(experiment, {"name": name}, allowed=frozenset({"name"}))
    experiment.save()
    for group in names:
        _add_group(experiment, group)
    _tell(actor, experiment, "added")
    return experiment


@transaction.atomic
def change_experiment(
    *,
    actor: Actor,
    experiment: Experiment,
    name: str | None = None,
    groups: Mapping[UUID, str] | None = None,
    closed: Iterable[UUID] | None = None,
    new_groups: Iterable[str] = (),
) -> Experiment:
    """The experiment with other names, ``closed`` groups (by public id; ``None`` keeps them) and more groups.

    Who belongs to a group stays in it, also when it is closed. A new group has a branch in every block of the
    experiment at once. Raises ``Invalid`` with sentences by field.
    """
    authorize(actor, "courses.change_course", experiment)
    experiment = locked(experiment, "course")
    if name is not None and assign(experiment, {"name": name}, allowed=frozenset({"name"})):
        experiment.save(update_fields=["name"])
    shut = None if closed is None else set(closed)
    for group in ExperimentGroup.objects.filter(experiment=experiment):
        values: dict[str, Any] = {} if shut is None else {"is_closed": group.public_id in shut}
        if groups and group.public_id in groups:
            values["name"] = groups[group.public_id]
        if changed := assign(group, values, allowed=frozenset({"name", "is_closed"})):
            group.save(update_fields=changed)
    for line in new_groups:
        if line.strip():
            add_branches_of(_add_group(experiment, line))
    _tell(actor, experiment, "changed")
    return experiment


@transaction.atomic
def delete_experiment(*, actor: Actor, experiment: Experiment) -> None:
    """Delete an experiment that nothing uses. Raises ``Conflict`` ``experiment_used`` once a block or a student does."""
    authorize(actor, "courses.change_course", experiment)
    experiment = locked(experiment, "course")
    in_blocks = Section.everything.filter(group__experiment=experiment)
    if in_blocks.exists() or ExperimentPlace.objects.filter(experiment=experiment).exists():
        raise Conflict("experiment_used", _("Lessons or students use this experiment, so it stays."))
    _tell(actor, experiment, "deleted")
    experiment.delete()


def _add_group(experiment: Experiment, name: str) -> ExperimentGroup:
    if ExperimentGroup.objects.filter(experiment=experiment).count() >= MOST_GROUPS:
        sentence = _("An experiment has at most %(most)s groups.") % {"most": MOST_GROUPS}
        raise Invalid("groups_too_many", sentence, fields={"groups": [sentence]})
    group = ExperimentGroup(experiment=experiment)
    assign(group, {"name": name}, allowed=frozenset({"name"}))
    group.save()
    return group


def _tell(actor: Actor, experiment: Experiment, change: str) -> None:
    publish(
        OutlineChanged(
            actor_id=actor.pk,
            course_id=experiment.course_id,
            kind="experiment",
            object_id=experiment.pk,
            change=change,
        )
    )


@transaction.atomic
def place_of(*, user: User, experiment: Experiment) -> ExperimentPlace | None:
    """The group that the student belongs to, for good; at the first call the open group with the fewest members.

    None if every group is closed: the student is in none, and a later call decides. Raises ``NotAllowed`` for anybody
    who does not learn in the course.
    """
    authorize(user, "courses.learn", experiment)
    places = ExperimentPlace.objects.filter(user=user, experiment=experiment)
    if row := places.first():
        return row
    # Groups are filled evenly only if first visits take turns; so does one person's in two windows.
    locked(experiment)
    if row := places.first():
        return row
    groups = ExperimentGroup.objects.filter(experiment=experiment, is_closed=False)
    group = groups.annotate(members=Count("places")).order_by("members", "pk").first()
    if group is None:
        return None
    row = ExperimentPlace.objects.create(user=user, experiment=experiment, group=group)
    forget_groups(user)
    return row


def groups_of_visitor(*, user: User, experiments: Iterable[int]) -> list[int]:
    """The ids of the student's groups in some experiments of a page that they open; a group is given where they had none.

    A database that cannot be written to never breaks the page: it is then shown without any branch.
    """
    groups = []
    try:
        for experiment in Experiment.objects.filter(pk__in=list(experiments)).select_related("course"):
            if place := place_of(user=user, experiment=experiment):
                groups.append(place.group_id)
    except DatabaseError:
        logger.warning("no group given", extra={"user": user.pk}, exc_info=True)
    return groups
