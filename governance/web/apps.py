"""Names this app apart from its namesake."""

from django.apps import AppConfig


class Web(AppConfig):
    """The pages of governance."""

    name = "governance.web"
    label = "governance_web"
