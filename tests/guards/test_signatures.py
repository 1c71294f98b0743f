"""Raw SQL as the site: each forged signature is refused by the name of its rule, its honest twin is not."""

# ruff: noqa: E501  (a statement reads better on its line)

import datetime as dt
import json
import re
import uuid
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from governance import clock
from governance.conditions import actions as conditions_
from governance.conditions.models import Condition
from governance.dossiers.models import Edition
from governance.reviews import actions
from governance.reviews.choices import Decision
from governance.reviews.models import Review, ReviewRequest
from governance.roles.choices import Role
from tests.cast import Cast
from tests.governance.reviews import desk

OTHER_FP = "sha256:" + "0" * 64


class Stage:
    def __init__(self):
        self.cast = cast = Cast()
        self.lea = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
        self.odile = cast.newcomer("odile.message", role=Role.SPONSOR)  # marketing, as Hélène
        self.omar = cast.newcomer("omar.double", department="it", role=Role.TECHNICAL_REVIEWER)
        desk.roles.assign(cast.programme, self.omar, Role.SECURITY_REVIEWER, by=cast.helene)
        self.lent = desk.lent(cast, cast.aude, cast.victor, "legal")
        self.lent_by_lea = desk.lent(cast, self.lea, cast.victor, "legal")
        self.lent_by_thomas = desk.lent(cast, cast.thomas, cast.victor, "technical")
        self.proposed = desk.lent(cast, cast.diane, cast.anna, "dpo", accepted=False)
        self.edition = self.submitted(
            "UC-90", flags=["third_party_export", "budget_over_threshold"], authors=[cast.mehdi]
        )
        self.signed = self.submitted(
            "UC-91", flags=["third_party_export", "budget_over_threshold"], authors=[cast.mehdi]
        )
        for function, who in (
            ("legal", cast.aude),
            ("dpo", cast.diane),
            ("security", cast.simon),
            ("technical", cast.thomas),
            ("sponsor", cast.helene),
        ):
            desk.signed(self.signed, function, who)
        self.by_thomas = self.submitted("UC-92", by=cast.thomas, authors=[cast.mehdi])
        self.by_lea = self.submitted("UC-93", authors=[self.lea])
        self.risky = self.submitted("UC-94", flags=["minors"])
        self.closed = self.submitted("UC-95")
        self.closed_request = desk.asked(self.closed, "technical")
        actions.withdraw(self.closed, by=cast.paul)
        self.approved = desk.approved(
            desk.opened(cast.programme, "UC-96", by=cast.paul), cast, by=cast.paul, authors=[cast.mehdi]
        )
        self.rejected = self.submitted("UC-97")
        desk.signed(self.rejected, "dpo", cast.diane, Decision.REJECT)

    def submitted(self, code, *, by=None, authors=None, flags=()):
        by = by or self.cast.paul
        return desk.submitted(
            desk.opened(self.cast.programme, code, by=by),
            by=by,
            authors=authors or [self.cast.mehdi],
            flags=flags,
        )

    def row(self, edition, function, reviewer, **forged):
        """The row that the verb would write."""
        request = ReviewRequest.objects.filter(edition=edition, function=function).first()
        return {
            "id": uuid.uuid4(),
            "dossier_id": edition.dossier_id,
            "edition_id": edition.pk,
            "function": function,
            "scope_fp": edition.scopes.get(function=function).fp,
            "full_fp": edition.fp,
            "request_id": request.pk if request is not None else None,
            "place": 1,
            "submitted_by_id": edition.submitted_by_id,
            "reviewer_id": reviewer.pk,
            "department": reviewer.department,
            "on_behalf_of_id": None,
            "delegation_id": None,
            "decision": "approve",
            "answers": json.dumps({}),
            "public_comment": "",
            "meaning": "J’ai lu.",
            "days": 180,
            "reauth_age_s": 10,
            "revoke_reason": "",
            **forged,
        }


