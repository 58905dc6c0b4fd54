"""Jobs that leave a mark, slowly enough to be killed before, in the middle of, and after it."""

import time

from django.db import transaction
from django_tasks import task

from core.events import claim_effect
from core.models import EventLog


@task()
def leave_mark(number: int) -> None:
    time.sleep(0.02)
    with transaction.atomic():
        if claim_effect(f"mark:{number}"):
            EventLog.objects.create(name="chaos.mark", body={"number": number})
            time.sleep(0.02)
    time.sleep(0.02)
