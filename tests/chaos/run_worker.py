"""A worker with a short lease, to be killed."""

from datetime import timedelta

import django

django.setup()

from core.worker import Worker  # noqa: E402

Worker(lease=timedelta(seconds=1.5), idle=0.05).run()
