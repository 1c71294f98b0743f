"""A condition's page: proofs, who judges, and who may open what."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.conditions import actions as conditions
from governance.conditions.choices import ConditionStatus
from governance.evidence.models import Evidence
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers


@pytest.fixture
def condition(cast):
    """What the legal reviewer asks of Mehdi."""
    return conditions.promise(
        cast.programme,
        by=cast.aude,
        text="A separate consent",
        owner=cast.mehdi,
        due_on=makers.days(9),
        severity="after_due",
        function="legal",
    )


def proof(**fields):
    return {
        "title": "Screen",
        "kind": "screenshot",
        "confidentiality": "internal",
        "file": SimpleUploadedFile("screen.svg", b"<svg onload=alert(1)>", "image/svg+xml"),
        **fields,
    }


def test_its_owner_proves_it_and_the_function_that_set_it_finds_it_met(cast, desk, condition):
    owner, jurist = desk(cast.mehdi), desk(cast.aude)
    assert "Give a proof" in owner.text("condition", condition.code)
    assert owner.post("condition_evidence", condition.code, **proof()).status_code == 302
    assert "Screen" in jurist.text("condition", condition.code)
    assert jurist.post("condition_refuse", condition.code, reason="Too dark").status_code == 302
    assert "Too dark" in owner.text("condition", condition.code)
    owner.post("condition_evidence", condition.code, **proof())
    assert jurist.post("condition_verify", condition.code).status_code == 302
    condition.refresh_from_db()
    assert condition.status == ConditionStatus.SATISFIED
    assert condition.verified_by == cast.aude


def test_nobody_judges_their_own_and_the_refusal_leaves_one_trace(cast, desk, condition, one_refusal):
    owner = desk(cast.mehdi)
    owner.post("condition_evidence", condition.code, **proof())
    assert "You owe this condition" in owner.text("condition", condition.code)
    answer = owner.post("condition_verify", condition.code)
    assert answer.status_code == 403
    assert one_refusal() == ("condition.verify", ["SOD-11"], "page")
    condition.refresh_from_db()
    assert condition.status == ConditionStatus.EVIDENCE_SUBMITTED


def test_a_proof_refused_leaves_no_evidence_behind(cast, desk, condition):
    answer = desk(cast.paul).post("condition_evidence", condition.code, **proof())
    assert answer.status_code == 403
    assert not Evidence.objects.exists()
    answer = desk(cast.mehdi).post("condition_evidence", condition.code, **proof(file=""))
    assert answer.status_code == 422
    assert "Attach a file" in answer.content.decode()


def test_a_file_over_ten_megabytes_is_too_big(cast, desk, condition):
    big = SimpleUploadedFile("big.bin", b"x" * (10 * 1024 * 1024 + 1))
    assert desk(cast.mehdi).post("condition_evidence", condition.code, **proof(file=big)).status_code == 413


def test_two_sponsors_of_two_departments_waive_what_a_gate_asked(cast, desk):
    asked = conditions.promise(
        cast.programme,
        by=cast.helene,
        text="Eighty per cent",
        owner=cast.paul,
        due_on=makers.days(9),
        severity="follow_up",
    )
    first, second = desk(cast.helene), desk(cast.bruno)
    assert first.post("condition_waive", asked.code, reason="No longer needed").status_code == 302
    assert "No longer needed" in second.text("condition", asked.code)
    assert second.post("condition_waive", asked.code, reason="I agree").status_code == 302
    asked.refresh_from_db()
    assert asked.status == ConditionStatus.WAIVED


def test_evidence_is_handed_over_as_a_file_and_never_shown_in_a_page(cast, desk, condition):
    desk(cast.mehdi).post("condition_evidence", condition.code, **proof())
    code = Evidence.objects.get().code
    answer = desk(cast.aude).get("evidence", code)
    assert answer["Content-Disposition"] == f'attachment; filename="{code}.svg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"<svg onload=alert(1)>"


@pytest.mark.parametrize(
    ("level", "readers"),
    [
        ("open", {Role.SPONSOR, Role.ANALYST, Role.AUDITOR, Role.AGENCY}),
        ("internal", {Role.SPONSOR, Role.ANALYST, Role.AUDITOR}),
        ("restricted", {Role.SPONSOR, Role.AUDITOR}),
    ],
)
def test_what_one_may_not_open_does_not_exist(level, readers, cast, desk):
    roles.add_evidence(
        cast.programme, by=cast.paul, title="Paper", kind="document", data=b"x", confidentiality=level
    )
    asked = [Role.SPONSOR, Role.ANALYST, Role.AUDITOR, Role.AGENCY]
    assert {role for role in asked if desk(role).get("evidence", "EV-01").status_code == 200} == readers
    assert {desk(role).get("evidence", "EV-01").status_code for role in set(asked) - readers} <= {404}


def test_a_condition_is_seen_by_readers_and_by_whoever_owes_it(cast, desk, condition):
    assert desk(Role.AGENCY).get("condition", condition.code).status_code == 404
    theirs = conditions.promise(
        cast.programme,
        by=cast.aude,
        text="Theirs",
        owner=cast.basile,
        due_on=makers.days(9),
        severity="follow_up",
        function="legal",
    )
    assert desk(Role.AGENCY).get("condition", theirs.code).status_code == 200


def test_the_page_costs_the_same_whatever_was_proved(cast, desk, condition):
    owner, jurist = desk(cast.mehdi), desk(cast.aude)
    owner.post("condition_evidence", condition.code, **proof())
    few = jurist.statements("condition", condition.code)
    for _again in range(5):
        jurist.post("condition_refuse", condition.code, reason="Again")
        owner.post("condition_evidence", condition.code, **proof())
    assert jurist.statements("condition", condition.code) == few
    assert few <= 28