def insert(table, row):
    """Insert a row, and let deferred rules speak at once."""
    names = ", ".join(row)
    holes = ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({holes})", list(row.values()))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def refused(name, act):
    with pytest.raises(DatabaseError) as caught:
        act()
    assert caught.value.__cause__.diag.constraint_name == name, caught.value


def sign(row):
    insert("reviews_review", row)


# Each takes the stage and gives a forged row; the twin is the honest one of the same place.
FORGED = {
    "an author signs": (
        "authors_do_not_sign",
        lambda s: s.row(s.by_lea, "legal", s.lea, days=365),
        lambda s: s.row(s.by_lea, "legal", s.cast.aude, days=365),
    ),
    "somebody signs for an author": (
        "authors_do_not_sign",
        lambda s: s.row(
            s.by_lea, "legal", s.cast.victor, on_behalf_of_id=s.lea.pk, delegation_id=s.lent_by_lea.pk
        ),
        lambda s: s.row(
            s.by_lea, "legal", s.cast.victor, on_behalf_of_id=s.cast.aude.pk, delegation_id=s.lent.pk
        ),
    ),
    "the submitter signs": (
        "submitter_does_not_sign",
        lambda s: s.row(s.by_thomas, "technical", s.cast.thomas),
        lambda s: s.row(s.by_thomas, "technical", s.omar),
    ),
    "somebody signs for the submitter": (
        "nobody_signs_for_the_submitter",
        lambda s: s.row(
            s.by_thomas,
            "technical",
            s.cast.victor,
            on_behalf_of_id=s.cast.thomas.pk,
            delegation_id=s.lent_by_thomas.pk,
        ),
        lambda s: s.row(
            s.edition,
            "technical",
            s.cast.victor,
            on_behalf_of_id=s.cast.thomas.pk,
            delegation_id=s.lent_by_thomas.pk,
        ),
    ),
    "another scope": (
        "signed_scope",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, scope_fp=OTHER_FP),
        None,
    ),
    "the scope of another function": (
        "signed_scope",
        lambda s: s.row(
            s.edition, "technical", s.cast.thomas, scope_fp=s.edition.scopes.get(function="legal").fp
        ),
        None,
    ),
    "another content": (
        "signed_content",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, full_fp=s.signed.fp),
        None,
    ),
    "another submitter": (
        "signed_after_submitter",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, submitted_by_id=s.cast.mehdi.pk),
        None,
    ),
    "another dossier": (
        "signed_dossier",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, dossier_id=s.by_thomas.dossier_id),
        None,
    ),
    "the request of another function": (
        "signed_on_request",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, request_id=desk.asked(s.edition, "legal").pk),
        None,
    ),
    "a request that is closed": (
        "request_is_open",
        lambda s: s.row(s.signed, "technical", s.omar, place=2),
        None,
    ),
    "an old proof": (
        "read_again_before_signing",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, reauth_age_s=301),
        None,
    ),
    "a proof of tomorrow": (
        "read_again_before_signing",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, reauth_age_s=-1),
        None,
    ),
    "longer than asked": (
        "review_lives_as_asked",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, days=365),
        None,
    ),
    "a function that is not asked": (
        "review_lives_as_asked",
        lambda s: s.row(
            s.by_thomas, "security", s.cast.simon, request_id=desk.asked(s.by_thomas, "legal").pk
        ),
        lambda s: s.row(s.edition, "security", s.cast.simon),
    ),
    "a day only": (
        "review_lives_30_to_730_days",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, days=1),
        None,
    ),
    "before the others": (
        "signed_in_order",
        lambda s: s.row(s.edition, "sponsor", s.cast.helene),
        lambda s: s.row(s.signed, "sponsor", s.cast.bruno, place=2),
    ),
    "over a rejection": (
        "nobody_signs_after_a_reject",
        lambda s: s.row(s.rejected, "technical", s.cast.thomas),
        None,
    ),
    "the same twice": (
        "one_signature_each",
        lambda s: s.row(s.signed, "sponsor", s.cast.helene, place=2),
        lambda s: s.row(s.signed, "sponsor", s.cast.bruno, place=2),
    ),
    "two sponsors of one department": (
        "sponsors_of_two_departments",
        lambda s: s.row(s.signed, "sponsor", s.odile, place=2),
        lambda s: s.row(s.signed, "sponsor", s.cast.bruno, place=2),
    ),
    "without the role": (
        "reviewer_holds_the_function",
        lambda s: s.row(s.edition, "technical", s.cast.anna),
        None,
    ),
    "by a delegation nobody accepted": (
        "delegation_is_active",
        lambda s: s.row(
            s.edition, "dpo", s.cast.anna, on_behalf_of_id=s.cast.diane.pk, delegation_id=s.proposed.pk
        ),
        lambda s: s.row(s.edition, "dpo", s.cast.diane),
    ),
    "by the delegation of others": (
        "signed_by_delegation",
        lambda s: s.row(s.edition, "legal", s.lea, on_behalf_of_id=s.cast.aude.pk, delegation_id=s.lent.pk),
        lambda s: s.row(
            s.edition, "legal", s.cast.victor, on_behalf_of_id=s.cast.aude.pk, delegation_id=s.lent.pk
        ),
    ),
    "by a delegate who is no deputy": (
        "delegate_may_sign",
        lambda s: s.row(
            s.edition, "legal", s.cast.anna, on_behalf_of_id=s.cast.aude.pk, delegation_id=s.lent.pk
        ),
        None,
    ),
    "for somebody without a delegation": (
        "on_behalf_by_delegation",
        lambda s: s.row(s.edition, "legal", s.lea, on_behalf_of_id=s.cast.aude.pk),
        None,
    ),
    "for oneself": (
        "nobody_signs_for_oneself",
        lambda s: s.row(s.edition, "legal", s.lea, on_behalf_of_id=s.lea.pk),
        None,
    ),
    "high risk by delegation": (
        "high_risk_is_not_delegated",
        lambda s: s.row(
            s.risky, "legal", s.cast.victor, on_behalf_of_id=s.cast.aude.pk, delegation_id=s.lent.pk
        ),
        lambda s: s.row(s.risky, "legal", s.cast.aude),
    ),
    "from another department": (
        "signed_from_ones_department",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, department="marketing"),
        None,
    ),
    "born revoked": (
        "revoked_later",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, revoked_at=timezone.now()),
        None,
    ),
    "on a closed edition": ("edition_in_review", lambda s: s.row(s.closed, "technical", s.cast.thomas), None),
    "a rejection in silence": (
        "rejected_with_a_comment",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, decision="reject"),
        lambda s: s.row(s.edition, "technical", s.cast.thomas, decision="reject", public_comment="Non."),
    ),
    "under no condition": (
        "conditions_of_the_decision",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, decision="approve_with_conditions"),
        None,
    ),
    "without a meaning": (
        "review_says_what_it_means",
        lambda s: s.row(s.edition, "technical", s.cast.thomas, meaning=""),
        None,
    ),
}


