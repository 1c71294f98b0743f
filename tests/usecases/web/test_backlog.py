"""The backlog and one use case: who sees what, what each act answers, and what a page costs."""

import datetime as dt

import pytest
from django.urls import reverse

from governance import library
from governance.audit.models import Event, Refused
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.api.door import Api
from tests.governance.reviews.desk import condition
from tests.governance.web.panel import form_of
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.backlog.choices import UseCaseStatus
from usecases.segments import actions as segments

pytestmark = pytest.mark.django_db

TABS = ("framing", "audience", "segments", "kpis", "reviews", "history")
ACTS = (
    "frame",
    "revise",
    "pin",
    "unpin",
    "submit",
    "withdraw",
    "score",
    "schedule",
    "link",
    "unlink",
    "pause",
    "resume",
    "stop",
)


def test_the_list_shows_filters_and_sorts(stage, desk):
    cast = stage.cast
    stage.idea("LIB-UC-01")
    stage.framed("LIB-UC-12", emblematic=True)
    reader = desk(cast.anna)
    assert all(code in reader.text("usecases:list") for code in ("UC-01", "UC-02"))
    framing = reader.text("usecases:list", status="framing")
    assert "UC-02" in framing
    assert "UC-01" not in framing
    assert "UC-01" not in reader.text("usecases:list", emblematic="yes")
    assert "UC-01" not in reader.text("usecases:list", text="UC-02")
    down = reader.text("usecases:list", ordering="-code")
    assert down.index("UC-02") < down.index("UC-01")
    assert 'aria-sort="descending"' in down
    assert reader.text("usecases:list", level="9", branch="nobody", ordering="secret", page="x")


def test_a_list_that_goes_on_keeps_its_filters(stage, desk):
    for n in range(51):
        backlog.create(stage.programme, by=stage.cast.mehdi, title_fr=f"Essai {n}", branch="prospects")
    text = desk(stage.cast.anna).text("usecases:list", status="idea", text="Essai")
    assert "status=idea&amp;text=Essai&amp;page=2" in text
    assert "UC-51" not in text
    assert "UC-51" in desk(stage.cast.anna).text("usecases:list", status="idea", page=2)


def test_htmx_gets_the_rows_alone_and_caches_keep_them_apart(stage, desk):
    stage.idea()
    reader = desk(stage.cast.anna)
    url = reader.url("usecases:list")
    whole, part = reader.client.get(url), reader.client.get(url, headers={"HX-Request": "true"})
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert "UC-01" in part.content.decode()
    for answer in (whole, part):
        assert "HX-Request" in answer["Vary"]
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("tab", TABS)
def test_each_side_of_a_use_case_answers(stage, desk, tab):
    stage.approved()
    reader = desk(stage.cast.anna)
    text = reader.text("usecases:usecase", "UC-01", tab=tab)
    assert 'aria-current="page"' in text
    said = {
        "framing": "Cut media spend",
        "audience": "<h2>Journey</h2>",
        "segments": "SEG-01",
        "kpis": "41.5",
        "reviews": "Aude Juriste",
        "history": "Revision 1",
    }
    assert said[tab] in text
    assert reader.get("usecases:usecase", "UC-01", tab=tab, revision="²").status_code == 200


def test_outsiders_find_nothing_and_cannot_tell(stage, desk):
    stage.idea()
    cast = stage.cast
    stranger = desk(cast.newcomer("zoe.ailleurs"))
    urls = [
        ("usecases:list",),
        ("usecases:usecase", "UC-01"),
        ("usecases:edit", "UC-01"),
        ("usecases:compare", "UC-01"),
    ]
    unknown = desk(cast.anna).get("usecases:usecase", "UC-99")
    for name, *args in urls:
        answer = stranger.get(name, *args)
        there = stranger.client.get(reverse(name, args=["NOWHERE", *args]))
        assert answer.status_code == there.status_code == 404
        assert bare(answer) == bare(there)
    assert unknown.status_code == 404
    assert (
        stranger.client.get(
            "/p/TALV/use-cases/UC-01/?tab=history", headers={"HX-Request": "true"}
        ).status_code
        == 404
    )


def bare(answer):
    """The body without what differs from one request to another: the tokens."""
    import re

    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode()).replace("NOWHERE", "TALV")


