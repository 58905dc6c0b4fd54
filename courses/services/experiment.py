"""Comparisons within a course: their groups, and who belongs to which."""

import logging
from collections.abc import Iterable

from django.db import DatabaseError, transaction
from django.db.models import Count

from accounts.models import User
from core.authz import authorize
from courses.models import Experiment, ExperimentGroup, ExperimentPlace
from courses.rules import forget_groups
from courses.services.rows import locked

logger = logging.getLogger("aumbry.experiments")


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
