"""Story 2: from workshop to approved use case, the legal reviewer on leave (domain.md 8), at the verbs.

2.4 (screening), 2.10 (privileged notes) and the DPIA half of 2.5 come with their rooms.
"""

import datetime as dt

import pytest

from governance.audit.models import Event
from governance.conditions import actions as conditions
from governance.dossiers.choices import ReviewFunction
from governance.errors import Refusal
from governance.reviews import actions as reviews
from governance.reviews import queries as review_queries
from governance.reviews.choices import Standing
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.reviews import desk
from tests.walks.stage import HYPOTHESIS
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.backlog.choices import RevisionStatus, UseCaseStatus
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments

pytestmark = pytest.mark.django_db

EXPORTS = {"third_party_export", "platform_match", "tracker_data"}


def codes(caught):
    """The codes of all that was refused."""
    return {refusal.code for refusal in caught.value.objections}


@pytest.fixture
def from_the_workshop(stage):
    """2.1: Mehdi and Fatou instantiate LIB-UC-01, with its segment as a draft; both write on it."""
    cast = stage.cast
    usecase = backlog.create(
        stage.programme,
        by=cast.mehdi,
        title_fr="Exclure les convertis",
        branch="prospects",
        hypothesis=HYPOTHESIS,
    )
    backlog.instantiate(read.draft(usecase), "LIB-UC-01", by=cast.mehdi, with_segments=True)
    backlog.edit(read.draft(usecase), by=cast.fatou, description="Issu de l'atelier du 10 février.")
    return backlog.frame(usecase, by=cast.paul)


@pytest.fixture
def submitted(stage, from_the_workshop):
    """UC-01 in review, its segment approved before."""
    version = read.draft(from_the_workshop).segments.get().segment_version
    stage.approve(stage.freeze(version).edition)
    stage.complete(from_the_workshop)
    return backlog.submit(read.draft(from_the_workshop), by=stage.cast.mehdi)


def test_2_1_a_template_becomes_a_draft_of_two_authors(stage, from_the_workshop):
    draft = read.draft(from_the_workshop)

    assert from_the_workshop.status == UseCaseStatus.FRAMING
    assert set(draft.authors.all()) == {stage.cast.mehdi, stage.cast.fatou}
    assert draft.hypothesis["if"].startswith("nous retirons les clients récents")
    assert set(draft.channels) == {"display_programmatic", "paid_social", "paid_search"}
    assert read.Reading(draft).facts.flags == EXPORTS

    version = draft.segments.get().segment_version
    segments.estimate(version, by=stage.cast.mehdi, size=455_000, method="sample")
    assert read.Reading(draft).facts.flags == EXPORTS | {"large_scale"}


def test_2_2_a_consultant_proposes_and_does_not_submit(stage, from_the_workshop):
    stage.complete(from_the_workshop, by=stage.cast.fatou)

    with pytest.raises(Refusal) as caught:
        backlog.submit(read.draft(from_the_workshop), by=stage.cast.fatou)

    assert (caught.value.status, codes(caught)) == (403, {"no_right"})
    assert Role.CORE_TEAM_LEAD.label in caught.value.who_can
    assert read.draft(from_the_workshop).edition is None


def test_2_3_a_baseline_is_asked_then_four_functions_are(stage, from_the_workshop):
    cast, today = stage.cast, dt.date.today()
    version = read.draft(from_the_workshop).segments.get().segment_version
    stage.approve(stage.freeze(version).edition)
    primary = kpis.set_target(
        stage.programme,
        by=cast.mehdi,
        kpi="cpa",
        kind="primary",
        dossier=from_the_workshop.dossier,
        target=35,
        start_on=today + dt.timedelta(days=30),
        horizon_on=today + dt.timedelta(days=150),
    )
    guardrail = kpis.set_target(
        stage.programme,
        by=cast.mehdi,
        kpi="reach",
        kind="guardrail",
        dossier=from_the_workshop.dossier,
        minimum=1_377_500,
    )
    stage.complete(from_the_workshop, targets=[primary, guardrail])

    with pytest.raises(Refusal) as caught:
        backlog.submit(read.draft(from_the_workshop), by=cast.mehdi)
    assert (caught.value.status, codes(caught)) == (409, {"INV-21"})

    kpis.give_baseline(primary, by=cast.mehdi, baseline=41)
    revision = backlog.submit(read.draft(from_the_workshop), by=cast.mehdi)

    assert revision.usecase.status == UseCaseStatus.SUBMITTED
    assert set(revision.edition.flags) == EXPORTS | {"large_scale"}
    waits = {request.function: request for request in revision.edition.requests.open()}
    assert set(waits) == {"legal", "dpo", "security", "technical", "sponsor"}
    ready = {request.function for request in review_queries.ready(waits.values())}
    assert ready == {"legal", "dpo", "security", "technical"}
    assert Event.objects.about("use_case", "UC-01").filter(verb="usecase.submitted").count() == 1


