"""Names this app apart from its namesake."""

from django.apps import AppConfig


class Api(AppConfig):
    """The endpoints of what is governed."""

    name = "usecases.api"
    label = "usecases_api"
