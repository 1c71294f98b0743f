"""One machine: `manage.py up` and the commands of a developer."""

from portal.settings.base import *  # noqa: F403

SECRET_KEY = "jalon-local-this-key-is-in-the-repository"  # noqa: S105  (production refuses it)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEMO_SIGN_IN = True
DEMO_PASSWORD = "jalon-demo"  # noqa: S105  (everyone may know it; production refuses these accounts)
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
SILENCED_SYSTEM_CHECKS = [
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
]  # no TLS on loopback