def test_an_agency_sees_what_was_shared_with_it_alone(stage, desk):
    cast = stage.cast
    shared, kept = stage.idea("LIB-UC-01"), stage.idea("LIB-UC-12")
    agency = desk(Role.AGENCY)
    assert "UC-0" not in agency.text("usecases:list")
    hidden, unknown = agency.get("usecases:usecase", shared.code), agency.get("usecases:usecase", "UC-99")
    assert hidden.status_code == unknown.status_code == 404
    assert bare(hidden).replace("UC-01", "UC-99") == bare(unknown)
    roles.share(shared.dossier, cast.basile, by=cast.paul)
    assert shared.code in agency.text("usecases:list")
    assert kept.code not in agency.text("usecases:list")
    assert agency.get("usecases:usecase", shared.code).status_code == 200
    assert agency.get("usecases:usecase", kept.code).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_never_a_get(stage, desk, act):
    stage.idea()
    assert desk(stage.cast.paul).get(f"usecases:{act}", "UC-01").status_code == 405


def test_a_refused_act_shows_why_and_leaves_one_trace(stage, desk, one_refusal):
    version = read.latest(stage.framed()).version
    answer = desk(stage.cast.fatou).post("usecases:submit", "UC-01", version=version)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "This was not done" in text
    assert "Core-team lead" in text
    assert one_refusal() == ("usecase.submit", ["no_right"], "page")
    assert read.draft(stage.programme.dossiers.get(code="UC-01").use_case).edition is None


def test_what_is_missing_is_told_all_at_once(stage, desk):
    version = read.latest(stage.framed()).version
    answer = desk(stage.cast.mehdi).post("usecases:submit", "UC-01", version=version)
    assert answer.status_code == 409
    assert "required" in Refused.objects.get().codes
    assert answer.content.decode().count('role="rowheader" scope="row"') == 3


def test_a_new_use_case_keeps_what_was_typed_when_something_lacks(stage, desk):
    writer = desk(stage.cast.mehdi)
    answer = writer.post("usecases:new", title_fr="Le mien", emblematic="on")
    assert answer.status_code == 400
    assert "Say whom it addresses" in answer.content.decode()
    assert form_of(answer)["title_fr"] == ["Le mien"]
    assert form_of(answer)["emblematic"] == ["on"]
    assert writer.post("usecases:new", title_fr="Le mien", branch="prospects").status_code == 302


def test_scoring_placing_pausing_resuming_stopping(stage, desk):
    cast = stage.cast
    usecase = stage.approved().usecase
    lead, sponsor = desk(cast.paul), desk(cast.helene)
    assert (
        lead.post(
            "usecases:score", "UC-01", reach=9000, impact="2", confidence="0.8", effort_weeks="3"
        ).status_code
        == 302
    )
    assert lead.post("usecases:schedule", "UC-01", start="2026-12-01", end="2027-02-01").status_code == 302
    assert lead.post("usecases:schedule", "UC-01", start="2027-02-01", end="").status_code == 400
    assert "Pause it" in sponsor.text("usecases:usecase", "UC-01")
    refused = sponsor.post("usecases:pause", "UC-01", why=" ")
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    assert sponsor.post("usecases:pause", "UC-01", why="Budget gelé").status_code == 302
    usecase.refresh_from_db()
    assert (usecase.status, usecase.rice_score) == (UseCaseStatus.PAUSED, 4800)
    assert desk(cast.mehdi).post("usecases:resume", "UC-01").status_code == 403
    assert sponsor.post("usecases:resume", "UC-01").status_code == 302
    sponsor.post("usecases:pause", "UC-01", why="Budget gelé")
    assert sponsor.post("usecases:stop", "UC-01", why="Sans suite").status_code == 302
    usecase.refresh_from_db()
    assert usecase.status == UseCaseStatus.STOPPED
    assert "Place it on the roadmap" not in lead.text("usecases:usecase", "UC-01")


def test_withdrawing_opens_the_way_to_a_next_revision_and_both_are_compared(stage, desk):
    cast = stage.cast
    stage.submitted()
    writer = desk(cast.mehdi)
    assert writer.post("usecases:revise", "UC-01").status_code == 409
    assert writer.post("usecases:withdraw", "UC-01", reason="Une erreur").status_code == 302
    assert writer.post("usecases:revise", "UC-01").status_code == 302
    typed = form_of(writer.get("usecases:edit", "UC-01")) | {
        "title_fr": "Exclure mieux",
        "change_summary": "Titre",
    }
    assert writer.post("usecases:edit", "UC-01", **typed).status_code == 302
    text = desk(cast.anna).text("usecases:compare", "UC-01", to="2")
    assert "Exclure mieux" in text
    assert writer.get("usecases:compare", "UC-01", **{"from": "9", "to": "x"}).status_code == 200


