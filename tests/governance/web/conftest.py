"""What the pages of governance are tested with: a visitor who is signed in, and counted statements."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Desk:
    """One person before the portal, in one programme."""

    def __init__(self, person, programme, language="fr"):
        self.client, self.programme = Client(), programme
        self.client.force_login(person.user, BACKEND)
        self.client.cookies["django_language"] = language

    def url(self, name, *args):
        return reverse(f"governance:{name}", args=[self.programme.code, *args])

    def get(self, name, *args, **query):
        return self.client.get(self.url(name, *args), query)

    def post(self, name, *args, **data):
        return self.client.post(self.url(name, *args), data)

    def statements(self, name, *args, **query):
        """How many statements a page takes once the frame is warm."""
        self.get(name, *args, **query)
        with CaptureQueriesContext(connection) as counted:
            assert self.get(name, *args, **query).status_code == 200
        return len(counted)


@pytest.fixture
def sit():
    """Sit a person down before a programme, in French unless told otherwise."""
    return Desk


@pytest.fixture
def desk(cast):
    """The desk of whoever holds a role in the programme of the cast."""
    return lambda who, language="fr": Desk(cast[who] if not hasattr(who, "pk") else who, cast.programme, language)
