"""What a careless or hostile client sends never gives a 5xx, and is told why (trust.md C, F; the session)."""

import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from governance import clock
from governance.accounts import actions as accounts
from governance.accounts.models import IdempotencyKey
from governance.audit.models import Event, Refused, RefusedCount
from tests import makers
from tests.governance.api.door import BASE, PASSWORD, Api, key, token_of
from tests.walks.stage import stage  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"


@pytest.fixture(autouse=True)
def _no_failure_is_remembered(db):
    cache.clear()


def with_password(person):
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    return person


# ---------------------------------------------------------------- the session
def test_signing_in_and_out(cast):
    aude = with_password(cast.aude)
    api = Api(csrf=True)

    wrong = api.post("session/", {"email": aude.email, "password": "non"})
    unknown = api.post("session/", {"email": "nobody@jalon.example", "password": "non"})
    assert (wrong.status, wrong.code) == (401, "not_authenticated")
    assert wrong.raw == unknown.raw  # nobody learns who has an account

    opened = api.post("session/", {"email": aude.email.upper(), "password": PASSWORD})
    assert opened.status == 200
    assert opened["person"]["email"] == aude.email
    assert opened["person"]["programmes"][0]["functions"] == ["legal"]
    assert api.get("me/")["through"] == "session"

    # unsafe methods carry the token of the session; another site's origin does not help
    assert api.delete("session/").code == "csrf"
    assert api.delete("session/", X_CSRFToken=opened["csrf_token"]).status == 204
    assert api.get("me/").status == 401
    assert api.delete("session/").status == 401


def test_the_session_changes_its_name_at_sign_in_and_at_each_proof(cast):
    aude = with_password(cast.aude)
    api = Api()
    session = api.client.session
    session["planted"] = "by an attacker"
    session.save()
    planted = session.session_key
    api.client.cookies["sessionid"] = planted

    assert api.post("session/", {"email": aude.email, "password": PASSWORD}).status == 200
    signed_in = api.client.cookies["sessionid"].value
    assert signed_in != planted
    assert "planted" not in api.client.session

    proved = api.post("session/reauthenticate/", {"password": PASSWORD})
    assert (proved.status, proved["holds_s"]) == (200, 300)
    assert api.client.cookies["sessionid"].value != signed_in


def test_five_failures_close_the_door_for_everybody_who_tries_that_name(cast):
    aude = with_password(cast.aude)
    statuses = [Api().post("session/", {"email": aude.email, "password": "non"}).status for _try in range(6)]
    assert statuses == [401] * 5 + [429]
    closed = Api().post("session/", {"email": aude.email, "password": PASSWORD})
    assert (closed.status, closed.headers["Retry-After"]) == (429, "900")