def test_pins_come_and_go(stage, desk):
    stage.framed()
    version = stage.version(stage.segment())
    writer = desk(stage.cast.mehdi)
    assert f'value="{version.code}"' in writer.text("usecases:usecase", "UC-01", tab="segments")
    answer = writer.post("usecases:pin", "UC-01", version=version.code, role="exclusion", apply="upstream")
    assert answer.status_code == 302
    draft = read.draft(stage.programme.dossiers.get(code="UC-01").use_case)
    assert draft.segments.get().segment_version == version
    for nothing in ("SEG-99 v1", "SEG-01 v9", "SEG-01 v²", "SEG-01"):
        assert writer.post("usecases:pin", "UC-01", version=nothing, role="target").status_code == 404
    assert writer.post("usecases:pin", "UC-01", version=version.code).status_code == 400
    writer.post("usecases:unpin", "UC-01", segment="SEG-01")
    assert not draft.segments.exists()
    assert writer.post("usecases:unpin", "UC-01", segment="SEG-99").status_code == 404


def test_targets_are_set_refused_and_closed(stage, desk):
    usecase = stage.framed()
    writer = desk(stage.cast.mehdi)
    kpi = str(stage.programme.kpis.get(code="cpa").pk)
    refused = writer.post("usecases:target_new", "UC-01", kpi=kpi, kind="guardrail", baseline="7")
    assert refused.status_code in (409, 422)
    assert form_of(refused)["baseline"] == ["7"]
    assert not usecase.dossier.kpi_targets.exists()
    assert (
        writer.post("usecases:target_new", "UC-01", kpi=kpi, kind="guardrail", maximum="40").status_code
        == 302
    )
    target = usecase.dossier.kpi_targets.get()
    assert target in read.draft(usecase).targets.all()
    assert desk(stage.cast.anna).post("usecases:target_close", "UC-01", target.code).status_code == 403
    assert writer.post("usecases:target_close", "UC-01", target.code).status_code == 302
    assert writer.post("usecases:target_close", "UC-01", "TGT-99").status_code == 404


def test_a_share_is_written_from_zero_to_one(stage, desk):
    usecase = stage.framed()
    writer = desk(stage.cast.mehdi)
    rate, gain = (str(stage.programme.kpis.get(code=code).pk) for code in ("conversion_rate", "uplift"))
    refused = writer.post("usecases:target_new", "UC-01", kpi=rate, kind="guardrail", maximum="7.9")
    assert refused.status_code == 422
    assert "is a share, from 0 to 1" in at_field(refused, "maximum")
    assert not usecase.dossier.kpi_targets.exists()
    for kpi, most in ((rate, "0.079"), (gain, "1.2")):
        answer = writer.post("usecases:target_new", "UC-01", kpi=kpi, kind="guardrail", maximum=most)
        assert answer.status_code == 302


def test_an_aim_goes_the_way_that_is_better(stage, desk):
    stage.framed()
    writer = desk(stage.cast.mehdi)
    days = {"start_on": "2027-01-01", "horizon_on": "2027-06-01", "kind": "primary"}
    for code, baseline, wrong, right in (
        ("conversion_rate", "0.079", "0.02", "0.09"),
        ("cpa", "40", "50", "30"),
    ):
        kpi = str(stage.programme.kpis.get(code=code).pk)
        said = {"kpi": kpi, "baseline": baseline, **days}
        refused = writer.post("usecases:target_new", "UC-01", target=wrong, **said)
        assert refused.status_code == 422
        assert "is better when it" in at_field(refused, "target")
        assert writer.post("usecases:target_new", "UC-01", target=right, **said).status_code == 302


def test_what_is_still_to_settle_is_told_before_submitting(stage, desk):
    stage.framed()
    told = desk(stage.cast.mehdi).text("usecases:usecase", "UC-01")
    assert "Still to settle before it is submitted" in told
    assert "Choose at least one segment." in told
    assert "Still to settle" not in desk(stage.cast.anna).text("usecases:usecase", "UC-01")
    stage.ready_to_submit("LIB-UC-04", segment="LIB-UC-04#0")
    assert "Still to settle" not in desk(stage.cast.mehdi).text("usecases:usecase", "UC-02")


