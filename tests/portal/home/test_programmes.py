"""The programmes of a person, side by side: page and API, what each may see, what it costs."""

from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.gates import actions as gates
from governance.gates import ahead
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.rights import Rights
from tests import makers
from tests.governance.api.door import Api
from tests.governance.gates.conftest import Gates
from tests.portal.home.test_todo import visitor

pytestmark = pytest.mark.django_db
PAGE = "portal:programmes"
LIST, READINESS = 6, 3  # speed.md 4
PAGE_AND_FRAME = 18  # what waits is counted anew, as after any event


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
    assert row["ahead"] == {"gate": "G0", "passed": 4, "total": 8, "hard": 2, "submitted": False}
    assert Api(cast.paul).get("programmes/TALV/").body["ahead"] == row["ahead"]


def test_a_gate_that_its_sponsors_decide_is_said_so(cast):
    gates = Gates(cast)
    waiting = "submitted: its sponsors decide"
    assert waiting not in visitor(cast.paul.user).get(reverse(PAGE)).content.decode()
    gates.submitted()
    assert waiting in visitor(cast.paul.user).get(reverse(PAGE)).content.decode()
    assert Api(cast.paul).get("programmes/TALV/").body["ahead"]["submitted"] is True


def test_it_costs_the_same_for_any_number_of_programmes(cast):
    Gates(cast)
    page, program = visitor(cast.paul.user), Api(cast.paul)
    numbers = count()

    def statements(ask):
        another(cast, f"P{next(numbers)}", cast.paul, Role.ANALYST)
        ahead._kept.clear()
        with CaptureQueriesContext(connection) as counted:
            ask()
        return len(counted)

    for ask, most in (
        (lambda: page.get(reverse(PAGE)), PAGE_AND_FRAME + READINESS),
        (lambda: program.get("programmes/?page_size=200"), LIST + READINESS),
    ):
        ask()
        few = statements(ask)
        for _time in range(5):
            many = statements(ask)
        assert few == many <= most


def test_more_programmes_than_are_kept_are_told_all_the_same(cast, monkeypatch):
    Gates(cast)
    several = [cast.programme, *(another(cast, f"P{n}", cast.paul, Role.ANALYST) for n in range(3))]
    ahead.ahead_of_each(several[:1])
    monkeypatch.setattr(ahead, "MOST_KEPT", 1)
    told = ahead.ahead_of_each(several)
    assert {each.pk: told[each.pk].code for each in several} == {each.pk: "G0" for each in several}


def test_what_is_kept_is_read_after_the_mark_it_is_kept_under(cast):
    gates_of = Gates(cast).make_ready()
    mine = Rights.everywhere(cast.paul)  # with the phases of before
    gates_of.decided()
    (programme,) = [each.programme for each in mine]
    assert ahead.ahead_of(programme).code == "G1"
