"""What is measured of the portal, and the yardstick of each: requests through the whole application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import connection

from governance import clock
from governance.accounts.proof import PROVED_AT
from governance.audit import trail
from governance.gates import queries as gates
from governance.gates import registry
from governance.programmes.models import Programme
from governance.stakeholders.models import Person
from portal.bench import yardsticks
from portal.bench.copies import HALFWAY, SIGNED_IN, WAITING
from portal.bench.measure import Figure, Site
from portal.bench.stage import CODE, Stage, yes

KEY = "bench"
CSRF = "b" * 32
LIST = f"/api/v1/programmes/{CODE}/use-cases/"


def signed_in(person: Person) -> dict[str, str]:
    """The headers of a person who signed in, proved it just now, and may write from pages."""
    user = person.user
    assert user is not None
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[PROVED_AT] = clock.wall().isoformat()
    session.save(must_create=True)
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}; "
        f"{settings.CSRF_COOKIE_NAME}={CSRF}; {settings.LANGUAGE_COOKIE_NAME}=fr",
        "X-CSRFToken": CSRF,
    }


def figures(stage: Stage, owner: psycopg.Connection) -> list[Figure]:
    """Pages, endpoints and yardsticks, ready to be measured in turn."""
    site = get_wsgi_application()
    lead = stage["lead"]
    program = Site(site, {"Authorization": f"Bearer {stage.token}", "Accept-Language": "en"})
    pages = Site(site, signed_in(lead))
    bare = Site(yardsticks.application(), {"Authorization": f"Bearer {KEY}"})

    first = orjson.loads(program.ask(f"{LIST}?page_size=50"))
    last = max(1, -(-first["count"] // 50))
    code = first["results"][-1]["code"]
    wide = owner.execute(
        "SELECT u.id, u.programme_id FROM bench_usecase u JOIN bench_programme p ON p.id = u.programme_id"
        " JOIN programmes_programme g ON g.id = p.id WHERE g.code = %s LIMIT 1",
        [CODE],
    ).fetchone()
    assert wide is not None
    row, programme = wide
    made = iter(range(10**9))

    def create() -> bytes:
        body = orjson.dumps({"title_fr": f"Une idée mesurée {next(made)}", "branch": "customers"})
        return program.ask(LIST, body, expects=201)

    def bare_create() -> bytes:
        said = {"key": f"NEW-{next(made)}", "title": "An idea", "programme": programme, "tags": ["a", "b"]}
        return bare.ask("/create", orjson.dumps(said), expects=201)

    return [
        _reading("API list 50", program, f"{LIST}?page_size=50"),
        _reading("API list 50, last page", program, f"{LIST}?page_size=50&page={last}"),
        _reading("API detail", program, f"{LIST}{code}/"),
        Figure("API create", create),
        Figure("sign", _signing(stage, owner, site, HALFWAY)),
        Figure("sign, the last one", _signing(stage, owner, site, WAITING)),
        _reading("HTML list 50", pages, f"/p/{CODE}/use-cases/"),
        _reading("HTML detail", pages, f"/p/{CODE}/use-cases/{code}/"),
        *_readiness(stage),
        _reading("values-role", bare, "/values-role"),
        _reading("drf-role", bare, "/drf-role"),
        _reading("html", bare, "/html"),
        _reading("detail", bare, f"/detail/{row}"),
        Figure("create", bare_create),
        Figure("transition", lambda: bare.ask(f"/transition/{row}", b"{}")),
    ]


def served(stage: Stage, code: str) -> Sequence[tuple[Mapping[str, str], str]]:
    """What a worker answers in a day: the pages that the lead opens, and the endpoints of a program."""
    pages, program = signed_in(stage["lead"]), {"Authorization": f"Bearer {stage.token}"}
    here = f"/p/{CODE}/"
    one = f"{here}use-cases/{code}/"
    opened = ["/", "/notices/", here, f"{here}use-cases/", f"{here}segments/", f"{here}reviews/"]
    opened += [f"{here}gates/", f"{here}gates/G1/", f"{here}people/", f"{here}journal/"]
    opened += [one, *(f"{one}?tab={tab}" for tab in ("audience", "segments", "kpis", "reviews", "history"))]
    called = [LIST, f"{LIST}{code}/", f"/api/v1/programmes/{CODE}/gates/G1/readiness/"]
    return [(pages, path) for path in opened] + [(program, path) for path in called]


def _readiness(stage: Stage) -> list[Figure]:
    """The gate ahead of each programme, and that of one, as pages take them; then the bare statement.

    Every programme is at the end of its framing. The yardstick is the one statement that reads what the
    criteria are found from, of all of them, without anything built or found from it.
    """
    programmes = list(Programme.objects.all())
    gate = gates.next_gate(stage.programme)
    assert gate is not None
    assert gate.code == "G1", "the first gate asks of people alone"
    reads = registry.reads_of([each.code for each in gate.criteria.all()])
    asked = registry.asked([each.pk for each in programmes], reads)
    statement, params = asked.query.sql_with_params()

    def bare() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall()

    return [
        Figure("gate readiness, all 200", lambda: gates.findings_ahead(programmes)),
        Figure("gate readiness, one", lambda: gates.readiness(gate)),
        Figure("readiness in SQL", bare),
    ]


def _reading(name: str, site: Site, path: str) -> Figure:
    return Figure(name, lambda: site.ask(path))


def _signing(stage: Stage, owner: psycopg.Connection, site: Any, code: str) -> Callable[[], bytes]:
    """Sign, once each, the copies of a use case for the function whose turn it is.

    With the last signature comes the approval, and what it does to the use case.
    """
    function, key = stage.next[code]
    where = f"B{SIGNED_IN}"
    waiting: Iterator[tuple[Any, str]] = iter(
        owner.execute(
            "SELECT r.id, e.fp FROM reviews_reviewrequest r JOIN dossiers_edition e ON e.id = r.edition_id"
            " JOIN dossiers_dossier d ON d.id = e.dossier_id"
            " JOIN programmes_programme p ON p.id = d.programme_id"
            " JOIN bench_place b ON b.programme = p.id AND b.code = d.code"
            " WHERE p.code = %s AND b.prototype = %s AND r.function = %s AND r.closed_at IS NULL",
            [where, code, function],
        ).fetchall()
    )
    signer = Site(site, {**signed_in(Person.objects.get(pk=stage[key].pk)), "Accept-Language": "en"})
    edition = stage.dossier(code).editions.get()
    answers = yes(edition, function)

    def sign() -> bytes:
        request, fingerprint = next(waiting)
        body = {"decision": "approve", "fingerprint": fingerprint, "answers": answers}
        path = f"/api/v1/programmes/{where}/review-requests/{request}/sign/"
        return signer.ask(path, orjson.dumps(body), expects=201)

    return sign


def entry(stage: Stage) -> Figure:
    """One entry in the trail, as verbs write it."""
    lead, programme = stage["lead"], stage.programme
    return Figure(
        "audit append",
        lambda: trail.record("bench.noted", by=lead, about=programme, payload={"what": "x" * 200}),
    )
