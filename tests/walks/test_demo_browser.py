"""The first ten minutes of a newcomer: the demo's second programme, through its first gate, in a browser."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from governance import clock
from governance.audit import trail
from governance.programmes.models import Programme
from governance.stakeholders.models import Person
from portal.demo import replay, rows
from portal.demo.acts import Section
from tests.walks.visitor import visitors  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "TALV-BE"
PROBLEM = (
    "Our Belgian customers receive the messages written for France, in one language. We want messages in "
    "French and in Dutch, fewer of them, and tests that prove what they bring. The platform is a means to it."
)


@pytest.fixture
def waiting(clock_at):
    """The second programme and its people as a replay leaves them, on the day of the demo."""
    acts = [each for each in replay.script() if each.programme == CODE or each.section == Section.PEOPLE]
    for minute, each in enumerate(acts):
        opening = dt.datetime.combine(each.day, replay.OPENING, tzinfo=clock.PARIS)
        clock_at(opening + dt.timedelta(minutes=minute))
        each.do()
    clock_at("2026-11-16")
    return Programme.objects.get(code=CODE)


def someone(key):
    return Person.objects.get(email=rows.email(key))


def at(name, *args):
    return reverse(name, args=[CODE, *args])


def take_up(page, title):
    """Open what waits for somebody in this programme."""
    page.goto(reverse("portal:home"))
    mine = page.locator(".j-work li", has_text="Talvère Belgium CDP programme")
    mine.get_by_role("link", name=title).first.click()


def decide(page):
    """Sign what the panel says, with one's password."""
    page.locator("#decision").get_by_label("Your password").fill(settings.DEMO_PASSWORD)
    page.locator("#decision").get_by_role("button", name="Sign this decision").click()


def test_from_what_is_missing_to_the_first_use_case(waiting, visitors):  # noqa: F811
    paul, helene, bruno, chloe = (
        visitors.open(someone(key))
        for key in ("paul.pilote", "helene.marque", "bruno.systemes", "chloe.client")
    )

    # The lead is told, reads what is missing and why, and opens the review.
    take_up(paul, "Prepare G0, the first gate")
    expect(paul.locator("main")).to_contain_text("Not yet: 2 criteria fail.")
    expect(paul.locator("#G0-05")).to_contain_text("take 132 characters: at least 200 are needed")
    expect(paul.locator("[aria-current=step]", has_text="Prepare the review")).to_be_visible()
    paul.get_by_role("button", name="Prepare the review").click()
    expect(paul.locator("#decision")).to_contain_text("2 criteria fail: submitting freezes the table")

    # The criterion leads to where it is mended; the lead gives their word.
    paul.locator("#G0-05").get_by_role("link", name="Write the problem").click()
    paul.get_by_label("Problem and expected results").fill(PROBLEM)
    paul.locator("#vision").get_by_role("button", name="Save").click()
    paul.get_by_role("link", name="See G0").click()
    expect(paul.locator("#G0-05")).not_to_contain_text("at least 200 are needed")
    paul.locator("#G0-09 summary").click()
    paul.locator("#G0-09").get_by_label("In your words").fill("Nothing is signed.")
    paul.locator("#G0-09").get_by_role("button", name="I attest it").click()
    expect(paul.locator("#G0-09")).to_contain_text("Attested by Paul Pilote: “Nothing is signed.”")

    # The sponsor's word waits in their list; then every criterion passes, and the lead submits.
    take_up(helene, "Give your word for G0")
    helene.locator("#G0-05 summary").click()
    helene.locator("#G0-05").get_by_role("button", name="I attest it").click()
    expect(helene.locator("main")).to_contain_text("Yes: every criterion passes.")
    take_up(paul, "Submit G0")
    paul.get_by_role("button", name="Submit to the sponsors").click()
    expect(paul.locator("#decision")).to_contain_text("You cannot decide this")

    # Two sponsors of two departments sign the same terms; after the first, it is said who is waited for.
    take_up(helene, "Decide G0")
    helene.locator("#decision").get_by_label("Go", exact=True).check()
    helene.get_by_label("Why this decision").fill("The team is ready.")
    decide(helene)
    expect(helene.locator("#decision")).to_contain_text("Waited for: Bruno Systèmes.")
    expect(helene.get_by_role("button", name="Sign this decision")).to_be_hidden()
    take_up(bruno, "Decide G0")
    expect(bruno.locator("#decision")).to_contain_text("Hélène Marque has signed: Go.")
    decide(bruno)
    expect(bruno.locator("main")).to_contain_text("The phase “Framing” is open: everybody is told.")

    # The phase is open, the journal tells it all, and a first use case is created.
    helene.goto(at("governance:programme"))
    expect(helene.locator("main")).to_contain_text("The programme is in its phase “Framing”.")
    helene.goto(at("governance:journal"))
    for told in ("Phase opened", "Gate decided", "Gate signed", "Gate submitted", "Criterion attested"):
        expect(helene.locator("main")).to_contain_text(told)
    assert trail.verify(CODE).ok
    chloe.goto(at("usecases:list"))
    chloe.get_by_role("link", name="New use case").click()
    chloe.get_by_label("Start from the library").select_option("LIB-UC-12")
    chloe.get_by_role("button", name="Put it in the backlog").click()
    expect(chloe.locator("h1")).to_contain_text("UC-01")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.phases.get(kind="cadrage").status) == ("active", "open")
    assert [page.complaints for page in (paul, helene, bruno, chloe)] == [[], [], [], []]
