"""The test suite: the same portal, its static files unhashed, its mail kept in memory."""

import os

from portal.settings.local import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
# Copied from a database that `manage.py test` migrated (portal/embedded/template.py).
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("JALON_TEST_TEMPLATE")}  # noqa: F405
