"""For production servers that run one process per core."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.prod")
application = get_wsgi_application()
