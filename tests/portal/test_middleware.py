"""The same form sent twice does one thing (trust.md D9); sessions end, and note their use."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance import clock
from governance.accounts.models import User
from tests.governance.api.door import BACKEND
from usecases.backlog.models import UseCase

NEW = "/p/TALV/use-cases/new/"
WRITING = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def browser(cast):
    cache.clear()
    return signed_in(cast.paul.user)


def signed_in(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend=BACKEND)
    return client


def form(client, **said):
    """The fields of the page as it was drawn, with what was typed."""
    page = client.get(NEW).content.decode()
    drawn = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    return {"owner": drawn.get("owner", ""), **said, "csrfmiddlewaretoken": token}


TITLES = {"title_fr": "Relance des paniers", "title_en": "Basket reminder", "branch": "customers"}


@pytest.mark.django_db
def test_the_second_sending_shows_what_came_of_the_first(browser):
    sent = form(browser, **TITLES)
    first, second = browser.post(NEW, sent), browser.post(NEW, sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert UseCase.objects.count() == 1
    anew = browser.post(NEW, form(browser, **TITLES))  # the form opened again is another sending
    assert anew.url != first.url
    assert UseCase.objects.count() == 2


@pytest.mark.django_db
def test_a_form_that_was_refused_may_be_sent_again(browser):
    sent = form(browser, title_fr="", title_en="")
    assert [browser.post(NEW, sent).status_code for _try in range(2)] == [400, 400]
    assert browser.post(NEW, {**sent, **TITLES}).status_code == 302


@pytest.mark.django_db
def test_nobody_is_shown_what_came_of_anothers_form(browser, cast):
    sent = form(browser, **TITLES)
    first = browser.post(NEW, sent)
    other = signed_in(cast.mehdi.user)
    other.cookies["csrftoken"] = browser.cookies["csrftoken"].value
    assert other.post(NEW, sent).url != first.url


@pytest.mark.django_db(transaction=True)
def test_two_sendings_at_once_make_one(cast):
    cache.clear()
    browser = signed_in(cast.paul.user)
    sent, cookies = form(browser, **TITLES), browser.cookies

    def send(_number):
        client = signed_in(User.objects.get(pk=cast.paul.user.pk))
        client.cookies["csrftoken"] = cookies["csrftoken"].value
        try:
            return client.post(NEW, sent)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == UseCase.objects.count() == 1


# ---------------------------------------------------------------- sessions
def writes(browser, path="/p/TALV/use-cases/"):
    """The statements of a page that write."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return [one["sql"] for one in captured.captured_queries if one["sql"].startswith(WRITING)]


def aged(browser, **by):
    """Make the last use of a session older."""
    session = browser.session
    session["used_at"] = (clock.wall() - dt.timedelta(**by)).isoformat()
    session.save()


@pytest.mark.django_db
def test_a_page_that_only_reads_writes_nothing_but_the_use_of_the_session_once_a_minute(browser):
    writes(browser)
    assert writes(browser) == []

    aged(browser, seconds=59)
    assert writes(browser) == []
    aged(browser, seconds=61)
    (noted,) = writes(browser)
    assert noted.startswith('UPDATE "django_session"')
    assert browser.session.get_expiry_date() > clock.wall() + dt.timedelta(minutes=29)


@pytest.mark.django_db
def test_a_session_ends_thirty_minutes_after_its_last_use_was_noted(browser):
    writes(browser)
    row = Session.objects.get(pk=browser.session.session_key)
    left = row.expire_date - clock.wall()
    assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)

    Session.objects.filter(pk=row.pk).update(expire_date=clock.wall() - dt.timedelta(seconds=1))
    assert browser.get("/p/TALV/use-cases/").status_code == 302