def test_what_cannot_be_is_said_at_its_field_and_loses_nothing(stage, desk):
    usecase = stage.framed()
    writer = desk(stage.cast.mehdi)
    typed = form_of(writer.get("usecases:edit", "UC-01"))
    for name, wrong, said in (
        ("quiet_from", "25:99", "Write a time of day"),
        ("quiet_from", "", "Give both ends"),
        ("expected_volume", "1" + "0" * 20, "less than or equal to"),
        ("retention", "six mois", "how long the data are kept"),
    ):
        bad = {"quiet_from": "21:00", "quiet_to": "08:00", name: wrong}
        answer = writer.post("usecases:edit", "UC-01", **typed | bad)
        assert answer.status_code in (400, 422)
        assert said in at_field(answer, name)
        assert answer.content.decode().count('role="alert"') == 1
        if wrong:
            assert form_of(answer)[name] == [wrong]
        assert read.draft(usecase).quiet_hours == []
    hours = {"quiet_from": "21:00", "quiet_to": "08:00"}
    assert writer.post("usecases:edit", "UC-01", **typed | hours).status_code == 302
    assert read.draft(usecase).quiet_hours == ["21:00", "08:00"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("6 mois", "P6M"),
        ("1 an", "P1Y"),
        ("2 années", "P2Y"),
        ("3 weeks", "P3W"),
        ("90 jours", "P90D"),
        ("P6M", "P6M"),
        ("12 heures", "PT12H"),
    ],
)
def test_how_long_is_said_in_words(stage, desk, said, meant):
    usecase = stage.framed()
    writer = desk(stage.cast.mehdi, "fr")
    typed = form_of(writer.get("usecases:edit", "UC-01"))
    assert writer.post("usecases:edit", "UC-01", **typed | {"retention": said}).status_code == 302
    assert read.draft(usecase).retention == meant
    again = form_of(writer.get("usecases:edit", "UC-01"))
    assert again["retention"][0][0].isdigit()  # in words, and left as it is when it is sent back
    assert writer.post("usecases:edit", "UC-01", **again).status_code == 302
    assert read.draft(usecase).retention == meant


def test_a_template_gives_way_to_what_was_chosen(stage, desk):
    writer = desk(stage.cast.mehdi)
    shipped = read.draft(stage.idea("LIB-UC-02")).audience_branch
    untouched = form_of(writer.get("usecases:new")) | {"template": "LIB-UC-04"}
    assert writer.post("usecases:new", **untouched).status_code == 302
    made = stage.programme.dossiers.get(code="UC-02").use_case
    assert read.draft(made).audience_branch == library.usecase_template("LIB-UC-04")["branch"] == "both"
    other = "prospects" if shipped != "prospects" else "customers"
    assert writer.post("usecases:new", template="LIB-UC-02", branch=other).status_code == 302
    made = stage.programme.dossiers.get(code="UC-03").use_case
    assert read.draft(made).audience_branch == other


def test_a_recipient_without_an_agreement_is_said_so(stage, desk):
    revision = stage.submitted()
    recipient = revision.recipients.first()
    reader = desk(stage.cast.aude)
    assert "has no processing agreement in force" not in reader.text("usecases:usecase", "UC-01")
    stage.programme.engagements.filter(pk=recipient.pk).update(dpa_status="expired", gdpr_role="processor")
    assert "has no processing agreement in force" in reader.text("usecases:usecase", "UC-01")


def test_a_draft_is_not_shown_as_if_it_were_signed(stage, desk):
    revision = stage.approved()
    said = "What is read below is the draft"
    assert said not in desk(stage.cast.anna).text("usecases:usecase", "UC-01")
    backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    assert said in desk(stage.cast.anna).text("usecases:usecase", "UC-01")


def test_an_agency_reads_what_it_proposed_and_nothing_more(stage, desk):
    kept = stage.idea()
    agency = desk(Role.AGENCY)
    made = agency.post("usecases:new", title_fr="Relance des paniers", branch="customers")
    assert made.status_code == 302
    assert agency.client.get(made["Location"]).status_code == 200
    listed = agency.text("usecases:list")
    assert "Relance des paniers" in listed
    assert kept.code not in listed
    (event,) = Event.objects.of("TALV").filter(verb="dossier.shared")
    assert '"rule":"author"' in event.payload


