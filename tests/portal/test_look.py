"""The look: values are said as people say them, components draw, a browser finds nothing against them."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, RequestContext, Template, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import expect

from governance import clock
from governance.errors import NotAllowed
from portal.templatetags import jalon
from portal.templatetags.states import LOOKS, look_of
from tests.portal import gallery

HERE = Path(__file__).parent
STATIC = settings.ROOT / "portal" / "static" / "jalon"
TEMPLATES = settings.ROOT / "templates"
NARROW, BREAKLESS = "\u202f", "\u00a0"
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


@pytest.fixture(autouse=True)
def sixteenth_of_november():
    """Stop the clock where the mockups stand: Monday 16 November 2026, 14:12."""
    with clock.pinned(clock.Setting(instant=gallery.NOW)):
        yield


def drawn(source, context=None, language="fr"):
    """Draw a template as a page would, in a language."""
    request = RequestFactory().get("/gallery")
    with translation.override(language):
        return engines["django"].from_string("{% load i18n jalon %}" + source).render(context or {}, request)


# Days and figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "value", "french", "english"),
    [
        ("{{ it|day }}", dt.date(2026, 11, 13), "vendredi 13_novembre", "Friday 13 November"),
        ("{{ it|day }}", dt.date(2026, 11, 30), "lundi 30_novembre", "Monday 30 November"),
        ("{{ it|day }}", dt.date(2026, 12, 1), "1er_décembre 2026", "1 December 2026"),
        ("{{ it|day }}", dt.date(2026, 10, 27), "27_octobre 2026", "27 October 2026"),
        ("{{ it|day }}", None, "", ""),
        ("{{ it|short_day }}", dt.date(2026, 10, 27), "27_oct.", "27 Oct"),
        ("{{ it|short_day }}", dt.date(2027, 10, 27), "27_oct. 2027", "27 Oct 2027"),
        ("{{ it|moment }}", gallery.NOW, "16_novembre 2026 à 14_h_12", "16 November 2026 at 14:12"),
        (
            "{{ it|moment }}",
            dt.datetime(2026, 11, 16, 23, 5, tzinfo=dt.UTC),
            "17_novembre 2026 à 0_h_05",
            "17 November 2026 at 00:05",
        ),
        ("{{ it|since }}", dt.date(2026, 11, 10), "depuis 6 jours", "for 6 days"),
        ("{{ it|since }}", dt.date(2026, 11, 15), "depuis 1 jour", "for 1 day"),
        ("{{ it|since }}", dt.date(2026, 11, 16), "depuis aujourd’hui", "since today"),
        ("{{ it|since }}", gallery.NOW - dt.timedelta(minutes=6), "depuis 6 minutes", "for 6 minutes"),
        ("{{ it|since }}", gallery.NOW - dt.timedelta(hours=2), "depuis 2 heures", "for 2 hours"),
        (
            "{{ it|since }}",
            dt.date(2026, 11, 20),
            "à partir du vendredi 20_novembre",
            "from Friday 20 November",
        ),
        ("{{ it|since }}", "la soumission", "la soumission", "la soumission"),
        ("{{ it|ago }}", dt.date(2026, 11, 13), "il y a 3 jours", "3 days ago"),
        ("{{ it|ago }}", dt.date(2026, 11, 15), "hier", "yesterday"),
        ("{{ it|due }}", dt.date(2026, 11, 27), "dans 9 jours ouvrés", "in 9 business days"),
        ("{{ it|due }}", dt.date(2026, 9, 30), "47 jours de retard", "47 days late"),
        ("{{ it|due }}", dt.date(2026, 11, 16), "aujourd’hui", "today"),
        ("{{ it|due }}", dt.date(2026, 11, 17), "demain", "tomorrow"),
        ("{{ it|euro }}", 40000, "40~000_€", "€40,000"),
        ("{{ it|euro }}", Decimal("33.9"), "33,90_€", "€33.90"),
        ("{{ it|euro }}", Decimal("-1200.00"), "−1~200_€", "€−1,200"),
        ("{{ it|figure }}", 1234567, "1~234~567", "1,234,567"),
        ("{{ it|figure }}", Decimal("0.6"), "0,6", "0.6"),
        ("{{ it|figure:2 }}", Decimal("0.6"), "0,60", "0.60"),
        ("{{ it|figure }}", 100, "100", "100"),
        ("{{ it|percent }}", Decimal("0.0969"), "9,69_%", "9.69%"),
        ("{{ it|percent:2 }}", Decimal("0.098"), "9,80_%", "9.80%"),
        ("{{ it|percent }}", None, "", ""),
        ("{{ it|initials }}", "Jean de La Fontaine", "JF", "JF"),
        ("{{ it|initials }}", "Odile", "O", "O"),
        ("{{ it|fp }}", gallery.FINGERPRINT, "8521 ba50 … e224", "8521 ba50 … e224"),
        ("{{ it|fp }}", bytes.fromhex("8521ba50"), "8521 ba50", "8521 ba50"),
        ('{{ it|term:"review_functions" }}', "legal", "Avis juridique", "Legal review"),
        ('{{ it|word:"use_case" }}', "approved", "Approuvé", "Approved"),
        ('{{ it|word:"segment" }}', "approved", "Approuvée", "Approved"),
    ],
)
def test_a_value_is_said_as_people_say_it(source, value, french, english):
    spaced = {ord("_"): BREAKLESS, ord("~"): NARROW}
    assert drawn(
        "{% autoescape off %}" + source + "{% endautoescape %}", {"it": value}, "fr"
    ) == french.translate(spaced)
    assert drawn("{% autoescape off %}" + source + "{% endautoescape %}", {"it": value}, "en") == english


def test_a_due_date_is_late_from_the_day_after():
    assert jalon.is_late(dt.date(2026, 11, 15))
    assert not jalon.is_late(dt.date(2026, 11, 16))


def test_a_moment_is_marked_up_for_machines():
    assert (
        drawn("{% when it %}", {"it": dt.date(2026, 10, 27)}, "en")
        == '<time datetime="2026-10-27">27 October 2026</time>'
    )


def test_a_captured_block_leaves_nothing_when_it_is_empty():
    assert drawn("{% capture as it %} {% endcapture %}[{% if it %}{{ it }}{% endif %}]") == "[]"
    assert drawn("{% capture as it %}<b>{{ x }}</b>{% endcapture %}{{ it }}", {"x": "<"}) == "<b>&lt;</b>"
    with pytest.raises(TemplateSyntaxError):
        Template("{% load jalon %}{% capture it %}{% endcapture %}")


# States and icons ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state"), [(kind, state) for kind, table in LOOKS.items() for state in table]
)
def test_every_state_has_a_word_a_symbol_and_a_tone(kind, state):
    look = look_of(state, kind)
    assert look.icon in SYMBOLS
    for language in ("fr", "en"):
        chip = drawn("{% chip state kind %}", {"state": state, "kind": kind}, language)
        assert f"#{look.icon}" in chip
        assert look.tone in chip
        assert re.sub(r"<[^>]+>", "", chip).strip()


def test_a_state_that_nobody_listed_is_shown_as_unknown_not_as_its_code():
    chip = drawn('{% chip "x_17" "gate" %}', language="en")
    assert "Unknown state" in chip
    assert "x_17" not in chip


def test_every_icon_that_a_template_or_module_names_is_in_the_sprite():
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% icon \"([^\"]+)\"|\bicon=\"([^\"]+)\"", path.read_text())
        for name in name
        if name
    }
    assert named - SYMBOLS == set()


# Components ---------------------------------------------------------------------------------------


def gallery_page(language):
    """The page that shows every component once."""
    request = RequestFactory().get("/gallery")
    with translation.override(language):
        page = engines["django"].from_string((HERE / "gallery.html").read_text())
        return page.render({**gallery.sample(), "frame": gallery.frame()}, request)


def test_the_gallery_shows_every_component():
    shown = (HERE / "gallery.html").read_text()
    frame = {
        "_head",
        "_nav",
        "_rod",
        "_language",
        "_messages",
        "_mark",
        "_dialogs",
        "_voice",
        "_objection",
        "_chip",
    }
    missing = {p.stem for p in (TEMPLATES / "components").glob("_*.html") if p.name not in shown} - frame
    assert missing == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_ids_are_unique_and_labels_reach_their_field(language):
    page = gallery_page(language)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    named = {
        name
        for names in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page)
        for name in names.split()
    }
    assert named | set(re.findall(r'<label[^>]* for="([^"]+)"', page)) <= set(ids)


def test_a_refused_act_is_shown_disabled_with_its_reason_and_who_can_lift_it():
    objection = NotAllowed(
        "Not you.", code="SOD-01", who_can=["Victor Clause", "Aude Juriste"], since=dt.date(2026, 11, 10)
    )
    source = '{% include "components/_button.html" with label="Sign" url="/sign" objection=objection only %}'
    button = drawn(source, {"objection": objection}, "en")
    assert 'aria-disabled="true"' in button
    assert "/sign" not in button
    said = " ".join(re.sub(r"<[^>]+>", " ", button).split())
    assert "Sign Not you." in said
    assert "Victor Clause, Aude Juriste." in said
    assert "Blocked for 6 days." in said
    assert "SOD-01" not in button


def test_a_refusal_tells_every_objection_and_no_code():
    page = gallery_page("en")
    part = page[page.index('class="j-refusal"') :]
    assert "The revision changed" in part
    assert "Whoever wrote" in part
    assert "A question has no answer." in part
    assert not re.search(r"SOD-|INV-|stale_revision", page)


def test_a_form_of_its_own_carries_the_token_through_only():
    request = RequestFactory().get("/")
    source = '{% include "components/_button.html" with label="Go" action="/go" hidden=hidden only %}'
    form = Template(source).render(RequestContext(request, {"hidden": {"version": 3}}))
    assert re.search(r'name="csrfmiddlewaretoken" value="\w{64}"', form)
    assert 'name="version" value="3"' in form
    assert "csrfmiddlewaretoken" not in Template(source).render(Context({}))


def test_a_difference_marks_what_goes_and_what_comes():
    page = gallery_page("en")
    assert "<del>SMS</del>" in page
    assert "<ins>Push</ins>" in page
    assert "<del>E-mail</del>" not in page


@pytest.mark.parametrize(
    "name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"]
)
def test_an_error_page_needs_neither_database_nor_request(name):
    for language in ("fr", "en"):
        with translation.override(language):
            page = engines["django"].get_template(name).render()
        assert f'lang="{language}"' in page
        assert "<h1>" in page


# What is sent -------------------------------------------------------------------------------------


def test_our_script_stays_small():
    assert sum(path.stat().st_size for path in STATIC.glob("*.js")) < 40_000


@pytest.mark.parametrize(
    "path", [p for p in STATIC.iterdir() if p.suffix in {".css", ".js", ".svg"}], ids=lambda p: p.name
)
def test_what_is_sent_holds_under_the_policy(path):
    source = path.read_text()
    assert re.findall(r"data:image|url\(\"?https?:|\beval\(|new Function|\sstyle=|@import", source) == []


# In a browser -------------------------------------------------------------------------------------

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'"
SITE = "http://localhost"  # nothing listens there: every answer is given below


def static_file(route):
    """Answer with a static file of ours, as the portal would."""
    found = finders.find(route.request.url.removeprefix(SITE + settings.STATIC_URL).partition("?")[0])
    return route.fulfill(path=found) if found else route.fulfill(status=404)


@pytest.fixture
def show(browser):
    """Open pages of ours in a browser, under the policy, with the static files of the portal."""
    contexts = []

    def open_(*bodies, width=1440, theme="light", scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            base_url=SITE,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.route("**/static/**", static_file)
        for path, body in zip(("/one", "/two"), bodies, strict=False):
            serve(page, path, body)
        page.goto("/one")
        return page

    yield open_
    for context in contexts:
        context.close()


def serve(page, path, body):
    """Answer with this page at this path from now on."""
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
    page.route(f"**{path}", lambda route: route.fulfill(body=body, headers=headers))


def violations(page, axe):
    """What axe-core finds, by rule and element."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": axe})
    found = page.evaluate(
        "axe.run().then(found => found.violations.map(each => [each.id, each.nodes.map(node => node.html)]))"
    )
    return [(rule, nodes[:3]) for rule, nodes in found]


