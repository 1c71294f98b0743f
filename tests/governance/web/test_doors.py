"""Pages of a programme answer its members, and nobody else learns that they exist."""

import pytest

from governance.roles.choices import Role
from tests import makers
from tests.governance.web.conftest import Desk

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
ACTS = [
    ("objective_validate", "OBJ-S1"),
    ("delegation_answer", "DEL-01"),
    ("delegation_end", "DEL-01"),
    ("condition_evidence", "COND-01"),
    ("condition_verify", "COND-01"),
    ("condition_refuse", "COND-01"),
    ("condition_waive", "COND-01"),
]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_sponsor_sees_each_page_in_both_languages(language, desk):
    sponsor = desk(Role.SPONSOR, language)
    for name, *args in PAGES:
        assert f'<html lang="{language}">' in sponsor.text(name, *args), name


def test_an_outsider_gets_the_same_bytes_as_for_a_programme_that_does_not_exist(cast):
    outsider = makers.person("olga.ailleurs", cast.organisations["ORG-TAL"], name="Olga Ailleurs")
    stranger = Desk(outsider, cast.programme)
    for name, *args in PAGES:
        answer = stranger.get(name, *args)
        nowhere = stranger.client.get(stranger.url(name, *args).replace("/TALV/", "/NONE/"))
        assert (answer.status_code, answer.content) == (404, nowhere.content), name
    for name, *args in ACTS:
        assert stranger.post(name, *args).status_code == 404, name


def test_an_agency_reads_only_what_was_shared_with_it(desk):
    agency = desk(Role.AGENCY)
    assert {name: agency.get(name, *args).status_code for name, *args in PAGES} == {
        name: 404 for name, *_args in PAGES
    }


def test_an_agency_enters_by_the_use_cases_and_sees_itself(desk):
    agency = desk(Role.AGENCY)
    assert f'href="{agency.url("programme")}"' not in agency.text("person", "basile.planning")


def test_only_a_post_changes_anything(desk):
    sponsor = desk(Role.SPONSOR)
    assert {name: sponsor.get(name, *args).status_code for name, *args in ACTS} == {
        name: 405 for name, *_args in ACTS
    }
