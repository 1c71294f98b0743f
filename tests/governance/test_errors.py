"""Refusals: their status, all of them told, and the database's own put in words."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from governance import errors
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal, Stale


class Cause(Exception):
    def __init__(self, sqlstate="23514", constraint=""):
        self.sqlstate = sqlstate
        self.diag = type("Diag", (), {"constraint_name": constraint})()


def database(kind, **cause):
    error = kind("broken")
    error.__cause__ = Cause(**cause)
    return error


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotAllowed("x", code="SOD-01"), 403),
        (NotPossible("x", code="SOD-08"), 409),
        (NotPossible("x", code="SOD-09"), 409),
        (NotAllowed("x", code="DLG-05"), 403),
        (NotPossible("x", code="INV-17"), 409),
        (NotValid("x", code="E16"), 422),
        (NotPossible("x", code="J03"), 409),
        (Stale("x", code="stale_revision"), 412),
        (Stale("x", code="fingerprint_required"), 428),
        (NotValid("x", code="fingerprint_mismatch"), 422),
        (NotAllowed("x", code="reauth_required"), 401),
        (NotAllowed("x", code="not_found"), 404),
        (NotPossible("x", code="rejected"), 409),
        (NotValid("x", code="anything", status=400), 400),
    ],
)
def test_a_code_has_one_status(refusal, status):
    assert refusal.status == status


def test_all_objections_are_raised_with_the_first():
    one, two = NotAllowed("one", code="SOD-01"), NotPossible("two", code="after")
    with pytest.raises(NotAllowed) as caught:
        errors.raise_if([one, two])
    assert caught.value.objections == [one, two]
    errors.raise_if(None)
    errors.raise_if([])


def test_the_database_is_told_by_the_name_of_its_rule():
    with (
        pytest.raises(NotPossible, match="taken"),
        errors.told({"one_place": lambda: NotPossible("taken", code="slot_taken")}),
    ):
        raise database(IntegrityError, constraint="one_place")
    with (
        pytest.raises(IntegrityError),
        errors.told({"one_place": lambda: NotPossible("taken", code="slot_taken")}),
    ):
        raise database(IntegrityError, constraint="another")
    with pytest.raises(OperationalError), errors.told({}):
        raise database(OperationalError, sqlstate="40P01")


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03"])
def test_a_deadlock_is_tried_again_and_then_told(state):
    tries = []

    def act(until):
        tries.append(1)
        if len(tries) < until:
            raise database(OperationalError, sqlstate=state)
        return "done"

    assert errors.retried(lambda: act(3)) == "done"
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(Refusal) as caught:
        errors.retried(lambda: act(9))
    assert (caught.value.code, caught.value.status, len(tries)) == ("busy", 409, 3)


def test_what_is_no_deadlock_is_not_tried_again():
    tries = []

    def act():
        tries.append(1)
        raise database(OperationalError, sqlstate="57014")

    with pytest.raises(OperationalError):
        errors.retried(act)
    assert tries == [1]


@pytest.mark.django_db
def test_a_real_constraint_says_its_name(cast):
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE roles_roleassignment SET ends_on = starts_on - 1")
    assert errors.broken_constraint(caught.value) == "assignment_ends_after_it_starts"
    assert not errors.is_transient(caught.value)
