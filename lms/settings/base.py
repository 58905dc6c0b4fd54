"""Settings that hold everywhere. What differs comes from the environment: see docs/settings.md."""

import shutil
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.scrub import scrub_event
from core.sentry import Dsn
from lms.settings.buckets import bucket_origin, bucket_storage
from lms.settings.env import (
    env_bool,
    env_bucket,
    env_clamd,
    env_file_keys,
    env_int,
    env_limits,
    env_list,
    env_networks,
    env_origin,
    env_origin_list,
    env_region,
    env_str,
    env_upload_limits,
    env_vapid_key,
    env_vapid_subject,
    env_words,
)

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env_str("VAR_DIR") or BASE_DIR / "var")

# The name of the product, and of the school that runs this installation.
BRAND = "Aumbry"
SITE_NAME = env_str("SITE_NAME", "Northmoor College")
SITE_URL = env_str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"

DEBUG = False
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or [SITE_HOST, "localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "lms.urls"
ASGI_APPLICATION = "lms.asgi.application"
WSGI_APPLICATION = "lms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_COOKIE_NAME = "session"

INSTALLED_APPS = [
    "lms.apps.LmsConfig",
    "notifications.apps.NotificationsConfig",
    "assessments.apps.AssessmentsConfig",
    "courses.apps.CoursesConfig",
    "privacy.apps.PrivacyConfig",
    "files.apps.FilesConfig",
    "accounts.apps.AccountsConfig",
    "core.apps.CoreConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "lms.apps.StaticFiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "corsheaders",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "rules.apps.AutodiscoverRulesConfig",
]

MIDDLEWARE = [
    "core.proxies.forwarded_headers",
    "core.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    # So far out that an answer to another host's name has it, too.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ContentPolicy",
    "core.compression.compress_answers",
    "core.middleware.OriginGate",
    "corsheaders.middleware.CorsMiddleware",
    "core.middleware.DomainTrouble",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_limits",
    "accounts.impersonation.ImpersonationGate",
    "accounts.middleware.SignInFirst",
    "core.middleware.reader_preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "core.middleware.messages_wait_for_a_page",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.factor_gate.SecondFactorGate",
    "accounts.consent_gate.ConsentGate",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "core.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "core.forms.Renderer"

# Database

_env = environ.Env()
DATABASE_URL = env_str("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'aumbry.sqlite3'}"
DATABASES = {"default": _env.db_url_config(DATABASE_URL)}
_database = DATABASES["default"]
if "sqlite" in _database["ENGINE"]:
    # IMMEDIATE: a transaction that will write takes its turn at once instead of failing half-way.
    # FULL: what was acknowledged survives a power cut.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    }
    # View threads live as long as the process, so they may keep their connection.
    _database["CONN_MAX_AGE"] = None
elif "postgresql" in _database["ENGINE"]:
    # Whoever finds no connection within five seconds is told so; waiting longer only makes a longer queue.
    _database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": env_int("DATABASE_POOL", 8, least=1), "timeout": 5}}
    _database["CONN_HEALTH_CHECKS"] = True

# Cache and sockets: in this process by default, shared over Redis once there are several.

REDIS_URL = env_str("REDIS_URL")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# What limits are counted in, by all processes together: Redis, or a small file on this machine.
COUNTERS_URL = REDIS_URL or str(VAR_DIR / "counters.sqlite3")

# Jobs

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "ENQUEUE_ON_COMMIT": False}}
JOBS_EAGER = False
NUDGE_PORT = env_int("NUDGE_PORT", 0)
# Where a web process without Redis hears what the worker says to sockets.
BRIDGE_PORT = env_int("BRIDGE_PORT", 0)
# Seconds between two looks at whether a socket may stay open.
SOCKET_ASKED_EVERY = 60

# How many requests are answered at once by the embedded server (see docs/decisions).
VIEW_THREADS = env_int("VIEW_THREADS", 2, least=1)

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "accounts.backends.AccountBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Those of other systems, replaced by the first one at the person's first sign-in.
    "accounts.hashers.Werkzeug",
    "accounts.hashers.ForeignBcrypt",
]
PASSWORD_MIN_LENGTH = env_int("PASSWORD_MIN_LENGTH", 15, least=8)
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.validators.NewPassword"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "courses:catalogue"
SESSION_ENGINE = "core.sessions"
# As long as the longest that a role's rule may allow; the rule ends sessions, not the cookie.
SESSION_COOKIE_AGE = int(timedelta(days=90).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# The refresh token of our own pages; see accounts.api.page_tokens.
REFRESH_COOKIE_NAME = "refresh"
CSRF_FAILURE_VIEW = "lms.views.errors.csrf_failure"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
# Changes that protect an account ask for a sign-in or another proof that is not older than this, in seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.password_links.PasswordLinks"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
# Wrong passwords are counted by accounts.services.tries; a whole class signs in within a minute from one address.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": False, "signup": "60/m/ip"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reauthenticate": "accounts.forms.ProveForm",
}
# Single sign-on: connections are rows that administrators set up; nothing of them stands here.
SOCIALACCOUNT_ADAPTER = "accounts.social_adapter.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
# Hosts ("idp.school.internal", "127.0.0.1:9400") that may be asked although their addresses are private.
OUTBOUND_ALLOW = env_list("OUTBOUND_ALLOW")
# Second factors
MFA_ADAPTER = "accounts.mfa_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "authenticate_webauthn": "accounts.forms.PasskeyStepForm",
    "login_webauthn": "accounts.forms.SignInByPasskeyForm",
    "reauthenticate": "accounts.forms.ProveByCodeForm",
    "reauthenticate_webauthn": "accounts.forms.ProveByPasskeyForm",
}
# Anybody may make an account; a closed school sets this to false and adds people itself.
REGISTRATION_OPEN = env_bool("REGISTRATION_OPEN", True)

