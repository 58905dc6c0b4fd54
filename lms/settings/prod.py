"""Production: refuses to start with anything that is only right on one's own machine."""

from django.core.exceptions import ImproperlyConfigured

from lms.settings.base import *  # noqa: F403
from lms.settings.base import ALLOWED_HOSTS, SITE_URL
from lms.settings.env import env_bool, env_int, env_str

SECRET_KEY = env_str("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 12 or SECRET_KEY.startswith("django-insecure"):
    raise ImproperlyConfigured(
        "SECRET_KEY is missing or too simple. Make one with: "
        'python -c "import secrets; print(secrets.token_urlsafe(64))"'
    )
if env_bool("DEBUG", False):
    raise ImproperlyConfigured("DEBUG is on. Unset it: error pages would show the site's inside to everyone.")
if not env_str("ALLOWED_HOSTS") or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this site, for example learn.example.org")
if not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must be the https:// address of this site; mail links use it.")
if env_bool("SENT_MAIL_OPEN", False):
    raise ImproperlyConfigured("SENT_MAIL_OPEN would show everybody's mail. Unset it.")

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
REFRESH_COOKIE_NAME = "__Secure-refresh"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env_bool("HSTS_PRELOAD", True)
