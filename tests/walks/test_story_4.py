"""Story 4: a change after approval fells only what watches it (4.1, 4.2 and 4.4), at the verbs."""

import pytest

from governance.dossiers import queries as dossiers
from governance.dossiers.choices import Facet
from governance.errors import Refusal
from tests import makers
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.backlog.choices import RevisionStatus, UseCaseStatus
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries
from usecases.segments.choices import SegmentStatus

pytestmark = pytest.mark.django_db


def within(window):
    """Buyers of these last days, on the web or as their profile says."""
    return {
        "dsl": "segrule/1",
        "where": {
            "any": [
                {"event": "order.web", "within": window, "count": {"op": "gte", "value": 1}},
                {"attr": "profile.last_purchase_date", "op": "within_last", "value": window},
            ]
        },
    }


@pytest.fixture
def in_setup(stage):
    """UC-01 approved on SEG-01 v1, which the operator froze during the set-up."""
    cast = stage.cast
    makers.in_phase(stage.programme, "setup")
    segment = segments.create_from_template(
        stage.programme, "LIB-UC-01#0", by=cast.mehdi, rule=within("P90D"), name="Acheteurs récents"
    )
    version = stage.freeze(segment_queries.draft(segment), by=cast.olivier)
    stage.approve(version.edition)
    usecase = stage.framed("LIB-UC-01")
    stage.complete(usecase, segment)
    stage.approve(backlog.submit(read.draft(usecase), by=cast.mehdi).edition)
    return segment, usecase


def test_4_1_a_frozen_version_stays_and_the_next_one_needs_a_revision(stage, in_setup):
    segment, usecase = in_setup
    first = stage.version(segment)
    assert (first.frozen_by, segment_queries.status_of(first)) == (stage.cast.olivier, SegmentStatus.APPROVED)

    with pytest.raises(Refusal) as caught:
        segments.edit(first, by=stage.cast.mehdi, rule=within("P180D"))
    assert caught.value.code == "version_frozen"

    draft = segments.edit(
        segments.revise(segment, by=stage.cast.mehdi), by=stage.cast.mehdi, rule=within("P180D")
    )
    first.refresh_from_db()
    assert (first.number, draft.number, draft.frozen_at) == (1, 2, None)
    assert "P90D" in first.rule
    assert [change.kind for change in segment_queries.difference(first, draft, "fr")] == [
        "changed",
        "changed",
    ]

    approved = read.approved(usecase)
    assert approved.segments.get().segment_version == first
    with pytest.raises(Refusal) as caught:
        backlog.adopt(approved, draft, by=stage.cast.mehdi, role="exclusion")
    assert caught.value.code == "INV-17"


def test_4_2_legal_and_dpo_read_the_new_segment_and_the_others_stand(stage, in_setup):
    segment, usecase = in_setup
    before = stage.standing(read.approved(usecase).edition)
    second = stage.new_version(segment, by=stage.cast.mehdi, rule=within("P180D"), size=455_000)

    draft = backlog.adopt(
        backlog.open_revision(usecase, by=stage.cast.mehdi), second, by=stage.cast.mehdi, role="exclusion"
    )
    revision = backlog.submit(draft, by=stage.cast.mehdi)

    assert {request.function for request in revision.edition.requests.open()} == {"legal", "dpo"}
    assert dossiers.changed_facets(read.approved(usecase).edition, revision.edition) == [Facet.AUDIENCE]
    now = stage.standing(revision.edition)
    for function in ("security", "technical", "sponsor"):
        assert now[function].covers
        assert now[function].valid_through == before[function].valid_through
    assert not now["legal"].covers
    assert not now["dpo"].covers
    # the first revision is still what it was, and the use case still approved
    assert read.approved(usecase).number == 1
    assert all(one.covers for one in stage.standing(read.approved(usecase).edition).values())
    assert read.latest(usecase).usecase.status == UseCaseStatus.APPROVED

    stage.approve(revision.edition)
    assert [status for _revision, status in read.history(usecase)] == [
        RevisionStatus.APPROVED,
        RevisionStatus.SUPERSEDED,
    ]


def test_4_2_the_difference_is_told_in_words(stage, in_setup):
    segment, usecase = in_setup
    second = stage.new_version(segment, by=stage.cast.mehdi, rule=within("P180D"))
    draft = backlog.adopt(
        backlog.open_revision(usecase, by=stage.cast.mehdi), second, by=stage.cast.mehdi, role="exclusion"
    )

    told = {one.facet: one for one in read.difference(read.approved(usecase), draft, "fr") if one.changed}

    assert set(told) == {Facet.AUDIENCE}
    ((label, was, now),) = told[Facet.AUDIENCE].rows
    assert segment.code in label
    assert "90 derniers jours" in " ".join(was)
    assert "180 derniers jours" in " ".join(now)
    assert "P180D" not in " ".join(now)


def test_4_4_a_typo_is_approved_by_its_submit(stage, in_setup):
    _segment, usecase = in_setup
    ines = stage.cast.newcomer("ines.deux", department="digital", role="core_team_member")
    backlog.change(usecase, by=stage.cast.paul, owner=ines)
    draft = backlog.edit(
        backlog.open_revision(usecase, by=ines), by=ines, title_fr="Exclusion des convertis des campagnes"
    )

    revision = backlog.submit(draft, by=ines)

    assert not revision.edition.requests.exists()
    assert read.status_of(revision) == RevisionStatus.APPROVED
    assert dossiers.changed_facets(read.history(usecase)[1][0].edition, revision.edition) == [Facet.WORDING]
    assert read.latest(usecase).usecase.dossier.name_fr == "Exclusion des convertis des campagnes"
    assert all(one.covers for one in stage.standing(revision.edition).values())
