"""For tests: fast hashing, jobs run as soon as their transaction commits, nothing left behind."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="aumbry-test-"))

from lms.settings.base import *  # noqa: F403
from lms.settings.base import CACHES, DATABASES, REDIS_URL, VAR_DIR
from lms.settings.env import env_str

SECRET_KEY = "only-for-tests-" + "k3y" * 20
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "accounts.hashers.Werkzeug",
    "accounts.hashers.ForeignBcrypt",
]
JOBS_EAGER = True
# Tests empty all tables; those of the guard put it up themselves.
GUARD_EVENT_LOG = False
MEDIA_ROOT = VAR_DIR / "media"
# WhiteNoise warns of a directory that is not there, and warnings are errors.
(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)
# A bucket is what a test gives itself.
S3_BUCKET = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and the live server use connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    # xdist workers must not share a pool across forks.
    DATABASES["default"]["OPTIONS"] = {}
# Tests send as many requests as they like; those of limits set their own.
API_LIMITS = {}
# Real courses, question banks and hostile files that some tests read in place; never copied.
SAMPLES_DIR = Path(env_str("SAMPLES_DIR") or BASE_DIR.parent / "shared" / "data")
LOGGING = {"version": 1, "disable_existing_loggers": False}
# Tests empty what is shared, so those that run side by side must not share it.
_process = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
COUNTERS_URL = str(VAR_DIR / f"counters-{_process}.sqlite3")
if REDIS_URL:
    COUNTERS_URL = f"{REDIS_URL}?db={8 + int(_process[2:]) % 8}"
    CACHES["default"]["LOCATION"] = COUNTERS_URL
# Static files straight from their sources.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
