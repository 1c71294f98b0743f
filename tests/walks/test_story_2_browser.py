"""Story 2 (domain.md 8) in a browser, then read and signed without scripts.

2.4 (screening), 2.10 (privileged notes) and the DPIA half of 2.5 come with their rooms.
"""

import re

import pytest
from playwright.sync_api import expect

from governance.conditions import actions as conditions
from governance.roles import actions as roles
from tests import makers
from tests.cast import Cast
from tests.governance.reviews import desk as acts
from tests.governance.web.panel import known
from tests.walks.stage import Stage
from tests.walks.visitor import address, answer_all, sign, visitors  # noqa: F401  (a fixture)
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.backlog.choices import UseCaseStatus
from usecases.kpis import actions as kpis

pytestmark = pytest.mark.django_db(transaction=True)

CASE = ("usecases:usecase", "UC-01")


@pytest.fixture
def stage(transactional_db):
    """The set of the walks, whose writes a browser sees; signers know their passwords."""
    stage = Stage(Cast())
    for name in ("aude", "diane", "simon", "thomas", "helene", "victor"):
        known(getattr(stage.cast, name))
    return stage


def file_of(function, code="UC-01"):
    return address("governance:review", code, 1, function)


def test_2_1_to_2_3_from_the_library_to_a_review(stage, visitors):  # noqa: F811
    cast = stage.cast
    version = stage.version(stage.segment())
    mehdi, fatou, paul = (visitors.open(who) for who in (cast.mehdi, cast.fatou, cast.paul))

    # 2.1: two authors on one draft, and its flags.
    mehdi.goto(address("usecases:list"))
    mehdi.get_by_role("link", name="New use case").click()
    mehdi.get_by_label("Start from the library").select_option("LIB-UC-01")
    mehdi.get_by_role("button", name="Put it in the backlog").click()
    expect(mehdi.locator("h1")).to_contain_text("UC-01")
    paul.goto(address(*CASE))
    paul.get_by_role("button", name="Begin framing").click()
    expect(paul.locator("main")).to_contain_text("In framing")
    fatou.goto(address("usecases:edit", "UC-01"))
    fatou.get_by_label("Description").fill("From the workshop of 10 February.")
    fatou.get_by_role("button", name="Keep the draft").click()
    expect(fatou.locator("main")).to_contain_text("From the workshop of 10 February.")
    usecase = stage.programme.dossiers.get(code="UC-01").use_case
    draft = read.draft(usecase)
    assert set(draft.authors.all()) == {cast.mehdi, cast.fatou}
    mehdi.goto(address(*CASE) + "?tab=segments")
    mehdi.get_by_label("Segment and version").select_option(version.code)
    mehdi.get_by_label("Applied").select_option(version.segment.apply)
    mehdi.get_by_role("combobox", name="Role").select_option(version.segment.role)
    mehdi.get_by_role("button", name="Pin it").click()
    expect(mehdi.locator("main")).to_contain_text("The segment is part of the draft.")
    mehdi.goto(address(*CASE))
    assert mehdi.locator("main .j-label").count() == 4

    # 2.2: a consultant proposes.
    fatou.goto(address(*CASE))
    button = fatou.get_by_role("button", name="Submit for review")
    assert button.get_attribute("aria-disabled") == "true"
    expect(fatou.locator(".j-sign")).to_contain_text("Core-team lead")

    # 2.3: no baseline, no submission; then five functions are asked, the sponsor last.
    primary, guardrail = stage.targets(usecase)
    lacking = kpis.set_target(
        stage.programme,
        by=cast.mehdi,
        kpi="roas",
        kind="secondary",
        dossier=usecase.dossier,
        target=4,
        start_on=primary.start_on,
        horizon_on=primary.horizon_on,
    )
    stage.complete(usecase, targets=[primary, guardrail])
    mehdi.goto(address(*CASE))
    backlog.edit(read.draft(usecase), by=cast.mehdi, targets=[primary, guardrail, lacking])
    mehdi.get_by_role("button", name="Submit for review").click()  # on a page of before
    expect(mehdi.get_by_role("alert")).to_contain_text("This was not done")
    button = mehdi.get_by_role("button", name="Submit for review")
    assert button.get_attribute("aria-disabled") == "true"
    expect(mehdi.locator(".j-sign")).to_contain_text(re.compile("baseline", re.I))
    backlog.edit(read.draft(usecase), by=cast.mehdi, targets=[primary, guardrail])
    mehdi.goto(address(*CASE))
    mehdi.get_by_role("button", name="Submit for review").click()
    expect(mehdi.locator("main")).to_contain_text("Submitted")
    expect(mehdi.locator("main")).to_contain_text("5 signatures missing")
    usecase.refresh_from_db()
    assert usecase.status == UseCaseStatus.SUBMITTED
    assert mehdi.complaints == fatou.complaints == paul.complaints == []


