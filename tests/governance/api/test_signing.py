"""Twelve attacks on signatures through the API, each beside the same act done rightly (trust.md A and B)."""

import uuid

import pytest

from governance import clock
from governance.audit.models import Event, Refused
from governance.notices.models import Message
from governance.reviews.models import Review
from governance.roles import actions as roles
from tests.governance.api.door import Api, token_of
from tests.governance.reviews import desk
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"


class Desk:
    """A submitted use case, and how one signs it through the API."""

    def __init__(self, stage):
        self.stage, self.cast = stage, stage.cast
        self.revision = stage.submitted()
        self.edition = self.revision.edition

    def request(self, function="legal", edition=None):
        return (edition or self.edition).requests.order_by("round").filter(function=function).last()

    def body(self, function="legal", **changes):
        return {
            "decision": "approve",
            "fingerprint": self.edition.fp,
            "answers": desk.yes(self.edition, function),
            **changes,
        }

    def sign(self, client, function="legal", *, request=None, body=None, **changes):
        asked = request or self.request(function)
        return client.post(f"{P}review-requests/{asked.pk}/sign/", body or self.body(function, **changes))

    def refused(self, client, *args, **how):
        """What is heard; nothing changed, nothing is to be sent, one refusal is noted."""
        before = (
            Event.objects.count(),
            Message.objects.count(),
            Review.objects.count(),
            Refused.objects.count(),
        )
        answer = self.sign(client, *args, **how)
        after = (Event.objects.count(), Message.objects.count(), Review.objects.count())
        assert after == before[:3]
        assert Refused.objects.count() == before[3] + (answer.status not in (400, 404))
        if answer.status not in (400, 404):
            row = Refused.objects.order_by("recorded_at").last()
            assert (row.door, row.verb, row.codes) == ("api", "review.sign", answer.codes)
            assert (row.stream, row.subject_code) == ("TALV", self.revision.usecase.code)
        return answer


@pytest.fixture
def signing(stage):
    return Desk(stage)


def proved(person):
    return Api(person).proved()


def test_a1_whoever_submitted_it_signs_nothing_of_it(signing):
    cast = signing.cast
    zoe = cast.newcomer("zoe.juriste", department="legal", role="legal_reviewer")
    # Mehdi wrote and submitted it; he is given the right he lacks by nobody
    answer = signing.refused(proved(cast.mehdi))
    assert (answer.status, answer.code) == (403, "no_right")
    # a legal reviewer who wrote a part of the next edition
    backlog.withdraw(read.latest(signing.revision.usecase), by=cast.mehdi)
    draft = backlog.open_revision(signing.revision.usecase, by=cast.mehdi)
    draft.authors.add(zoe)
    signing.edition = backlog.submit(draft, by=cast.mehdi).edition
    answer = signing.refused(proved(zoe))
    assert (answer.status, answer.code) == (403, "SOD-01")
    # her colleague, who wrote nothing, signs
    signed = signing.sign(proved(cast.aude))
    assert signed.status == 201
    assert signed["reviewer"]["email"] == cast.aude.email


def test_a6_without_a_role_there_is_nothing_to_sign(signing):
    cast = signing.cast
    cast.admin.user.is_superuser = cast.admin.user.is_staff = True
    cast.admin.user.save(update_fields=["is_superuser", "is_staff"])
    answer = signing.refused(proved(cast.admin))
    assert (answer.status, answer.code) == (404, "not_found")
    assert signing.sign(proved(cast.aude)).status == 201


def test_a8_a_token_signs_nothing(signing):
    answer = signing.refused(Api(token=token_of(signing.cast.aude)))
    assert (answer.status, answer.code) == (403, "interactive_required")
    assert signing.sign(proved(signing.cast.aude)).status == 201


def test_a9_a10_a11_the_fingerprint_is_that_of_what_was_read(signing):
    cast = signing.cast
    aude = proved(cast.aude)
    for without in ({"fingerprint": ""}, {"fingerprint": None}):
        body = {name: value for name, value in signing.body(**without).items() if value is not None}
        answer = signing.refused(aude, body=body)
        assert (answer.status, answer.code) == (428, "fingerprint_required")
    # the one of another subject that she may sign as well
    other = signing.stage.submitted("LIB-UC-03", segment="LIB-UC-03#0").edition
    answer = signing.refused(aude, fingerprint=other.fp)
    assert (answer.status, answer.code) == (422, "fingerprint_mismatch")
    # the one of the edition before
    older = signing.edition.fp
    backlog.withdraw(read.latest(signing.revision.usecase), by=cast.mehdi)
    draft = backlog.edit(
        backlog.open_revision(signing.revision.usecase, by=cast.mehdi), by=cast.mehdi, description="Autre."
    )
    signing.edition = backlog.submit(draft, by=cast.mehdi).edition
    answer = signing.refused(aude, fingerprint=older)
    assert (answer.status, answer.code) == (412, "stale_revision")
    # what she reads now is what she signs
    asked = aude.get(f"{P}review-requests/{signing.request().pk}/")
    assert (asked["fingerprint"], asked["objections"]) == (signing.edition.fp, [])
    signed = signing.sign(aude, fingerprint=asked["fingerprint"])
    assert (signed.status, signed["fingerprint"]) == (201, signing.edition.fp)
    assert signed["scope_fingerprint"] == asked["scope_fingerprint"]


