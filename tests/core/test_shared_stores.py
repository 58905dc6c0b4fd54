"""The cache and the channel layer, as they are configured: in this process, or on the Redis that REDIS_URL names."""

from uuid import uuid4

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache

from tests.loops import run


def test_both_are_where_the_settings_say():
    kinds = (settings.CACHES["default"]["BACKEND"], settings.CHANNEL_LAYERS["default"]["BACKEND"])

    assert kinds == (
        ("django.core.cache.backends.redis.RedisCache", "channels_redis.pubsub.RedisPubSubChannelLayer")
        if settings.REDIS_URL
        else ("django.core.cache.backends.locmem.LocMemCache", "channels.layers.InMemoryChannelLayer")
    )


def test_a_value_is_kept_added_once_and_counted():
    key = f"shared-{uuid4()}"

    added = [cache.add(key, 1, 60), cache.add(key, 2, 60)]
    counted = cache.incr(key, 4)
    cache.delete(key)

    assert (added, counted, cache.get(key)) == ([True, False], 5, None)


def test_a_message_to_a_group_reaches_those_in_it():
    group = f"topic-{uuid4().hex}"

    async def conversation():
        layer = get_channel_layer()
        inside, outside = await layer.new_channel(), await layer.new_channel()
        await layer.group_add(group, inside)
        await layer.group_send(group, {"type": "frame", "text": "hello"})
        await layer.send(outside, {"type": "frame", "text": "to you alone"})
        heard = [await layer.receive(inside), await layer.receive(outside)]
        await layer.group_discard(group, inside)
        await layer.group_send(group, {"type": "frame", "text": "too late"})
        await layer.send(inside, {"type": "frame", "text": "last"})
        heard.append(await layer.receive(inside))
        if hasattr(layer, "flush"):
            await layer.flush()
        return heard

    assert run(conversation()) == [
        {"type": "frame", "text": "hello"},
        {"type": "frame", "text": "to you alone"},
        {"type": "frame", "text": "last"},
    ]