class RawSqlTests(TestCase):
    """The stage is made once; each attack, and its twin, is undone."""

    @classmethod
    def setUpClass(cls):
        cls.patch = pytest.MonkeyPatch()
        desk.stand_alone(cls.patch)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.patch.undo()

    @classmethod
    def setUpTestData(cls):
        cls.stage = Stage()


def raw(attack, name=None):
    """Make a test of a function of the stage."""
    setattr(RawSqlTests, name or attack.__name__, lambda self: attack(self.stage))


def slug(words):
    return "test_" + "_".join(re.findall("[a-z0-9]+", words.lower()))


def _forged(stage, attack):
    name, forge, honest = FORGED[attack]
    before = Review.objects.count()
    refused(name, lambda: sign(forge(stage)))
    assert Review.objects.count() == before
    sign((honest or (lambda s: s.row(s.edition, "technical", s.cast.thomas)))(stage))
    assert Review.objects.count() == before + 1


for _attack in FORGED:
    raw(partial(_forged, attack=_attack), slug(_attack))


@raw
def test_one_person_does_not_sign_two_functions(stage):
    sign(stage.row(stage.edition, "technical", stage.omar))
    refused("one_function_a_person", lambda: sign(stage.row(stage.edition, "security", stage.omar)))
    sign(stage.row(stage.edition, "security", stage.cast.simon))


