"""The programmes of a person, side by side: page and API, what each may see, what it costs."""

from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.gates import actions as gates
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers
from tests.governance.api.door import Api
from tests.governance.gates.conftest import Gates
from tests.portal.home.test_todo import visitor

pytestmark = pytest.mark.django_db
PAGE = "portal:programmes"
LIST, READINESS = 6, 3  # speed.md 4


def another(cast, code, person, role):
    """One more programme of this person, its gates loaded."""
    made = makers.programme(code, sponsor=cast.helene)
    gates.load(made)
    roles.assign(made, person, role, by=cast.helene)
    return made


def test_each_programme_says_what_its_next_gate_still_asks(cast):
    Gates(cast)
    another(cast, "AUTRE", cast.paul, Role.CORE_TEAM_LEAD)
    said = visitor(cast.paul.user).get(reverse(PAGE)).content.decode()
    assert said.index("AUTRE programme") < said.index("TALV programme")
    assert "Framing launch" in said
    assert "The problem and" not in said  # what is asked, not what was found: that is on the gate's page
    assert "Problem and expected results are written" in said
    assert reverse("governance:gate", args=["AUTRE", "G0"]) in said
    assert "Sponsor, Core-team lead" in said  # who can lift it


def test_it_is_reached_from_the_choice_of_programmes_once_there_are_several(cast):
    url = reverse(PAGE)
    assert url not in visitor(cast.paul.user).get("/").content.decode()
    another(cast, "AUTRE", cast.paul, Role.ANALYST)
    assert url in visitor(cast.paul.user).get("/").content.decode()


def test_whoever_reads_only_what_was_shared_is_not_told_of_gates(cast):
    Gates(cast)
    agent = cast.newcomer("ada.agence", role=Role.AGENCY)
    said = visitor(agent.user).get(reverse(PAGE)).content.decode()
    assert "not open to your roles" in said
    assert "Framing launch" not in said
    (row,) = Api(agent).get("programmes/").body["results"]
    assert (row["code"], row["ahead"]) == ("TALV", None)


def test_nobody_elses_programmes_are_there(cast):
    stranger = makers.person("zoe", cast.organisations["ORG-TAL"])
    said = visitor(stranger.user).get(reverse(PAGE)).content.decode()
    assert "No programme yet" in said
    assert "TALV" not in said
    ghost = makers.accounts.open_account("ghost@jalon.example", by=None)
    assert visitor(ghost).get(reverse(PAGE)).status_code == 404


def test_the_api_tells_how_far_each_gate_is(cast):
    Gates(cast)
    (row,) = Api(cast.paul).get("programmes/").body["results"]
    assert row["ahead"] == {"gate": "G0", "passed": 4, "total": 8, "hard": 2}
    assert Api(cast.paul).get("programmes/TALV/").body["ahead"] == row["ahead"]


def test_it_costs_the_same_for_any_number_of_programmes(cast):
    Gates(cast)
    page, program = visitor(cast.paul.user), Api(cast.paul)
    numbers = count()

    def statements(ask):
        another(cast, f"P{next(numbers)}", cast.paul, Role.ANALYST)  # with its events nothing kept holds
        with CaptureQueriesContext(connection) as counted:
            ask()
        return len(counted)

    for ask, most in (
        (lambda: page.get(reverse(PAGE)), 30),
        (lambda: program.get("programmes/?page_size=200"), LIST + READINESS),
    ):
        ask()
        few = statements(ask)
        for _time in range(5):
            many = statements(ask)
        assert few == many <= most
