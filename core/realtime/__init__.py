"""The one socket: topics that apps contribute, messages that the database keeps, a hub that hands them out.

``announce`` is what services call; ``register_topic`` is what apps call once.
"""

from core.realtime.messages import announce, announce_many, announce_row
from core.realtime.topics import TopicKind, own_topic, register_topic, topic_of_rows

__all__ = ["TopicKind", "announce", "announce_many", "announce_row", "own_topic", "register_topic", "topic_of_rows"]
