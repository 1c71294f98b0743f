"""Attacks A1 to A34 of trust.md on the verb, as decisions.md 7 reads them; each has a twin that succeeds.

A17 to A19 (whose proof it is, five wrong passwords, a code used twice) belong to the door that takes the
proof, A32 (a link that signs) to the page: the verb knows the proof's age only, and the database bounds it.
A29 and A30 (skipping a gate, reopening one) are in tests/governance/gates.
"""

import inspect
import unicodedata

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import URLPattern, get_resolver

from governance.accounts.models import User
from governance.audit.models import Event
from governance.canonical import NotCanonical
from governance.conditions import actions as conditions_
from governance.dossiers import actions as dossiers
from governance.dossiers.choices import ClosedAs, Facet
from governance.errors import Refusal
from governance.gates import actions as gates
from governance.notices.models import Message
from governance.reviews import actions, queries, registry
from governance.reviews.choices import Decision, Standing
from governance.reviews.models import Approval, Review
from governance.roles import actions as roles
from governance.roles import rules as role_rules
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from tests import makers
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db


def refused(code, status, act):
    """The act is refused under this code, first, with its status; nothing is written."""
    before = Review.objects.count(), Approval.objects.count(), Event.objects.count(), Message.objects.count()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        act()
    after = Review.objects.count(), Approval.objects.count(), Event.objects.count(), Message.objects.count()
    assert (caught.value.code, caught.value.status) == (code, status), [
        each.code for each in caught.value.objections
    ]
    assert str(caught.value.detail)
    assert before == after
    return caught.value


