"""The verbs of segments: written, sized, frozen once with what reviewers read, taken out of use."""

import datetime as dt

import pytest

from governance.audit.models import Event
from governance.clock import today
from governance.errors import Refusal
from governance.reviews import queries as reviews
from governance.roles.choices import Role
from tests import makers
from tests.walks.stage import allowed
from usecases.catalogue import actions as catalogue
from usecases.segments import actions, queries, segrule
from usecases.segments.choices import SegmentStatus

pytestmark = pytest.mark.django_db

LOYAL = {"dsl": "segrule/1", "where": {"attr": "profile.loyalty_member", "op": "eq", "value": True}}
CALM = {"dsl": "segrule/1", "where": {"attr": "profile.contacts_30d", "op": "lt", "value": 4}}


def codes(caught):
    """The codes of all that was refused."""
    return {refusal.code for refusal in caught.value.objections}


def created(stage, **fields):
    """A segment with its first draft."""
    return actions.create(
        stage.programme,
        **{"by": stage.cast.mehdi, "name": "Adhérents", "role": "target", "rule": LOYAL, **fields},
    )


def test_a_segment_begins_as_a_draft_of_its_author(stage):
    segment = created(stage, name_en="Members", identity_types=["crm_id"])
    draft = queries.draft(segment)

    assert (segment.code, segment.owner, draft.number) == ("SEG-01", stage.cast.mehdi, 1)
    assert draft.rule == segrule.text(LOYAL)
    assert set(draft.authors.all()) == {stage.cast.mehdi}
    assert queries.status_of(draft) == SegmentStatus.DRAFT
    assert draft.valid_until == draft.valid_from.replace(year=draft.valid_from.year + 1) - dt.timedelta(
        days=1
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name_fr"),
        ({"role": "friends"}, "role"),
        ({"role": "exclusion"}, "apply"),
        ({"apply": "upstream"}, "apply"),
        ({"identity_types": ["nose"]}, "identity_types"),
        ({"min_size": 12}, "min_size"),
        ({"retention": "long"}, "retention"),
        ({"refresh": "never"}, "refresh"),
        ({"valid_from": dt.date(2026, 1, 1), "valid_until": dt.date(2027, 1, 1)}, "valid_until"),
        ({"valid_from": dt.date(2026, 2, 1), "valid_until": dt.date(2026, 1, 1)}, "valid_until"),
        ({"rule": {"dsl": "segrule/1"}}, "rule"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(stage, fields, field):
    with pytest.raises(Refusal) as caught:
        created(stage, **fields)
    assert caught.value.status == 422
    assert any((one.field or "").startswith(field) for one in caught.value.objections)


def test_two_segments_do_not_share_a_name(stage):
    created(stage)
    with pytest.raises(Refusal) as caught:
        created(stage)
    assert caught.value.code == "taken"


def test_a_rule_needs_a_published_catalogue(cast):
    catalogue.load_template(cast.programme, by=cast.admin)
    with pytest.raises(Refusal) as caught:
        actions.create(cast.programme, by=cast.mehdi, name="Adhérents", role="target", rule=LOYAL)
    assert caught.value.code == "catalogue_unpublished"


def test_whoever_edits_becomes_an_author_and_a_stale_form_is_refused(stage):
    draft = queries.draft(created(stage))
    edited = actions.edit(
        draft, by=stage.cast.anna, version=draft.version, rule=CALM, name_fr="Adhérents calmes"
    )

    assert edited.segment.dossier.name_fr == "Adhérents calmes"
    assert edited.rule == segrule.text(CALM)
    assert set(edited.authors.all()) == {stage.cast.mehdi, stage.cast.anna}
    with pytest.raises(Refusal) as caught:
        actions.edit(draft, by=stage.cast.anna, version=draft.version, rule=LOYAL)
    assert (caught.value.code, caught.value.status) == ("stale", 412)


def test_freezing_lists_all_that_stands_against_it(stage):
    rule = {"dsl": "segrule/1", "where": {"attr": "profile.nothing", "op": "eq", "value": True}}
    draft = queries.draft(created(stage, rule=rule, retention="P90M"))

    with pytest.raises(Refusal) as caught:
        actions.freeze(draft, by=stage.cast.anna)
    assert codes(caught) == {"E03", "E21"}
    assert caught.value.status == 409

    actions.edit(draft, by=stage.cast.anna, rule=LOYAL)
    actions.estimate(draft, by=stage.cast.anna, size=12)
    with pytest.raises(Refusal) as caught:
        actions.freeze(queries.draft(draft.segment), by=stage.cast.anna)
    assert codes(caught) == {"E21", "retention_too_long"}


def test_a_size_of_last_month_is_too_old(stage, clock_at):
    draft = queries.draft(created(stage))
    actions.estimate(draft, by=stage.cast.anna, size=5000, on=today() - dt.timedelta(days=30))
    later = today() + dt.timedelta(days=1)
    clock_at(later)
    with pytest.raises(Refusal) as caught:
        actions.freeze(draft, by=stage.cast.anna)
    assert codes(caught) == {"W03"}

    actions.estimate(draft, by=stage.cast.anna, size=5000)
    assert actions.freeze(draft, by=stage.cast.anna).frozen_at is not None


def test_a_size_of_tomorrow_is_no_size(stage):
    draft = queries.draft(created(stage))
    with pytest.raises(Refusal) as caught:
        actions.estimate(
            draft, by=stage.cast.anna, size=-1, on=today() + dt.timedelta(days=1), method="dream"
        )
    assert {one.field for one in caught.value.objections} == {"size", "estimated_on", "method"}


def test_what_is_frozen_is_what_reviewers_read(stage):
    segment = stage.segment("LIB-UC-04#0", approved=False, name="Paniers")
    version = stage.freeze(queries.draft(segment), size=21_400)
    said = version.edition.read["facets"]

    assert version.fp == segrule.version_fingerprint(version.document, stage.catalogue.fp)
    assert said["AUDIENCE"]["fp"] == said["TECH"]["fp"] == version.fp
    assert said["DATA"]["events"] == ["order.web", "web.cart_abandon"]
    assert "TR_CONSENT" in said["DATA"]["labels"]
    assert version.edition.size == 21_400
    assert {one.function for one in version.edition.requests.open()} == {"technical"}
    assert queries.status_of(version) == SegmentStatus.IN_REVIEW
    stage.approve(version.edition)
    assert queries.status_of(queries.latest(segment)) == SegmentStatus.APPROVED
    verbs = [event.verb for event in Event.objects.of("TALV").about("segment", segment.code)]
    assert verbs[:3] == ["segment.created", "segment.estimated", "segment.frozen"]
    assert verbs[-1] == "segment.approved"


def test_complaints_are_read_by_the_dpo_too(stage):
    version = stage.freeze(queries.draft(stage.segment("LIB-UC-17#0", approved=False)), size=17_200)

    assert version.edition.flags == ["complaint_data"]
    assert {one.function for one in version.edition.requests.open()} == {"technical", "dpo"}


def test_the_same_rule_is_approved_again_by_its_freezing(stage):
    segment = stage.segment()
    draft = actions.revise(segment, by=stage.cast.mehdi)
    assert stage.version(segment).document == queries.history(segment)[1][0].document
    version = stage.freeze(draft)

    assert not version.edition.requests.exists()
    assert queries.status_of(version) == SegmentStatus.APPROVED


def test_a_rejected_version_is_followed_by_the_next(stage):
    segment = stage.segment(approved=False)
    version = stage.freeze(queries.draft(segment))
    with pytest.raises(Refusal) as caught:
        actions.revise(segment, by=stage.cast.mehdi)
    assert caught.value.code == "in_review"

    stage.sign(version.edition, "technical", decision="reject")
    assert queries.status_of(version) == SegmentStatus.REJECTED
    draft = actions.revise(segment, by=stage.cast.mehdi)
    version.edition.refresh_from_db()
    assert (draft.number, version.edition.closed_as) == (2, "rejected")
    assert [status for _version, status in queries.history(segment)] == [
        SegmentStatus.DRAFT,
        SegmentStatus.REJECTED,
    ]


def test_a_version_expires_by_its_date_and_leaves_use_by_a_verb(stage, clock_at):
    segment = stage.segment()
    version = stage.version(segment)
    deprecated = actions.deprecate(stage.version(stage.segment("LIB-UC-04#0")), by=stage.cast.anna)
    assert queries.status_of(deprecated) == SegmentStatus.DEPRECATED
    asked = {edition.pk for edition in reviews.current_editions(stage.programme)}
    assert version.edition_id in asked
    assert deprecated.edition_id not in asked  # nobody is asked again for what is out of use
    with pytest.raises(Refusal) as caught:
        actions.deprecate(deprecated, by=stage.cast.anna)
    assert caught.value.code == "not_approved"

    clock_at(version.valid_until)
    assert queries.status_of(version) == SegmentStatus.APPROVED
    clock_at(version.valid_until + dt.timedelta(days=1))
    assert queries.status_of(version) == SegmentStatus.EXPIRED
    assert version.edition_id not in {one.pk for one in reviews.current_editions(stage.programme)}


def test_a_template_names_segments_that_have_to_be_pinned(stage):
    similar = stage.segment("LIB-UC-02#1", approved=False)
    with pytest.raises(Refusal) as caught:
        stage.freeze(queries.draft(similar))
    assert codes(caught) == {"E22"}

    seed, buyers = stage.segment("LIB-UC-02#0", approved=False), stage.segment("LIB-UC-01#0")
    pins = {"LIB-SEED-BEST": queries.draft(seed), "LIB-BUYERS-180": stage.version(buyers)}
    rule = actions.pinned(queries.draft(similar).document, pins)
    draft = actions.edit(queries.draft(similar), by=stage.cast.mehdi, rule=rule)
    assert {pin.pinned.segment for pin in draft.pins.all()} == {seed, buyers}
    with pytest.raises(Refusal) as caught:
        stage.freeze(draft)
    assert codes(caught) == {"E12"}

    stage.approve(stage.freeze(queries.draft(seed)).edition)
    version = stage.freeze(queries.draft(similar))
    assert queries.facts(version).lookalike
    assert "profile.rfm_class" in queries.facts(version).attributes
    assert [one.segment for one in queries.naming(stage.version(seed))] == [similar]
    assert "SEG" not in queries.sentence(version, "fr")


def test_data_that_may_serve_nothing_are_refused(stage):
    comment = {"dsl": "segrule/1", "where": {"attr": "profile.care_comment", "op": "known"}}
    for role, apply in (("target", ""), ("exclusion", "upstream")):
        report = queries.check(stage.programme, comment, role=role, apply=apply)
        assert [fault.code for fault in report.errors] == ["E16"]
        assert "SE_FREE_TEXT" in report.labels
    assert queries.check(stage.programme, LOYAL).ok


def test_sizes_and_drafts_by_role(stage):
    draft = queries.draft(created(stage))
    editing = {Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER, Role.CONSULTANT, Role.ANALYST}
    cast = stage.cast

    assert allowed(lambda by: actions.edit(draft, by=by, rule=CALM), cast) == editing
    assert allowed(lambda by: actions.estimate(draft, by=by, size=5000), cast) == editing
    actions.estimate(draft, by=cast.anna, size=5000)
    freezing = {Role.CORE_TEAM_LEAD, Role.ANALYST}
    assert allowed(lambda by: actions.freeze(draft, by=by), cast) == freezing
    makers.in_phase(stage.programme, "setup")
    assert allowed(lambda by: actions.freeze(draft, by=by), cast) == freezing | {Role.DMP_OPERATOR}
