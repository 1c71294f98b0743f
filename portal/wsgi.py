"""The web process. It refuses to start on settings that production must not have."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

application = get_wsgi_application()

from portal.checks import refuse_to_start  # noqa: E402  (needs the settings)

refuse_to_start()
