"""What the database refuses of evidence: it is superseded once, never replaced (INV-15)."""

import pytest
from django.db import DatabaseError, connection, transaction

from governance.evidence import actions
from tests.makers import programme

pytestmark = pytest.mark.django_db
SUPERSEDE = "UPDATE evidence_evidence SET superseded_by_id = %s WHERE id = %s"


def run(sql, values=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def refusal(sql, values):
    with pytest.raises(DatabaseError) as refused:
        run(sql, values)
    return refused.value.__cause__.diag.constraint_name


@pytest.fixture
def piece(cast):
    def add(title, of=None):
        return actions.add(
            of or cast.programme, by=cast.paul, title=title, kind="document", url="https://a.example/"
        )

    return add


def test_evidence_is_superseded_once(piece):
    old, new, newer = piece("Un"), piece("Deux"), piece("Trois")
    run(SUPERSEDE, [new.pk, old.pk])
    assert refusal(SUPERSEDE, [newer.pk, old.pk]) == "evidence_superseded_once"
    assert refusal(SUPERSEDE, [None, old.pk]) == "evidence_superseded_once"
    run(SUPERSEDE, [newer.pk, new.pk])


def test_evidence_is_superseded_by_another_in_force_of_the_same_programme(cast, piece):
    old, new = piece("Un"), piece("Deux")
    elsewhere = piece("Trois", programme("AUTR", sponsor=cast.newcomer("celeste.ailleurs")))
    assert refusal(SUPERSEDE, [old.pk, old.pk]) == "evidence_superseded_by_another"
    assert refusal(SUPERSEDE, [elsewhere.pk, old.pk]) == "evidence_superseded_by_another"
    run(SUPERSEDE, [new.pk, old.pk])
    assert refusal(SUPERSEDE, [old.pk, new.pk]) == "evidence_superseded_by_another"


@pytest.mark.parametrize(
    "statement", ["UPDATE evidence_evidence SET sha256 = ''", "DELETE FROM evidence_evidence"]
)
def test_evidence_is_not_replaced(piece, statement):
    piece("Un")
    with pytest.raises(DatabaseError, match="permission denied"):
        run(statement)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"url": "''"}, "evidence_is_a_file_or_an_address"),
        ({"kind": "'consent_test'"}, "consent_test_has_an_outcome_and_a_day"),
        ({"sha256": "'md5:0'"}, "evidence_has_a_digest"),
    ],
)
def test_evidence_proves_something_by_its_digest(piece, changes, name):
    first = piece("Un")
    columns = ["programme_id", "code", "title", "kind", "outcome", "tested_on", "file", "url", "sha256"]
    columns += ["confidentiality", "valid_until", "added_by_id", "added_at", "superseded_by_id"]

    def copied(changed):
        told = {"code": "'EV-90'"} | changed
        values = ", ".join(told.get(column, column) for column in columns)
        return (
            f"INSERT INTO evidence_evidence (id, {', '.join(columns)})"
            f" SELECT gen_random_uuid(), {values} FROM evidence_evidence WHERE id = %s"
        )

    assert refusal(copied(changes), [first.pk]) == name
    run(copied({}), [first.pk])
