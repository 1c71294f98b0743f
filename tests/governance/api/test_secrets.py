"""What one may not see is not there: in addresses, bodies, filters, counts, files, messages (trust.md C)."""

import uuid

import pytest
from django.contrib.auth.models import Permission

from governance.accounts.models import User
from governance.audit.models import Event, Refused, RefusedCount
from governance.roles import actions as roles
from tests import makers
from tests.conftest import as_owner
from tests.governance.api.door import Api, token_of
from tests.governance.api.rights import Ground
from usecases.backlog import actions as backlog
from usecases.catalogue import actions as catalogue

P = "programmes/TALV/"
OTHER = "programmes/AUTRE/"


# Keys that reach for what is hidden, or for what only the ORM knows.
UNDECLARED = [
    "legal_note__startswith=a",
    "programme__owner__email=x",
    "_connector=OR",
    "_negated=1",
    "expand=owner",
    "fields=secret",
    "depth=3",
    "include=reviews",
    "format=json",
    "id__in=1",
    "owner__user__password__startswith=a",
]


@pytest.fixture
def elsewhere(stage):
    """A programme of others, with a use case, a source and a person."""
    there = makers.organisation("ORG-AIL")
    remi = makers.person("remi.ailleurs", there, "crm")
    programme = makers.programme("AUTRE", sponsor=remi)
    catalogue.load_template(programme, by=remi)
    usecase = backlog.create(programme, by=remi, title_fr="Le secret")
    return programme, remi, usecase


@pytest.mark.django_db
def test_c1_c2_c5_by_address(stage, elsewhere):
    helene, remi = Api(stage.cast.helene), Api(elsewhere[1])
    assert remi.get(OTHER + "use-cases/UC-01/").status == 200
    absent = helene.get(P + "use-cases/UC-77/").raw
    for address in (
        OTHER,
        OTHER + "use-cases/",
        OTHER + "use-cases/UC-01/",
        OTHER + "use-cases/UC-01/revisions/1/diff/?from=1",
        OTHER + "people/",
        OTHER + "audit/verify/",
        OTHER + "segments/",
        P + f"review-requests/{uuid.uuid4()}/",
    ):
        answer = helene.get(address)
        assert (answer.status, answer.raw) == (404, absent), address
    events = Event.objects.count()
    for method, address, body in (
        ("POST", OTHER + "use-cases/", {"title_fr": "Chez vous"}),
        ("PATCH", OTHER, {"vision_draft": "x"}),
        ("POST", OTHER + "use-cases/UC-01/pause/", {"reason": "x"}),
        ("POST", OTHER + "segments/check/", {}),
    ):
        answer = helene.send(method, address, body, version=1)
        assert (answer.status, answer.raw) == (404, absent), address
    assert Event.objects.count() == events
    assert not Refused.objects.exists()  # probes are counted
    assert RefusedCount.objects.get(code="not_found", door="api").count == 13


@pytest.mark.django_db
def test_c3_c10_lists_and_counts_hold_what_is_ones_own(stage, elsewhere):
    _programme, remi, _usecase = elsewhere
    stage.idea()
    helene = Api(stage.cast.helene)
    assert helene.get(P + "use-cases/")["count"] == 1
    assert [one["code"] for one in helene.get("programmes/")["results"]] == ["TALV"]
    people = helene.get(P + "people/?page_size=200")["results"]
    assert remi.email not in {one["email"] for one in people}
    assert "ORG-AIL" not in {one["code"] for one in helene.get(P + "organisations/")["results"]}
    assert helene.get(P + "people/?search=ailleurs")["count"] == 0
    assert helene.get(P + f"people/{remi.email}/").status == 404