def sideways(page):
    """How far the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(show, axe, language, theme, width):
    page = show(gallery_page(language), width=width, theme=theme)
    assert violations(page, axe) == []
    assert sideways(page) <= 0
    assert page.complaints == []


def door(language):
    """The sign-in page of the demo."""
    from allauth.account.forms import LoginForm

    request = RequestFactory().get("/gallery")
    around = {
        **gallery.frame(),
        "person": None,
        "nav": [],
        "cast": gallery.CAST,
        "cast_password": "jalon-demo",
    }
    with translation.override(language):
        return (
            engines["django"]
            .get_template("account/login.html")
            .render({"frame": around, "form": LoginForm()}, request)
        )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_the_sign_in_page_is_clean_and_its_cast_fills_the_address(show, axe, width, theme):
    page = show(door("fr"), width=width, theme=theme)
    assert violations(page, axe) == []
    assert sideways(page) <= 0
    page.get_by_role("button", name="Aude Juriste").click()
    assert page.get_by_label("Adresse e-mail").input_value() == "aude.juriste@talvere.example"
    assert page.get_by_label("Mot de passe").evaluate("field => field === document.activeElement")
    assert page.complaints == []


def test_without_scripts_the_cast_is_text_and_no_control_is_dead(show):
    page = show(door("en"), scripts=False)
    assert page.get_by_text("aude.juriste@talvere.example").is_visible()
    assert page.get_by_role("button", name="Aude Juriste").count() == 0
    assert page.locator("[data-theme-toggle]").is_hidden()
    page = show(gallery_page("en"), scripts=False)
    assert page.get_by_role("button", name="Sign", exact=True).is_visible()
    page.locator(".j-top .is-end summary").click()
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert page.locator("[data-open=keys]").is_hidden()


def test_the_theme_is_kept_from_page_to_page(show):
    page = show(gallery_page("en"))
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("[data-theme-toggle]").click()
    dark = page.evaluate(paper)
    page.reload()
    assert light != dark == page.evaluate(paper)


def test_a_refusal_has_the_focus_and_the_keys_are_listed(show, axe):
    page = show(gallery_page("en"))
    assert page.evaluate("document.activeElement.classList.contains('j-refusal')")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    assert violations(page, axe) == []
    page.get_by_label("Use single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_hidden()


def test_an_act_that_destroys_asks_once_naming_what_goes(show):
    page = show(gallery_page("en"))
    sent = []
    page.route("**/x/", lambda route: (sent.append(route.request.post_data), route.fulfill(body="done"))[1])
    page.get_by_role("button", name="Withdraw my request").click()
    dialog = page.get_by_role("dialog", name="Refuse revision 3?")
    dialog.get_by_role("button", name="Cancel").click()
    assert dialog.is_hidden()
    assert sent == []
    page.get_by_role("button", name="Withdraw my request").click()
    dialog.get_by_role("button", name="Withdraw my request").click()
    page.wait_for_url("**/x/")
    assert len(sent) == 1
    assert "version=3" in sent[0]


def form_page(version=1, story="", action="/two"):
    """A page with a form that keeps what was typed."""
    context = {"frame": gallery.frame(), "version": version, "story": story, "action": action}
    with translation.override("en"):
        page = engines["django"].from_string((HERE / "form.html").read_text())
        return page.render(context, RequestFactory().get("/one"))


def type_and_send(page):
    """Type a story and a secret, and send them."""
    page.get_by_label("Story").fill("Six pages of it")
    page.get_by_label("Secret").fill("secret")
    page.get_by_role("button", name="Save").click()


def test_what_was_typed_survives_a_lost_session_with_the_version_it_was_typed_over(show):
    page = show(form_page(), door("en"))
    type_and_send(page)
    page.wait_for_url("**/two")
    serve(page, "/one", form_page(version=2))
    page.goto("/one")
    assert page.get_by_label("Story").input_value() == "Six pages of it"
    assert page.get_by_label("Secret").input_value() == ""
    assert page.locator("[name=version]").input_value() == "1"
    assert "secret" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_label("Story")).to_have_value("")  # evaluates nothing, which the policy would refuse


def test_what_was_received_is_not_brought_back(show):
    page = show(form_page(), gallery_page("en"))
    type_and_send(page)
    page.wait_for_url("**/two")
    page.goto("/one")
    assert page.get_by_label("Story").input_value() == ""


def test_leaving_what_was_not_sent_is_asked_about(show):
    page = show(form_page(), gallery_page("en"))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept())[1])
    page.get_by_label("Story").press_sequentially("Something")
    page.goto("/two")
    assert asked == ["beforeunload"]
    page.goto("/one")
    assert page.get_by_label("Story").input_value() == "Something"


def test_signing_out_forgets_the_drafts(show):
    page = show(form_page())
    serve(page, "/account/logout/", door("en"))
    page.get_by_label("Story").fill("Mine alone")
    page.locator(".j-top .is-end summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/logout/")
    assert "Mine alone" not in page.evaluate("JSON.stringify(sessionStorage)")
