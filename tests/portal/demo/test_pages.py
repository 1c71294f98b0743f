"""Every kind of page of the demo, as links lead to it: it answers, within the statements of speed.md 4."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from governance.stakeholders.models import Person
from tests.governance.web.conftest import BACKEND

MOST = 20
ELSEWHERE = ("/static/", "/account/", "/api/", "/language/")
# Links that open a page, and what is worth opening once for each: which page, which of its sides.
LINK = re.compile(r'href="([^"#]+)')
SIDES = ("tab", "version", "revision", "kind")


def kind_of(address):
    """What tells one kind of page from another."""
    parts = urlsplit(address)
    try:
        route = resolve(parts.path)
    except Resolver404:
        return None
    asked = parse_qs(parts.query)
    wanted = tuple((name, asked[name][0] if name == "tab" else "") for name in SIDES if name in asked)
    return route.view_name, route.kwargs.get("function", ""), wanted


def cost(client, address):
    """How an address answers, and in how many statements once the frame is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address)
    return answer, len(counted)


@pytest.mark.parametrize("who", ["paul.pilote", "chloe.client", "diane.protection"])
def test_every_kind_of_page_answers_within_its_statements(demo, who):
    person = Person.objects.select_related("user").get(email=f"{who}@talvere.example")
    met, waiting, over = set(), ["/"], []
    with transaction.atomic():
        client = Client()
        client.force_login(person.user, BACKEND)
        while waiting:
            address = waiting.pop(0)
            answer, spent = cost(client, address)
            assert answer.status_code in (200, 302, 403), address
            if spent > MOST:
                over.append((spent, address))
            if "text/html" not in answer.headers.get("Content-Type", ""):
                continue
            for link in map(unescape, LINK.findall(answer.content.decode())):
                there = urlsplit(address).path + link if link.startswith("?") else link
                if there.startswith(ELSEWHERE) or not there.startswith("/"):
                    continue
                kind = kind_of(there)
                assert kind is not None, there
                if kind not in met:
                    met.add(kind)
                    waiting.append(there)
        transaction.set_rollback(True)
    assert over == []
    assert len(met) > 30, met