def test_a_second_factor_is_asked_where_there_is_one(cast):
    from allauth.mfa.totp.internal.auth import (
        TOTP,
        format_hotp_value,
        generate_totp_secret,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    aude = with_password(cast.aude)
    secret = generate_totp_secret()
    TOTP.activate(aude.user, secret)
    asked = {"email": aude.email, "password": PASSWORD}

    refused = Api().post("session/", asked)
    assert (refused.status, refused.code) == (401, "second_factor_required")
    for _try in range(2):  # a code may end while it is sent
        code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
        opened = Api().post("session/", {**asked, "code": code})
        if opened.status == 200:
            break
    assert opened.status == 200
    again = Api().post("session/", {**asked, "code": code})  # a code serves once
    assert again.status == 401


def test_a_proof_is_given_anew_and_nothing_of_it_is_remembered(cast):
    aude = with_password(cast.aude)
    api = Api(aude)
    for given, status in (("non", 401), ("non", 401), (PASSWORD, 200), (PASSWORD, 200)):
        answer = api.post("session/reauthenticate/", {"password": given}, Idempotency_Key="proof")
        assert answer.status == status
    assert not IdempotencyKey.objects.exists()


def test_whoever_has_a_second_factor_does_not_prove_it_with_the_password_alone(cast):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    aude = with_password(cast.aude)
    client = Api(aude).client
    assert client.get("/account/reauthenticate/").status_code == 200
    TOTP.activate(aude.user, generate_totp_secret())
    answer = client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert answer.url.startswith("/account/2fa/reauthenticate/")
    assert client.post("/account/2fa/totp/deactivate/").url.startswith("/account/2fa/reauthenticate/")
    assert aude.user.authenticator_set.exists()


def test_sign_in_from_another_site_is_refused(cast):
    aude = with_password(cast.aude)
    asked = {"email": aude.email, "password": PASSWORD}
    assert Api().post("session/", asked, Origin="https://evil.example").code == "csrf"
    assert Api().post("session/", asked, Sec_Fetch_Site="cross-site").code == "csrf"
    assert Api().post("session/", data=b"email=x", media="application/x-www-form-urlencoded").status == 415
    assert Api().post("session/", asked, Origin="http://testserver").status == 200


def test_d10_the_cookie_of_an_ended_session_signs_nothing(stage):  # noqa: F811
    request = stage.submitted().edition.requests.get(function="legal")
    one_tab = Api(stage.cast.aude).proved()
    kept = one_tab.client.cookies["sessionid"].value
    assert one_tab.delete("session/").status == 204
    other_tab = Api()
    other_tab.client.cookies["sessionid"] = kept

    answer = other_tab.post(f"{P}review-requests/{request.pk}/sign/", {"decision": "approve"})
    assert (answer.status, answer.code) == (401, "not_authenticated")


def test_c16_a_deactivated_account_ends_everywhere_at_once(cast):
    session, token = Api(cast.aude), Api(token=token_of(cast.aude))
    assert {session.get("me/").status, token.get("me/").status} == {200}

    accounts.deactivate(cast.aude.user, by=cast.admin, reason="départ")

    assert {session.get("me/").status, token.get("me/").status} == {401}


def test_idle_and_absolute_ends(cast, settings):
    api = Api(cast.aude)
    assert api.get("me/").status == 200
    session = api.client.session
    session["started_at"] = (
        clock.wall() - settings.SESSION_ABSOLUTE_AGE - clock.dt.timedelta(seconds=1)
    ).isoformat()
    session.save()
    assert api.get("me/").status == 401

    idle = Api(cast.aude)
    assert idle.get("me/").status == 200
    assert idle.client.session.get_expiry_age() == 30 * 60
    cookie = idle.client.cookies["sessionid"]
    assert (int(cookie["max-age"]), cookie["httponly"], cookie["samesite"]) == (30 * 60, True, "Lax")


# ---------------------------------------------------------------- tokens
def test_tokens_read_or_write_and_are_never_two_people(cast):
    reading, writing = Api(token=token_of(cast.paul, "read")), Api(token=token_of(cast.paul))
    assert reading.get(P).status == 200
    asked = {"vision_draft": "Pourquoi."}
    refused = reading.patch(P, asked, version=cast.programme.version)
    assert (refused.status, refused.code) == (403, "no_right")
    assert Refused.objects.get().actor == cast.paul.email
    assert writing.patch(P, asked, version=writing.get(P).version).status == 200

    assert Api(token="jln_wrong").get("me/").status == 401
    assert Api(token="").get("me/").status == 401

    # a token beside the cookie of somebody else acts for its own owner only
    both = Api(cast.helene)
    both.headers["Authorization"] = "Bearer " + token_of(cast.aude)
    assert both.get("me/")["email"] == cast.aude.email
    assert both.patch(P, asked, version=both.get(P).version).status == 403
    assert Refused.objects.order_by("recorded_at").last().actor == cast.aude.email


# ---------------------------------------------------------------- malformed bodies (F)
MALFORMED = {
    "F1 nested 100 000 deep": b"[" * 100_000,
    "F1 nested 65 deep": b'{"a":' * 65 + b"1" + b"}" * 65,
    "F2 a NUL": b'{"title_fr": "a\\u0000b"}',
    "F2 a NUL in a name": b'{"a\\u0000b": 1}',
    "F3 a lone surrogate": b'{"title_fr": "\\ud800"}',
    "F6 a name twice": b'{"title_fr": "a", "title_fr": "b"}',
    "F7 an unknown field": b'{"title_fr": "a", "admin": true}',
    "not an object": b"[]",
    "not JSON": b"{",
    "not UTF-8": b'{"title_fr": "\xff"}',
    "NaN": b'{"title_fr": NaN}',
    "1e999": b'{"level": 1e999}',
    "a number too fine": b'{"level": 1e-999999999999}',
    "a number of 6000 digits": b'{"level": ' + b"9" * 6000 + b"}",
    "a number for a text": b'{"title_fr": 1}',
    "a text for a number": b'{"title_fr": "a", "level": "x"}',
    "true for a number": b'{"title_fr": "a", "level": true}',
}


def test_a_malformed_body_is_told_as_such(cast):
    api, events = Api(cast.paul), Event.objects.count()
    for name, body in MALFORMED.items():
        answer = api.post(P + "use-cases/", data=body)
        assert answer.status == 400, name
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.codes != []
    assert (Event.objects.count(), Refused.objects.count()) == (events, 0)  # counted, not told one by one
    assert sum(RefusedCount.objects.filter(door="api").values_list("count", flat=True)) == len(MALFORMED)


def test_f2_f3_a_free_json_field_is_no_way_in(stage):  # noqa: F811
    usecase = stage.framed()
    address = f"{P}use-cases/{usecase.code}/revisions/1/"
    for body in (b'{"journey": ["\\u0000"]}', b'{"journey": ["\\ud83d"]}', b'{"caps": {"\\u0000": 1}}'):
        answer = Api(stage.cast.mehdi).patch(address, data=body, version=1)
        assert answer.status == 400, answer


def test_f4_f10_an_address_that_names_nothing_is_a_404(cast):
    api = Api(cast.paul)
    absent = api.get(P + "use-cases/UC-99/").raw
    for address in (
        "use-cases/%00/",
        "use-cases/" + "9" * 300 + "/",
        "use-cases/" + "9" * 10_000 + "/",
        "use-cases/%F0%9F%98%80/",
        "review-requests/{01a203be-4902-7648-8907-37ba19f03b84}/",
        "review-requests/01A203BE-4902-7648-8907-37BA19F03B84/",
        "review-requests/1/",
        "gates/G0/reviews/" + "9" * 5000 + "/",
        "gates/G0/reviews/99999999999999999999/",
        "gates/G0/reviews/0/",
        "people/%00@x/",
        "no/such/thing/",
        "use-cases/UC-99",
        "use-cases//UC-01/",
    ):
        answer = api.get(P + address)
        assert (answer.status, answer.raw) == (404, absent), address


def test_f5_a_large_body_is_not_read(cast):
    api = Api(cast.paul)
    large = b'{"title_fr": "' + b"a" * 1024**2 + b'"}'
    for how in ({}, {"key": key()}):
        answer = api.post(P + "use-cases/", data=large, **how)
        assert (answer.status, answer.code) == (413, "too_large")
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + b"a" * (11 * 1024**2)
        + b"\r\n--x--\r\n"
    )
    answer = api.post(P + "evidence/", data=form, media="multipart/form-data; boundary=x")
    assert (answer.status, answer.code) == (413, "too_large")


