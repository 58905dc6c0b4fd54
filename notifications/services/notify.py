"""From an event to what people are told: one notification each, and what is planned for mail and push."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core.events import claim_effect, event_name, stored_event
from core.realtime import announce_many
from core.tasks import enqueue
from notifications.defaults import DEFAULTS, REQUIRED
from notifications.enums import Category, Channel, DeliveryState, Frequency, SkipReason
from notifications.kinds import KINDS, Facts, Kind, kinds_of
from notifications.models import Delivery, Notification
from notifications.selectors.wishes import clocks, muted, wishes
from notifications.timing import due

# So many people are told in one transaction.
AT_ONCE = 500


def tell(*, event_id: int) -> None:
    """Tell everybody whom an event of the log concerns; of hundreds, by jobs of some hundred each.

    Called once for each event, in the transaction of its delivery.
    """
    fact = stored_event(event_id)
    if fact is None:
        return
    for key, kind in kinds_of(event_name(type(fact))):
        people = kind.people(fact)
        if not kind.tells_actor and fact.actor_id is not None:
            people = people.exclude(pk=fact.actor_id)
        ids = sorted(people.values_list("pk", flat=True))
        if len(ids) <= AT_ONCE:
            _tell_some(event_id, key, ids)
            continue
        for first in range(0, len(ids), AT_ONCE):
            batch = ids[first : first + AT_ONCE]
            enqueue("notifications.tasks.tell_batch", event_id=event_id, kind=key, first=batch[0], last=batch[-1])


def tell_batch(*, event_id: int, kind: str, first: int, last: int) -> None:
    """Tell those of an event's people whose numbers lie from ``first`` to ``last``, exactly once."""
    with transaction.atomic():
        fact = stored_event(event_id)
        if fact is None or kind not in KINDS or not claim_effect(f"notify:{event_id}:{kind}:{first}"):
            return
        people = KINDS[kind].people(fact).filter(pk__gte=first, pk__lte=last)
        if not KINDS[kind].tells_actor and fact.actor_id is not None:
            people = people.exclude(pk=fact.actor_id)
        _tell_some(event_id, kind, sorted(people.values_list("pk", flat=True)))


def _tell_some(event_id: int, key: str, ids: Sequence[int]) -> None:
    kind, fact = KINDS[key], stored_event(event_id)
    facts = kind.facts(fact) if ids else None
    if facts is None:
        return
    users = list(User.objects.active().filter(pk__in=ids, erased_at=None).order_by("pk"))
    told = _Told(event_id, key, kind, facts, getattr(fact, "actor_id", None), users)
    told.write()
    if told.rings:
        announce_many([f"notifications.{user.public_id}" for user in told.rings], {"changed": "notifications"})
    if told.pushes:
        enqueue("notifications.tasks.dispatch")


class _Told:
    """One fact for some hundred people."""

    def __init__(
        self, event_id: int, key: str, kind: Kind, facts: Facts, actor_id: int | None, users: list[User]
    ) -> None:
        self.event_id, self.key, self.kind, self.facts, self.actor_id, self.users = (
            event_id,
            key,
            kind,
            facts,
            actor_id,
            users,
        )
        ids = [user.pk for user in users]
        self._wishes = wishes(ids, kind.category)
        self._muted = muted(ids, thread=facts.thread, course_id=facts.course_id)
        self._clocks = clocks(users)
        self._now = timezone.now()
        self._by_person: dict[int, Notification] = {}
        # Whose bell rings, and whether a push waits.
        self.rings: list[User] = []
        self.pushes = False

    def write(self) -> None:
        self._grow()
        fresh = [self._new(user) for user in self.users if user.pk not in self._by_person]
        for row in Notification.objects.bulk_create(fresh):
            self._by_person[row.user_id] = row
        self.rings = [user for user in self.users if self._by_person[user.pk].in_app]
        deliveries = [row for user in self.users for row in self._deliveries(user)]
        Delivery.objects.bulk_create(deliveries, batch_size=AT_ONCE)

    def _grow(self) -> None:
        """What comes while one of its group is unread is told by that one; in the app by one that stands there, and
        what somebody wants elsewhere alone, or has muted, by one that does not."""
        if not self.facts.group:
            return
        places = {user.pk: self._is_in_app(user) for user in self.users}
        rows = Notification.objects.unread().filter(user_id__in=places, group_key=self._group).select_for_update()
        self._by_person = {
            row.user_id: row for row in rows.order_by("user_id", "pk") if row.in_app == places[row.user_id]
        }
        grown = [row.pk for row in self._by_person.values()]
        Notification.objects.filter(pk__in=grown).update(
            count=F("count") + 1,
            at=self._now,
            data=dict(self.facts.data or {}),
            url=self.facts.many_url or self.facts.url,
            thread=self.facts.many_thread or self.facts.thread,
            actor_id=self.actor_id,
        )

    @property
    def _group(self) -> str:
        return f"{self.key}:{self.facts.group}" if self.facts.group else f"{self.key}#{self.event_id}"

    def _new(self, user: User) -> Notification:
        return Notification(
            user=user,
            kind=self.key,
            category=self.kind.category,
            thread=self.facts.thread,
            course_id=self.facts.course_id,
            actor_id=self.actor_id,
            data=dict(self.facts.data or {}),
            url=self.facts.url,
            group_key=self._group,
            created_at=self._now,
            at=self._now,
            in_app=self._is_in_app(user),
        )

    def _is_in_app(self, user: User) -> bool:
        # What happens to an account stands there whoever did it: it may not have been its owner.
        if (self.kind.category, Channel.BELL) in REQUIRED:
            return True
        return (
            not self._is_own(user) and not self._is_muted(user) and self._frequency(user, Channel.BELL) != Frequency.OFF
        )

    def _deliveries(self, user: User) -> list[Delivery]:
        channels: list[Channel] = []
        if self.facts.only_in_app:
            return []
        if not self.kind.mailed_elsewhere:
            channels.append(Channel.EMAIL)
        if not self._is_own(user):
            channels.append(Channel.PUSH)
        return [self._delivery(user, channel) for channel in channels]

    def _delivery(self, user: User, channel: Channel) -> Delivery:
        frequency = self._frequency(user, channel)
        reason, due_at = "", None
        if self._is_muted(user):
            reason = SkipReason.MUTED
        elif frequency == Frequency.OFF:
            reason = SkipReason.OFF
        else:
            due_at = due(channel, frequency, self._now, self._clocks[user.pk])
            self.pushes = self.pushes or (channel == Channel.PUSH and due_at <= self._now)
        return Delivery(
            user=user,
            notification=self._by_person[user.pk],
            event_id=self.event_id,
            kind=self.key,
            thread=self.facts.thread,
            channel=channel,
            state=DeliveryState.SKIPPED if reason else DeliveryState.WAITING,
            reason=reason,
            created_at=self._now,
            due_at=due_at,
        )

    def _frequency(self, user: User, channel: Channel) -> Frequency:
        if (self.kind.category, channel) in REQUIRED:
            return Frequency.NOW
        default = DEFAULTS[self.kind.category, channel]
        return self._wishes.get((user.pk, channel), default)

    def _is_own(self, user: User) -> bool:
        """Whether they did it themselves a moment ago: that is written to them, at most. What they wait for is news all
        the same."""
        return user.pk == self.actor_id and self.kind.category != Category.WORK

    def _is_muted(self, user: User) -> bool:
        return user.pk in self._muted and self.kind.category != Category.ACCOUNT
