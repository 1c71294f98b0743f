"""Attacks A and B of trust.md again, through the page; each beside its twin that succeeds."""

import pytest
from django.core.cache import cache

from governance.accounts.models import User
from governance.audit.models import Refused
from governance.gates.models import GateSignature
from governance.reviews.models import Review
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers
from tests.governance.gates.conftest import Gates
from tests.governance.reviews import desk as acts
from tests.governance.web.panel import known, words
from tests.governance.web.test_gates import vote
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_failed_before():
    """Forget the failures of other tests."""
    cache.clear()


@pytest.fixture
def edition(stage):  # noqa: F811
    """UC-01, before its five functions."""
    return stage.submitted().edition


@pytest.fixture
def attack(desk):
    """Sign a function of an edition as somebody, with a password: the status, and the codes refused."""

    def sign(who, edition, function="legal", **how):
        before = set(Refused.objects.values_list("pk", flat=True))
        sent = {name: value for name, value in words(edition, function, **how).items() if value is not None}
        answer = desk(known(who)).post("review_sign", edition.dossier.code, edition.number, function, **sent)
        codes = [code for row in Refused.objects.exclude(pk__in=before) for code in row.codes]
        return answer.status_code, codes

    return sign


def second_jurist(cast, key="lea.droit"):
    return cast.newcomer(key, department="legal", role=Role.LEGAL_REVIEWER)


def test_a1_the_author_does_not_sign_their_own(cast, stage, attack):  # noqa: F811
    usecase = stage.ready_to_submit()
    roles.assign(cast.programme, cast.mehdi, Role.TECHNICAL_REVIEWER, by=cast.helene)
    edition = backlog.submit(read.draft(usecase), by=cast.mehdi).edition
    status, codes = attack(cast.mehdi, edition, "technical")
    assert (status, codes[0]) == (403, "SOD-01")
    assert not Review.objects.filter(edition=edition).exists()
    assert attack(cast.thomas, edition, "technical") == (302, [])


def test_a2_nor_does_whoever_wrote_one_field(cast, stage, attack):  # noqa: F811
    usecase = stage.ready_to_submit()
    roles.assign(cast.programme, cast.paul, Role.TECHNICAL_REVIEWER, by=cast.helene)
    backlog.edit(read.draft(usecase), by=cast.paul, description="Un mot.")
    edition = backlog.submit(read.draft(usecase), by=cast.mehdi).edition
    status, codes = attack(cast.paul, edition, "technical")
    assert (status, codes[0]) == (403, "SOD-01")
    assert attack(cast.thomas, edition, "technical") == (302, [])


def test_b5_a_delegation_that_was_not_accepted_signs_nothing(cast, edition, attack):
    delegation = acts.lent(cast, cast.aude, cast.victor, "legal", accepted=False)
    status, codes = attack(cast.victor, edition)
    assert status == 403
    assert "DLG-01" in codes
    roles.accept(delegation, by=cast.victor)
    assert attack(cast.victor, edition) == (302, [])
    assert Review.objects.get(edition=edition).on_behalf_of == cast.aude


def test_a6_a_superuser_without_a_role_finds_nothing_to_sign(cast, edition, attack):
    root = cast.newcomer("root")
    User.objects.filter(pk=root.user_id).update(is_superuser=True, is_staff=True)
    assert attack(root, edition)[0] == 404
    assert not Review.objects.filter(edition=edition).exists()
    roles.assign(cast.programme, root, Role.OBSERVER, by=cast.helene)
    assert attack(root, edition) == (403, ["no_right"])
    assert attack(cast.aude, edition) == (302, [])


def test_a9_without_a_fingerprint(cast, edition, attack):
    assert attack(cast.aude, edition, fingerprint="") == (428, ["fingerprint_required"])
    assert attack(cast.aude, edition, fingerprint=None) == (428, ["fingerprint_required"])
    assert attack(cast.aude, edition) == (302, [])


def test_a10_with_the_fingerprint_of_what_was_there_before(cast, stage, edition, attack):  # noqa: F811
    usecase = read.latest(edition.dossier.use_case).usecase
    backlog.withdraw(read.latest(usecase), by=cast.mehdi, reason="Un oubli")
    backlog.edit(backlog.open_revision(usecase, by=cast.mehdi), by=cast.mehdi, retention="P3M")
    new = backlog.submit(read.draft(usecase), by=cast.mehdi).edition
    assert attack(cast.aude, new, fingerprint=edition.fp) == (412, ["stale_revision"])
    assert attack(cast.aude, new) == (302, [])