# Administrators can look at the site as somebody else, for so long; acting as them must be wished for.
IMPERSONATION_MINUTES = env_int("IMPERSONATION_MINUTES", 30, least=1)
IMPERSONATION_MAY_CHANGE = env_bool("IMPERSONATION_MAY_CHANGE", False)

# Mail is a row and a job; without a transport it stays on the "sent mail" page.

EMAIL_BACKEND = "core.mail.OutboxBackend"
EMAIL_URL = env_str("EMAIL_URL")
MAIL_TRANSPORT = ""
if EMAIL_URL:
    _mail = _env.email_url_config(EMAIL_URL)
    MAIL_TRANSPORT = _mail.pop("EMAIL_BACKEND")
    globals().update(_mail)
    EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Push messages: the private half of a P-256 key, 32 bytes in base64url. Without one the site makes a pair and keeps it.
VAPID_PRIVATE_KEY = env_vapid_key("VAPID_PRIVATE_KEY")
# Whom a push service writes to when something is wrong with this site's messages.
VAPID_SUBJECT = env_vapid_subject("VAPID_SUBJECT", parseaddr(DEFAULT_FROM_EMAIL)[1])
# Set by bin/up on a loopback address only: whoever sits at this machine may read the mail it kept.
SENT_MAIL_OPEN = env_bool("SENT_MAIL_OPEN", False)

# Files and static files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env_str("MEDIA_ROOT") or VAR_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.storage.StaticFiles"},
}
# A bucket of S3 or of what speaks like it, for the files of the site; without one they lie in MEDIA_ROOT. The endpoint is one
# that browsers reach, too; without one it is that of AWS.
S3_BUCKET = env_bucket("S3_BUCKET")
S3_REGION = env_region("S3_REGION", "us-east-1")
S3_ENDPOINT = env_origin("S3_ENDPOINT")
if S3_BUCKET:
    STORAGES["files"] = bucket_storage(
        bucket=S3_BUCKET,
        region=S3_REGION,
        endpoint=S3_ENDPOINT,
        access_key=env_str("S3_ACCESS_KEY"),
        secret_key=env_str("S3_SECRET_KEY"),
    )