def test_f8_other_charsets_and_types_are_unsupported(cast):
    api = Api(cast.paul)
    for media in (
        "application/json; charset=klingon",
        "application/json; charset=utf-16",
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        answer = api.post(P + "use-cases/", data=b'{"title_fr": "a"}', media=media)
        assert (answer.status, answer.code) == (415, "unsupported"), media
    assert api.post(P + "evidence/", data=b"--x", media="multipart/form-data").status == 400
    assert api.get(P, Accept="text/html").status == 406


def test_f9_pages_are_whole_numbers(cast):
    api = Api(cast.paul)
    for query in (
        "page=0",
        "page=-1",
        "page=x",
        "page=1e3",
        "page=%C2%B2",
        "page=999999999",
        "page_size=0",
        "page=1&page=2",
    ):
        answer = api.get(f"{P}people/?{query}")
        assert (answer.status, answer.code) == (400, "malformed"), query
    assert len(api.get(f"{P}people/?page_size=1000000")["results"]) == api.get(f"{P}people/")["count"]
    last = api.get(f"{P}people/?page=50000")
    assert (last.status, last["results"], last["next"]) == (200, [], None)
    first = api.get(f"{P}people/?page_size=5")
    second = api.get(first["next"].partition("/api/v1/")[2])
    assert first["previous"] is None
    assert not {one["email"] for one in first["results"]} & {one["email"] for one in second["results"]}


def test_f11_days_are_those_of_a_calendar(cast):
    api = Api(cast.helene)
    for day in ("0000-01-01", "9999-12-31", "1969-12-31", "2026-02-29", "2026-13-01", "x", 5, None):
        asked = {"person": cast.anna.email, "role": "observer", "starts_on": day}
        answer = api.post(P + "role-assignments/", asked)
        assert (answer.status, answer.fields) == (400, ["starts_on"]), day


def test_f12_f13_what_a_proxy_may_say_is_believed_of_no_one(cast, settings):
    api = Api(cast.paul)
    told = api.get(
        f"{P}people/?page_size=1",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Proto="https",
        X_Forwarded_For="1.2.3.4",
    )
    assert told["next"].startswith("http://testserver/api/v1/")
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers={"host": "evil.example"})
    assert client.get(BASE + "me/").status_code == 400
    assert client.post("/account/password/reset/", {"email": cast.aude.email}).status_code == 400


