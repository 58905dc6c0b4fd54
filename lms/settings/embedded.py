"""What ``bin/up`` and ``manage.py`` use: everything in this folder, nothing else needed."""

from lms.settings.base import *  # noqa: F403
from lms.settings.base import VAR_DIR
from lms.settings.env import env_str, kept_secret

SECRET_KEY = env_str("SECRET_KEY") or kept_secret(VAR_DIR / "secret-key")
