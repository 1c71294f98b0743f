"""Names this app apart from its namesake."""

from django.apps import AppConfig


class Web(AppConfig):
    """The pages of what is governed."""

    name = "usecases.web"
    label = "usecases_web"
