"""People of the cast before a real browser, signed in."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.governance.web.conftest import BACKEND
from tests.makers import PASSWORD

PATIENCE = 30_000


class Visitors:
    """Opens a page for somebody, in English unless told otherwise; one browser context each."""

    def __init__(self, browser, live_server):
        self.browser, self.live_server, self.contexts = browser, live_server, []

    def open(self, person, *, scripts=True, width=1440, theme="light", language="en"):
        context = self.browser.new_context(
            base_url=self.live_server.url,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        client = Client()
        client.force_login(person.user, BACKEND)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [
                {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.live_server.url},
                {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.live_server.url},
            ]
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: page.complaints.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    def close(self):
        for context in self.contexts:
            context.close()


@pytest.fixture
def visitors(browser, live_server):
    """Whoever looks at the portal in this test."""
    opened = Visitors(browser, live_server)
    yield opened
    opened.close()


def address(name, *args):
    """The path of a page of the programme of the cast."""
    return reverse(name, args=["TALV", *args])


def answer_all(page, answer="yes"):
    """Answer every question of a review alike."""
    for choice in page.locator(f".j-check input[value={answer}]").all():
        choice.check()


def sign(page, button="Sign", *, password=PASSWORD):
    """Give the password and press the button that binds."""
    page.locator("#sign").get_by_label("Your password").fill(password)
    page.locator("#sign").get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()
