"""For work on the code: DEBUG pages, templates and static files read afresh."""

from lms.settings.base import LOGGING, STORAGES, TEMPLATES
from lms.settings.embedded import *  # noqa: F403
from lms.settings.env import env_str

DEBUG = True
LOGGING["handlers"]["console"]["formatter"] = env_str("LOG_FORMAT", "text")
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    (
        "template_partials.loader.Loader",
        [
            "django_cotton.cotton_loader.Loader",
            "django.template.loaders.filesystem.Loader",
            "django.template.loaders.app_directories.Loader",
        ],
    )
]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