@raw
def test_two_signatures_do_not_take_one_place(stage):
    sign(stage.row(stage.edition, "technical", stage.cast.thomas))
    refused("one_review_a_place", lambda: sign(stage.row(stage.edition, "technical", stage.omar)))


@raw
def test_a_signature_says_when_by_the_database(stage):
    yesterday = timezone.now() - dt.timedelta(days=400)
    row = stage.row(
        stage.edition, "technical", stage.cast.thomas, signed_at=yesterday, valid_through=dt.date(2099, 1, 1)
    )
    sign(row)
    review = Review.objects.get(pk=row["id"])
    assert clock.day_of(review.signed_at) == clock.today()
    assert review.valid_through == clock.today() + dt.timedelta(days=180)


@raw
def test_a_signature_is_revoked_once_by_its_function(stage):
    review = Review.objects.get(edition=stage.signed, function="technical")
    revoke = (
        "UPDATE reviews_review SET revoked_at = now(), revoked_by_id = %s, revoke_reason = %s WHERE id = %s"
    )
    refused("revoked_by_the_function", lambda: run(revoke, stage.cast.diane.pk, "Non.", review.pk))
    refused(
        "revoked_by_the_function", lambda: run(revoke, stage.cast.victor.pk, "Non.", review.pk)
    )  # a delegate
    refused("revoked_by_someone_for_a_reason", lambda: run(revoke, stage.cast.thomas.pk, "", review.pk))
    run(revoke, stage.cast.thomas.pk, "À revoir.", review.pk)
    refused("signature_written_once", lambda: run(revoke, stage.cast.thomas.pk, "Encore.", review.pk))


@raw
def test_an_approval_rests_on_what_stands(stage):
    approve = "INSERT INTO reviews_approval (edition_id, at) VALUES (%s, now())"
    refused("approval_is_covered", lambda: run(approve, stage.edition.pk))
    refused("approval_is_covered", lambda: run(approve, stage.signed.pk))  # one sponsor is missing
    refused("approval_of_what_is_in_review", lambda: run(approve, stage.closed.pk))
    refused("approval_of_what_is_in_review", lambda: run(approve, stage.rejected.pk))
    desk.signed(stage.signed, "sponsor", stage.cast.bruno)
    assert Edition.objects.get(pk=stage.signed.pk).approval


@raw
def test_a_support_stands_for_the_edition_approved(stage):
    other = Review.objects.get(edition=stage.signed, function="technical")
    mine = stage.approved.approval.supports.get(function="technical")

    def forged(**changes):
        return {
            "id": uuid.uuid4(),
            "approval_id": stage.approved.pk,
            "function": "technical",
            "scope_fp": mine.scope_fp,
            "review_id": other.pk,
            "review_edition_id": other.edition_id,
            **changes,
        }

    refused("support_stands", lambda: insert("reviews_approvalsupport", forged()))
    refused(
        "support_of_this_scope",
        lambda: insert(
            "reviews_approvalsupport",
            forged(review_id=mine.review_id, review_edition_id=mine.review_edition_id, function="sponsor"),
        ),
    )
    refused(
        "support_named_once",
        lambda: insert(
            "reviews_approvalsupport",
            forged(review_id=mine.review_id, review_edition_id=mine.review_edition_id),
        ),
    )
    assert stage.approved.approval.supports.count() == 4


