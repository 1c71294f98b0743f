"""Pages of a programme answer its members, and nobody else learns that they exist."""

import pytest
from django.test import Client

from governance.roles.choices import Role
from tests import makers
from tests.governance.web.conftest import BACKEND, Desk

PAGES = [
    ("programme",),
    ("programme_edit",),
    ("objective_new",),
    ("people",),
    ("person_new",),
    ("organisation_new",),
    ("assign",),
    ("delegations",),
    ("journal",),
    ("journal_verify",),
    ("journal_refusals",),
    ("journal_event", 1),
    ("person", "paul.pilote"),
]


@pytest.mark.parametrize("name, args", [(name, args) for name, *args in PAGES], ids=[one[0] for one in PAGES])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_sponsor_sees_each_page_in_both_languages(name, args, language, cast, desk):
    answer = desk(Role.SPONSOR, language).get(name, *args)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.parametrize("name, args", [(name, args) for name, *args in PAGES], ids=[one[0] for one in PAGES])
def test_an_outsider_gets_the_same_bytes_as_for_a_programme_that_does_not_exist(name, args, cast):
    outsider = makers.person("olga.ailleurs", cast.organisations["ORG-TAL"], name="Olga Ailleurs")
    answer = Desk(outsider, cast.programme).get(name, *args)
    url = Desk(outsider, cast.programme).url(name, *args)
    client = Client()
    client.force_login(outsider.user, BACKEND)
    nowhere = client.get(url.replace("/TALV/", "/NONE/"))
    assert (answer.status_code, answer.content) == (404, nowhere.content)


@pytest.mark.parametrize("name, args", [(name, args) for name, *args in PAGES], ids=[one[0] for one in PAGES])
def test_an_agency_reads_only_what_was_shared_with_it(name, args, desk):
    assert desk(Role.AGENCY).get(name, *args).status_code == 404


def test_an_agency_enters_by_the_use_cases_and_sees_itself(cast, desk):
    mine = desk(Role.AGENCY)
    answer = mine.get("person", "basile.planning")
    assert answer.status_code == 200
    assert f'href="{mine.url("programme")}"' not in answer.content.decode()


@pytest.mark.parametrize(
    "name, args",
    [
        ("objective_validate", ["OBJ-S1"]),
        ("delegation_answer", ["DEL-01"]),
        ("delegation_end", ["DEL-01"]),
        ("condition_verify", ["COND-01"]),
        ("condition_waive", ["COND-01"]),
    ],
)
def test_only_a_post_changes_anything(name, args, desk):
    assert desk(Role.SPONSOR).get(name, *args).status_code == 405
