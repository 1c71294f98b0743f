"""Accounts and keys: opened, used, closed."""

import datetime as dt

import pytest

from governance import clock
from governance.accounts import actions, queries
from governance.accounts.models import ApiToken, User
from governance.audit.models import Event
from governance.errors import Refusal


@pytest.fixture
def admin(db):
    return actions.open_account("admin@jalon.example", by=None, platform_admin=True)


@pytest.fixture
def user(admin):
    return actions.open_account("Paul.Pilote@jalon.example", by=admin, password="un jalon bien planté")


def code_of(act):
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_the_e_mail_is_the_name_in_lower_case_and_told_in_the_chain_of_accounts(user):
    opened = Event.objects.of("jalon").last()

    assert user.email == "paul.pilote@jalon.example"
    assert user.check_password("un jalon bien planté")
    assert (opened.verb, opened.actor, opened.subject_code) == (
        "account.opened", "admin@jalon.example", "paul.pilote",
    )  # fmt: skip
    assert "planté" not in opened.payload


def test_two_accounts_do_not_share_an_address_and_an_address_is_one(admin, user):
    assert code_of(lambda: actions.open_account("PAUL.PILOTE@jalon.example", by=admin)) == "account_exists"
    assert code_of(lambda: actions.open_account("paul", by=admin)) == "malformed_email"


def test_an_account_without_a_password_lets_nobody_in(admin):
    assert not actions.open_account("x@jalon.example", by=admin).has_usable_password()


def let_in(secret):
    """Whoever a secret lets in, as the API asks; the key is noted as used."""
    token = queries.token_of(secret)
    if token is None:
        return None
    queries.note_use(token)
    return token.user


def test_a_key_lets_its_owner_in_and_its_secret_is_kept_nowhere(user):
    token, secret = actions.make_token(user, by=user, name="reports", scope="read", days=30)

    assert let_in(secret) == user
    assert let_in(secret + "x") is None
    assert secret not in str(ApiToken.objects.values().get())
    assert secret.endswith(token.hint)
    assert secret not in Event.objects.of("jalon").last().payload


def test_a_key_is_noted_as_used_once_a_minute_at_most(user, django_assert_num_queries):
    _token, secret = actions.make_token(user, by=user, name="reports", scope="read", days=30)
    let_in(secret)
    first = ApiToken.objects.get().last_used_at
    let_in(secret)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - dt.timedelta(seconds=61))
    with django_assert_num_queries(2):
        let_in(secret)
    assert ApiToken.objects.get().last_used_at > first


@pytest.mark.parametrize("how", ["expired", "revoked", "deactivated"])
def test_a_key_that_is_over_lets_nobody_in(admin, user, how):
    token, secret = actions.make_token(user, by=user, name="reports", scope="write", days=1)
    assert let_in(secret) == user
    if how == "expired":
        now = clock.wall()
        ApiToken.objects.update(created_at=now - dt.timedelta(days=1), expires_at=now)
    elif how == "revoked":
        actions.revoke_token(token, by=user)
    else:
        actions.deactivate(user, by=admin, reason="left the company")
    assert let_in(secret) is None


def test_keys_do_not_come_back_with_the_account(admin, user):
    _token, secret = actions.make_token(user, by=user, name="reports", scope="write", days=1)
    actions.deactivate(user, by=admin, reason="left")
    actions.reactivate(user, by=admin, reason="came back")

    assert User.objects.get(pk=user.pk).is_active
    assert let_in(secret) is None


def test_keys_are_made_and_revoked_by_their_owner(admin, user):
    def make(**fields):
        asked = {"by": user, "name": "reports", "scope": "read", "days": 30, **fields}
        return actions.make_token(user, **asked)

    assert code_of(lambda: make(by=admin)) == "no_right"
    assert code_of(lambda: make(name=" ")) == "missing_name"
    assert code_of(lambda: make(scope="admin")) == "unknown_scope"
    assert code_of(lambda: make(days=366)) == "too_long"
    assert code_of(lambda: make(days=0)) == "too_long"
    token, _secret = make()
    assert code_of(lambda: actions.revoke_token(token, by=admin)) == "no_right"
    actions.revoke_token(token, by=user)
    assert code_of(lambda: actions.revoke_token(token, by=user)) == "wrong_state"


def test_keys_are_bounded(user, monkeypatch):
    from governance.accounts import rules

    monkeypatch.setattr(rules, "MOST_TOKENS", 1)
    actions.make_token(user, by=user, name="one", scope="read", days=1)
    assert (
        code_of(lambda: actions.make_token(user, by=user, name="two", scope="read", days=1))
        == "too_many_tokens"
    )


def test_an_account_is_closed_once_with_a_reason_and_by_somebody_else(admin, user):
    assert code_of(lambda: actions.deactivate(user, by=admin, reason="")) == "reason_required"
    assert code_of(lambda: actions.deactivate(user, by=user, reason="bye")) == "SOD-12"
    actions.deactivate(user, by=admin, reason="left")
    assert code_of(lambda: actions.deactivate(user, by=admin, reason="left")) == "wrong_state"
    assert code_of(lambda: actions.reactivate(user, by=user, reason="hello")) == "SOD-12"
    actions.reactivate(user, by=admin, reason="came back")
    assert code_of(lambda: actions.reactivate(user, by=admin, reason="again")) == "wrong_state"
    assert [e.verb for e in Event.objects.of("jalon")] == [
        "account.opened", "account.opened", "account.deactivated", "account.reactivated",
    ]  # fmt: skip


def test_a_session_of_a_deactivated_account_is_over_at_the_next_request(admin, user, client):
    client.force_login(user, backend="governance.accounts.adapter.Backend")
    from django.contrib.auth import get_user

    class Request:
        session = client.session

    assert get_user(Request) == user
    actions.deactivate(user, by=admin, reason="left")
    assert not get_user(Request).is_authenticated