def test_a12_what_is_no_longer_in_review_is_not_signed(signing):
    backlog.withdraw(read.latest(signing.revision.usecase), by=signing.cast.mehdi)
    answer = signing.refused(proved(signing.cast.aude))
    assert (answer.status, answer.code) == (409, "not_in_review")


def test_a13_a_place_is_taken_once(signing):
    cast = signing.cast
    zoe = cast.newcomer("zoe.juriste", department="legal", role="legal_reviewer")
    assert signing.sign(proved(cast.aude)).status == 201
    for person in (cast.aude, zoe):
        answer = signing.refused(proved(person))
        assert answer.status == 409
        assert "slot_taken" in answer.codes
    assert signing.sign(proved(cast.diane), "dpo").status == 201


def test_a16_a17_the_proof_is_fresh_and_of_this_session(signing):
    aude = signing.cast.aude
    for client in (Api(aude), Api(aude).proved(301), Api(aude).proved(-60)):
        answer = signing.refused(client)
        assert (answer.status, answer.code) == (401, "reauth_required")
    other = proved(aude)  # proved in another session
    answer = signing.refused(Api(aude))
    assert answer.code == "reauth_required"
    assert signing.sign(other).status == 201


def test_a18_five_wrong_passwords_close_signing_too(signing):
    from django.core.cache import cache

    cache.clear()
    aude = signing.cast.aude
    aude.user.set_password("un jalon bien planté")
    aude.user.save(update_fields=["password"])
    client = Api(aude)
    tries = [client.post("session/reauthenticate/", {"password": "non"}) for _try in range(5)]
    assert {(one.status, one.code) for one in tries} == {(401, "reauth_required")}
    closed = client.post("session/reauthenticate/", {"password": "un jalon bien planté"})
    assert (closed.status, closed.code) == (429, "too_many")
    assert signing.refused(client).code == "reauth_required"
    cache.clear()
    assert client.post("session/reauthenticate/", {"password": "un jalon bien planté"}).status == 200
    assert signing.sign(client).status == 201


def test_a20_what_is_read_is_not_written(signing):
    cast, code = signing.cast, signing.revision.usecase.code
    aude, paul = proved(cast.aude), Api(cast.paul)
    version = paul.get(f"{P}use-cases/{code}/").version
    for field in ("status", "state", "decided_at", "author", "reauth_age_s"):
        answers = [
            signing.refused(aude, **{field: "approved"}),
            paul.patch(f"{P}use-cases/{code}/revisions/1/", {field: "approved"}, version=1),
            paul.patch(f"{P}use-cases/{code}/", {field: "approved"}, version=version),
        ]
        assert {(answer.status, answer.fields[0]) for answer in answers} == {(400, field)}
        assert {answer.code for answer in answers} <= {"read_only_field", "unknown_field"}
        assert answers[0].code == "read_only_field"


def test_a22_after_a_rejection_nobody_else_signs(signing):
    cast = signing.cast
    rejected = signing.sign(
        proved(cast.diane),
        "dpo",
        body=signing.body("dpo", decision="reject", public_comment="Non, pas ainsi."),
    )
    assert (rejected.status, rejected["decision"]) == (201, "reject")
    answer = signing.refused(proved(cast.aude))
    assert (answer.status, answer.code) == (409, "rejected")
    # the next edition is signed anew
    draft = backlog.edit(
        backlog.open_revision(read.latest(signing.revision.usecase).usecase, by=cast.mehdi),
        by=cast.mehdi,
        retention="P3M",
    )
    signing.edition = backlog.submit(draft, by=cast.mehdi).edition
    assert signing.sign(proved(cast.aude)).status == 201


def test_a23_what_is_signed_is_not_edited(signing):
    cast = signing.cast
    signing.sign(proved(cast.aude))
    address = f"{P}use-cases/{signing.revision.usecase.code}/revisions/1/"
    version = Api(cast.mehdi).get(address).version
    answer = Api(cast.mehdi).patch(address, {"title_fr": "Autre chose"}, version=version)
    assert (answer.status, answer.code) == (409, "INV-17")


