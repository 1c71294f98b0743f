"""Proving who one is: two doors, each the same on page and API, whose closing the owner is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.db import connections
from django.test import Client, RequestFactory

from governance.accounts import actions, proof
from governance.accounts.models import User
from governance.audit.models import Event
from tests.governance.api.door import BACKEND, PASSWORD, Api

CLOSED = "Trop d’essais sur votre compte"


@pytest.fixture
def user(db):
    cache.clear()
    return actions.open_account("aude@jalon.example", by=None, password=PASSWORD)


@pytest.fixture
def inside(user):
    """A client whose session is the user's."""
    return another_session(user)


def another_session(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def is_in(client):
    return client.get("/api/v1/me/").status_code == 200


def with_factor(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in_on_the_page(password, email="aude@jalon.example"):
    client = Client()
    client.post("/account/login/", {"login": email, "password": password})
    return client


def sign_in_on_the_api(password, email="aude@jalon.example"):
    return Api().post("session/", {"email": email, "password": password})


def test_sign_in_is_one_door_for_page_and_api(user):
    for _try in range(3):
        assert not is_in(sign_in_on_the_page("non"))
    for _try in range(2):
        assert sign_in_on_the_api("non").status == 401
    assert sign_in_on_the_api(PASSWORD).status == 429
    assert not is_in(sign_in_on_the_page(PASSWORD))
    cache.clear()
    assert is_in(sign_in_on_the_page(PASSWORD))
    assert sign_in_on_the_api(PASSWORD).status == 200


def test_whoever_only_knows_an_address_closes_no_signature(user, rf):
    for _try in range(6):
        sign_in_on_the_api("non")
    assert proof.objection(rf.post("/"), user, password=PASSWORD) is None
    for _try in range(5):
        assert proof.objection(rf.post("/"), user, password="non").code == "reauth_required"
    assert proof.objection(rf.post("/"), user, password=PASSWORD).code == "too_many"


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_written_to_once_when_a_door_closes(user, inside, mailoutbox):
    for number in range(8):
        inside.post("/api/v1/session/reauthenticate/", {"password": "non"}, content_type="application/json")
        assert len(mailoutbox) == (number >= 4)
    for _try in range(8):
        sign_in_on_the_page("non")
        sign_in_on_the_api("non", email="nobody@jalon.example")
    assert [mail.to for mail in mailoutbox] == [["aude@jalon.example"]] * 2
    assert {mail.subject.partition("] ")[2] or mail.subject for mail in mailoutbox} <= {
        CLOSED,
        "Too many tries on your account",
    }
    assert "127.0.0.1" in mailoutbox[0].body


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_makes_no_failure_of_its_own(user, inside, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answers = [
        inside.post("/api/v1/session/reauthenticate/", {"password": "non"}, content_type="application/json")
        for _try in range(6)
    ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_a19_a_code_serves_once_and_says_so(user, rf):
    secret = with_factor(user)
    for _try in range(2):  # a code may end while it is sent
        code = code_of(secret)
        refused = proof.objection(rf.post("/"), user, password=PASSWORD, code=code)
        if refused is None:
            break
    assert refused is None
    again = proof.objection(rf.post("/"), user, password=PASSWORD, code=code)
    assert (again.code, again.status, again.field) == ("otp_reused", 401, "code")
    other = f"{(int(code) + 1) % 10**6:06}"
    assert proof.objection(rf.post("/"), user, password=PASSWORD, code=other).code == "reauth_required"
    assert proof.objection(rf.post("/"), user, password=PASSWORD).code == "second_factor_required"


def test_five_wrong_codes_close_the_door_too(user, rf):
    secret = with_factor(user)
    wrong = f"{(int(code_of(secret)) + 1) % 10**6:06}"
    given = [proof.objection(rf.post("/"), user, password=PASSWORD, code=wrong).code for _try in range(6)]
    assert given == ["reauth_required"] * 5 + ["too_many"]
    assert proof.objection(rf.post("/"), user, password=PASSWORD, code=code_of(secret)).code == "too_many"


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_are_counted_before_they_are_weighed():
    cache.clear()
    user = actions.open_account("race@jalon.example", by=None, password=PASSWORD)

    def attempt(_number):
        try:
            return proof.objection(RequestFactory().post("/"), User.objects.get(), password="non").code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(attempt, range(12)))
    assert told.count("reauth_required") <= 5
    assert set(told) == {"reauth_required", "too_many"}
    assert proof.objection(RequestFactory().post("/"), user, password=PASSWORD).code == "too_many"


def test_a_second_factor_set_up_or_given_up_ends_the_other_sessions(user, inside):
    elsewhere = another_session(user)
    page = sign_in_on_the_page(PASSWORD)
    assert is_in(elsewhere)
    assert is_in(page)
    assert page.post("/account/reauthenticate/", {"password": "non"}).status_code == 200
    assert page.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    page.get("/account/2fa/totp/activate/")
    answer = page.post("/account/2fa/totp/activate/", {"code": code_of(page.session["mfa.totp.secret"])})
    if answer.status_code == 200:  # a code may end while it is sent
        page.post("/account/2fa/totp/activate/", {"code": code_of(page.session["mfa.totp.secret"])})
    assert proof.has_second_factor(user)
    assert [is_in(one) for one in (elsewhere, inside, page)] == [False, False, True]

    user.refresh_from_db()
    elsewhere = another_session(user)
    assert page.post("/account/2fa/totp/deactivate/").status_code == 302
    assert not proof.has_second_factor(user)
    assert [is_in(one) for one in (elsewhere, page)] == [False, True]
    assert list(Event.objects.of("jalon").values_list("verb", flat=True))[-2:] == [
        "account.second_factor_set", "account.second_factor_removed",
    ]  # fmt: skip


def test_an_account_opened_again_starts_without_its_former_sessions(user, inside):
    by = actions.open_account("admin@jalon.example", by=None, platform_admin=True)
    assert is_in(inside)
    actions.deactivate(user, by=by, reason="Leaves.")
    assert not is_in(inside)
    actions.reactivate(user, by=by, reason="Comes back.")
    assert not is_in(inside)
    user.refresh_from_db()
    assert is_in(another_session(user))