def test_f14_other_methods_are_not_answered(cast):
    api = Api(cast.paul, csrf=True)
    for method in ("TRACE", "CONNECT", "BREW", "PROPFIND"):
        assert api.send(method, P).status == 405, method
    plain = Api(cast.paul)
    assert plain.send("DELETE", P, version=1).status == 405
    assert plain.send("PUT", P, {}).status == 405
    assert plain.post(P, {}, X_HTTP_Method_Override="DELETE").status == 405
    assert plain.send("POST", f"{P}?_method=DELETE", {}).status in (400, 405)


def test_pages_are_bounded_too(cast):
    client = Api(cast.paul).client
    for method in ("TRACE", "CONNECT", "BREW"):
        assert client.generic(method, "/").status_code == 405, method
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert client.generic("POST", "/notices/read/", b"a=" + b"b" * 2 * 1024**2, **form).status_code == 413
    upload = {"content_type": "multipart/form-data; boundary=x"}
    assert (
        client.generic("POST", "/p/TALV/people/new/", b"--x" + b"b" * 11 * 1024**2, **upload).status_code
        == 413
    )
    assert (
        client.generic("POST", "/notices/read/", b"a=b", CONTENT_LENGTH="9" * 40, **form).status_code == 413
    )
    assert Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x"}).status_code == 403
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_faults_are_all_told_each_with_its_field(cast):
    answer = Api(cast.helene).post(
        P + "role-assignments/",
        {"role": "king", "starts_on": "x", "status": "active", "more": 1, "allocation_pct": 900},
    )
    assert answer.status == 400
    assert dict(zip(answer.fields, answer.codes, strict=True)) == {
        "status": "read_only_field",
        "more": "unknown_field",
    }
    answer = Api(cast.helene).post(
        P + "role-assignments/", {"role": "king", "starts_on": "x", "allocation_pct": 900}
    )
    assert set(answer.fields) == {"person", "role", "starts_on", "allocation_pct"}
    nested = {
        "code": "ORG-NEW",
        "name": "N",
        "kind": "vendor",
        "country": "FR",
        "engagement": {"gdpr_role": "x", "status": 1},
    }
    assert Api(cast.helene).post(P + "organisations/", nested).fields == ["engagement.status"]


