"""The verbs of reviews, by their sentences."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.reviews import actions, queries
from governance.reviews.choices import Decision, Standing
from governance.reviews.models import Approval
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(cast):
    return desk.opened(cast.programme, by=cast.mehdi)


def states(edition):
    return {each.function: each.state for each in queries.standing(edition) if each.required}


def test_submitting_asks_each_function_required_and_no_other(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert {each.function for each in edition.requests.open()} == {"legal", "dpo", "technical", "sponsor"}


def test_the_only_holder_of_a_function_is_named_at_once(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.asked(edition, "legal").assigned_to == cast.aude
    assert desk.asked(edition, "sponsor").assigned_to is None  # there are two


def test_an_edition_is_approved_with_its_last_signature(cast, dossier):
    edition = desk.approved(dossier, cast)
    assert set(states(edition).values()) == {Standing.VALID}
    supports = edition.approval.supports.values_list("function", "review__reviewer__display_name")
    assert dict(supports) == {
        "legal": "Aude Juriste",
        "dpo": "Diane Protection",
        "technical": "Thomas Connecteur",
        "sponsor": "Hélène Marque",
    }


def test_signing_costs_twenty_statements_at_most(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request, answers = desk.asked(edition, "legal"), desk.yes(edition, "legal")
    with CaptureQueriesContext(connection) as spent:
        actions.sign(
            request, Decision.APPROVE, fingerprint=edition.fp, by=cast.aude, reauth_age_s=3, answers=answers
        )
    statements = [each["sql"] for each in spent.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(statements) <= 20


def test_the_last_signature_costs_no_more(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    for function, who in (("legal", cast.aude), ("dpo", cast.diane), ("technical", cast.thomas)):
        desk.signed(edition, function, who)
    request, answers = desk.asked(edition, "sponsor"), desk.yes(edition, "sponsor")
    with CaptureQueriesContext(connection) as spent:
        actions.sign(
            request, Decision.APPROVE, fingerprint=edition.fp, by=cast.helene, reauth_age_s=3, answers=answers
        )
    statements = [each["sql"] for each in spent.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert Approval.objects.filter(edition=edition).exists()
    assert len(statements) <= 20
