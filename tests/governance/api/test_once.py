"""One key, one effect, one answer (trust.md P10, D5 to D8); versions that must match (D1)."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from governance import clock
from governance.accounts.models import IdempotencyKey
from governance.api import tasks
from governance.audit.models import Event, Refused
from tests.governance.api.door import Api, key, token_of
from usecases.backlog.models import UseCase
from usecases.catalogue import actions as catalogue
from usecases.catalogue.models import KnowledgeNote

P = "programmes/TALV/"


# ---------------------------------------------------------------- one key, one effect
@pytest.mark.django_db
def test_a_repeated_key_gets_the_first_answer_byte_for_byte(cast):
    api, mine = Api(cast.paul), key()
    asked = {"title_fr": "Une idée", "emblematic": True}
    first = api.post(P + "use-cases/", asked, key=mine)
    # D8: the answer was lost, the client asks again
    again = api.post(P + "use-cases/", dict(reversed(asked.items())), key=mine)

    assert (first.status, again.status) == (201, 201)
    assert again.raw == first.raw
    assert {name: again.headers[name] for name in ("ETag", "Location")} == {
        name: first.headers[name] for name in ("ETag", "Location")
    }
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert first.headers["Location"] == f"/api/v1/{P}use-cases/{first['code']}/"
    assert UseCase.objects.count() == 1


@pytest.mark.django_db
def test_d6_a_key_is_of_one_person_and_one_request(cast):
    api, mine = Api(cast.paul), key()
    assert api.post(P + "use-cases/", {"title_fr": "Une idée"}, key=mine).status == 201
    other = api.post(P + "use-cases/", {"title_fr": "Une autre"}, key=mine)
    assert (other.status, other.code) == (422, "key_reused")
    elsewhere = api.post(P + "knowledge-notes/", {"source": "x", "text": "x", "severity": "low"}, key=mine)
    assert (elsewhere.status, elsewhere.code) == (422, "key_reused")
    assert Api(cast.mehdi).post(P + "use-cases/", {"title_fr": "Une autre"}, key=mine).status == 201
    assert UseCase.objects.count() == 2


@pytest.mark.django_db
def test_d7_a_key_is_a_short_printable_text(cast):
    api = Api(cast.paul)
    for wrong in ("x" * 256, "a\tb", ""):
        answer = api.post(P + "use-cases/", {"title_fr": "Une idée"}, key=wrong)
        assert (answer.status, answer.code) == (400, "malformed")
    assert api.post(P + "use-cases/", {"title_fr": "Une idée"}, key="x" * 255).status == 201


@pytest.mark.django_db
def test_a_refusal_keeps_no_answer(cast):
    api, mine = Api(cast.paul), key()
    asked = {"person": cast.anna.email, "role": "sponsor"}
    refused = [api.post(P + "role-assignments/", asked, key=mine) for _time in range(2)]
    assert [one.code for one in refused] == ["INV-10", "INV-10"]
    assert not IdempotencyKey.objects.exists()
    assert Refused.objects.count() == 2  # each refused request once
    assert api.post(P + "use-cases/", {"title_fr": "Une idée"}, key=mine).status == 201


@pytest.mark.django_db
def test_answers_are_kept_for_a_day(cast):
    api, mine = Api(cast.paul), key()
    asked = {"title_fr": "Une idée"}
    api.post(P + "use-cases/", asked, key=mine)
    IdempotencyKey.objects.update(at=clock.wall() - dt.timedelta(hours=23, minutes=59))
    assert tasks.forget_answers() == 0
    assert "Idempotency-Replayed" in api.post(P + "use-cases/", asked, key=mine).headers

    IdempotencyKey.objects.update(at=clock.wall() - dt.timedelta(hours=24, minutes=1))
    assert (
        "Idempotency-Replayed" not in api.post(P + "use-cases/", asked, key=mine).headers
    )  # though not forgotten
    IdempotencyKey.objects.update(at=clock.wall() - dt.timedelta(hours=24, minutes=1))
    assert tasks.forget_answers() == 1
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_an_upload_is_known_by_its_file(cast):
    api, mine = Api(cast.paul), key()

    def send(content):
        form = (
            b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nPreuve\r\n'
            b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\ndocument\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
            + content
            + b"\r\n--x--\r\n"
        )
        return api.post(P + "evidence/", data=form, media="multipart/form-data; boundary=x", key=mine)

    first, again, other = send(b"one"), send(b"one"), send(b"two")
    assert (first.status, again.raw, other.code) == (201, first.raw, "key_reused")
    assert first["has_file"]


@pytest.fixture
def a_connection_each():
    """Let every thread have its own connection: the pool of one process is smaller."""
    here = connections["default"]
    pool = here.settings_dict["OPTIONS"]["pool"]
    here.close()
    here.close_pool()
    here.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 24}
    yield
    here.close()
    here.close_pool()
    here.settings_dict["OPTIONS"]["pool"] = pool


@pytest.mark.django_db(transaction=True)
def test_p10_sixteen_at_once_sixty_times(a_connection_each, cast):
    """The same key and body from sixteen clients at a time: one effect, sixteen equal answers, each time."""
    times, together = 60, 16
    catalogue.load_template(cast.programme, by=cast.admin)
    source = cast.programme.sources.first()
    secret = token_of(cast.paul)
    keys = [key() for _time in range(times)]
    answers = {each: [] for each in keys}
    gate, faults = threading.Barrier(together, timeout=120), []

    def client():
        try:
            api = Api(token=secret)
            for number, each in enumerate(keys):
                gate.wait()
                asked = {"source": source.code, "text": f"Note {number}.", "severity": "low"}
                answers[each].append(api.post(P + "knowledge-notes/", asked, key=each))
        except Exception as error:
            faults.append(error)
            gate.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _each in range(together)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)

    assert faults == []
    assert {one.status for each in keys for one in answers[each]} == {201}
    assert {len({one.raw for one in answers[each]}) for each in keys} == {1}
    replayed = [sum("Idempotency-Replayed" in one.headers for one in answers[each]) for each in keys]
    assert replayed == [together - 1] * times
    assert KnowledgeNote.objects.count() == times
    assert Event.objects.filter(verb="note.added").count() == times


# ---------------------------------------------------------------- versions
@pytest.mark.django_db
def test_d1_a_governed_write_names_the_version_that_was_read(cast):
    api = Api(cast.paul)
    asked = {"vision_draft": "Pourquoi nous le faisons."}
    before = Event.objects.count()

    for version in (None, "*"):
        headers = {} if version is None else {"If_Match": version}
        answer = api.patch(P, asked, **headers)
        assert (answer.status, answer.code) == (428, "precondition_required")
    stale = api.patch(P, asked, version=99)
    assert (stale.status, stale.code) == (412, "stale")
    assert Event.objects.count() == before
    assert [row.codes for row in Refused.objects.order_by("recorded_at")] == [
        ["precondition_required"]
    ] * 2 + [["stale"]]

    read = api.get(P)
    changed = api.patch(P, asked, If_Match=f'W/"7", {read.headers["ETag"]}')
    assert (changed.status, changed.version) == (200, read.version + 1)
    assert api.patch(P, asked, version=read.version).status == 412  # the second of two tabs


@pytest.mark.django_db
def test_every_operation_that_says_so_wants_a_version(stage):
    from tests.governance.api.door import BASE, schema
    from tests.governance.api.rights import Ground

    ground = Ground(stage)
    clients = [Api(person).proved() for person in (stage.cast.helene, stage.cast.paul)]
    asked = [
        (path.removeprefix(BASE), method.upper())
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
        if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", []))
    ]
    assert len(asked) > 35
    for path, method in asked:
        for client in clients:
            answer = client.send(method, ground.address(path), ground.body(path, method))
            assert (answer.status, answer.code) == (428, "precondition_required"), (method, path, answer)