def denied(statement, *values):
    """The site may not even say it: the database answers 42501."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert caught.value.__cause__.sqlstate == "42501"


def routes(resolver=None, prefix=""):
    """Every address of the portal."""
    for each in (resolver or get_resolver()).url_patterns:
        here = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield f"{here} {each.name or ''} {getattr(each.callback, '__qualname__', '')}".lower()
        else:
            yield from routes(each, here)


@pytest.fixture
def dossier(cast):
    return desk.opened(cast.programme, by=cast.mehdi)


def test_a1_the_author_does_not_sign(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.aude])
    refused("SOD-01", 403, lambda: desk.signed(edition, "legal", cast.aude))
    other = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
    assert desk.signed(edition, "legal", other).reviewer == other


def test_a2_nor_does_whoever_edited_one_field(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.mehdi, cast.thomas])
    refused("SOD-01", 403, lambda: desk.signed(edition, "technical", cast.thomas))
    assert desk.signed(edition, "legal", cast.aude)


def test_a2_nor_does_a_mere_submitter(cast, dossier):
    edition = desk.submitted(dossier, by=cast.thomas, authors=[cast.mehdi])
    refused("SOD-02", 403, lambda: desk.signed(edition, "technical", cast.thomas))
    assert desk.signed(edition, "legal", cast.aude)


def test_a3_whoever_imported_rows_is_an_author_and_no_import_door_exists(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.diane])
    refused("SOD-01", 403, lambda: desk.signed(edition, "dpo", cast.diane))
    assert [route for route in routes() if "import" in route] == []
    assert desk.signed(edition, "legal", cast.aude)


def test_a4_the_author_does_not_sign_as_a_delegate(cast, dossier):
    desk.lent(cast, cast.aude, cast.victor, "legal")
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.mehdi, cast.victor])
    refused("SOD-01", 403, lambda: desk.signed(edition, "legal", cast.victor))
    other = desk.submitted(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    review = desk.signed(other, "legal", cast.victor)
    assert (review.reviewer, review.on_behalf_of) == (cast.victor, cast.aude)


def test_a5_nobody_signs_on_behalf_of_the_author(cast, dossier):
    desk.lent(cast, cast.aude, cast.victor, "legal")
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.aude])
    refused("SOD-01", 403, lambda: desk.signed(edition, "legal", cast.victor))
    other = desk.submitted(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    assert desk.signed(other, "legal", cast.victor)


def test_a6_a_superuser_without_a_role_signs_nothing(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    root = cast.newcomer("root")
    User.objects.filter(pk=root.user_id).update(is_superuser=True, is_staff=True)
    root = Person.objects.select_related("user", "organisation").get(pk=root.pk)
    assert root.user.has_perm("reviews.add_review")  # Django says yes to everything
    refused("not_found", 404, lambda: desk.signed(edition, "legal", root))
    roles.assign(cast.programme, root, Role.OBSERVER, by=cast.helene)
    refused("no_right", 403, lambda: desk.signed(edition, "legal", root))
    assert desk.signed(edition, "legal", cast.aude)


def test_a7_nobody_acts_as_somebody_else(cast, dossier):
    assert [
        route
        for route in routes()
        if any(word in route for word in ("impersonat", "hijack", "loginas", "su/"))
    ] == []
    assert set(inspect.signature(actions.sign).parameters) == {
        "request", "decision", "fingerprint", "by", "reauth_age_s", "answers", "conditions", "public_comment",
    }  # fmt: skip
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.signed(edition, "legal", cast.aude).reviewer == cast.aude


def test_a8_who_proves_nothing_signs_nothing(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    refused("reauth_required", 401, lambda: desk.signed(edition, "legal", cast.aude, reauth_age_s=None))
    assert desk.signed(edition, "legal", cast.aude, reauth_age_s=0)


def test_a9_a_signature_names_its_content(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    for nothing in (None, ""):
        refused(
            "fingerprint_required",
            428,
            lambda nothing=nothing: desk.signed(edition, "legal", cast.aude, fingerprint=nothing),
        )
    assert desk.signed(edition, "legal", cast.aude, fingerprint=edition.fp)


def test_a10_what_was_read_is_an_older_edition(cast, dossier):
    old = desk.submitted(dossier, by=cast.mehdi)
    actions.replace(old, by=cast.mehdi)
    new = desk.submitted(
        dossier, by=cast.mehdi, number=2, facets=desk.with_facets(AUDIENCE={"audience_branch": "both"})
    )
    refused("stale_revision", 412, lambda: desk.signed(new, "legal", cast.aude, fingerprint=old.fp))
    assert desk.signed(new, "legal", cast.aude, fingerprint=new.fp)


def test_a11_what_was_read_is_another_subject(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    other = desk.submitted(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    refused(
        "fingerprint_mismatch", 422, lambda: desk.signed(edition, "legal", cast.aude, fingerprint=other.fp)
    )
    refused(
        "fingerprint_mismatch", 422, lambda: desk.signed(edition, "legal", cast.aude, fingerprint="sha256:0")
    )
    scope = edition.scopes.get(function="legal").fp
    refused("fingerprint_mismatch", 422, lambda: desk.signed(edition, "legal", cast.aude, fingerprint=scope))
    assert desk.signed(other, "legal", cast.aude, fingerprint=other.fp)


@pytest.mark.parametrize("end", ["withdrawn", "replaced", "rejected"])
def test_a12_what_is_closed_is_not_signed(cast, dossier, end):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request = desk.asked(edition, "legal")
    if end == "rejected":
        desk.signed(edition, "dpo", cast.diane, Decision.REJECT)
    if end == "withdrawn":
        actions.withdraw(edition, by=cast.mehdi)
    else:
        actions.replace(edition, by=cast.mehdi)
    edition.refresh_from_db()
    assert edition.closed_as == ClosedAs(end)
    refused("not_in_review", 409, lambda: desk.signed(edition, "legal", cast.aude, request=request))
    again = desk.submitted(dossier, by=cast.mehdi, number=2)
    assert desk.signed(again, "legal", cast.aude)


def test_a13_a_function_signs_once(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request = desk.asked(edition, "legal")
    other = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
    assert desk.signed(edition, "legal", cast.aude, request=request)
    twice = refused("SOD-08", 409, lambda: desk.signed(edition, "legal", cast.aude, request=request))
    assert [each.code for each in twice.objections] == ["SOD-08", "slot_taken"]
    refused("slot_taken", 409, lambda: desk.signed(edition, "legal", other, request=request))


def test_a14_one_person_signs_one_function(cast, dossier):
    both = cast.newcomer("omar.double", department="it", role=Role.TECHNICAL_REVIEWER)
    roles.assign(cast.programme, both, Role.SECURITY_REVIEWER, by=cast.helene)
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["third_party_export"])
    assert desk.signed(edition, "technical", both)
    refused("SOD-09", 409, lambda: desk.signed(edition, "security", both))
    assert desk.signed(edition, "security", cast.simon)


def test_a15_nor_a_second_one_by_delegation(cast, dossier):
    desk.lent(cast, cast.simon, cast.thomas, "security")
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["third_party_export"])
    assert desk.signed(edition, "technical", cast.thomas)
    refused("SOD-09", 409, lambda: desk.signed(edition, "security", cast.thomas))
    assert desk.signed(edition, "security", cast.simon)


def test_a15_nor_does_the_one_it_was_signed_for(cast, dossier):
    roles.assign(cast.programme, cast.simon, Role.TECHNICAL_REVIEWER, by=cast.helene)
    desk.lent(cast, cast.simon, cast.victor, "security")
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["third_party_export"])
    assert desk.signed(edition, "security", cast.victor).on_behalf_of == cast.simon
    refused("SOD-09", 409, lambda: desk.signed(edition, "technical", cast.simon))
    assert desk.signed(edition, "technical", cast.thomas)


@pytest.mark.parametrize("age", [301, 86_400, -1])
def test_a16_an_old_proof_or_one_of_tomorrow_signs_nothing(cast, dossier, age):
    edition = desk.submitted(dossier, by=cast.mehdi)
    refused("reauth_required", 401, lambda: desk.signed(edition, "legal", cast.aude, reauth_age_s=age))
    assert desk.signed(edition, "legal", cast.aude, reauth_age_s=300).reauth_age_s == 300


def test_a16_the_programme_may_ask_for_a_fresher_proof(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    roles.edit_programme(cast.programme, by=cast.helene, settings={"reauth_minutes": 1})
    cast.programme.refresh_from_db()
    edition = type(edition).objects.get(pk=edition.pk)
    refused("reauth_required", 401, lambda: desk.signed(edition, "legal", cast.aude, reauth_age_s=61))
    assert desk.signed(edition, "legal", cast.aude, reauth_age_s=60)


def test_a20_no_state_can_be_written(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    names = {
        field.name
        for model in (type(edition), Review, Approval, type(dossier))
        for field in model._meta.fields
    }
    assert not names & {"status", "state", "is_approved", "decided_at"}
    denied("UPDATE dossiers_edition SET submitted_by_id = %s WHERE id = %s", cast.aude.pk, edition.pk)
    denied("UPDATE reviews_review SET decision = 'approve'")
    denied("UPDATE reviews_reviewrequest SET function = 'dpo'")
    actions.withdraw(edition, by=cast.mehdi)
    edition.refresh_from_db()
    assert edition.closed_as == ClosedAs.WITHDRAWN


def test_a21_nobody_approves_by_hand(cast, dossier):
    verbs = {
        name for name, verb in vars(actions).items() if inspect.isfunction(verb) and not name.startswith("_")
    }
    assert not {name for name in verbs if "approv" in name or "decide" in name}
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "legal", cast.aude)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Approval.objects.create(edition=edition, at=edition.submitted_at)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert caught.value.__cause__.diag.constraint_name == "approval_is_covered"
    for function, who in (("dpo", cast.diane), ("technical", cast.thomas), ("sponsor", cast.helene)):
        desk.signed(edition, function, who)
    assert Approval.objects.filter(edition=edition).exists()


def test_a22_nobody_signs_over_a_rejection(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "dpo", cast.diane, Decision.REJECT)
    said = refused("rejected", 409, lambda: desk.signed(edition, "legal", cast.aude))
    assert "Diane Protection" in str(said)
    review = Review.objects.get(edition=edition)
    actions.revoke(review, by=cast.diane, reason="Lu trop vite.", reauth_age_s=0)
    assert desk.signed(edition, "legal", cast.aude)


def test_a23_a_submitted_content_does_not_change(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "legal", cast.aude)
    denied("UPDATE dossiers_edition SET content = 'x' WHERE id = %s", edition.pk)
    refused(
        "INV-17",
        409,
        lambda: desk.frozen(dossier, by=cast.mehdi, facets=desk.with_facets(WORDING={"title_fr": "Autre"})),
    )
    actions.replace(edition, by=cast.mehdi)
    assert desk.frozen(dossier, by=cast.mehdi, number=2).number == 2


def test_a24_a_signature_is_never_deleted_and_can_always_be_revoked(cast, dossier):
    edition = desk.approved(dossier, cast)
    review = Review.objects.get(edition=edition, function="legal")
    denied("DELETE FROM reviews_review WHERE id = %s", review.pk)
    refused("reason_required", 422, lambda: actions.revoke(review, by=cast.aude, reason=" ", reauth_age_s=0))
    refused("no_right", 403, lambda: actions.revoke(review, by=cast.diane, reason="Non.", reauth_age_s=0))
    assert (
        actions.revoke(review, by=cast.aude, reason="Base légale à revoir.", reauth_age_s=0).revoked_by
        == cast.aude
    )
    refused(
        "already_revoked", 409, lambda: actions.revoke(review, by=cast.aude, reason="Encore.", reauth_age_s=0)
    )
    assert Approval.objects.filter(edition=edition).exists()
    assert not queries.covered(edition)


def test_a25_what_is_asked_does_not_change_under_way(cast, dossier, monkeypatch):
    edition = desk.submitted(dossier, by=cast.mehdi)
    denied("UPDATE dossiers_editionrequirement SET minimum = 1")
    denied("DELETE FROM dossiers_editionrequirement")
    # And what became stricter since applies: two sponsors, of two departments.
    registry.flags_now("use_case")(lambda editions: {each.pk: ["budget_over_threshold"] for each in editions})
    for function, who in (
        ("legal", cast.aude),
        ("dpo", cast.diane),
        ("technical", cast.thomas),
        ("sponsor", cast.helene),
    ):
        desk.signed(edition, function, who)
    assert not Approval.objects.filter(edition=edition).exists()
    desk.signed(edition, "sponsor", cast.bruno)
    assert Approval.objects.filter(edition=edition).exists()


def test_a26_an_author_edits_no_gate_template(cast):
    assert "gate.criteria" not in role_rules.ACTIONS_WITH_VERBS
    assert not [
        name
        for name in vars(gates)
        if "criter" in name and not name.startswith("_") and inspect.isfunction(getattr(gates, name))
    ]
    assert [route for route in routes() if "criteria" in route] == []
    assert "gate.prepare" in role_rules.matrix.cells()


def test_a27_a_dossier_never_moves(cast, dossier):
    other = makers.programme("AUTRE", sponsor=cast.bruno)
    desk.submitted(dossier, by=cast.mehdi)
    denied("UPDATE dossiers_dossier SET programme_id = %s WHERE id = %s", other.pk, dossier.pk)
    denied("UPDATE dossiers_dossier SET code = 'UC-01' WHERE id = %s", dossier.pk)
    with transaction.atomic():
        assert dossiers.rename(dossier, name_fr="Autre nom").name_fr == "Autre nom"


def test_a28_nothing_is_attached_to_an_edition_in_review(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    denied("UPDATE dossiers_editionscope SET fp = fp")
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        edition.scopes.create(function="legal", fp="sha256:" + "0" * 64)
    assert caught.value.__cause__.diag.constraint_name == "edition_written_once"
    assert desk.signed(edition, "legal", cast.aude)


def test_a31_a_condition_counts_for_the_approval_and_not_for_a_licence(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(
        edition, "dpo", cast.diane, Decision.APPROVE_WITH_CONDITIONS, conditions=[desk.condition(cast.mehdi)]
    )
    for function, who in (("legal", cast.aude), ("technical", cast.thomas), ("sponsor", cast.helene)):
        desk.signed(edition, function, who)
    dpo = next(each for each in queries.standing(edition) if each.function == "dpo")
    assert (dpo.state, dpo.covers, dpo.clears) == (Standing.BLOCKED, True, False)
    condition = dpo.by[0].conditions.get()
    conditions_.submit_evidence(condition, makers_evidence(cast), by=cast.mehdi)
    conditions_.verify(condition, by=cast.diane)
    dpo = next(each for each in queries.standing(edition) if each.function == "dpo")
    assert (dpo.state, dpo.clears) == (Standing.VALID, True)


def makers_evidence(cast):
    return roles.add_evidence(
        cast.programme,
        by=cast.mehdi,
        title="Mention posée",
        kind="document",
        data=b"la mention",
        filename="mention.txt",
    )


def test_a33_one_signature_is_for_one_request(cast, dossier):
    assert [route for route in routes() if "bulk" in route and "review" in route] == []
    assert "request" in inspect.signature(actions.sign).parameters
    mine = desk.submitted(dossier, by=cast.mehdi, authors=[cast.aude])
    other = desk.submitted(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    refused("SOD-01", 403, lambda: desk.signed(mine, "legal", cast.aude))
    assert desk.signed(other, "legal", cast.aude)


def test_a34_text_that_looks_the_same_is_not_the_same(cast, dossier):
    written = "Études"
    apart = unicodedata.normalize("NFD", written)
    with pytest.raises(NotCanonical), transaction.atomic():
        desk.frozen(dossier, by=cast.mehdi, facets=desk.with_facets(WORDING={"title_fr": apart}))
    edition = desk.submitted(dossier, by=cast.mehdi, facets=desk.with_facets(WORDING={"title_fr": written}))
    actions.replace(edition, by=cast.mehdi)
    invisible = desk.with_facets(WORDING={"title_fr": written + "\u200b"})
    second = desk.submitted(dossier, by=cast.mehdi, number=2, facets=invisible)
    assert second.fp != edition.fp
    assert second.facet(Facet.WORDING)["title_fr"] != written
    refused("stale_revision", 412, lambda: desk.signed(second, "legal", cast.aude, fingerprint=edition.fp))
    assert desk.signed(second, "legal", cast.aude, fingerprint=second.fp)