def forecast(reader):
    """What the page says submitting the draft would do, line by line."""
    text = reader.text("usecases:usecase", "UC-01").partition('id="forecast"')[2].partition("</ul>")[0]
    return [line.partition("</span></li>")[0] for line in text.split("<span>")[1:]]


def test_a_first_draft_says_who_will_be_asked(stage, desk):
    stage.ready_to_submit()
    told = forecast(desk(stage.cast.anna))
    assert told == [
        f"{name}: is asked to sign" for name in ("Legal", "DPO", "Security", "Technical", "Sponsor")
    ]


def test_a_draft_says_which_signatures_it_fells_and_submitting_it_does_just_that(stage, desk):
    revision = stage.approved()
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    reader = desk(stage.cast.anna)
    assert all(line.endswith("what was signed stands") for line in forecast(reader))
    draft = backlog.edit(draft, by=stage.cast.mehdi, retention="P5M")
    told = dict(line.split(": ", 1) for line in forecast(reader))
    fallen = {name for name, how in told.items() if "signs again" in how}
    assert fallen == {"Legal", "DPO"}
    assert "Purposes and people" in told["DPO"]
    edition = backlog.submit(draft, by=stage.cast.mehdi).edition
    assert set(edition.requests.values_list("function", flat=True)) == {"legal", "dpo"}
    assert forecast(reader) == []


def test_a_content_that_comes_back_to_what_was_signed_asks_nobody(stage, desk):
    revision = stage.approved()
    kept, reader = revision.retention, desk(stage.cast.mehdi)
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    backlog.submit(backlog.edit(draft, by=stage.cast.mehdi, retention="P5M"), by=stage.cast.mehdi)
    backlog.withdraw(read.latest(revision.usecase), by=stage.cast.mehdi)
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    assert {line.split(": ")[0] for line in forecast(reader) if "signs again" in line} == {"Legal", "DPO"}
    backlog.edit(draft, by=stage.cast.mehdi, retention=kept)
    assert all(line.endswith("what was signed stands") for line in forecast(reader))
    assert "Nobody is asked: it is approved at once" in reader.text("usecases:usecase", "UC-01")
    sent = form_of(reader.get("usecases:usecase", "UC-01"), "/submit/")
    assert reader.post("usecases:submit", "UC-01", **sent).status_code == 302
    assert "approved at once: every signature stands" in reader.text("usecases:usecase", "UC-01")
    assert read.status_of(read.latest(revision.usecase)) == "approved"


def test_a_signer_who_writes_the_draft_does_not_sign_it(stage, desk):
    cast = stage.cast
    revision = stage.approved()
    roles.assign(stage.programme, cast.thomas, Role.CORE_TEAM_MEMBER, by=cast.helene)
    backlog.change(revision.usecase, by=cast.paul, owner=cast.thomas)
    draft = backlog.open_revision(revision.usecase, by=cast.paul)
    draft = backlog.edit(draft, by=cast.thomas, change_summary="Relu.")
    told = dict(line.split(": ", 1) for line in forecast(desk(cast.anna)))
    assert told["Technical"] == "someone else signs, for its signer has a part in this draft"
    assert told["DPO"] == "what was signed stands"
    edition = backlog.submit(draft, by=cast.paul).edition
    assert list(edition.requests.values_list("function", flat=True)) == ["technical"]


def test_while_a_revision_is_read_the_one_before_stays_approved(stage, desk):
    revision = stage.approved()
    reader, said = desk(stage.cast.anna), "Revision 1 stays approved until revision 2 is"
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    assert said not in reader.text("usecases:usecase", "UC-01")
    draft = backlog.edit(draft, by=stage.cast.mehdi, retention="P5M")
    revision = backlog.submit(draft, by=stage.cast.mehdi)
    assert said in reader.text("usecases:usecase", "UC-01")
    stage.approve(revision.edition)
    assert said not in reader.text("usecases:usecase", "UC-01")


def test_after_a_withdrawal_the_page_answers_of_what_is_approved(stage, desk):
    revision = stage.approved()
    reader = desk(stage.cast.olivier)
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    draft = backlog.edit(draft, by=stage.cast.mehdi, retention="P5M")
    backlog.withdraw(backlog.submit(draft, by=stage.cast.mehdi), by=stage.cast.mehdi)
    text = reader.text("usecases:usecase", "UC-01")
    assert "Every signature stands" in text
    assert "UC-01, revision 1" in text
    asked = reader.text("usecases:usecase", "UC-01", revision=2)
    assert "2 signatures missing" in asked
    backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    compared = reader.text("usecases:compare", "UC-01")
    assert "revision 1 and revision 3" in compared  # not the one that was withdrawn


