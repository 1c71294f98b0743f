"""What holds everywhere. Safe for production; settings read the environment in this file alone."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROOT = Path(__file__).resolve().parent.parent.parent


# --- the environment ----------------------------------------------------------------------------------

HOME = Path(os.environ.get("JALON_HOME") or ROOT / ".jalon").resolve()
SECRET_KEY = os.environ.get("SECRET_KEY", "")  # empty: Django refuses to start
# Former keys, so that a change of key signs nobody out; drop them once their sessions are over.
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split()
CSRF_TRUSTED_ORIGINS = os.environ.get("CSRF_TRUSTED_ORIGINS", "").split()
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
DATABASE_ROLE = os.environ.get("JALON_DB_ROLE", "app")
DATABASE_URL = os.environ.get({"owner": "OWNER_DATABASE_URL", "app": "DATABASE_URL"}[DATABASE_ROLE], "")
STATEMENT_TIMEOUT = os.environ.get("STATEMENT_TIMEOUT", "5s")  # of pages; the worker is given 60s
BROKER_URL = os.environ.get("BROKER_URL", "")
FIXED_TODAY = os.environ.get("JALON_TODAY", "")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "jalon@localhost")

PRODUCTION = False  # whether portal/checks.py refuses to start on what production must not have
DEBUG = False
DEMO_SIGN_IN = False  # whether the sign-in page lists the cast of the demo
DEMO_PASSWORD = ""
ADMIN_SITE = False  # the admin reads and never edits governed state; opened where operators want it


# --- rooms --------------------------------------------------------------------------------------------

# Lowest floor first (house.md); tests/house/test_floors.py holds the same order.
ROOMS = [
    "governance.audit",
    "governance.accounts",
    "governance.stakeholders",
    "governance.programmes",
    "governance.dossiers",
    "governance.evidence",
    "governance.notices",
    "governance.roles",
    "governance.conditions",
    "governance.gates",
    "governance.reviews",
    "governance.charter",
    "usecases.catalogue",
    "usecases.policies",
    "usecases.segments",
    "usecases.journeys",
    "usecases.kpis",
    "usecases.backlog",
]
FACES = ["governance.web", "governance.api", "usecases.web", "usecases.api"]
INSTALLED_APPS = [
    "portal",  # first, so that its commands and templates win
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "django_celery_beat",
    *ROOMS,
    *FACES,
]

MIDDLEWARE = [
    "portal.middleware.RequestId",
    # what the browser is told
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # who is asking, for how long, in which language
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.SessionLimits",
    "portal.middleware.NotKept",
    "portal.middleware.WhoAsks",
    "portal.middleware.Bounds",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.OnlyOnce",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.frame",
            ],
        },
    },
]


# --- database, cache, broker --------------------------------------------------------------------------

SERVING = {
    "statement_timeout": STATEMENT_TIMEOUT,
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "30s",
}
OWNING = {"lock_timeout": "5s"}  # a migration may take its time, but must not queue the site behind it


def database(url: str, limits: dict[str, str]) -> dict[str, Any]:
    """The Django settings of a libpq address, with its sessions held to these limits."""
    told = conninfo_to_dict(url) if url else {}
    options = " ".join(
        [*(f"-c {name}={value}" for name, value in limits.items()), str(told.pop("options", ""))]
    )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.pop("dbname", "jalon"),
        "USER": told.pop("user", ""),
        "PASSWORD": told.pop("password", ""),
        "HOST": told.pop("host", ""),
        "PORT": str(told.pop("port", "")),
        "CONN_MAX_AGE": 0,  # the pool keeps them
        "CONN_HEALTH_CHECKS": True,  # the pool gives out none that a restart of the server broke
        "OPTIONS": {
            **told,
            "options": options.strip(),
            "pool": {"min_size": 1, "max_size": 4},
            "server_side_binding": True,
            # Prepared from the fifth time on, so that PostgreSQL may keep its plan: making plans took longer
            # than reading. docs/running.md says what it asks of a pooler, and of a migration.
            "prepare_threshold": 5,
        },
    }


# One alias; the verb chooses the role (manage.py). The site owns no table.
DATABASES = {"default": database(DATABASE_URL, OWNING if DATABASE_ROLE == "owner" else SERVING)}

# Shared by all processes: rate limits and used one-time codes live here.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # tries are counted here: few names must not push them out
    }
}

CELERY_TASK_DEFAULT_QUEUE = "jalon"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 50  # below the time after which the broker gives the task to another worker
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Nothing expires by a task: these only tell people what the clock has done, once each, within the hour.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": crontab(minute=minute)}
    for minute, name in (
        (5, "conditions.tell_overdue"),
        (10, "reviews.tell_late"),
        (15, "reviews.tell_ends"),
        (20, "reviews.open_renewals"),
        (25, "governance.gates.tasks.tell_gates"),
        (30, "api.forget_answers"),
    )
}
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BROKER_URL = BROKER_URL  # Celery's command line reads the variable too, so it must stand as it is
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 60}
if BROKER_URL.startswith("pgmq:"):
    CELERY_BROKER_TRANSPORT = "portal.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "conn_string": make_conninfo(**conninfo_to_dict(BROKER_URL.replace("pgmq:", "postgresql:", 1))),
        "init_extension": False,
        "wait_time_seconds": 1,
        "polling_interval": 0.05,
        "pool_size": 4,
    }
elif BROKER_URL.startswith(("redis:", "rediss:", "unix:", "redis+socket:")):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"unacked_restore_interval": 5, "unacked_restore_throttle": 1}
elif BROKER_URL.startswith(("amqp:", "amqps:")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True


# --- who signs in -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "governance.accounts.adapter.Backend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian: nobody is someone
GUARDIAN_MONKEY_PATCH_USER = False

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "governance.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by people who know whom they make them for
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody signs up: an unknown address is told nothing
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key", "signature": "5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Jalon"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for an address; there is no door to verify one

SESSION_COOKIE_AGE = 30 * 60  # idle; the middleware notes when it was last used, and sets the absolute limit
SESSION_ABSOLUTE_AGE = timedelta(hours=12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


# --- what the browser is told -------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
LARGEST_UPLOAD = 10 * 1024**2 + 64 * 1024  # a file, and the form around it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HOME / "assets" / "static"]  # and portal/static, as of any app
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


# --- languages and time -------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "portal" / "locale"]
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True


# --- the API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.TokenAuthentication", "portal.api.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["portal.api.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "portal.api_schema.Schema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
    "EXCEPTION_HANDLER": "portal.api.problem",
    "COERCE_DECIMAL_TO_STRING": False,
    "STRICT_JSON": True,
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jalon",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}


# --- logs ---------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR"}
    },  # a refusal is no fault: the journal of refusals has it
}