def test_the_answer_is_in_the_language_asked_for(cast):
    api = Api(cast.paul)
    api.client.cookies["django_language"] = "fr"  # of the pages
    english = api.post(P + "role-assignments/", {"person": cast.paul.email, "role": "sponsor"})
    french = Api(cast.paul, lang="fr-CA,fr;q=0.8").post(
        P + "role-assignments/", {"person": cast.paul.email, "role": "sponsor"}
    )
    assert english.headers["Content-Language"] == "en"
    assert french.headers["Content-Language"] == "fr"
    assert english.codes == french.codes == ["SOD-12", "INV-10"]
    assert Api(cast.paul, lang="de").get("me/").headers["Content-Language"] == "fr"
    assert english["objections"][1]["who_can"] == ["Sponsor"]


def test_answers_are_kept_nowhere(cast):
    answer = Api(cast.paul).get(P)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


def test_c20_c21_neither_options_nor_head_nor_etag_tell_what_is_hidden(cast):
    makers.programme("AUTRE", sponsor=makers.person("remi.ailleurs", makers.organisation("ORG-AIL"), "crm"))
    api = Api(cast.helene)
    for method in ("OPTIONS", "HEAD", "GET"):
        for address in (
            "programmes/AUTRE/",
            "programmes/AUTRE/use-cases/",
            "programmes/AUTRE/use-cases/UC-01/",
        ):
            assert api.send(method, address, If_None_Match="*").status == 404, (method, address)
    assert api.send("OPTIONS", P).status == 204
    assert api.send("HEAD", P).status == 200
    assert api.get(P, If_None_Match=api.get(P).headers["ETag"]).status == 200


def test_the_schema_and_its_page_ask_for_sign_in(cast):
    assert {Client().get(BASE + name).status_code for name in ("schema/", "docs/", "no/such/")} == {401}
    signed = Api(cast.paul).client
    assert (
        signed.get(BASE + "schema/", headers={"accept": "application/json"})
        .json()["openapi"]
        .startswith("3.1")
    )
    page = signed.get(BASE + "docs/")
    assert page.status_code == 200
    assert b"<script>" not in page.content


# What trust.md attacks and this portal does not have: its attack comes with its door (decisions.md 7).
ABSENT = (
    "impersonate",
    "hijack",
    "invit",
    "bulk",
    "import",
    "export",
    "webhook",
    "media/",
    "expand",
    "autocomplete",
    "dry-run",
    "/history",
    "/move/",
    "unsubscribe",
    "transfer",
)


def test_doors_that_do_not_exist_do_not_exist():
    def paths(resolver, prefix=""):
        for entry in resolver.url_patterns:
            path = prefix + str(entry.pattern)
            yield from paths(entry, path) if hasattr(entry, "url_patterns") else [path]

    ours = [path for path in paths(get_resolver()) if path.startswith(("api/", "p/"))]
    assert len(ours) > 100
    assert [path for path in ours if any(word in path for word in ABSENT)] == []


def test_the_body_of_a_problem(cast):
    answer = Api(cast.paul).post(P + "role-assignments/", {"person": cast.paul.email, "role": "sponsor"})
    assert (answer.status, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert answer["type"] == "urn:jalon:problem:SOD-12"
    assert set(answer.body) == {"type", "title", "status", "code", "detail", "objections"}
    assert json.loads(answer.raw)["objections"][0].keys() == {"code", "detail", "field", "who_can", "since"}
    row = Refused.objects.get()  # exactly one, after the rollback
    assert (row.codes, row.verb, row.door, row.actor) == (
        ["SOD-12", "INV-10"],
        "role.assign",
        "api",
        cast.paul.email,
    )