@pytest.mark.django_db
def test_c4_c6_what_a_body_names_is_looked_for_among_what_one_sees(stage, elsewhere):
    _programme, remi, _usecase = elsewhere
    usecase = stage.framed()
    paul, helene = Api(stage.cast.paul), Api(stage.cast.helene)
    version = paul.get(P + f"use-cases/{usecase.code}/").version
    foreign = paul.patch(P + f"use-cases/{usecase.code}/", {"owner": remi.email}, version=version)
    absent = paul.patch(P + f"use-cases/{usecase.code}/", {"owner": "nobody@x.example"}, version=version)
    assert (foreign.status, foreign.code) == (422, "unknown")
    assert foreign.raw == absent.raw
    assert helene.post(P + "role-assignments/", {"person": remi.email, "role": "observer"}).code == "unknown"
    assert (
        helene.post(
            P + "objectives/",
            {
                "horizon": "short",
                "statement_fr": "x",
                "owner": remi.email,
                "due_on": makers.days(30),
            },
        ).code
        == "unknown"
    )
    moved = paul.patch(P + f"use-cases/{usecase.code}/", {"programme": "AUTRE"}, version=version)
    assert (moved.status, moved.code) == (400, "unknown_field")
    generic = {"kpi": "cpa", "kind": "guardrail", "maximum": 1, "content_type": "x", "object_id": 1}
    assert paul.post(P + "kpi-targets/", generic).codes == ["unknown_field", "unknown_field"]
    revision = P + f"use-cases/{usecase.code}/revisions/1/"
    for body in (
        {"recipients": ["ORG-AIL"]},
        {"destinations": ["NO"]},
        {"segments": [{"segment": "NO", "number": 1, "role": "target"}]},
    ):
        answer = paul.patch(revision, body, version=paul.get(revision).version)
        assert answer.status == 422, answer


@pytest.mark.django_db
def test_c7_c8_c9_a_key_that_is_not_declared_is_refused(cast):
    api = Api(cast.helene)
    for query in UNDECLARED:
        for address in ("use-cases/", "people/", "audit/", "segments/", "review-requests/"):
            answer = api.get(P + address + "?" + query)
            assert (answer.status, answer.code) == (400, "unknown_filter"), (address, query)
        assert api.post(P + "use-cases/?" + query, {"title_fr": "x"}).code == "unknown_filter"
    assert api.get(P + "use-cases/?ordering=legal_note").code == "malformed"
    assert api.get(P + "use-cases/?ordering=owner__user__password").status == 400


@pytest.mark.django_db
def test_c11_c12_c13_files_are_for_those_who_may_read_them_now(stage, settings):
    stage.balancing_test()
    cast = stage.cast
    address = P + "evidence/EV-LIA/file/"
    anna = Api(cast.anna)
    given = anna.get(address)
    assert (given.status, given.raw) == (200, "bilan d'intérêts".encode())
    assert given.headers["Content-Disposition"] == 'attachment; filename="EV-LIA.txt"'
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert Api(cast.fatou).get(address).status == 404  # internal, and she is not
    assert Api().get(address).status == 401
    assert not settings.MEDIA_URL.strip("/")  # no address serves the store by itself
    assert Api(cast.anna).get("/media/EV-LIA.txt").status == 404
    roles.revoke(cast.assignments["anna"], by=cast.helene, reason="Départ.")
    assert anna.get(address).status == 404
    # a name that would do harm is not kept
    form = (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nPreuve\r\n'
        b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\ndocument\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../x\xe2\x80\xaegnp.html"\r\n\r\n'
        b"<script>\r\n--x--\r\n"
    )
    kept = Api(cast.paul).post(P + "evidence/", data=form, media="multipart/form-data; boundary=x")
    assert kept.status == 201, kept
    read = Api(cast.paul).get(P + f"evidence/{kept['code']}/file/")
    assert read.headers["Content-Disposition"].startswith(f'attachment; filename="{kept["code"]}')
    assert read.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.django_db
def test_c15_a_code_taken_elsewhere_tells_nothing_of_it(stage, elsewhere):
    asked = {
        "code": "ORG-AIL",
        "name": "La nôtre",
        "kind": "vendor",
        "country": "FR",
        "engagement": {"gdpr_role": "none", "starts_on": "2026-11-20"},
    }
    answer = Api(stage.cast.helene).post(P + "organisations/", asked)
    assert answer.status == 409
    assert "ailleurs" not in answer.raw.decode().lower()
    assert "AUTRE" not in answer.raw.decode()