def test_2_5_a_delegation_counts_once_it_is_accepted(stage, submitted, clock_at):
    cast = stage.cast
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    roles.name_deputy(stage.programme, cast.victor, "legal", by=cast.helene)
    delegation = roles.delegate(
        stage.programme,
        by=cast.aude,
        delegate=cast.victor,
        function="legal",
        starts_on=tomorrow,
        ends_on=tomorrow + dt.timedelta(days=14),
        reason="congés",
    )
    clock_at(tomorrow)

    with pytest.raises(Refusal) as caught:
        stage.sign(submitted.edition, "legal", by=cast.victor)
    assert codes(caught) == {"DLG-01"}

    roles.accept(delegation, by=cast.victor)
    stage.sign(submitted.edition, "legal", by=cast.victor)
    assert stage.standing(submitted.edition)["legal"].covers


def test_2_6_a_delegate_signs_a_request_in_two_names(stage):
    cast = stage.cast
    delegation = desk.lent(cast, cast.aude, cast.victor, "legal")
    reminder = stage.submitted("LIB-UC-19", segment="LIB-UC-19#0")

    review = stage.sign(reminder.edition, "legal", by=cast.victor)

    assert (review.reviewer, review.on_behalf_of, review.delegation) == (cast.victor, cast.aude, delegation)
    assert review_queries.signer(review).count(" ") >= 3
    assert all(name in review_queries.signer(review) for name in ("Victor Clause", "Aude Juriste"))
    assert Event.objects.about("use_case", reminder.usecase.code).filter(verb="review.signed").count() == 1


def test_2_7_and_2_8_a_condition_holds_up_until_someone_else_verifies_it(stage, submitted):
    cast, edition = stage.cast, submitted.edition
    review = stage.sign(
        edition,
        "dpo",
        decision="approve_with_conditions",
        conditions=[desk.condition(cast.mehdi, text="Information dédiée sur la liste d'exclusion transmise")],
    )
    condition = review.conditions.get()
    dpo = stage.standing(edition)["dpo"]
    assert (dpo.covers, dpo.clears, dpo.state) == (True, False, Standing.BLOCKED)
    assert (condition.status, condition.owner) == ("open", cast.mehdi)

    proof = roles.add_evidence(
        stage.programme,
        by=cast.mehdi,
        title="Mention d'information",
        kind="document",
        url="https://example.org/mention",
    )
    conditions.submit_evidence(condition, proof, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        conditions.verify(condition, by=cast.mehdi)
    assert "SOD-11" in codes(caught)
    assert not stage.standing(edition)["dpo"].clears

    conditions.verify(condition, by=cast.diane)
    condition.refresh_from_db()
    assert condition.status == "satisfied"
    assert stage.standing(edition)["dpo"].clears


def test_2_9_the_sponsor_signs_last(stage, submitted):
    edition = submitted.edition
    for function in ("legal", "dpo", "technical"):
        stage.sign(edition, function)

    with pytest.raises(Refusal) as caught:
        stage.sign(edition, "sponsor")
    assert caught.value.status == 409
    assert str(ReviewFunction.SECURITY.label) in str(caught.value)
    assert read.latest(submitted.usecase).usecase.status == UseCaseStatus.SUBMITTED

    stage.sign(edition, "security")
    review = stage.sign(edition, "sponsor", reauth_age_s=17)
    revision = read.latest(submitted.usecase)
    assert review.reauth_age_s == 17
    assert revision.usecase.status == UseCaseStatus.APPROVED
    assert read.status_of(revision) == RevisionStatus.APPROVED
    assert Event.objects.about("use_case", "UC-01").filter(verb="usecase.approved").count() == 1


def test_nobody_signs_what_they_wrote_or_submitted(stage, submitted):
    cast = stage.cast
    roles.assign(
        stage.programme, cast.newcomer("zoe.zele", department="legal"), "legal_reviewer", by=cast.helene
    )
    request = desk.asked(submitted.edition, "technical")

    with pytest.raises(Refusal) as caught:
        reviews.sign(
            request,
            "approve",
            fingerprint=submitted.edition.fp,
            by=cast.mehdi,
            reauth_age_s=0,
            answers=desk.yes(submitted.edition, "technical"),
        )
    assert caught.value.status == 403