def test_a11_with_the_fingerprint_of_something_else(cast, stage, edition, attack):  # noqa: F811
    other = stage.submitted("LIB-UC-04", segment="LIB-UC-04#0").edition
    assert attack(cast.aude, edition, fingerprint=other.fp) == (422, ["fingerprint_mismatch"])
    assert attack(cast.aude, other) == (302, [])


def test_a13_twice(cast, edition, desk):
    signer = desk(known(cast.aude))
    sent = words(edition, "legal")
    assert signer.post("review_sign", "UC-01", 1, "legal", **sent).status_code == 302
    assert signer.post("review_sign", "UC-01", 1, "legal", **sent).status_code == 409
    assert "SOD-08" in Refused.objects.get().codes
    other = desk(known(second_jurist(cast)))
    assert other.post("review_sign", "UC-01", 1, "legal", **sent).status_code == 409
    assert Review.objects.filter(edition=edition, function="legal").count() == 1


def test_a18_five_wrong_passwords_close_the_door(cast, edition, attack):
    for _again in range(5):
        assert attack(cast.aude, edition, password="faux") == (401, ["reauth_required"])
    assert attack(cast.aude, edition)[0] == 429
    assert not Review.objects.filter(edition=edition).exists()
    assert attack(cast.diane, edition, "dpo") == (302, [])


def test_a22_after_a_refusal(cast, edition, desk):
    sent = words(edition, "legal")
    refusing = words(edition, "dpo", decision="reject", comment="Pas de base légale")
    assert desk(known(cast.diane)).post("review_sign", "UC-01", 1, "dpo", **refusing).status_code == 302
    signer = desk(known(cast.aude))
    answer = signer.post("review_sign", "UC-01", 1, "legal", **sent)
    assert answer.status_code == 409
    assert "Diane Protection" in answer.content.decode()
    assert not Review.objects.filter(edition=edition, function="legal").exists()


def test_a32_a_link_signs_nothing(cast, edition, desk):
    signer = desk(known(cast.aude))
    url = signer.url("review_sign", "UC-01", 1, "legal")
    assert signer.client.get(url, words(edition, "legal")).status_code == 405
    assert signer.client.head(url).status_code == 405
    assert signer.client.post(url, words(edition, "legal")).status_code == 302


def test_g1_without_the_token_of_the_form(cast, edition, desk):
    signer = desk(known(cast.aude))
    url = signer.url("review_sign", "UC-01", 1, "legal")
    signer.client.handler.enforce_csrf_checks = True
    for headers in ({}, {"HX-Request": "true"}):
        assert signer.client.post(url, words(edition, "legal"), headers=headers).status_code == 403
    signer.client.handler.enforce_csrf_checks = False
    assert signer.client.post(url, words(edition, "legal")).status_code == 302


@pytest.fixture
def review(cast):
    """The first gate before its sponsors."""
    return Gates(cast).make_ready().submitted()


def test_a_gate_is_signed_by_sponsors_alone(cast, review, desk):
    for who in (cast.paul, cast.anna, cast.diane):
        assert desk(known(who)).post("gate_sign", "G0", **vote(review)).status_code == 403
    assert not GateSignature.objects.exists()
    assert desk(known(cast.helene)).post("gate_sign", "G0", **vote(review)).status_code == 302


def test_a_gate_is_not_decided_by_one_sponsor_twice(cast, review, desk):
    sponsor = desk(known(cast.helene))
    assert sponsor.post("gate_sign", "G0", **vote(review)).status_code == 302
    assert sponsor.post("gate_sign", "G0", **vote(review)).status_code == 409
    assert "SOD-08" in Refused.objects.get().codes
    assert not hasattr(type(review).objects.get(pk=review.pk), "decision")
    assert desk(known(cast.bruno)).post("gate_sign", "G0", **vote(review)).status_code == 302
    assert type(review).objects.get(pk=review.pk).decision.outcome == "go"


@pytest.mark.parametrize(("fingerprint", "status"), [("", 428), ("sha256:" + "a" * 64, 422)])
def test_a_gate_is_signed_on_what_was_frozen(cast, review, desk, fingerprint, status):
    sponsor = desk(known(cast.helene))
    assert sponsor.post("gate_sign", "G0", **vote(review, fingerprint=fingerprint)).status_code == status
    assert sponsor.post("gate_sign", "G0", **vote(review)).status_code == 302


def test_a_gate_is_not_signed_with_wrong_passwords(cast, review, desk):
    sponsor = desk(known(cast.helene))
    for _again in range(5):
        assert sponsor.post("gate_sign", "G0", **vote(review, password="faux")).status_code == 401
    assert sponsor.post("gate_sign", "G0", **vote(review, password=makers.PASSWORD)).status_code == 429
    assert desk(known(cast.bruno)).post("gate_sign", "G0", **vote(review)).status_code == 302
