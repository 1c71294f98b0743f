"""What the pages of governance are tested with: a visitor who is signed in, and counted statements."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.audit.models import Refused

BACKEND = "governance.accounts.adapter.Backend"


class Desk:
    """One person before the portal, in one programme."""

    def __init__(self, person, programme, language="en"):
        self.client, self.programme = Client(), programme
        self.client.force_login(person.user, BACKEND)
        self.client.cookies["django_language"] = language

    def url(self, name, *args):
        """The address of a page of governance, or of another room: `usecases:list`."""
        return reverse(name if ":" in name else f"governance:{name}", args=[self.programme.code, *args])

    def get(self, name, *args, **query):
        return self.client.get(self.url(name, *args), query)

    def post(self, name, *args, **data):
        return self.client.post(self.url(name, *args), data)

    def text(self, name, *args, **query):
        """What a page says, once it answers."""
        answer = self.get(name, *args, **query)
        assert answer.status_code == 200
        return answer.content.decode()

    def statements(self, name, *args, **query):
        """How many statements a page takes once the frame is warm."""
        self.get(name, *args, **query)
        found = []
        for _again in range(2):  # what the frame keeps is read anew every ten minutes, maybe just now
            with CaptureQueriesContext(connection) as counted:
                assert self.get(name, *args, **query).status_code == 200
            found.append(len(counted))
        return min(found)


@pytest.fixture
def desk(cast):
    """The desk of whoever holds a role in the programme of the cast, or of a person."""

    def sit(who, language="en"):
        return Desk(who if hasattr(who, "pk") else cast[who], cast.programme, language)

    return sit


@pytest.fixture
def one_refusal():
    """The codes of the only refusal in the journal."""

    def read():
        (row,) = Refused.objects.all()
        return row.verb, row.codes, row.door

    return read