def test_after_a_refusal_and_a_withdrawal_the_page_answers_of_what_is_approved(stage, desk):
    cast, revision = stage.cast, stage.approved()
    titles = (revision.usecase.dossier.name_fr, revision.title_fr)
    draft = backlog.open_revision(revision.usecase, by=cast.mehdi)
    draft = backlog.edit(draft, by=cast.mehdi, retention="P5M", title_fr="Refusé")
    refused = backlog.submit(draft, by=cast.mehdi)
    stage.sign(refused.edition, "dpo", decision="reject", public_comment="Trop long.")
    reader = desk(cast.olivier)
    assert "Revision 1 stays approved until revision 2 is" in reader.text("usecases:usecase", "UC-01")
    draft = backlog.open_revision(revision.usecase, by=cast.mehdi)
    draft = backlog.edit(draft, by=cast.mehdi, retention="P4M", title_fr="Retiré")
    backlog.withdraw(backlog.submit(draft, by=cast.mehdi), by=cast.mehdi)
    text = reader.text("usecases:usecase", "UC-01")
    assert "UC-01, revision 1" in text
    assert "Every signature stands" in text
    assert "Retiré" not in text
    assert "Refusé" not in text
    assert "revision 1 · Approved" in reader.text("usecases:list")
    revision.usecase.dossier.refresh_from_db()
    assert titles == (revision.usecase.dossier.name_fr,) * 2
    backlog.open_revision(revision.usecase, by=cast.mehdi)
    assert "revision 1 and revision 4" in reader.text("usecases:compare", "UC-01")
    told = Api(cast.olivier).get("programmes/TALV/use-cases/UC-01/standing/").body
    assert (told["revision"], told["approved"], told["segments_out_of_service"]) == (1, True, [])
    assert Api(cast.olivier).get("programmes/TALV/use-cases/UC-01/standing/?revision=3").body["revision"] == 3


def test_who_may_not_begin_one_reads_why_before_typing(stage, desk):
    for page, button in (("new", "Put it in the backlog"), ("segment_new", "Create the segment")):
        refused = desk(stage.cast.victor).text(f"usecases:{page}")
        assert f"disabled>{button}" in refused
        assert "is not among your rights" in refused
        assert f"disabled>{button}" not in desk(stage.cast.mehdi).text(f"usecases:{page}")


def test_the_file_of_an_older_edition_bears_its_own_title(stage, desk):
    revision = stage.approved()
    draft = backlog.open_revision(revision.usecase, by=stage.cast.mehdi)
    backlog.submit(backlog.edit(draft, by=stage.cast.mehdi, title_en="Another name"), by=stage.cast.mehdi)
    reader = desk(stage.cast.aude)
    assert f"{revision.title_en}, edition 1" in reader.text("governance:review", "UC-01", 1, "legal")
    assert "Another name, edition 2" in reader.text("governance:review", "UC-01", 2, "legal")


def test_links_with_other_use_cases_are_noted_and_removed(stage, desk, one_refusal):
    first, second = stage.idea(), stage.idea("LIB-UC-12")
    lead, member = desk(stage.cast.paul), desk(stage.cast.mehdi)
    assert lead.post("usecases:link", first.code, kind="blocks", other=second.code).status_code == 302
    for page in (first.code, second.code):  # said at both ends
        text = lead.text("usecases:usecase", page)
        assert "Remove the link between UC-01 and UC-02" in text
        assert "Remove the link" not in member.text("usecases:usecase", page)
    circle = lead.post("usecases:link", second.code, kind="blocks", other=first.code)
    assert (circle.status_code, "UC-01" in circle.content.decode()) == (409, True)
    assert one_refusal() == ("usecase.prioritise", ["INV-16"], "page")
    nobody = lead.post("usecases:link", first.code, kind="blocks", other="UC-99")
    assert nobody.status_code == 422
    assert "bears the code UC-99" in nobody.content.decode()
    assert lead.post("usecases:link", first.code, kind="loves", other=second.code).status_code == 400
    assert member.post("usecases:unlink", first.code, kind="blocks", other=second.code).status_code == 403
    assert lead.post("usecases:unlink", first.code, kind="blocks", other=second.code).status_code == 302
    assert "Remove the link" not in lead.text("usecases:usecase", first.code)


