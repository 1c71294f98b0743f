"""The life of a condition (L12): promised, proved, verified or waived, and by whom."""

import pytest

from governance.audit.models import Event
from governance.conditions import actions, queries
from governance.conditions.choices import ConditionStatus
from governance.conditions.models import Condition
from governance.errors import Refusal
from governance.notices.models import Message
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers

pytestmark = pytest.mark.django_db


def promised(cast, *, by=None, owner=None, function="dpo", due=30, severity="before_start"):
    return actions.promise(
        cast.programme,
        by=by or cast.diane,
        text="Informer les personnes",
        owner=owner or cast.mehdi,
        due_on=makers.days(due),
        severity=severity,
        function=function,
    )


def proof(cast, by=None):
    return roles.add_evidence(
        cast.programme,
        by=by or cast.mehdi,
        title="Mention",
        kind="document",
        data=b"la mention",
        filename="mention.txt",
    )


def refused(code, status, act):
    with pytest.raises(Refusal) as caught:
        act()
    assert (caught.value.code, caught.value.status) == (code, status)
    assert str(caught.value.detail)
    return caught.value


def test_a_condition_is_promised_told_and_numbered(cast):
    condition = promised(cast)
    assert (condition.code, condition.status) == ("COND-01", ConditionStatus.OPEN)
    assert Event.objects.get(verb="condition.set").subject_code == "COND-01"
    assert Message.objects.get(person=cast.mehdi, event="condition.created")
    assert promised(cast).code == "COND-02"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": " "}, "missing_text"),
        ({"owner": None}, "missing_owner"),
        ({"due_on": None}, "missing_day"),
        ({"due_on": "past"}, "past_day"),
        ({"severity": "grave"}, "missing_severity"),
    ],
)
def test_a_condition_says_what_by_whom_and_by_when(cast, change, code):
    said = {"text": "x", "owner": cast.mehdi, "due_on": makers.days(3), "severity": "follow_up", **change}
    if said["due_on"] == "past":
        said["due_on"] = makers.days(-1)
    refused(code, 422, lambda: actions.promise(cast.programme, by=cast.diane, function="dpo", **said))


def test_nobody_owes_who_is_not_of_the_programme(cast):
    stranger = cast.newcomer("otto.loin")
    refused("not_a_member", 422, lambda: promised(cast, owner=stranger))


def test_its_owner_brings_the_proof_and_the_function_finds_it_met(cast):
    condition, evidence = promised(cast), proof(cast)
    refused("no_evidence", 409, lambda: actions.verify(condition, by=cast.diane))
    refused("no_right", 403, lambda: actions.submit_evidence(condition, evidence, by=cast.paul))
    refused("missing_evidence", 422, lambda: actions.submit_evidence(condition, [], by=cast.mehdi))
    actions.submit_evidence(condition, evidence, by=cast.mehdi)
    assert condition.status == ConditionStatus.EVIDENCE_SUBMITTED
    assert Message.objects.filter(person=cast.diane, event="condition.evidence").exists()
    refused("SOD-11", 403, lambda: actions.verify(condition, by=cast.mehdi))
    refused("no_right", 403, lambda: actions.verify(condition, by=cast.aude))
    actions.verify(condition, by=cast.diane)
    assert (condition.status, condition.verified_by) == (ConditionStatus.SATISFIED, cast.diane)
    refused("met_already", 409, lambda: actions.waive(condition, by=cast.diane, reason="Trop tard."))
    refused("met_already", 409, lambda: actions.submit_evidence(condition, evidence, by=cast.mehdi))


def test_proof_of_another_programme_proves_nothing(cast):
    condition = promised(cast)
    other = makers.programme("AUTRE", sponsor=cast.bruno)
    theirs = roles.add_evidence(
        other, by=cast.bruno, title="Ailleurs", kind="document", url="https://exemple.example/x"
    )
    refused("unknown_evidence", 422, lambda: actions.submit_evidence(condition, theirs, by=cast.mehdi))


def test_a_proof_that_is_refused_opens_the_condition_again(cast):
    condition = promised(cast)
    actions.submit_evidence(condition, proof(cast), by=cast.mehdi)
    refused("reason_required", 422, lambda: actions.refuse(condition, by=cast.diane, reason=" "))
    actions.refuse(condition, by=cast.diane, reason="Illisible.")
    assert condition.status == ConditionStatus.OPEN
    assert Message.objects.filter(person=cast.mehdi, event="condition.refused").exists()


