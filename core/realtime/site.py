"""What sockets may hear of the site itself."""

from typing import Any

from core.jobs import JobGivenUp, JobsRunAgain
from core.realtime.facts import announce_facts
from core.realtime.topics import TopicKind, register_topic

# The queue has moved, a job was given up or put back in line.
OPERATIONS = "operations.site"


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("operations", TopicKind(may_watch))
    for cls in (JobGivenUp, JobsRunAgain):
        announce_facts(cls, lambda _facts: [OPERATIONS], "jobs")


def may_watch(user: Any, name: str) -> bool:
    """Whoever may open the page of operations hears that it has changed."""
    return name == "site" and bool(user.is_authenticated and user.has_perm("core.view_operations"))
