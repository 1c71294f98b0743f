"""Use cases are listed and read in a number of statements that does not depend on how many there are."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.clock import today
from governance.dossiers.choices import Facet
from governance.dossiers.kinds import kind_of
from usecases.backlog import actions, queries
from usecases.backlog.choices import RevisionStatus

pytestmark = pytest.mark.django_db


def listed(stage, **filters):
    """A page of the list, and how many statements it took."""
    with CaptureQueriesContext(connection) as captured:
        rows = queries.rows(queries.listing(stage.cast.paul, stage.programme, **filters))
        for row in rows:
            shown = (
                row.usecase.dossier.name,
                row.usecase.owner.display_name,
                row.branch_label,
                row.usecase.code,
            )
            assert all(shown)
            assert all(one.state for one in row.standing)
    return rows, len(captured)


def test_the_list_takes_as_many_statements_for_two_as_for_five(stage):
    stage.approved()
    stage.idea()
    rows, few = listed(stage)
    assert [row.status for row in rows] == [RevisionStatus.APPROVED, RevisionStatus.DRAFT]
    assert all(one.covers for one in rows[0].standing)
    assert [len(row.standing) for row in rows] == [5, 0]

    stage.idea("LIB-UC-04")
    stage.idea("LIB-UC-19")
    stage.submitted("LIB-UC-17", segment="LIB-UC-17#0")
    rows, many = listed(stage)
    assert (len(rows), many) == (5, few)
    assert few <= 3  # the roles of whoever asks, the page, and where the functions stand


def test_a_revision_is_read_in_as_many_statements_whatever_it_names(stage):
    usecase = stage.framed("LIB-UC-04")
    segment = stage.segment("LIB-UC-04#0")
    stage.complete(usecase, segment)

    def count():
        draft = queries.draft(usecase)
        with CaptureQueriesContext(connection) as captured:
            reading = queries.Reading(draft)
            assert reading.facts.flags
        return len(captured)

    few = count()
    draft = queries.draft(usecase)
    for template in ("LIB-UC-12#0", "LIB-UC-13#0"):
        actions.adopt(draft, stage.version(stage.segment(template)), by=stage.cast.mehdi, role="target")
    assert count() == few


def test_a_history_takes_as_many_statements_for_one_revision_as_for_three(stage):
    revision = stage.approved()

    def count():
        with CaptureQueriesContext(connection) as captured:
            listed = queries.history(revision.usecase)
        return len(listed), len(captured)

    assert count()[0] == 1
    few = count()[1]
    for _each in range(2):
        draft = actions.open_revision(revision.usecase, by=stage.cast.mehdi)
        actions.submit(draft, by=stage.cast.mehdi)
    assert count() == (3, few)


def test_the_list_is_filtered_and_ordered(stage):
    stage.approved()
    second = stage.idea("LIB-UC-04", by=stage.cast.anna)
    stage.idea("LIB-UC-17", emblematic=True)
    actions.score(
        second,
        by=stage.cast.mehdi,
        reach=60_000,
        impact=Decimal(2),
        confidence=Decimal("0.8"),
        effort_weeks=Decimal(4),
    )
    actions.schedule(second, by=stage.cast.paul, start=today(), end=today() + dt.timedelta(days=30))

    def found(**filters):
        return [one.code for one in queries.listing(stage.cast.paul, stage.programme, **filters)]

    assert found() == ["UC-01", "UC-02", "UC-03"]
    assert found(ordering="-code") == ["UC-03", "UC-02", "UC-01"]
    assert found(ordering="-status") == ["UC-01", "UC-02", "UC-03"]
    assert found(ordering="rice_score")[0] == "UC-02"
    assert found(ordering="-rice_score")[0] == "UC-02"
    assert found(ordering="roadmap_start")[0] == "UC-02"
    assert found(ordering="-updated")[0] == "UC-02"
    assert found(ordering="owner")[0] == "UC-02"
    assert found(status=["idea"]) == ["UC-02", "UC-03"]
    assert found(status=["approved", "idea"], branch="customers") == ["UC-03"]
    assert found(branch="both") == ["UC-02"]
    assert found(level=2) == ["UC-02"]
    assert found(owner=stage.cast.anna.email) == ["UC-02"]
    assert found(emblematic=True) == ["UC-03"]
    assert found(channel="email") == ["UC-02", "UC-03"]
    assert found(text="panier") == ["UC-02"]
    assert found(text="uc-03") == ["UC-03"]
    assert found(text="_") == []


def test_standing_falls_with_time_and_the_revision_lapses(stage, clock_at):
    revision = stage.approved()
    ends = stage.standing(revision.edition)["technical"].valid_through
    clock_at(ends)
    assert queries.status_of(revision) == RevisionStatus.APPROVED
    clock_at(ends + dt.timedelta(days=1))
    assert queries.status_of(revision) == RevisionStatus.LAPSED


def test_who_uses_a_segment_is_known(stage):
    revision = stage.approved()
    version = revision.segments.get().segment_version
    assert [pin.revision for pin in queries.users_of(version)] == [revision]


@pytest.mark.parametrize(("lang", "amount"), [("fr", "90 000,5"), ("en", "90,000.5")])
def test_a_difference_is_told_in_words_without_codes(stage, lang, amount):
    revision = stage.approved()
    draft = actions.edit(
        actions.open_revision(revision.usecase, by=stage.cast.mehdi),
        by=stage.cast.mehdi,
        title_fr="Exclusion",
        channels=["display_programmatic", "paid_social"],
        purposes=[{"purpose": "tcf_p1", "legal_basis": "consent"}],
        budget_eur=Decimal("90000.50"),
        retention="P3M",
        quiet_hours=["21:00", "08:00"],
        caps={"paid_social": {"n": 3, "per": "P7D"}},
        expected_volume=1200,
        latency_needed="near_sync",
        scenario_level=2,
    )

    told = {one.facet: one for one in queries.difference(revision, draft, lang) if one.changed}
    assert set(told) == {
        Facet.WORDING,
        Facet.BUSINESS,
        Facet.PRIVACY,
        Facet.CHANNEL,
        Facet.PRESSURE,
        Facet.TECH,
    }
    text = " ".join(
        value if isinstance(value, str) else " ".join(value)
        for one in told.values()
        for row in one.rows
        for value in row
        if value
    )
    assert amount in text.replace("\xa0", " ").replace("\u202f", " ")
    for code in ("paid_search", "tcf_p1", "P3M", "P7D", "near_sync"):
        assert code not in text


def test_every_facet_of_an_edition_can_be_told(stage):
    revision = stage.approved("LIB-UC-04", segment="LIB-UC-04#0")
    kind = kind_of("use_case")
    for lang in ("fr", "en"):
        tell = kind.describe([revision.edition], lang)
        told = {facet: dict(tell(revision.edition, facet)) for facet in Facet}
        assert all(told[facet] for facet in Facet if facet != Facet.TEST)
        assert any("3 " in line for line in next(iter(told[Facet.JOURNEY].values())))
        assert len(next(iter(told[Facet.JOURNEY].values()))) >= 6
