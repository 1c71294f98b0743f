"""The journal: what happened, and whether it can be trusted."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from governance.roles import actions as roles
from governance.roles import matrix
from governance.roles.choices import Role
from governance.web.words import ACTS, VERBS, act_in_words
from tests import makers
from tests.cast import Cast
from tests.governance.web.conftest import Desk
from tests.guards.test_trail import tampered

ROOT = Path(__file__).resolve().parents[3]


def test_events_are_told_in_words_and_found_by_what_they_are_about(cast, desk):
    auditor = desk(Role.AUDITOR)
    said = auditor.text("journal")
    assert "Role given" in said
    assert "Programme founded" in said
    said = auditor.text("journal", verb="programme.founded")
    assert "Role given</" not in said.split("<tbody")[1]
    about = auditor.text("journal", kind="person", code="paul.pilote").split("<tbody")[1]
    assert "Person <" in about
    assert ">Paul Pilote<" in about  # and not the part of an address that the event bears
    assert "No event answers" in auditor.text("journal", code="UC-99")
    assert "No event answers" in auditor.text("journal", until="2001-01-01")
    assert auditor.get("journal", since="yesterday").status_code == 400


def test_the_list_goes_on_where_it_stopped(cast, desk):
    for number in range(60):
        roles.edit_programme(cast.programme, by=cast.helene, name_en=f"Name {number}")
    auditor = desk(Role.AUDITOR)
    first = auditor.text("journal")
    (older,) = re.findall(r'href="\?before=(\d+)"', first)
    assert f">{older}</a>" in first
    assert f">{int(older) - 1}</a>" in auditor.text("journal", before=older)
    assert auditor.statements("journal") == auditor.statements("journal", before=older) <= 20


def test_one_event_is_shown_as_it_was_recorded(cast, desk):
    said = desk(Role.AUDITOR).text("journal_event", 2)
    assert "role.assigned" in said
    assert "Sponsor" in said
    assert "&quot;role&quot;:&quot;sponsor&quot;" in said
    assert desk(Role.AUDITOR).get("journal_event", 999).status_code == 404


def test_whoever_reads_the_programme_but_not_the_journal_is_told_who_does(desk):
    answer = desk(Role.ANALYST).get("journal")
    assert answer.status_code == 403
    assert "Auditor" in answer.content.decode()


def test_a_whole_chain_is_said_whole_to_those_who_verify(desk):
    answer = desk(Role.AUDITOR).post("journal_verify")
    assert answer.status_code == 200
    assert "unbroken" in answer.content.decode()


def test_a_sponsor_reads_the_journal_and_does_not_verify_it(desk, one_refusal):
    sponsor = desk(Role.SPONSOR)
    assert "rights in this phase: Auditor, Data protection officer may." in sponsor.text("journal_verify")
    answer = sponsor.post("journal_verify")
    assert answer.status_code == 403
    assert "unbroken" not in answer.content.decode()
    assert one_refusal() == ("audit.export", ["no_right"], "page")


@pytest.mark.django_db(transaction=True)
def test_a_broken_chain_names_its_first_broken_event():
    cast = Cast()
    tampered("TALV", ["UPDATE audit_event SET actor = 'someone@else' WHERE {here} AND seq = 3"])
    said = Desk(cast[Role.AUDITOR], cast.programme).post("journal_verify").content.decode()
    assert "Broken at event 3" in said
    assert "changed after it was written" in said
    assert "unbroken" not in said


def test_refused_acts_are_listed_with_their_rules(cast, desk):
    sponsor = desk(Role.SPONSOR)
    sponsor.post("assign", person=cast.diane.pk, role="sponsor", starts_on=makers.days(0))
    said = sponsor.text("journal_refusals")
    with override("en"):
        assert "SOD-04" in said
        assert "Hélène Marque" in said
        assert act_in_words("role.assign") in said


def recorded():
    """The verbs that the rooms write into the journal: the texts given to record, and those of its maps."""
    for path in ROOT.glob("*/*/actions.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("trail.record", "record"):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value
    for path in (ROOT / "governance/programmes/rules.py",):
        yield from re.findall(r': "((?:programme|phase)\.[a-z_]+)"', path.read_text())


def test_every_event_has_its_words():
    verbs = set(recorded())
    assert len(verbs) > 50
    assert verbs - set(VERBS) == set()


def tried():
    """What pages and endpoints call the acts that they let refuse."""
    for path in [*ROOT.glob("*/web/*.py"), *ROOT.glob("*/api/*.py"), *(ROOT / "portal/home").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = [node.args[1]] if ast.unparse(node.func) == "acting" else []
            if ast.unparse(node.func) == "operation":
                named += [word.value for word in node.keywords if word.arg == "verb"]
            yield from (one.value for one in named if isinstance(one, ast.Constant))


def test_every_refused_act_has_its_words():
    acts = set(tried())
    assert len(acts) > 15
    assert acts - set(matrix.titles()) - set(ACTS) == set()
