from core.models.base import (
    Binned,
    BinnedQuerySet,
    PublicId,
    Ranked,
    RankField,
    TimeStamped,
    Versioned,
)
from core.models.browser_errors import ClientError
from core.models.idempotency import IdempotentRequest
from core.models.jobs import JobLease, ScheduledRun, WorkerBeat
from core.models.log import Effect, EventArchive, EventLog, EventSeal
from core.models.mail import BouncedAddress, OutgoingMail
from core.models.realtime import Presence, ServerLease, Topic, TopicMessage

__all__ = [
    "Binned",
    "BinnedQuerySet",
    "BouncedAddress",
    "ClientError",
    "Effect",
    "EventArchive",
    "EventLog",
    "EventSeal",
    "IdempotentRequest",
    "JobLease",
    "OutgoingMail",
    "Presence",
    "PublicId",
    "RankField",
    "Ranked",
    "ScheduledRun",
    "ServerLease",
    "TimeStamped",
    "Topic",
    "TopicMessage",
    "Versioned",
    "WorkerBeat",
]
