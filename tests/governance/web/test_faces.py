"""The pages in a real browser: nothing axe objects to, nothing that scrolls sideways, no script needed."""

import pytest

from governance.conditions import actions as conditions
from governance.gates import actions as gates
from governance.roles import actions as roles
from tests import makers
from tests.cast import Cast
from tests.portal.test_look import sideways, violations

PASSWORD = "un jalon bien planté"
PAGES = [
    "/",
    "/notices/",
    "/tokens/",
    "/p/TALV/",
    "/p/TALV/frame/",
    "/p/TALV/people/",
    "/p/TALV/people/assign/",
    "/p/TALV/people/organisations/new/",
    "/p/TALV/people/delegations/",
    "/p/TALV/people/aude.juriste/",
    "/p/TALV/conditions/COND-01/",
    "/p/TALV/journal/",
    "/p/TALV/journal/2/",
    "/p/TALV/journal/verify/",
    "/p/TALV/journal/refusals/",
    "/p/TALV/search/?q=aude",
]


def played():
    """A programme with something on each page, and a person who may sign in."""
    cast = Cast()
    cast.helene.user.set_password(PASSWORD)
    cast.helene.user.save()
    gates.load(cast.programme)
    roles.set_vision_draft(cast.programme, "Why this programme exists.", by=cast.helene)
    conditions.promise(
        cast.programme,
        by=cast.bruno,
        text="Eighty per cent",
        owner=cast.helene,
        due_on=makers.days(2),
        severity="before_start",
    )
    return cast


def sign_in(page):
    page.goto("/account/login/")
    page.fill("input[name=login]", "helene.marque@jalon.example")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(page, axe, width, theme):
    played()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    sign_in(page)
    found = {}
    for address in PAGES:
        assert page.goto(address).status == 200, address
        found[address] = (violations(page, axe), max(sideways(page), 0))
    assert found == {address: ([], 0) for address in PAGES}


@pytest.mark.django_db(transaction=True)
def test_anything_is_found_with_the_keyboard_alone(page, axe):
    played()
    sign_in(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("acteur")
    page.locator("#found a").first.wait_for()
    assert violations(page, axe) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/TALV/people/")
    page.locator("#find").press_sequentially("zzz")
    page.locator("#found [role=status]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#found").is_hidden()


@pytest.mark.django_db(transaction=True)
def test_the_frame_is_saved_and_a_proof_given_without_scripts(browser, live_server):
    cast = played()
    context = browser.new_context(base_url=live_server.url, locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page)
    page.goto("/p/TALV/frame/")
    page.fill("#form-vision textarea", "Because.")
    page.click("#form-vision button")
    page.wait_for_url("**/p/TALV/")
    page.goto("/p/TALV/conditions/COND-01/")
    page.fill("#give input[name=title]", "Attendance list")
    page.fill("#give input[name=url]", "https://intranet.example/list")
    page.click("#give button")
    page.wait_for_selector("#proofs li")
    cast.programme.refresh_from_db()
    assert cast.programme.vision_draft == "Because."
    assert cast.programme.conditions.get().status == "evidence_submitted"
    context.close()