@raw
def test_an_edition_in_review_takes_nobody_and_nothing(stage):
    author = "INSERT INTO dossiers_editionauthor (id, edition_id, person_id) VALUES (%s, %s, %s)"
    asked = (
        "INSERT INTO dossiers_editionrequirement (id, edition_id, function, minimum, days, sla, after, checklist, policies)"
        " VALUES (%s, %s, 'security', 1, 365, 10, '{}', '{}', '{}')"
    )
    for edition in (stage.edition, stage.approved, stage.by_thomas):
        refused(
            "edition_written_once",
            lambda edition=edition: run(author, uuid.uuid4(), edition.pk, stage.cast.ines.pk),
        )
        refused("edition_written_once", lambda edition=edition: run(asked, uuid.uuid4(), edition.pk))
    fresh = desk.frozen(desk.opened(stage.cast.programme, "UC-98", by=stage.cast.paul), by=stage.cast.paul)
    run(author, uuid.uuid4(), fresh.pk, stage.cast.ines.pk)


@raw
def test_an_edition_closes_once_and_never_once_approved(stage):
    close = "UPDATE dossiers_edition SET closed_at = now(), closed_as = 'withdrawn' WHERE id = %s"
    open_ = "UPDATE dossiers_edition SET closed_at = NULL, closed_as = '' WHERE id = %s"
    refused("approved_edition_stays", lambda: run(close, stage.approved.pk))
    refused("edition_written_once", lambda: run(open_, stage.closed.pk))
    run(close, stage.edition.pk)


@raw
def test_a_request_closes_once_and_is_asked_once(stage):
    again = "UPDATE reviews_reviewrequest SET closed_at = NULL, closed_as = '', state = 'asked' WHERE id = %s"
    refused("request_closes_once", lambda: run(again, stage.closed_request.pk))
    request = desk.asked(stage.edition, "technical")
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        ReviewRequest.objects.create(
            edition=stage.edition,
            function="technical",
            round=2,
            asked_by=stage.cast.paul,
            asked_at=clock.now(),
            due_on=clock.today(),
        )
    assert caught.value.__cause__.diag.constraint_name == "one_open_request"
    run(
        "UPDATE reviews_reviewrequest SET closed_at = now(), closed_as = 'withdrawn', state = 'closed' WHERE id = %s",
        request.pk,
    )


@raw
def test_a_condition_is_met_by_whoever_set_it(stage):
    cast = stage.cast
    with transaction.atomic():
        mine = conditions_.promise(
            cast.programme,
            by=cast.diane,
            text="Prouver",
            owner=cast.mehdi,
            due_on=clock.today(),
            severity="follow_up",
            function="dpo",
        )
        gate = conditions_.promise(
            cast.programme,
            by=cast.helene,
            text="Prouver",
            owner=cast.mehdi,
            due_on=clock.today(),
            severity="follow_up",
        )
    met = "UPDATE conditions_condition SET status = %s, verified_by_id = %s, verified_at = now(), waiver_reason = %s WHERE id = %s"
    refused("satisfied_on_evidence", lambda: run(met, "satisfied", cast.diane.pk, "", mine.pk))
    run("UPDATE conditions_condition SET status = 'evidence_submitted' WHERE id = %s", mine.pk)
    refused("met_by_the_function_that_set_it", lambda: run(met, "satisfied", cast.aude.pk, "", mine.pk))
    refused(
        "met_by_someone",
        lambda: run(
            "UPDATE conditions_condition SET status = 'waived', waiver_reason = 'x', verified_by_id = %s WHERE id = %s",
            cast.diane.pk,
            mine.pk,
        ),
    )
    refused("waived_for_a_reason", lambda: run(met, "waived", cast.diane.pk, "", mine.pk))
    run(met, "satisfied", cast.diane.pk, "", mine.pk)
    refused(
        "condition_written_once",
        lambda: run("UPDATE conditions_condition SET status = 'open' WHERE id = %s", mine.pk),
    )
    refused("gate_condition_waived_by_two", lambda: run(met, "waived", cast.helene.pk, "Inutile.", gate.pk))
    voice = "INSERT INTO conditions_waivervoice (id, condition_id, sponsor_id, department, reason, at) VALUES (%s, %s, %s, %s, 'x', now())"
    refused("waiver_voice_of_a_sponsor", lambda: run(voice, uuid.uuid4(), gate.pk, cast.paul.pk, "digital"))
    refused("waiver_voice_of_a_sponsor", lambda: run(voice, uuid.uuid4(), gate.pk, cast.helene.pk, "it"))
    run(voice, uuid.uuid4(), gate.pk, cast.helene.pk, "marketing")
    refused(
        "one_waiver_voice_a_department",
        lambda: run(voice, uuid.uuid4(), gate.pk, stage.odile.pk, "marketing"),
    )
    run(voice, uuid.uuid4(), gate.pk, cast.bruno.pk, "it")
    run(met, "waived", cast.helene.pk, "Inutile.", gate.pk)


