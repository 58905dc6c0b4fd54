"""The one socket: topics that apps contribute, messages that the database keeps, a hub that hands them out.

``announce`` is what services call; ``register_topic`` and ``announce_facts`` are what apps call once.
"""

from core.realtime.facts import announce_facts, announce_facts_afterwards
from core.realtime.messages import announce, announce_many, announce_row
from core.realtime.topics import TopicKind, own_topic, personal_topic, register_topic, topic_of_rows

__all__ = [
    "TopicKind",
    "announce",
    "announce_facts",
    "announce_facts_afterwards",
    "announce_many",
    "announce_row",
    "own_topic",
    "personal_topic",
    "register_topic",
    "topic_of_rows",
]