# Limits by family of files (files.media_types), in bytes.
FILE_LIMITS = {
    "image": 25 * 1024**2,
    "drawing": 2 * 1024**2,
    "video": env_int("MAX_VIDEO_MB", 1024, least=1) * 1024**2,
    "audio": 200 * 1024**2,
    "document": 100 * 1024**2,
    "archive": 250 * 1024**2,
    "text": 10 * 1024**2,
}
# By what files are uploaded for: the largest in bytes, and how many of one person may wait; 0 leaves it to the kind of file
# and to what holds for all.
UPLOAD_LIMITS = env_upload_limits("UPLOAD_LIMITS")
# The daemon of ClamAV, as unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310; without one no file is scanned for malware.
CLAMD = env_clamd("CLAMD")
FILE_SCANNER = "files.scanners.clamav.ClamAV" if CLAMD else "files.scanners.none.NoScanner"
# How much a person may keep, and a course, where administrators said nothing else; how long deleted files stay in the bin.
FILES_PERSON_BYTES = env_int("FILES_PERSON_MB", 1024, least=1) * 1024**2
FILES_COURSE_BYTES = env_int("FILES_COURSE_MB", 10240, least=1) * 1024**2
FILES_BIN_DAYS = env_int("FILES_BIN_DAYS", 30, least=1)
# How many files and folders, and how much of them, are sent as one ZIP.
FILES_ZIP_FILES = env_int("FILES_ZIP_FILES", 2000, least=1)
FILES_ZIP_BYTES = env_int("FILES_ZIP_MB", 10240, least=1) * 1024**2
# How long an address of a file that needs no signing in holds, in seconds.
FILES_SIGNED_SECONDS = env_int("FILES_SIGNED_SECONDS", 300, least=10)
# The command of LibreOffice, which turns office documents into PDF for their previews; empty for none.
SOFFICE = env_str("SOFFICE", shutil.which("soffice") or "")
# Of one person, on their way at the same time.
# With a bucket, larger files go straight to it from the browser; 0 if all are to come through the site.
DIRECT_UPLOADS_FROM_BYTES = env_int("DIRECT_UPLOADS_FROM_MB", 16) * 1024**2
UPLOADS_OPEN_BYTES = env_int("UPLOADS_OPEN_MB", 8192, least=1) * 1024**2
# What the keys of encrypted files are wrapped with: name:key, the one in use first. Without them a file holds some.
FILE_KEYS = env_file_keys("FILE_KEYS")
FILE_KEYS_FILE = env_str("FILE_KEYS_FILE") or str(VAR_DIR / "file-keys")
# Whose files are encrypted: kinds of spaces, and "exports" for the archives of courses.
SEALED_FILES = env_words("SEALED_FILES", {"person", "course", "exports"})
FILE_KEY_SERVICE = env_str("FILE_KEY_SERVICE") or "files.sealing.keys.LocalKeys"
# Archives of courses are kept this long for those who may export the course.
EXPORT_DAYS = env_int("EXPORT_DAYS", 7, least=1)
# So long somebody who wants to be erased may think again.
ERASURE_DAYS = env_int("ERASURE_DAYS", 14, least=0)
# Where old entries of the event log go.
AUDIT_ARCHIVE_DIR = env_str("AUDIT_ARCHIVE_DIR") or str(VAR_DIR / "event-archive")
# Where "manage.py backup" writes, and where the page about the site's health looks for the last one.
BACKUP_DIR = env_str("BACKUP_DIR") or str(VAR_DIR / "backups")
# Set where nginx serves the bytes: the internal location that points to MEDIA_ROOT.
FILES_ACCEL_PREFIX = env_str("FILES_ACCEL_PREFIX")
# Already compressed, or read by nobody but a debugger.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "png", "webp", "gif", "woff", "woff2", "webm", "mp4", "zip", "gz", "map")
# Until a request is there whole (``core.server``): seconds for its head; for its body so many and one more for each so many
# bytes; bytes of a form with files, and of any other body.
REQUEST_HEAD_SECONDS = env_int("REQUEST_HEAD_SECONDS", 20, least=1)
REQUEST_BODY_SECONDS = env_int("REQUEST_BODY_SECONDS", 30, least=1)
REQUEST_LEAST_RATE = env_int("REQUEST_LEAST_RATE", 4096, least=1)
REQUEST_MOST_BYTES = env_int("REQUEST_MOST_MB", max(FILE_LIMITS.values()) // 1024**2 + 8, least=1) * 1024**2
REQUEST_MOST_OTHER_BYTES = 16 * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Larger ones stay in the request's body, which lies on disk encrypted; Django's own handler copies them there as they are.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler", "core.form_files.SpoolUploadHandler"]

# Languages and time

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["lms.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env_str("TIME_ZONE", "Europe/London")
# The country whose phone numbers may come without a country code; two letters.
PHONE_REGION = env_str("PHONE_REGION", "")

# The site's doors

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env_origin_list("CSRF_TRUSTED_ORIGINS")
# Addresses or networks of the proxies in front; from anybody else forwarded headers are dropped before they are read.
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")
if env_str("TRUST_PROXY"):
    raise ImproperlyConfigured(
        "TRUST_PROXY is no longer read. Name the proxies in TRUSTED_PROXIES, for example 127.0.0.1"
    )
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

_FILE_ORIGINS = [bucket_origin(bucket=S3_BUCKET, region=S3_REGION, endpoint=S3_ENDPOINT)] if S3_BUCKET else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "worker-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *_FILE_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *_FILE_ORIGINS],
        "media-src": [SELF, *_FILE_ORIGINS],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

CORS_ALLOWED_ORIGINS = env_origin_list("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = ("accept", "authorization", "content-type", "idempotency-key", "if-match", "x-request-id")
CORS_EXPOSE_HEADERS = (
    "etag",
    "idempotent-replay",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-request-id",
)

# API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": (
        "accounts.api.authentication.KeyAuthentication",
        "accounts.api.authentication.BearerToken",
        "accounts.api.authentication.PageSession",
    ),
    "DEFAULT_PERMISSION_CLASSES": ("core.api.permissions.SignedIn",),
    "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
    "DEFAULT_PARSER_CLASSES": ("core.api.parsers.JSONParser",),
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    # Calls are counted by Endpoint: see API_LIMITS.
    "DEFAULT_THROTTLE_CLASSES": (),
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# How often somebody may call the API: in all, in each part of it by reading and writing, and where a call is dear. Counted
# together by all processes. Another number by the environment: API_LIMITS="exports=100/hour,person=3000/minute".
API_LIMITS = env_limits(
    "API_LIMITS",
    {
        "person": "1200/minute",
        "account:write": "120/minute",
        "courses:write": "600/minute",
        "learning:write": "600/minute",
        "questions:write": "600/minute",
        "files:write": "1200/minute",
        "people:write": "300/minute",
        "operations:write": "120/minute",
        "tokens": "30/minute",
        "exports": "30/hour",
        "imports": "60/hour",
        "tables": "60/hour",
        "invitations": "300/hour",
        "trials": "20/minute",
        "socket_tickets": "60/minute",
    },
)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
    # Signing and verifying are accounts.services.signing's: keys of our own in place of one from the settings.
    "ALGORITHM": "ES256",
    "SIGNING_KEY": None,
    "AUTH_TOKEN_CLASSES": ("accounts.services.tokens.Access",),
    "ISSUER": SITE_URL,
    "AUDIENCE": f"{SITE_URL}/api/",
    "USER_ID_FIELD": "public_id",
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
    "TOKEN_OBTAIN_SERIALIZER": "accounts.api.serializers.TokenInput",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Aumbry API",
    "DESCRIPTION": "Everything that people do on the pages, for programs. Conventions: docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "TAGS": [
        {"name": "realtime", "description": "The socket: docs/realtime.md."},
        {"name": "auth", "description": "The doors: signing up and in, tokens, forgotten passwords."},
        {"name": "me", "description": "Your email, your password, and proving that it is you."},
        {"name": "users", "description": "People: yourself, those you may see, accounts and tables of people."},
        {"name": "people", "description": "What a role must have to sign in."},
        {"name": "devices", "description": "Where you are signed in, and signing out there."},
        {"name": "keys", "description": "Your keys for programs."},
        {"name": "second factors", "description": "Codes from an app, and recovery codes."},
        {"name": "connections", "description": "Single sign-on: providers, and your links to them."},
        {"name": "invitations", "description": "Into the site and into courses."},
        {"name": "courses", "description": "Courses, their state and their health."},
        {"name": "modules", "description": "The chapters of a course."},
        {"name": "lessons", "description": "Lessons with their sections and blocks."},
        {"name": "pages", "description": "Pages beside the outline of a course."},
        {"name": "questions", "description": "The question bank of a course."},
        {"name": "attempts", "description": "Answering a lesson's questions."},
        {"name": "polls", "description": "Polls in lessons, and votes."},
        {"name": "enrolments", "description": "Who is what in which course."},
        {"name": "progress", "description": "How far people are, and their results."},
        {"name": "imports", "description": "Courses from elsewhere."},
        {"name": "exports", "description": "Archives of courses."},
        {"name": "files", "description": "Files that arrive in parts (tus 1.0)."},
        {"name": "policies", "description": "What people agree to, in versions."},
        {
            "name": "notifications",
            "description": "What you are told, how you want to be told, and how what you said has reached people.",
        },
        {"name": "privacy", "description": "Personal data: collected, erased, and let go of in time."},
        {"name": "operations", "description": "Running the site: its event log and errors in browsers."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "NotificationCategory": "notifications.enums.Category",
        "NotificationChannel": "notifications.enums.Channel",
        "NotificationFrequency": "notifications.enums.Frequency",
        "DeliveryOutcome": "notifications.selectors.report.OUTCOME_CHOICES",
        "Weekday": "notifications.enums.Weekday",
        "UploadState": "files.enums.UploadState",
        "FileAccessAction": "files.enums.AccessAction",
        "OpenerKind": "files.enums.OpenerKind",
        "PeopleActionKind": "accounts.enums.PeopleActionKind",
        "ShareLevel": "files.enums.ShareLevel",
        "PolicyKind": "accounts.enums.PolicyKind",
        "PolicyAsks": "accounts.enums.PolicyAsks",
        "ConsentWay": "accounts.enums.ConsentWay",
        "PersonalExportState": "privacy.enums.PersonalExportState",
        "ErasureState": "privacy.enums.ErasureState",
        "ConnectionKind": "accounts.enums.ConnectionKind",
        "KeyStage": "accounts.enums.KeyStage",
        "SiteRole": "accounts.enums.SiteRole",
        "CourseRole": "courses.enums.Role",
        "CourseState": "courses.enums.CourseState",
        "PublishState": "courses.enums.PublishState",
        "LessonProgressState": "courses.api.serializers.progress.LESSON_PROGRESS",
        "AttemptState": "assessments.enums.AttemptState",
        "AnswerVerdict": "assessments.enums.Verdict",
        "ExportState": "courses.enums.ExportState",
        "ImportState": "courses.enums.ImportState",
        "PeopleImportState": "accounts.enums.PeopleImportState",
        "RowVerdict": "accounts.enums.RowVerdict",
        "InvitationState": "accounts.enums.InvitationState",
        "QuestionKind": "assessments.enums.QuestionKind",
        "OptionsQuestionKind": "assessments.api.serializers.questions.OPTIONS_KINDS",
        "MultipleQuestionKind": "assessments.api.serializers.questions.MULTIPLE_KINDS",
        "NumericQuestionKind": "assessments.api.serializers.questions.NUMERIC_KINDS",
        "ShortQuestionKind": "assessments.api.serializers.questions.SHORT_KINDS",
        "PartsQuestionKind": "assessments.api.serializers.questions.PARTS_KINDS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "lms.api.described.describe_operations",
    ],
}
API_SCHEMA_PUBLIC = env_bool("API_SCHEMA_PUBLIC", True)

# The database refuses changes of the event log, and its chain is sealed with this key (the site's own without one).
# Keys that were the secret key before: what they sealed and signed still counts.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
GUARD_EVENT_LOG = True
AUDIT_KEY = env_str("AUDIT_KEY")

# Logs: one line of JSON each, or readable ones with LOG_FORMAT=text

_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
SENTRY_DSN = env_str("SENTRY_DSN")
SENTRY_ENVIRONMENT = env_str("SENTRY_ENVIRONMENT", "production")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                scrub_event,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": _processors,
        },
        "text": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                scrub_event,
                structlog.dev.ConsoleRenderer(colors=False),
            ],
            "foreign_pre_chain": _processors,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": env_str("LOG_FORMAT", "json")}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "WARNING")},
    "loggers": {
        "aumbry": {"level": env_str("LOG_LEVEL", "INFO")},
    },
}
if SENTRY_DSN:
    # Errors also go to a Sentry server; its host is named by whoever runs the site, so it may be a private one.
    LOGGING["handlers"]["sentry"] = {"class": "core.sentry.SentryHandler", "dsn": SENTRY_DSN} | {
        "environment": SENTRY_ENVIRONMENT
    }
    LOGGING["root"]["handlers"].append("sentry")
    OUTBOUND_ALLOW.append(Dsn(SENTRY_DSN).host)
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
