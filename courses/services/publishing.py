"""What students see of an item, and from when on."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.authz import Actor, authorize
from core.events import publish
from courses.enums import PublishState
from courses.events import ItemPublished, ItemUnpublished
from courses.models import Block, Item
from courses.services.content import refresh_usages
from courses.services.progress import recompute
from courses.services.rows import locked, save_new_version


@transaction.atomic
def publish_item(*, actor: Actor, item: Item, now: datetime | None = None) -> Item:
    """Show the item to students with its newest texts; without anything new it changes nothing."""
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course", "module")
    waiting = Block.objects.filter(section__item=item, draft__isnull=False).filter(
        Q(live__isnull=True) | ~Q(live=F("draft"))
    )
    fresh = waiting.update(live=F("draft"))
    if item.is_published and not fresh and not item.has_unpublished_changes:
        return item
    first = item.published_at is None
    item.state = PublishState.PUBLISHED
    item.published_at = now or timezone.now()
    save_new_version(item, ["state", "published_at"])
    refresh_usages(actor=actor, item=item, live=True)
    recompute(course=item.course, item=item)
    publish(ItemPublished(actor_id=actor.pk, course_id=item.course_id, item_id=item.pk, first=first))
    return item


@transaction.atomic
def unpublish_item(*, actor: Actor, item: Item) -> Item:
    """Take the item away from students; what they did in it stays."""
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course", "module")
    if item.state == PublishState.DRAFT:
        return item
    item.state = PublishState.DRAFT
    save_new_version(item, ["state"])
    publish(ItemUnpublished(actor_id=actor.pk, course_id=item.course_id, item_id=item.pk))
    return item