@raw
def test_a_condition_belongs_to_a_signature_that_sets_one(stage):
    cast = stage.cast
    with transaction.atomic():
        promised = conditions_.promise(
            cast.programme,
            by=cast.diane,
            text="Prouver",
            owner=cast.mehdi,
            due_on=clock.today(),
            severity="follow_up",
            function="dpo",
        )
    review = Review.objects.get(edition=stage.approved, function="dpo")
    link = "INSERT INTO reviews_reviewcondition (id, review_id, condition_id) VALUES (%s, %s, %s)"
    refused("condition_of_its_review", lambda: run(link, uuid.uuid4(), review.pk, promised.pk))
    under = desk.signed(
        stage.edition,
        "dpo",
        cast.diane,
        Decision.APPROVE_WITH_CONDITIONS,
        conditions=[desk.condition(cast.mehdi)],
    )
    assert under.conditions.count() == 1


DENIED = (
    "DELETE FROM reviews_review",
    "DELETE FROM reviews_reviewrequest",
    "DELETE FROM reviews_approval",
    "DELETE FROM reviews_approvalsupport",
    "DELETE FROM reviews_externalevent",
    "DELETE FROM dossiers_edition",
    "DELETE FROM dossiers_editionauthor",
    "DELETE FROM dossiers_editionscope",
    "DELETE FROM dossiers_editionrequirement",
    "DELETE FROM dossiers_dossier",
    "DELETE FROM conditions_condition",
    "DELETE FROM conditions_waivervoice",
    "TRUNCATE reviews_review CASCADE",
    "UPDATE reviews_review SET decision = 'approve'",
    "UPDATE reviews_review SET valid_through = '2099-01-01'",
    "UPDATE reviews_review SET scope_fp = scope_fp",
    "UPDATE reviews_reviewrequest SET edition_id = edition_id",
    "UPDATE reviews_reviewrequest SET due_on = '2099-01-01'",
    "UPDATE reviews_approval SET at = now()",
    "UPDATE reviews_externalevent SET stales_on = '2099-01-01'",
    "UPDATE dossiers_edition SET content = 'x'",
    "UPDATE dossiers_edition SET flags = '{}'",
    "UPDATE dossiers_editionscope SET fp = fp",
    "UPDATE dossiers_dossier SET programme_id = programme_id",
    "UPDATE conditions_condition SET text = 'x'",
    "UPDATE conditions_condition SET severity = 'follow_up'",
    "ALTER TABLE reviews_review DISABLE TRIGGER review_guard",
    "DROP TRIGGER review_guard ON reviews_review",
    "CREATE OR REPLACE VIEW reviews_standing AS SELECT 1",
    "DROP VIEW reviews_coverage",
    "SET session_replication_role = replica",
)


def _denied(stage, statement):
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert caught.value.__cause__.sqlstate == "42501"


for _statement in DENIED:
    raw(partial(_denied, statement=_statement), slug(_statement))


@raw
def test_what_is_attacked_here_was_there(stage):
    assert Review.objects.count() >= 9
    assert Condition._meta.db_table == "conditions_condition"
    assert len(FORGED) + len(DENIED) >= 60
