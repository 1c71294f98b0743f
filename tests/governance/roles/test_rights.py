"""The whole matrix against the data: role x action x phase x own or not; one verb per action that has one."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.utils.module_loading import import_string

from governance.errors import Refusal
from governance.programmes.choices import PhaseKind
from governance.roles import actions, matrix, rules
from governance.roles.choices import Role
from governance.roles.rules import Rights
from tests import makers

# Read here independently of the code: plain YAML, plain words.
LIBRARY = Path(inspect.getfile(matrix)).parents[1] / "library"
TABLE = yaml.safe_load((LIBRARY / "permissions.yaml").read_text())["actions"]
ROLES = {
    entry["abbr"]: entry for entry in yaml.safe_load((LIBRARY / "vocabularies.yaml").read_text())["roles"]
}
PHASES = {"C": "cadrage", "S": "setup", "T": "test_learn", "R": "run"}
PROPOSED_DRAFTS = {
    "objective.edit",
    "usecase.create",
    "usecase.edit_draft",
    "segment.edit",
    "dpia.edit",
    "experiment.design",
    "activation.draft",
}
FUNCTIONS = ["legal", "dpo", "security", "technical", "sponsor"]


def expected(cell, letter, action, role, *, own, function, attested, free):
    """What the library says, read again from its own words."""
    for group in cell.split():
        letters, _, qualifier = group.partition(":")
        if letter not in letters:
            continue
        return {
            "": True,
            "e": True,
            "h": True,
            "H": False,
            "p": action in PROPOSED_DRAFTS,
            "o": own,
            "f": function in role["signs"] or attested,
            "i": free,
        }[qualifier]
    return False


class Thing:
    """Something that belongs to someone, is of a function, or of an organisation."""

    def __init__(self, *, own, function="", attest_role="", organisation_id=None):
        self.own, self.function, self.attest_role = own, function, attest_role
        self.organisation_id = organisation_id

    def belongs_to(self, person):
        return self.own


def rights(role, letter, interests=frozenset()):
    """Rights of somebody who holds one role in a phase, without a database."""
    made = Rights(
        person=SimpleNamespace(pk=1, user=None, left_on=None),
        programme=SimpleNamespace(pk=1),
        roles=frozenset({role}),
        held=frozenset({role}),
        letter=letter,
        is_able=True,
    )
    made.__dict__["shared"] = frozenset()
    made.__dict__["interests"] = set(interests)
    return made


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry["code"])
def test_every_cell_says_what_the_library_says(entry):
    action = entry["code"]
    told = 0
    for abbr, role in ROLES.items():
        cell = entry["cells"].get(abbr, "")
        for letter in PHASES:
            for own in (True, False):
                for function in FUNCTIONS:
                    thing = Thing(own=own, function=function, organisation_id=7)
                    for interests in ({7}, {8}):
                        wanted = expected(
                            cell, letter, action, role,
                            own=own, function=function, attested=False, free=7 not in interests,
                        )  # fmt: skip
                        refused = rights(role["code"], letter, interests).objection(action, thing)
                        if action == "programme.found":
                            wanted = False
                        assert (refused is None) == wanted, (abbr, letter, own, function, interests)
                        told += 1
    assert told == 16 * 4 * 2 * 5 * 2


@pytest.mark.parametrize("abbr", ROLES)
def test_a_criterion_is_attested_by_the_role_it_names(abbr):
    cells = next(entry["cells"] for entry in TABLE if entry["code"] == "gate.attest")
    for named in ROLES.values():
        thing = Thing(own=False, attest_role=named["code"])
        for letter in PHASES:
            may = rights(ROLES[abbr]["code"], letter).may("gate.attest", thing)
            assert may == (letter in cells.get(abbr, "").split(":")[0] and named is ROLES[abbr])


def test_roles_add_up():
    one = rights("analyst", "C")
    both = Rights(one.person, one.programme, frozenset({"analyst", "data_owner"}), one.roles, "C", True)

    assert not one.may("label.set")
    assert one.may("kpi.define")
    assert both.may("kpi.define")
    assert both.may("note.confirm", Thing(own=True))


def test_the_hand_over_turns_h_off_and_capital_h_on():
    before = rights("core_team_lead", "R")
    after = Rights(before.person, before.programme, before.roles, before.held, "R", True, handed_over=True)
    operator = Rights(
        before.person, before.programme, frozenset({"dmp_operator"}), before.held, "R", True, True
    )

    assert before.may("role.assign")
    assert not after.may("role.assign")
    assert operator.may("usecase.submit")
    assert not rights("dmp_operator", "R").may("usecase.submit")


def test_after_closure_only_reading_is_left():
    for role in ROLES.values():
        ended = rights(role["code"], "")
        open_to = [
            entry["code"] for entry in TABLE if ended.may(entry["code"], Thing(own=True, function="legal"))
        ]
        assert open_to == ["read.programme"]


def test_a_refusal_names_who_may_and_never_a_code():
    refused = rights("core_team_lead", "C").objection("gate.decide")

    assert refused.code == "no_right"
    assert refused.status == 403
    assert [str(who) for who in refused.who_can] == [str(Role.SPONSOR.label)]
    assert "gate.decide" not in str(refused)
    assert str(Role.SPONSOR.label) in str(refused)


def test_a_proposal_names_who_decides():
    refused = rights("consultant", "C").objection("programme.edit")

    assert [str(who) for who in refused.who_can] == [str(Role.SPONSOR.label), str(Role.CORE_TEAM_LEAD.label)]


def test_an_unknown_action_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        rights("sponsor", "C").may("programme.sell")


# ---------------------------------------------------------------- with a programme
@pytest.mark.parametrize("role", Role)
def test_each_role_in_each_phase_of_a_real_programme(cast, role):
    """The same table again through assignments and phases in the database, for acts without an object."""
    plain = [entry for entry in TABLE if entry["code"] not in ("programme.found", "read.programme")]
    abbr = next(abbr for abbr, entry in ROLES.items() if entry["code"] == role)
    for letter, kind in PHASES.items():
        makers.in_phase(cast.programme, kind)
        real = Rights.of(cast[role], cast.programme)
        assert real.letter == letter
        for entry in plain:
            cell = entry["cells"].get(abbr, "")
            wanted = expected(
                cell, letter, entry["code"], ROLES[abbr], own=False, function="", attested=False, free=False
            )
            assert real.may(entry["code"]) == wanted, (entry["code"], letter)


def test_before_the_first_gate_the_phase_is_framing(cast):
    assert Rights.of(cast.paul, cast.programme).letter == "C"


def test_once_closed_a_programme_is_read_and_nothing_else(cast):
    cast.in_phase("closed")
    real = Rights.of(cast.helene, cast.programme)

    assert real.letter == ""
    assert real.may("read.programme")
    assert not real.may("programme.edit")


def test_rights_are_loaded_in_one_statement_and_then_pure(cast, django_assert_num_queries):
    assert cast.mehdi.user is not None  # whoever signs in comes with their account
    with django_assert_num_queries(1):
        real = Rights.of(cast.mehdi, cast.programme)
    with django_assert_num_queries(0):
        assert sum(real.may(entry["code"]) for entry in TABLE) > 5


def test_a_role_limited_to_phases_counts_in_them_only_and_still_reads(cast):
    somebody = cast.newcomer("rosa.reseau", department="network")
    actions.assign(cast.programme, somebody, Role.CORE_TEAM_MEMBER, by=cast.helene, phases=[PhaseKind.SETUP])

    before = Rights.of(somebody, cast.programme)
    cast.in_phase("setup")
    within = Rights.of(somebody, cast.programme)

    assert not before.may("usecase.create")
    assert before.may("read.programme")
    assert within.may("usecase.create")


def test_whoever_holds_no_role_does_not_learn_that_it_exists(cast):
    stranger = cast.newcomer("odile.message", department="communication")
    refused = rules.objection(stranger, "read.programme", cast.programme)

    assert refused.code == "not_found"
    assert refused.status == 404


def test_the_platform_administrator_sees_no_business(cast):
    for entry in TABLE:
        refused = rules.objection(cast.admin, entry["code"], cast.programme)
        if entry["code"] == "programme.found":
            assert refused is None
        else:
            assert refused.code == "not_found"


def test_a_superuser_without_a_role_has_no_right(cast):
    admin = cast.admin
    admin.user.is_superuser = admin.user.is_staff = True
    admin.user.save()

    assert rules.objection(admin, "review.sign", cast.programme).code == "not_found"


@pytest.mark.parametrize("role", [Role.AGENCY, Role.CREATIVE])
def test_agencies_read_what_was_shared_and_nothing_else(cast, role):
    shared = makers.dossier(cast.programme, "UC-91", by=cast.helene)
    other = makers.dossier(cast.programme, "UC-92", by=cast.helene)
    actions.share(shared, cast[role], by=cast.helene)

    real = Rights.of(cast[role], cast.programme)
    assert real.may("read.programme", shared)
    assert not real.may("read.programme", other)
    assert not real.may("read.programme")
    assert not real.reads


# ---------------------------------------------------------------- verbs
def test_every_action_is_named_once_and_every_verb_exists():
    codes = {entry["code"] for entry in TABLE}
    assert set(rules.ACTIONS_WITH_VERBS) <= codes
    for dotted in rules.ACTIONS_WITH_VERBS.values():
        verb = import_string(dotted)
        assert "by" in inspect.signature(verb).parameters, dotted


READING = {"read.programme", "audit.read", "audit.export"}


def test_the_documentation_tells_which_actions_have_a_verb_and_which_have_none_yet():
    text = (Path(__file__).parents[3] / "docs" / "rights.md").read_text()
    with_verbs, rest = text.split("## Actions with a verb")[1].split("## Reading")
    reading, waiting = rest.split("## Actions without a verb yet")
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| .* \| `([a-z_.]+)` \|$", with_verbs, re.M))

    assert rows == rules.ACTIONS_WITH_VERBS
    assert set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", reading, re.M)) == READING
    assert set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", waiting, re.M)) == (
        {entry["code"] for entry in TABLE} - set(rules.ACTIONS_WITH_VERBS) - READING
    )


ONE_ACT = {"usecase.approve": "review.sign"}  # a sponsor's signature is the approval


@pytest.mark.parametrize("action", sorted(set(rules.ACTIONS_WITH_VERBS) - matrix.platform_actions()))
def test_the_room_of_a_verb_asks_for_its_action(action):
    module = rules.ACTIONS_WITH_VERBS[action].rsplit(".", 1)[0]
    room = Path(import_module(module).__file__).parent
    asked = "".join((room / name).read_text() for name in ("rules.py", "actions.py"))
    table = inspect.getsource(rules).split("ACTIONS_WITH_VERBS")[1].split("}")[0]

    assert f'"{ONE_ACT.get(action, action)}"' in asked.replace(table, "")


def test_every_verb_asks_for_its_action(cast):
    """Whoever has no role at all meets the same closed door at every verb of this room."""
    stranger = cast.newcomer("odile.message", department="communication")
    where, somebody, firm = cast.programme, cast.victor, cast.organisations["ORG-MER"]
    shared = makers.dossier(where, by=cast.helene)
    delegation = actions.delegate(
        where, by=cast.helene, delegate=cast.bruno, function="sponsor",
        starts_on=makers.days(0), ends_on=makers.days(3), reason="leave",
    )  # fmt: skip
    calls = {
        "programme.found": lambda by: makers.roles.found_programme(
            by=by, code="AUTRE", name_fr="A", name_en="A", advertiser=cast.helene.organisation,
            platform_kind="cdp", sponsor=cast.helene,
        ),
        "programme.edit": lambda by: actions.edit_programme(where, by=by, name_fr="Autre"),
        "people.edit": lambda by: actions.add_person(
            by=by, programme=where, organisation=firm, department="external", display_name="X",
            email="x@jalon.example",
        ),
        "role.assign": lambda by: actions.assign(where, somebody, Role.ANALYST, by=by),
        "engagement.edit": lambda by: actions.edit_engagement(
            where.engagements.first(), by=by, contract_ref="A"
        ),
        "interest.declare": lambda by: actions.declare_interest(
            by, by=by, programme=where, organisation=firm, nature="shares"
        ),
        "delegation.create": lambda by: actions.delegate(
            where, by=by, delegate=cast.bruno, function="sponsor", starts_on=makers.days(10),
            ends_on=makers.days(12), reason="leave",
        ),
        "delegation.accept": lambda by: actions.accept(delegation, by=by),
        "delegation.end": lambda by: actions.end_delegation(delegation, by=by, reason="back"),
        "dossier.share": lambda by: actions.share(shared, cast.basile, by=by),
    }  # fmt: skip
    able = {"programme.found": cast.admin, "delegation.accept": cast.bruno}
    ours = {code for code, verb in rules.ACTIONS_WITH_VERBS.items() if verb.startswith("governance.roles.")}
    assert set(calls) == ours - {"evidence.add"}
    for code, call in calls.items():
        with pytest.raises(Refusal) as refused:
            call(stranger)
        assert refused.value.code == ("no_right" if code == "programme.found" else "not_found"), code
        call(able.get(code, cast.helene))
