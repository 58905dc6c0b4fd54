"""One port for pages, API and sockets."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.embedded")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter  # noqa: E402

from core.asgi import PooledHandler  # noqa: E402
from core.realtime.routing import sockets  # noqa: E402

application = ProtocolTypeRouter({"http": PooledHandler(apart=["/healthz"]), "websocket": sockets})
