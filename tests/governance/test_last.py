"""Rows that an act writes last: all of them in one statement, none after an error."""

import pytest
from django.db import transaction

from governance.audit import trail
from governance.audit.models import Event

pytestmark = pytest.mark.django_db


def verbs():
    """What the chain of the test tells, in order."""
    return list(Event.objects.filter(stream="LAST").order_by("seq").values_list("verb", flat=True))


@transaction.atomic
@trail.together()
def broken():
    """An act that records, and fails."""
    trail.record("test.one", by=None, stream="LAST")
    return 1 / 0


@pytest.fixture
def warm(cast):
    """The head of the chain is there already."""
    trail.record("test.begun", by=None, stream="LAST")


def test_what_is_recorded_together_is_one_statement_in_its_order(warm, django_assert_num_queries):
    with django_assert_num_queries(1), trail.together():
        trail.record("test.one", by=None, stream="LAST")
        with trail.together():  # an act within an act
            trail.record("test.two", by=None, stream="LAST")
        trail.record("test.three", by=None, stream="LAST")
    assert verbs() == ["test.begun", "test.one", "test.two", "test.three"]
    assert trail.verify("LAST").ok


def test_after_an_error_nothing_is_written_and_the_next_act_begins_anew(warm):
    with pytest.raises(ZeroDivisionError):
        broken()
    trail.record("test.two", by=None, stream="LAST")
    assert verbs() == ["test.begun", "test.two"]


def test_what_an_inner_act_recorded_goes_with_it_where_its_failure_is_caught(warm):
    with trail.together():
        trail.record("test.kept", by=None, stream="LAST")
        with pytest.raises(ZeroDivisionError):
            broken()
    assert verbs() == ["test.begun", "test.kept"]


def test_nothing_recorded_is_no_statement(warm, django_assert_num_queries):
    with django_assert_num_queries(0), trail.together():
        pass
