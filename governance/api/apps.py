"""Names this app apart from its namesake."""

from django.apps import AppConfig


class Api(AppConfig):
    """The endpoints of governance."""

    name = "governance.api"
    label = "governance_api"
