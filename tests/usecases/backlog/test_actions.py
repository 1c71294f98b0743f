"""The verbs of the backlog: noted, framed, written, submitted with all faults told, paused, stopped."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.audit.models import Event
from governance.clock import today
from governance.errors import Refusal
from governance.notices.models import Message
from governance.reviews import actions as reviews_actions
from governance.reviews import queries as reviews
from governance.reviews.models import ReviewRequest
from governance.roles import actions as roles
from governance.roles import rules as role_rules
from tests.governance.reviews import desk
from usecases.backlog import actions, queries, rules
from usecases.backlog.choices import RevisionStatus, UseCaseStatus
from usecases.backlog.models import UseCase
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs):
    """The refusal of a verb."""
    with pytest.raises(Refusal) as caught:
        verb(*args, **kwargs)
    return caught.value


def codes(refusal):
    """The codes of all that was refused."""
    return {one.code for one in refusal.objections}


def fields(refusal):
    """The fields of all that was refused."""
    return {one.field for one in refusal.objections}


# ---------------------------------------------------------------- ideas and framing
def test_an_idea_is_framed_by_the_lead_once_its_hypothesis_stands(stage):
    cast = stage.cast
    idea = actions.create(stage.programme, by=cast.anna, title_fr="Rappeler les points", owner=cast.mehdi)
    assert (idea.code, idea.status, idea.owner, idea.department) == (
        "UC-01",
        "idea",
        cast.mehdi,
        "media_buying",
    )

    assert refused(actions.frame, idea, by=cast.paul).field == "hypothesis"
    assert refused(actions.frame, idea, by=cast.helene).status == 403
    hypothesis = {"if": "nous prévenons", "then": "il revient"}
    actions.edit(queries.draft(idea), by=cast.mehdi, hypothesis=hypothesis)
    framed = actions.frame(idea, by=cast.paul)
    assert (framed.status, framed.framed_on) == ("framing", today())
    assert refused(actions.frame, framed, by=cast.paul).code == "wrong_state"
    assert Message.objects.to(cast.mehdi).filter(event="usecase.framed").exists()


def test_a_given_code_is_never_repeated(stage):
    actions.create(stage.programme, by=stage.cast.mehdi, title_fr="Une", code="UC-07")
    after = actions.create(stage.programme, by=stage.cast.mehdi, title_fr="Deux")

    assert after.code == "UC-08"
    again = refused(actions.create, stage.programme, by=stage.cast.mehdi, title_fr="Trois", code="UC-07")
    assert again.code == "taken"
    assert refused(actions.create, stage.programme, by=stage.cast.mehdi, title_fr=" ").field == "title_fr"


def test_a_template_brings_destinations_recipients_purposes_and_a_journey(stage):
    idea = actions.create(stage.programme, by=stage.cast.mehdi, template="LIB-UC-04")
    draft = queries.draft(idea)

    assert idea.dossier.name_en == "Two-step cart-abandonment reminder"
    assert queries.use_cases(stage.programme).get().template_ref == "LIB-UC-04"
    assert sorted(draft.destinations.values_list("code", flat=True)) == ["DST-DSP", "DST-EML"]
    assert sorted(draft.recipients.values_list("organisation__code", flat=True)) == ["ORG-BOR", "ORG-TAL"]
    assert {one.purpose: one.legal_basis for one in draft.purposes.all()}["crm_email"] == "consent"
    assert queries.Reading(draft).journey.shown_level == 2
    assert queries.Reading(draft).caps == {
        "email": {"n": 1, "per": "P7D"},
        "display_programmatic": {"n": 3, "per": "P3D"},
    }
    unknown = refused(actions.create, stage.programme, by=stage.cast.mehdi, template="LIB-UC-99")
    assert unknown.field == "template"


def test_a_template_with_its_segments_names_one_by_the_other(stage):
    first = stage.idea("LIB-UC-02", with_segments=True)
    pins = {pin.role: pin.segment_version for pin in queries.draft(first).segments.all()}

    assert {version.segment.owner for version in pins.values()} == {stage.cast.mehdi}
    assert [pin.pinned for pin in pins["target"].pins.all()] == [pins["seed"]]
    second = stage.idea("LIB-UC-02", with_segments=True)
    names = {pin.segment_version.segment.dossier.name_fr for pin in queries.draft(second).segments.all()}
    assert names == {"Graine : meilleurs clients (UC-02)", "Similaires 2 % (UC-02)"}


def test_the_lead_gives_a_use_case_another_owner(stage):
    idea = stage.idea()
    changed = actions.change(idea, by=stage.cast.paul, owner=stage.cast.anna, emblematic=True)

    assert (changed.owner, changed.emblematic) == (stage.cast.anna, True)
    assert refused(actions.change, idea, by=stage.cast.mehdi, owner=stage.cast.mehdi).status == 403
    stale = refused(actions.change, idea, by=stage.cast.paul, emblematic=False, version=idea.version)
    assert (stale.code, stale.status) == ("stale", 412)


# ---------------------------------------------------------------- writing
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_fr", ""),
        ("title_fr", "x" * 161),
        ("title_fr", "deux\x00lignes"),
        ("scenario_level", 4),
        ("audience_branch", "everyone"),
        ("nature", "secret"),
        ("hypothesis", {"if": "a", "why": "b"}),
        ("channels", ["pigeon"]),
        ("channels", [{}]),
        ("segments", [{"segment_version": {}, "role": "target"}]),
        ("journey", {"id": "n1"}),
        ("journey", [{"id": "n1", "share": 0.123456}]),
        ("budget_eur", Decimal("1.234")),
        ("budget_eur", Decimal("-1")),
        ("retention", "six mois"),
        ("caps", {"email": {"n": 0, "per": "P7D"}}),
        ("quiet_hours", ["21:00"]),
        ("priority", 0),
        ("latency_needed", "soon"),
        ("expected_volume", -3),
        ("purposes", [{"purpose": "tcf_p1", "legal_basis": "contract"}]),
        ("purposes", [{"purpose": "fun", "legal_basis": "consent"}]),
        ("purposes", [{"purpose": "tcf_p1"}]),
        ("objectives", ["OBJ-NONE"]),
        ("targets", "T01"),
        ("segments", [{"segment_version": "SEG-09 v1", "role": "target"}]),
        ("surprise", 1),
    ],
)
def test_what_a_draft_cannot_say_is_refused_at_its_field(stage, field, value):
    draft = queries.draft(stage.idea())
    found = refused(actions.edit, draft, by=stage.cast.mehdi, **{field: value})

    assert found.status in (400, 422)
    assert fields(found) == {field}
    assert queries.draft(draft.usecase).version == draft.version


def test_lists_replace_and_take_codes(stage):
    usecase = stage.framed()
    segment = stage.segment("LIB-UC-04#0")
    stage.targets(usecase)
    draft = actions.edit(
        queries.draft(usecase),
        by=stage.cast.mehdi,
        channels=["email", "display_programmatic"],
        destinations=["DST-EML"],
        recipients=["ORG-TAL"],
        objectives=[stage.objective.code],
        targets=["T01"],
        segments=[{"segment_version": (segment.code, 1), "role": "target", "channels": ["email"]}],
        quiet_hours=["21:00", "08:00"],
        expected_volume=60_000,
        budget_eur=Decimal("90000.50"),
    )

    assert draft.channels == ["display_programmatic", "email"]
    assert [one.code for one in draft.destinations.all()] == ["DST-EML"]
    assert [one.code for one in draft.targets.all()] == ["T01"]
    assert [pin.channels for pin in draft.segments.all()] == [["email"]]
    actions.drop(draft, segment, by=stage.cast.mehdi)
    assert not queries.draft(usecase).segments.exists()


def test_a_target_of_another_use_case_is_not_taken(stage):
    other, usecase = stage.framed(), stage.framed()
    stage.targets(other)
    assert fields(refused(actions.edit, queries.draft(usecase), by=stage.cast.mehdi, targets=["T01"])) == {
        "targets"
    }


def test_a_stale_form_is_refused_and_each_writer_is_an_author(stage):
    usecase = stage.framed()
    draft = queries.draft(usecase)
    actions.edit(draft, by=stage.cast.fatou, version=draft.version, description="Relu.")

    found = refused(actions.edit, draft, by=stage.cast.mehdi, version=draft.version, description="Non.")
    assert (found.code, found.status) == ("stale", 412)
    assert set(queries.draft(usecase).authors.all()) == {stage.cast.mehdi, stage.cast.fatou}


def test_texts_are_kept_in_one_form(stage):
    draft = actions.edit(queries.draft(stage.idea()), by=stage.cast.mehdi, title_fr="  Re\u0301activation ")
    assert draft.title_fr == "Réactivation"
    assert draft.usecase.dossier.name_fr == "Réactivation"


# ---------------------------------------------------------------- submitting
def test_an_empty_draft_hears_all_that_is_missing(stage):
    usecase = actions.create(
        stage.programme, by=stage.cast.mehdi, title_fr="Presque rien", hypothesis={"if": "a", "then": "b"}
    )
    actions.frame(usecase, by=stage.cast.paul)

    found = refused(actions.submit, queries.draft(usecase), by=stage.cast.mehdi)
    assert found.status == 409
    assert {"INV-21", "J01", "required"} == codes(found)
    assert {"objectives", "hypothesis", "channels", "purposes", "segments", "targets", "journey"} == fields(
        found
    )
    assert queries.draft(usecase).edition is None


def test_an_idea_is_not_submitted(stage):
    usecase = stage.idea()
    assert refused(actions.submit, queries.draft(usecase), by=stage.cast.mehdi).code == "wrong_state"


CASES = {
    "INV-18": {"scenario_level": 2},
    "INV-19": {"audience_branch": "both"},
    "INV-20": {"scenario_level": 3},
    "J07": {"channels": ["display_programmatic", "paid_social"], "journey": "search"},
    "required": {"destinations": ["DST-DSP", "DST-SOC"]},
    "E16": {"purposes": [{"purpose": "tcf_p1", "legal_basis": "consent"}]},
}


def journey(channel):
    """Three steps, one contact."""
    return [
        {"id": "a", "type": "entry", "next": "b"},
        {"id": "b", "type": "touch", "channel": channel, "message": "offre", "stage": "before", "next": "c"},
        {"id": "c", "type": "exit", "reason": "end"},
    ]


def test_each_rule_of_a_submission_speaks_for_itself(stage):
    usecase = stage.ready_to_submit()
    kept = queries.draft(usecase)
    purposes = [{"purpose": one.purpose, "legal_basis": one.legal_basis} for one in kept.purposes.all()]
    whole = {
        "scenario_level": 1,
        "audience_branch": "prospects",
        "channels": kept.channels,
        "journey": journey("display_programmatic"),
        "destinations": ["DST-DSP", "DST-SOC", "DST-SEA"],
        "purposes": purposes,
    }
    for code, change in CASES.items():
        said = {**whole, **change}
        if said["journey"] == "search":
            said["journey"] = journey("paid_search")
        draft = actions.edit(queries.draft(usecase), by=stage.cast.mehdi, **said)
        found = refused(actions.submit, draft, by=stage.cast.mehdi)
        assert code in codes(found), code
        assert codes(found) <= {code, "INV-18"}, (code, codes(found))
        assert found.status == 409
    draft = actions.edit(queries.draft(usecase), by=stage.cast.mehdi, **whole)
    assert not rules.objections_to_content(queries.Reading(draft))


def test_legitimate_interests_ask_for_a_balancing_test(stage):
    usecase = stage.framed("LIB-UC-20")
    segment = stage.segment("LIB-UC-20#0")
    stage.complete(usecase, segment)
    purposes = [
        {"purpose": one.purpose, "legal_basis": one.legal_basis}
        for one in queries.draft(usecase).purposes.all()
    ]
    draft = actions.edit(queries.draft(usecase), by=stage.cast.mehdi, purposes=purposes)
    assert codes(refused(actions.submit, draft, by=stage.cast.mehdi)) == {"lia_missing"}


def test_a_draft_segment_is_frozen_before(stage):
    usecase = stage.framed()
    stage.complete(usecase, stage.segment(approved=False))
    found = refused(actions.submit, queries.draft(usecase), by=stage.cast.mehdi)
    assert codes(found) == {"E12"}

    version = queries.draft(usecase).segments.get().segment_version
    stage.freeze(version)
    assert actions.submit(queries.draft(usecase), by=stage.cast.mehdi).edition is not None


def test_a_channel_that_cannot_reach_the_audience_is_named(stage):
    usecase = stage.framed("LIB-UC-19")
    segment = stage.segment("LIB-UC-19#0", identity_types=["cookie_first_party"])
    stage.complete(usecase, segment)
    assert "I01" in codes(refused(actions.submit, queries.draft(usecase), by=stage.cast.mehdi))


def test_starting_at_level_2_is_allowed_with_a_warning(stage):
    usecase = stage.framed("LIB-UC-04")
    stage.complete(usecase, stage.segment("LIB-UC-04#0"))
    reading = queries.Reading(queries.draft(usecase))
    assert len(rules.warnings(reading)) == 1

    revision = actions.submit(queries.draft(usecase), by=stage.cast.mehdi)
    for function in ("legal", "dpo", "security", "technical"):
        if revision.edition.requests.open().filter(function=function).exists():
            stage.sign(revision.edition, function)
    answers = desk.yes(revision.edition, "sponsor", SP_05="no")
    refused(stage.sign, revision.edition, "sponsor", answers=answers)


def test_big_money_asks_two_sponsors(stage):
    revision = stage.submitted(budget_eur=Decimal("150000.01"))
    assert "budget_over_threshold" in revision.edition.flags
    assert revision.edition.requirements.get(function="sponsor").minimum == 2


def test_figures_of_the_day_of_submit_are_kept(stage):
    usecase = stage.ready_to_submit()
    actions.score(
        usecase,
        by=stage.cast.mehdi,
        reach=900_000,
        impact=Decimal(1),
        confidence=Decimal("0.8"),
        effort_weeks=Decimal(3),
    )
    start = today() + dt.timedelta(days=60)
    actions.schedule(usecase, by=stage.cast.paul, start=start, end=start + dt.timedelta(days=90))
    revision = actions.submit(queries.draft(usecase), by=stage.cast.mehdi)
    stage.approve(revision.edition)

    moved = actions.schedule(usecase, by=stage.cast.paul, start=today(), end=today() + dt.timedelta(days=9))
    assert moved.roadmap_start == today()
    said = revision.edition.facet("BUSINESS")
    assert said["roadmap"]["start"] == start.isoformat()
    assert said["rice"]["reach"] == 900_000
    assert all(one.covers for one in stage.standing(revision.edition).values())
    assert queries.use_cases(stage.programme).get().rice_score == Decimal("240000.00")


# ---------------------------------------------------------------- the life of a revision
def test_a_rejection_asks_for_changes_until_the_next_draft(stage):
    revision = stage.submitted()
    refusal_to_open = refused(actions.open_revision, revision.usecase, by=stage.cast.mehdi)
    assert refusal_to_open.code == "in_review"

    stage.sign(revision.edition, "dpo", decision="reject")
    assert queries.status_of(revision) == RevisionStatus.CHANGES_REQUESTED
    usecase = queries.use_cases(stage.programme).get()
    assert usecase.status == UseCaseStatus.CHANGES_REQUESTED

    draft = actions.open_revision(usecase, by=stage.cast.mehdi)
    revision.edition.refresh_from_db()
    assert (draft.number, revision.edition.closed_as) == (2, "rejected")
    assert not revision.edition.requests.open().exists()
    assert queries.use_cases(stage.programme).get().status == UseCaseStatus.FRAMING
    assert queries.status_of(queries.history(usecase)[1][0]) == RevisionStatus.CHANGES_REQUESTED
    assert [pin.segment_version for pin in draft.segments.all()] == [
        pin.segment_version for pin in revision.segments.all()
    ]
    assert refused(actions.open_revision, usecase, by=stage.cast.mehdi).code == "one_draft"
    again = actions.submit(draft, by=stage.cast.mehdi)
    assert again.usecase.status == UseCaseStatus.SUBMITTED


def test_its_submitter_or_the_lead_withdraws(stage):
    revision = stage.submitted()
    other = stage.cast.newcomer("ines.trois", department="digital", role="core_team_member")
    assert refused(actions.withdraw, revision, by=other).status == 403

    actions.withdraw(revision, by=stage.cast.mehdi)
    usecase = queries.use_cases(stage.programme).get()
    assert usecase.status == UseCaseStatus.FRAMING
    assert queries.status_of(queries.latest(usecase)) == RevisionStatus.WITHDRAWN
    second = actions.submit(actions.open_revision(usecase, by=stage.cast.mehdi), by=stage.cast.mehdi)
    stage.sign(second.edition, "technical")
    assert refused(actions.withdraw, second, by=stage.cast.paul).field == "reason"
    actions.withdraw(second, by=stage.cast.paul, reason="autre calendrier")
    assert [one.verb for one in Event.objects.of("TALV").about("use_case", "UC-01")].count(
        "usecase.withdrawn"
    ) == 2


def test_an_approved_use_case_stays_so_while_the_next_revision_is_read(stage):
    first = stage.approved()
    draft = actions.edit(
        actions.open_revision(first.usecase, by=stage.cast.mehdi), by=stage.cast.mehdi, notice_ref="version 5"
    )
    second = actions.submit(draft, by=stage.cast.mehdi)

    assert second.usecase.status == UseCaseStatus.APPROVED
    stage.sign(second.edition, "legal", decision="reject")
    assert queries.use_cases(stage.programme).get().status == UseCaseStatus.APPROVED
    assert queries.approved(first.usecase) == first


# ---------------------------------------------------------------- value, roadmap, links
def test_scores_and_windows_that_cannot_be_are_refused(stage):
    usecase = stage.idea()
    bad = refused(
        actions.score,
        usecase,
        by=stage.cast.mehdi,
        reach=-1,
        impact=Decimal(7),
        confidence=Decimal("0.7"),
        effort_weeks=Decimal(0),
    )
    assert fields(bad) == {"rice_reach", "rice_impact", "rice_confidence", "rice_effort_weeks"}
    late = rules.months_after(today(), 24)
    for start, end in (
        (today(), today() - dt.timedelta(days=1)),
        (late + dt.timedelta(days=1), late + dt.timedelta(days=9)),
    ):
        assert refused(actions.schedule, usecase, by=stage.cast.paul, start=start, end=end).status == 422
    assert (
        actions.schedule(usecase, by=stage.cast.paul, start=late, end=late, confidence=1).roadmap_start
        == late
    )


def test_months_are_counted_by_the_calendar():
    assert rules.months_after(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert rules.months_after(dt.date(2026, 2, 28), 12) == dt.date(2027, 2, 28)
    assert rules.months_after(dt.date(2026, 12, 31), 24) == dt.date(2028, 12, 31)


def test_blocking_goes_in_no_circle(stage):
    one, two, three = (stage.idea() for _each in range(3))
    paul = stage.cast.paul
    actions.depend(one, two, "blocks", by=paul)
    actions.depend(two, three, "blocks", by=paul)
    found = refused(actions.depend, three, one, "blocks", by=paul)

    assert (found.code, found.status) == ("INV-16", 409)
    assert "UC-03" in str(found)
    assert actions.depend(three, one, "enriches", by=paul).kind == "enriches"
    assert refused(actions.depend, one, two, "blocks", by=paul).code == "taken"
    assert refused(actions.depend, one, one, "blocks", by=paul).status == 422
    assert refused(actions.undepend, three, two, "blocks", by=paul).code == "wrong_state"
    assert refused(actions.undepend, two, three, "blocks", by=stage.cast.mehdi).status == 403
    actions.undepend(two, three, "blocks", by=paul)
    assert actions.depend(three, one, "blocks", by=paul).kind == "blocks"
    assert len(queries.dependencies(one)) == 3


# ---------------------------------------------------------------- pausing and stopping
def test_whoever_paused_resumes_or_a_sponsor(stage):
    usecase = stage.approved().usecase
    assert refused(actions.pause, usecase, by=stage.cast.diane, reason=" ").field == "reason"

    paused = actions.pause(usecase, by=stage.cast.diane, reason="plainte reçue")
    assert (paused.status, paused.pause_reason, paused.paused_function) == ("paused", "dpo", "dpo")
    assert Message.objects.to(stage.cast.mehdi).filter(event="usecase.paused").exists()
    assert refused(actions.resume, usecase, by=stage.cast.aude).status == 403
    resumed = actions.resume(usecase, by=stage.cast.diane)
    assert (resumed.status, resumed.pause_reason) == ("approved", "")

    actions.pause(usecase, by=stage.cast.paul, reason="calendrier")
    assert actions.resume(usecase, by=stage.cast.bruno).status == "approved"
    assert refused(actions.resume, usecase, by=stage.cast.bruno).code == "wrong_state"


def test_a_sponsor_stops_what_does_not_run(stage):
    idea, approved = stage.idea(), stage.approved().usecase
    assert actions.stop(idea, by=stage.cast.helene, reason="sans effet attendu").status == "stopped"
    assert refused(actions.open_revision, idea, by=stage.cast.mehdi).code in ("wrong_state", "one_draft")
    assert (
        refused(actions.edit, queries.draft(idea), by=stage.cast.mehdi, description="x").code == "wrong_state"
    )

    assert refused(actions.stop, approved, by=stage.cast.helene, reason="assez").code == "wrong_state"
    actions.pause(approved, by=stage.cast.helene, reason="assez")
    assert refused(actions.stop, approved, by=stage.cast.paul, reason="assez").status == 403
    assert actions.stop(approved, by=stage.cast.helene, reason="assez").status == "stopped"


def test_nobody_is_asked_again_for_what_has_ended(stage, clock_at):
    running, stopped = stage.approved().usecase, stage.approved("LIB-UC-09", segment="LIB-UC-09#0").usecase
    actions.pause(stopped, by=stage.cast.helene, reason="assez")
    actions.stop(stopped, by=stage.cast.helene, reason="assez")
    listed = {edition.dossier_id for edition in reviews.current_editions(stage.programme)}
    assert running.dossier_id in listed
    assert stopped.dossier_id not in listed


def revoked(stage, edition, function="dpo"):
    """A signature of an approved edition, taken back: it is asked again there."""
    review = edition.reviews.get(function=function)
    reviews_actions.revoke(review, by=review.reviewer, reason="erreur", reauth_age_s=0)


def test_one_signature_answers_every_edition_of_the_same_scope(stage):
    first = stage.approved()
    revoked(stage, first.edition)
    draft = actions.open_revision(first.usecase, by=stage.cast.mehdi)
    second = actions.submit(draft, by=stage.cast.mehdi)
    asked = ReviewRequest.objects.open().filter(edition__dossier=first.edition.dossier)
    assert {(one.edition.number, one.function) for one in asked} == {(1, "dpo"), (2, "dpo")}

    stage.sign(first.edition, "dpo")
    assert not asked.all().exists()
    assert queries.status_of(second) == RevisionStatus.APPROVED
    assert queries.status_of(first) == RevisionStatus.SUPERSEDED


def test_what_was_replaced_asks_nobody(stage):
    first = stage.approved()
    revoked(stage, first.edition)
    draft = actions.open_revision(first.usecase, by=stage.cast.mehdi)
    second = actions.submit(actions.edit(draft, by=stage.cast.mehdi, retention="P5M"), by=stage.cast.mehdi)
    stage.approve(second.edition)
    assert queries.status_of(second) == RevisionStatus.APPROVED
    assert not ReviewRequest.objects.open().filter(edition=first.edition).exists()


def test_a_signature_of_another_scope_leaves_the_other_edition_waiting(stage):
    first = stage.approved()
    revoked(stage, first.edition)
    draft = actions.open_revision(first.usecase, by=stage.cast.mehdi)
    second = actions.submit(actions.edit(draft, by=stage.cast.mehdi, retention="P5M"), by=stage.cast.mehdi)
    stage.sign(first.edition, "dpo")
    waiting = ReviewRequest.objects.open().filter(edition=second.edition)
    assert "dpo" in set(waiting.values_list("function", flat=True))
    assert queries.status_of(second) == RevisionStatus.IN_REVIEW


def test_an_agency_reads_what_it_proposed_and_what_is_shared(stage, monkeypatch):
    basile = stage.cast.basile
    kept, idea = stage.idea(), actions.create(stage.programme, by=basile, title_fr="Idée de l'agence")
    assert list(queries.visible(basile, stage.programme)) == [idea]
    assert refused(actions.edit, queries.draft(idea), by=basile, description="x").status == 403

    roles.share(kept.dossier, basile, by=stage.cast.paul)
    assert set(queries.visible(basile, stage.programme)) == {kept, idea}
    roles.unshare(idea.dossier, basile, by=stage.cast.paul)  # they are single exceptions as any other
    assert list(queries.visible(basile, stage.programme)) == [kept]

    monkeypatch.setattr(role_rules, "MOST_SHARES", 1)
    assert codes(refused(actions.create, stage.programme, by=basile, title_fr="De trop")) == {
        "too_many_shares"
    }
    assert not UseCase.objects.filter(dossier__name_fr="De trop").exists()


def test_a_closed_target_is_left_out_of_the_next_revision(stage):
    revision = stage.approved()
    primary = revision.targets.get(kind="primary")
    kpis.close_target(primary, by=stage.cast.mehdi)
    draft = actions.open_revision(revision.usecase, by=stage.cast.mehdi)

    assert [one.kind for one in draft.targets.all()] == ["guardrail"]
    assert codes(refused(actions.submit, draft, by=stage.cast.mehdi)) == {"INV-21"}


def test_an_expired_segment_is_not_submitted(stage):
    usecase = stage.ready_to_submit()
    version = segment_queries.latest(queries.draft(usecase).segments.get().segment_version.segment)
    segments.deprecate(version, by=stage.cast.anna)
    assert codes(refused(actions.submit, queries.draft(usecase), by=stage.cast.mehdi)) == {"E12"}


def test_an_audience_that_grew_is_read_again_by_the_dpo(stage):
    revision = stage.approved()
    version = revision.segments.get().segment_version
    segments.estimate(version, by=stage.cast.anna, size=682_500)
    assert not revision.usecase.dossier.external_events.exists()

    for _twice in range(2):
        segments.estimate(version, by=stage.cast.anna, size=682_501)
    event = revision.usecase.dossier.external_events.get()
    assert (event.code, event.functions) == ("XT-12", ["dpo"])
    assert event.stales_on == today() + dt.timedelta(days=15)
    assert stage.standing(revision.edition)["dpo"].covers
