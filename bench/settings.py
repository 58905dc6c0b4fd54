"""The embedded settings, with an address for the bare view that pages are compared with."""

from lms.settings.embedded import *  # noqa: F403
from lms.settings.embedded import INSTALLED_APPS, VAR_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "bench.apps.BenchConfig"]
ROOT_URLCONF = "bench.urls"
SECRET_KEY = "only-for-benchmarks-" + "k3y" * 20
MEDIA_ROOT = VAR_DIR / "media"
# A load from one address is what is measured, so nobody is asked to wait.
API_LIMITS: dict[str, str] = {}
ACCOUNT_RATE_LIMITS = False