def test_links_are_told_and_kept_over_the_api_among_what_one_reads(stage):
    cast, first, second = stage.cast, stage.idea(), stage.idea("LIB-UC-12")
    lead, links = Api(cast.paul), f"programmes/TALV/use-cases/{first.code}/dependencies/"
    body = {"kind": "enriches", "other": second.code}
    made = lead.post(links, body)
    told = {"use_case": first.code, "kind": "enriches", "other": second.code}
    assert (made.status, made.body) == (201, told)
    assert lead.get(links).body["results"] == [told]
    assert lead.post(links, body).status == 409  # it is there
    assert lead.post(links, {"kind": "blocks", "other": "UC-99"}).status == 422
    assert Api(cast.mehdi).post(links, body).status == 403
    roles.share(first.dossier, cast[Role.AGENCY], by=cast.paul)
    assert Api(cast[Role.AGENCY]).get(links).body["results"] == []  # the other one was not shared
    assert lead.post(links + "end/", body).status == 204
    assert lead.get(links).body["results"] == []


def test_who_submits_submits_what_they_read(stage, desk):
    cast = stage.cast
    draft = read.latest(stage.ready_to_submit())
    writer = desk(cast.mehdi)
    sent = form_of(writer.get("usecases:usecase", "UC-01"), "/submit/")
    backlog.edit(draft, by=cast.paul, retention="P2Y")
    answer = writer.post("usecases:submit", "UC-01", **sent)
    assert answer.status_code == 412
    assert read.latest(draft.usecase).is_draft
    sent = form_of(writer.get("usecases:usecase", "UC-01"), "/submit/")
    assert writer.post("usecases:submit", "UC-01", **sent).status_code == 302
    again = writer.post("usecases:submit", "UC-01", **sent)
    assert again.status_code == 409
    assert "submitted while you were writing" in again.content.decode()


def test_what_rests_on_a_segment_out_of_service_does_not_run(stage, desk):
    revision = stage.approved()
    reader = desk(stage.cast.olivier)
    assert "Every signature stands" in reader.text("usecases:usecase", "UC-01")
    version = revision.segments.get().segment_version
    segments.deprecate(version, by=stage.cast.anna)
    text = reader.text("usecases:usecase", "UC-01")
    assert "Every signature stands" not in text
    assert "A segment is out of service" in text
    assert "a segment is out of service" in reader.text("usecases:list")
    assert version.segment.dossier.code in text
    told = Api(stage.cast.olivier).get("programmes/TALV/use-cases/UC-01/standing/").body
    assert told["segments_out_of_service"] == [version.segment.dossier.code]
    backlog.open_revision(revision.usecase, by=stage.cast.mehdi)  # a draft does not hide what it is beside
    assert "A segment is out of service" in reader.text("usecases:usecase", "UC-01")


def test_what_cannot_be_submitted_is_not_offered(stage, desk):
    usecase = stage.framed()
    text = desk(stage.cast.mehdi).text("usecases:usecase", usecase.code)
    assert "Settle first what is listed above" in text
    assert 'id="forecast"' not in text
    assert reverse("usecases:submit", args=["TALV", usecase.code]) not in text


def test_what_was_typed_for_a_draft_submitted_meanwhile_is_not_lost(stage, desk):
    cast = stage.cast
    draft = read.latest(stage.ready_to_submit())
    writer = desk(cast.paul)
    mine = form_of(writer.get("usecases:edit", "UC-01")) | {"description": "Longuement écrit."}
    backlog.submit(draft, by=cast.mehdi)
    answer = writer.post("usecases:edit", "UC-01", **mine)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Longuement écrit." in text
    assert "submitted while you were writing" in text
    assert "See the use case" in text
    assert "Keep the draft" not in text
    asked = writer.get("usecases:edit", "UC-01")
    assert asked.status_code == 302
    assert "Withdraw it, or wait for its reviews" in writer.text("usecases:usecase", "UC-01")


def test_a_version_that_ended_is_not_offered(stage, desk, clock_at):
    usecase = stage.framed()
    version = stage.version(stage.segment())
    writer = desk(stage.cast.mehdi)
    assert f'value="{version.code}"' in writer.text("usecases:usecase", usecase.code, tab="segments")
    clock_at(version.valid_until + dt.timedelta(days=1))
    assert f'value="{version.code}"' not in writer.text("usecases:usecase", usecase.code, tab="segments")