def test_2_5_and_2_6_a_delegate_signs_once_they_have_accepted(stage, visitors):  # noqa: F811
    cast = stage.cast
    stage.submitted()
    acts.lent(cast, cast.aude, cast.victor, "legal", accepted=False)
    victor = visitors.open(cast.victor)
    victor.goto(file_of("legal"))
    expect(victor.locator("h1")).to_contain_text("UC-01")
    assert victor.locator("#sign").count() == 0

    victor.goto(address("governance:delegations"))
    victor.get_by_role("button", name="Accept").click()
    victor.goto(file_of("legal"))
    expect(victor.locator("#sign")).to_contain_text("Aude Juriste")
    answer_all(victor)
    sign(victor)
    expect(victor.locator("main")).to_contain_text("Victor Clause on behalf of Aude Juriste")
    assert victor.complaints == []


def test_2_7_and_2_8_a_condition_holds_up_until_someone_else_finds_it_met(stage, visitors):  # noqa: F811
    cast = stage.cast
    edition = stage.submitted().edition
    diane, mehdi = visitors.open(cast.diane), visitors.open(cast.mehdi)
    diane.goto(file_of("dpo"))
    answer_all(diane)
    panel = diane.locator("#sign")
    panel.get_by_text("Set conditions").click()
    first = panel.get_by_role("group", name="Condition 1")
    first.get_by_label("What is asked").fill("A notice of its own on the exclusion list")
    first.get_by_label("By whom").select_option(label=str(cast.mehdi))
    first.get_by_label("Due on").fill(makers.days(20).isoformat())
    first.get_by_label("What it holds up").select_option("before_start")
    sign(diane, "Sign under conditions")
    expect(diane.locator("main")).to_contain_text("A notice of its own")
    dpo = stage.standing(edition)["dpo"]
    assert (dpo.covers, dpo.clears) == (True, False)
    condition = cast.programme.conditions.get()
    assert (condition.status, condition.owner) == ("open", cast.mehdi)

    proof = roles.add_evidence(
        stage.programme, by=cast.mehdi, title="Notice", kind="document", url="https://example.org/notice"
    )
    conditions.submit_evidence(condition, proof, by=cast.mehdi)
    there = address("governance:condition", condition.code)
    mehdi.goto(there)
    expect(mehdi.locator("main")).to_contain_text("You owe this condition")
    diane.goto(there)
    diane.get_by_role("button", name="The condition is met").click()
    diane.get_by_role("dialog").get_by_role("button", name="The condition is met").click()
    expect(diane.get_by_role("button", name="The condition is met")).to_have_count(0)
    assert stage.standing(edition)["dpo"].clears
    assert diane.complaints == mehdi.complaints == []


def test_2_9_the_sponsor_signs_last_and_approves(stage, visitors):  # noqa: F811
    cast = stage.cast
    edition = stage.submitted().edition
    for function in ("legal", "dpo", "technical"):
        stage.sign(edition, function)
    helene = visitors.open(cast.helene)
    helene.goto(file_of("sponsor"))
    expect(helene.locator("#sign")).to_contain_text("You cannot sign this")
    expect(helene.locator("#sign")).to_contain_text("Security")
    assert helene.locator("#sign").get_by_role("button", name="Sign", exact=True).count() == 0

    stage.sign(edition, "security")
    helene.goto(file_of("sponsor"))
    answer_all(helene)
    sign(helene, password="not mine")
    expect(helene.get_by_role("alert")).to_contain_text("This was not done")
    sign(helene)
    expect(helene.locator("main")).to_contain_text("This function has signed")
    helene.goto(address(*CASE))
    expect(helene.locator("main")).to_contain_text("Every signature stands")
    assert read.latest(edition.dossier.use_case).usecase.status == UseCaseStatus.APPROVED
    assert helene.complaints == []


def test_without_scripts_a_file_is_read_and_signed(stage, visitors):  # noqa: F811
    edition = stage.submitted().edition
    page = visitors.open(stage.cast.diane, scripts=False)
    page.goto(address("governance:reviews"))
    page.get_by_role("link", name=re.compile("UC-01")).first.click()
    expect(page.locator("h1")).to_contain_text("UC-01")
    expect(page.locator("main")).to_contain_text("What you are asked to read")
    answer_all(page)
    sign(page, password="")
    expect(page.get_by_role("alert")).to_contain_text("This was not done")
    assert page.locator(".j-check input:checked").count() == page.locator(".j-check").count()
    sign(page)
    expect(page.locator("main")).to_contain_text("This function has signed")
    assert stage.standing(edition)["dpo"].clears
