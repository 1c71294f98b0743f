"""Segments are listed and read in a number of statements that does not depend on how many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from usecases.segments import actions, queries
from usecases.segments.choices import SegmentStatus

pytestmark = pytest.mark.django_db

RULE = {"dsl": "segrule/1", "where": {"attr": "profile.loyalty_member", "op": "eq", "value": True}}


def listed(stage, person, **filters):
    """A page of the list, and how many statements it took."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        rows = queries.rows(list(queries.listing(person, stage.programme, **filters)))
        names = [(row.segment.dossier.name, row.segment.owner.display_name, row.status.label) for row in rows]
    return rows, names, len(captured)


def test_the_list_takes_as_many_statements_for_two_as_for_six(stage):
    stage.segment()
    draft = actions.create(stage.programme, by=stage.cast.mehdi, name="Adhérents", role="target", rule=RULE)
    rows, _names, few = listed(stage, stage.cast.paul)
    assert [row.status for row in rows] == [SegmentStatus.APPROVED, SegmentStatus.DRAFT]
    assert rows[0].estimate.size == 455_000

    for template in ("LIB-UC-04#0", "LIB-UC-17#0"):
        stage.segment(template)
    actions.revise(rows[0].segment, by=stage.cast.mehdi)
    rows, _names, many = listed(stage, stage.cast.paul)
    assert (len(rows), many) == (4, few)
    assert queries.draft(draft).rule == rows[1].version.rule


def test_the_list_is_filtered_and_ordered(stage):
    stage.segment()
    stage.segment("LIB-UC-04#0", by=stage.cast.anna)

    def found(**filters):
        return [segment.code for segment in queries.listing(stage.cast.paul, stage.programme, **filters)]

    assert found() == ["SEG-01", "SEG-02"]
    assert found(ordering="-code") == ["SEG-02", "SEG-01"]
    assert found(role="exclusion") == ["SEG-01"]
    assert found(owner=stage.cast.anna.email) == ["SEG-02"]
    assert found(text="panier") == ["SEG-02"]
    assert found(text="%") == []


def test_agencies_read_what_is_shared_with_them(stage):
    stage.segment()
    assert not queries.visible(stage.cast.basile, stage.programme).exists()
    assert queries.visible(stage.cast.victor, stage.programme).count() == 1


def test_a_history_takes_as_many_statements_for_one_version_as_for_three(stage, django_assert_num_queries):
    segment = stage.segment()
    with django_assert_num_queries(1):
        queries.history(segment)
    stage.new_version(segment, by=stage.cast.mehdi)
    actions.revise(segment, by=stage.cast.mehdi)
    with django_assert_num_queries(1):
        assert len(queries.history(segment)) == 3