def at_field(answer, name):
    """What a page says at one field."""
    text = answer.content.decode()
    return (
        text.split(f'id="id_{name}_error"')[1].split("</span></span>")[0]
        if f"id_{name}_error" in text
        else ""
    )


def test_a_later_writer_sees_both_sides_and_chooses(stage, desk):
    cast = stage.cast
    usecase = stage.framed()
    mine = form_of(desk(cast.mehdi).get("usecases:edit", "UC-01"))
    theirs = mine | {"title_fr": "Titre de Paul", "notice_ref": "Page 4"}
    assert desk(cast.paul).post("usecases:edit", "UC-01", **theirs).status_code == 302

    mine |= {"title_fr": "Titre de Mehdi"}
    answer = desk(cast.mehdi).post("usecases:edit", "UC-01", **mine)
    text = answer.content.decode()
    assert answer.status_code == 412
    assert "Titre de Paul" in text
    assert "Titre de Mehdi" in text
    assert "Paul Pilote" in text
    again = form_of(answer)
    assert again["keep_title_fr"] == again["keep_notice_ref"] == ["mine"]
    assert "keep_description" not in again
    again |= {"keep_notice_ref": "theirs"}
    assert desk(cast.mehdi).post("usecases:edit", "UC-01", **again).status_code == 302
    draft = read.draft(usecase)
    assert (draft.title_fr, draft.notice_ref) == ("Titre de Mehdi", "Page 4")
    assert list(Refused.objects.values_list("codes", flat=True)) == [["stale"]]


def test_a_form_without_its_version_is_not_complete(stage, desk):
    stage.framed()
    writer = desk(stage.cast.mehdi)
    typed = form_of(writer.get("usecases:edit", "UC-01"))
    del typed["version"]
    assert writer.post("usecases:edit", "UC-01", **typed).status_code == 400
    assert writer.post("usecases:edit", "UC-01", **typed, version="1").status_code in (302, 412)


def test_a_text_with_a_nul_is_a_bad_request(stage, desk):
    stage.framed()
    writer = desk(stage.cast.mehdi)
    assert writer.get("usecases:list", text="a\0").status_code == 400
    assert writer.post("usecases:stop", "UC-01", why="a\0").status_code == 400
    assert writer.client.get("/p/TALV/use-cases/UC-%00/").status_code == 404


def test_the_list_costs_the_same_at_two_sizes(stage, desk):
    stage.submitted()
    reader = desk(stage.cast.anna)
    few = reader.statements("usecases:list")
    stage.submitted("LIB-UC-04", segment="LIB-UC-04#0")
    for n in range(8):
        backlog.create(stage.programme, by=stage.cast.mehdi, title_fr=f"Essai {n}", branch="prospects")
    assert reader.statements("usecases:list") == few
    assert few <= 10  # speed.md 4


@pytest.mark.parametrize("tab", TABS)
def test_a_use_case_costs_the_same_whatever_it_holds(stage, desk, tab):
    """Twenty statements at most (speed.md 4): under conditions, with a draft, with one refused before."""
    revision = stage.submitted()
    usecase, author = revision.usecase, stage.cast.mehdi
    readers = [desk(stage.cast.anna), desk(author)]

    def cost():
        return [reader.statements("usecases:usecase", "UC-01", tab=tab) for reader in readers]

    assert max(cost()) <= 20
    asked = [condition(author), condition(author, severity="after_due")]
    stage.sign(revision.edition, "dpo", decision="approve_with_conditions", conditions=asked)
    stage.approve(revision.edition)
    draft = backlog.edit(
        backlog.open_revision(usecase, by=author), by=author, retention="P3M", change_summary="Moins long."
    )
    assert max(cost()) <= 20
    again = backlog.submit(draft, by=author)
    stage.sign(again.edition, "dpo", decision="reject")
    backlog.edit(backlog.open_revision(usecase, by=author), by=author, retention="P1M")
    few = cost()
    assert max(few) <= 20
    for template in ("LIB-UC-04", "LIB-UC-12"):
        other = stage.framed(template)
        backlog.depend(usecase, other, "blocks", by=stage.cast.paul)
    stage.targets(usecase, primary=("cpa", "40", "30"), guardrail=("reach", "1", None))
    assert cost() == few