@pytest.mark.django_db
def test_c17_c18_c19_neither_permissions_of_a_table_nor_past_ones_open_anything(stage):
    cast = stage.cast
    usecase = stage.idea()
    basile = Api(cast.basile)
    cast.basile.user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["dossiers", "backlog"])
    )
    assert basile.get(P + "use-cases/")["results"] == []
    assert basile.get(P + f"use-cases/{usecase.code}/").status == 404
    roles.share(usecase.dossier, cast.basile, by=cast.helene)
    assert [one["code"] for one in basile.get(P + "use-cases/")["results"]] == [usecase.code]
    assert basile.get(P + f"use-cases/{usecase.code}/").status == 200
    assert basile.get(P + "people/").status == 404
    roles.unshare(usecase.dossier, cast.basile, by=cast.helene)
    assert basile.get(P + f"use-cases/{usecase.code}/").status == 404
    assert not User.objects.filter(email__icontains="anonymous").exists()


@pytest.mark.django_db
def test_c23_trying_a_rule_asks_for_the_right_to_write_one(stage):
    for person, status in (
        (stage.cast.victor, 403),
        (stage.cast.alma, 403),
        (stage.cast.basile, 404),
        (stage.cast.mehdi, 200),
    ):
        assert Api(person).post(P + "segments/check/", {"dsl": "segrule/1"}).status == status


@pytest.mark.django_db
def test_c4_who_may_be_named_is_who_may_be_seen(stage):
    asked = {"title_fr": "Idée d'agence", "title_en": "Agency's idea", "branch": "customers"}
    answers = [
        Api(stage.cast.basile).post(P + "use-cases/", {**asked, "owner": owner})
        for owner in (stage.cast.aude.email, "nobody@jalon.example")
    ]
    assert {answer.status for answer in answers} == {422}
    assert answers[0].body["objections"] == answers[1].body["objections"]


# What only a person does, and the roles that may (api.md, "Conversation").
PERSONAL = [
    ("helene", "gates/{code}/reviews/{attempt}/sign/"),
    ("helene", "gates/{code}/reviews/{attempt}/attest/"),
    ("helene", "gates/{code}/resume/"),
    ("helene", "phases/{kind}/reopen/"),
    ("aude", "review-requests/{id}/sign/"),
    ("diane", "reviews/{id}/revoke/"),
    ("diane", "conditions/{code}/verify/"),
    ("diane", "conditions/{code}/refuse/"),
    ("diane", "conditions/{code}/waive/"),
    ("victor", "delegations/{code}/accept/"),
    ("victor", "delegations/{code}/decline/"),
    ("diane", "delegations/"),
    ("aude", "delegations/{code}/revoke/"),
    ("helene", "objectives/{code}/validate/"),
    ("helene", "objectives/{code}/achieve/"),
    ("helene", "objectives/{code}/drop/"),
    ("helene", "use-cases/{code}/stop/"),
    ("yann", "knowledge-notes/{id}/confirm/"),
]


@pytest.mark.django_db
def test_a_token_never_signs_decides_nor_accepts(stage):
    ground = Ground(stage)
    tokens = {
        name: Api(token=token_of(getattr(stage.cast, name))) for name in {name for name, _path in PERSONAL}
    }
    for name, short in PERSONAL:
        path = "programmes/{programme}/" + short
        answer = ground.knock(tokens[name], path, "POST")
        assert (answer.status, answer.code) == (403, "interactive_required"), path
    for path in ("session/reauthenticate/", "session/"):
        method = "POST" if "re" in path else "DELETE"
        answer = tokens["helene"].send(method, path, {"password": "x"} if method == "POST" else {})
        assert (answer.status, answer.code) == (403, "interactive_required"), path


@pytest.mark.django_db(transaction=True)
def test_d12_a_row_that_somebody_holds_is_told_as_such(cast):
    api = Api(cast.paul)
    version = api.get(P).version
    with as_owner() as other:
        other.execute("SELECT 1 FROM programmes_programme FOR UPDATE")
        answer = api.patch(P, {"vision_draft": "Pourquoi."}, version=version)
        other.rollback()
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (409, "busy", "1")
    assert api.patch(P, {"vision_draft": "Pourquoi."}, version=version).status == 200
