"""The one socket: topics that apps contribute, messages that the database keeps, a hub that hands them out.

``announce`` is what services call; ``register_topic`` is what apps call once.
"""

from core.realtime.messages import announce
from core.realtime.topics import TopicKind, own_topic, register_topic

__all__ = ["TopicKind", "announce", "own_topic", "register_topic"]