def test_a24_a_signature_is_revoked_and_never_deleted(signing):
    cast = signing.cast
    signed = signing.sign(proved(cast.aude))
    address = f"{P}reviews/{signed['id']}/"
    assert Api(cast.aude).delete(address + "revoke/").status == 405
    assert Api(cast.aude).delete(address).status == 404
    assert Api(cast.diane).post(address + "revoke/", {"reason": "Non."}).code == "no_right"
    assert (
        Api(token=token_of(cast.aude)).post(address + "revoke/", {"reason": "Non."}).code
        == "interactive_required"
    )
    assert Api(cast.aude).post(address + "revoke/", {"reason": "Lu trop vite."}).code == "reauth_required"
    revoked = proved(cast.aude).post(address + "revoke/", {"reason": "Lu trop vite."})
    assert (revoked.status, revoked["revoke_reason"]) == (200, "Lu trop vite.")
    standing = Api(cast.paul).get(f"{P}use-cases/{signing.revision.usecase.code}/standing/")
    legal = next(one for one in standing["functions"] if one["function"] == "legal")
    assert (legal["state"], legal["covers"]) == ("revoked", False)


def test_a32_a_link_signs_nothing(signing):
    asked = signing.request()
    assert proved(signing.cast.aude).get(f"{P}review-requests/{asked.pk}/sign/").status == 405


def test_b_a_delegate_signs_once_accepted_never_by_a_token_and_until_it_ends(signing):
    cast = signing.cast
    roles.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    asked = {
        "delegate": cast.victor.email,
        "function": "technical",
        "starts_on": clock.today(),
        "ends_on": clock.today() + clock.dt.timedelta(days=15),
        "reason": "Congés.",
    }
    thomas = Api(cast.thomas)
    # B3, B4, B5, and to oneself
    for wrong, code in (
        ({"delegate": cast.thomas.email}, "SOD-12"),
        ({"ends_on": clock.today() + clock.dt.timedelta(days=46)}, "DLG-04"),
        ({"starts_on": clock.today() - clock.dt.timedelta(days=1)}, "DLG-04"),
        ({"ends_on": clock.today() - clock.dt.timedelta(days=1)}, "DLG-04"),
    ):
        answer = thomas.post(P + "delegations/", {**asked, **wrong})
        assert (answer.status, code in answer.codes) == (403, True), answer
    assert thomas.post(P + "delegations/", {**asked, "function": "dpo"}).code == "no_right"  # B6
    roles.name_deputy(cast.programme, cast.victor, "technical", by=cast.helene)
    lent = thomas.post(P + "delegations/", asked)
    assert (lent.status, lent["status"]) == (201, "proposed")
    overlap = thomas.post(P + "delegations/", asked)  # B1
    assert (overlap.status, overlap.code) == (409, "DLG-00")

    # not accepted yet
    victor = proved(cast.victor)
    answer = signing.refused(victor, "technical")
    assert (answer.status, answer.code) == (403, "DLG-01")
    accepting = f"{P}delegations/{lent['code']}/accept/"
    assert (
        Api(token=token_of(cast.victor)).post(accepting, version=lent.version).code == "interactive_required"
    )
    assert thomas.post(accepting, version=lent.version).code == "SOD-12"
    assert victor.post(accepting).code == "precondition_required"
    assert victor.post(accepting, version=lent.version)["status"] == "active"
    signed = signing.sign(victor, "technical")
    assert signed.status == 201, signed
    assert (signed["reviewer"]["email"], signed["on_behalf_of"]["email"]) == (
        cast.victor.email,
        cast.thomas.email,
    )

    # revoked by its delegator: nothing more is signed by it
    ended = thomas.post(
        f"{P}delegations/{lent['code']}/revoke/", {"reason": "Retour."}, version=lent.version + 1
    )
    assert ended["status"] == "revoked"
    other = signing.stage.submitted("LIB-UC-03", segment="LIB-UC-03#0").edition
    signing.edition, signing.revision = (
        other,
        read.latest(read.use_cases(cast.programme).get(dossier=other.dossier)),
    )
    answer = signing.refused(victor, "technical")
    assert answer.status == 403


def test_c_what_is_named_in_a_body_is_scoped_like_an_address(signing):
    cast = signing.cast
    aude = proved(cast.aude)
    stranger = {
        "text": "Prouver",
        "owner": "nobody@elsewhere.example",
        "due_on": "2027-01-15",
        "severity": "follow_up",
    }
    answer = signing.refused(aude, decision="approve_with_conditions", conditions=[stranger])
    assert (answer.status, answer.code, answer.fields) == (422, "unknown", ["conditions"])
    assert aude.post(f"{P}review-requests/{uuid.uuid4()}/sign/", signing.body()).status == 404
