"""Settings of the worker under test: the portal's own, with a real mail server at the end of the line."""

from portal.settings.local import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DATABASES["default"]["OPTIONS"]["pool"] = False  # noqa: F405  (each of its many hands has a connection of its own)