def test_whoever_owes_it_never_judges_it_whatever_their_role(cast):
    condition = promised(cast, by=cast.aude, owner=cast.diane)
    actions.submit_evidence(condition, proof(cast, by=cast.diane), by=cast.diane)
    for act in (
        lambda: actions.verify(condition, by=cast.diane),
        lambda: actions.waive(condition, by=cast.diane, reason="x"),
    ):
        refused("SOD-11", 403, act)


def test_the_function_waives_for_a_reason(cast):
    condition = promised(cast)
    refused("no_right", 403, lambda: actions.waive(condition, by=cast.helene, reason="x"))
    refused("reason_required", 422, lambda: actions.waive(condition, by=cast.diane, reason=""))
    actions.waive(condition, by=cast.diane, reason="Sans objet depuis la v2.")
    assert (condition.status, condition.waiver_reason) == (ConditionStatus.WAIVED, "Sans objet depuis la v2.")
    assert Message.objects.filter(person=cast.paul, event="condition.waived").exists()


def test_nobody_from_outside_waives(cast):
    condition = promised(cast)
    assert (
        refused("SOD-13", 403, lambda: actions.waive(condition, by=cast.fatou, reason="x")).code == "SOD-13"
    )


def test_a_gates_condition_is_verified_by_a_sponsor_and_waived_by_two(cast):
    condition = promised(cast, by=cast.helene, function=None)
    odile = cast.newcomer("odile.message", department="marketing", role=Role.SPONSOR)
    refused("no_right", 403, lambda: actions.waive(condition, by=cast.diane, reason="x"))
    actions.waive(condition, by=cast.helene, reason="Sans objet.")
    assert condition.status == ConditionStatus.OPEN
    refused("SOD-08", 409, lambda: actions.waive(condition, by=cast.helene, reason="Encore."))
    refused("SOD-08", 409, lambda: actions.waive(condition, by=odile, reason="Même service."))
    actions.waive(condition, by=cast.bruno, reason="D’accord.")
    assert condition.status == ConditionStatus.WAIVED
    assert [each.verb for each in Event.objects.filter(subject_code=condition.code).order_by("seq")] == [
        "condition.set",
        "condition.waiver_proposed",
        "condition.waived",
    ]


def test_a_gates_condition_may_be_found_met_by_one_sponsor(cast):
    condition = promised(cast, by=cast.helene, function=None, owner=cast.paul)
    actions.submit_evidence(condition, proof(cast, by=cast.paul), by=cast.paul)
    assert actions.verify(condition, by=cast.bruno).status == ConditionStatus.SATISFIED


def test_overdue_is_the_day_after_and_told_once(cast, clock_at):
    clock_at("2026-12-01")
    condition = promised(cast, due=10)
    clock_at("2026-12-11")
    assert actions.tell_overdue() == 0
    assert not queries.overdue(cast.programme).exists()
    clock_at("2026-12-12")
    assert list(queries.overdue(cast.programme)) == [condition]
    actions.tell_overdue()
    count = Message.objects.filter(event="condition.overdue").count()
    assert {each.person for each in Message.objects.filter(event="condition.overdue")} >= {
        cast.mehdi,
        cast.helene,
        cast.olivier,
    }
    actions.tell_overdue()
    assert Message.objects.filter(event="condition.overdue").count() == count


VERBS = {
    "submit_evidence": (lambda c, p, e: actions.submit_evidence(c, e, by=p), {Role.CORE_TEAM_MEMBER}),
    "verify": (lambda c, p, e: actions.verify(c, by=p), {Role.DPO}),
    "refuse": (lambda c, p, e: actions.refuse(c, by=p, reason="x"), {Role.DPO}),
    "waive": (lambda c, p, e: actions.waive(c, by=p, reason="x"), {Role.DPO}),
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_open_to_its_roles_and_to_no_other(cast, verb):
    act, allowed = VERBS[verb]
    evidence, refusals = proof(cast), {}
    for role in Role:
        condition = promised(cast)
        if verb in ("verify", "refuse"):
            actions.submit_evidence(condition, evidence, by=cast.mehdi)
        try:
            act(condition, cast[role], evidence)
        except Refusal as refusal:
            refusals[role] = refusal.status
    assert set(Role) - set(refusals) == allowed
    assert set(refusals.values()) == {403}
    assert Condition.objects.count() == len(Role)
