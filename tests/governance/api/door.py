"""The API as a client uses it: signs in, sends, and holds every answer to the published schema."""

import functools
import json
import re
import uuid
from decimal import Decimal

import jsonschema
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from governance import clock
from governance.accounts import actions as accounts

BASE = "/api/v1/"
BACKEND = "governance.accounts.adapter.Backend"
PASSWORD = "un jalon bien planté"


# ---------------------------------------------------------------- the schema, read once
@functools.cache
def schema():
    """The published schema; objects with named members take no others."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    for component in document["components"]["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return json.loads(json.dumps(document, default=str))


@functools.cache
def routes():
    """Each path of the schema with a pattern that finds it."""
    return [
        (re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "$"), path, "{" in path)
        for path in sorted(schema()["paths"], key=lambda path: (path.count("{"), path))
    ]


def template_of(path):
    """The path of the schema that an address is of."""
    return next((template for pattern, template, _open in routes() if pattern.match(path)), None)


@functools.cache
def validator(template, method, status, media):
    """What an answer must look like; nothing for a status without a body."""
    operation = schema()["paths"][template][method]
    answer = operation["responses"].get(str(status))
    assert answer is not None, f"{method.upper()} {template} answers {status}, which the schema does not tell"
    content = answer.get("content", {})
    if not content:
        return None
    assert media in content, f"{method.upper()} {template} answers {status} as {media}"
    wanted = content[media].get("schema", {})
    return jsonschema.Draft202012Validator({**wanted, "components": schema()["components"]})


def held_to_the_schema(response, method, path):
    """Check one answer against the schema, where the address has one."""
    template = template_of(path)
    operation = schema()["paths"].get(template, {}).get(method.lower())
    if operation is None or response.status_code in (405, 413, 415) or method in ("HEAD", "OPTIONS"):
        return
    media = response.headers.get("Content-Type", "").partition(";")[0]
    checker = validator(template, method.lower(), response.status_code, media)
    if checker is not None and "json" in media:
        found = sorted(checker.iter_errors(json.loads(response.content)), key=str)
        assert not found, f"{method} {path}: {found[0].message} at {list(found[0].absolute_path)}"


# ---------------------------------------------------------------- clients
class Api:
    """A client of the API, for somebody who signed in, or for a token."""

    def __init__(self, person=None, *, token=None, lang="en", csrf=False):
        self.client = Client(enforce_csrf_checks=csrf)
        self.headers = {"Accept-Language": lang}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        elif person is not None:
            self.client.force_login(person.user, backend=BACKEND)

    def proved(self, seconds_ago=0):
        """As if the person had proved who they are, so long ago."""
        session = self.client.session
        session["proved_at"] = (clock.wall() - clock.dt.timedelta(seconds=seconds_ago)).isoformat()
        session.save()
        return self

    def send(
        self,
        method,
        path,
        body=None,
        *,
        version=None,
        key=None,
        data=None,
        media="application/json",
        **headers,
    ):
        """Send a request to a path under the base; the answer is held to the schema."""
        address = path if path.startswith("/") else BASE + path
        more = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if version is not None:
            more["If-Match"] = f'"{version}"'
        if key is not None:
            more["Idempotency-Key"] = key
        how = {}
        if method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            how = {
                "data": data if data is not None else written(body if body is not None else {}),
                "content_type": media,
            }
        response = self.client.generic(method, address, headers=more, **how)
        held_to_the_schema(response, method, address.partition("?")[0])
        return Answer(response)

    def get(self, path, **how):
        return self.send("GET", path, **how)

    def post(self, path, body=None, **how):
        return self.send("POST", path, body, **how)

    def patch(self, path, body=None, **how):
        return self.send("PATCH", path, body, **how)

    def delete(self, path, **how):
        return self.send("DELETE", path, **how)


class Answer:
    """What came back."""

    def __init__(self, response):
        self.response = response
        self.status = response.status_code
        self.headers = response.headers

    @property
    def raw(self):
        return b"".join(self.response.streaming_content) if self.response.streaming else self.response.content

    @property
    def body(self):
        return json.loads(self.response.content)

    @property
    def code(self):
        return self.body["code"]

    @property
    def codes(self):
        return [each["code"] for each in self.body["objections"]]

    @property
    def fields(self):
        return [each["field"] for each in self.body["objections"]]

    @property
    def version(self):
        return int(self.headers["ETag"].strip('"'))

    def __getitem__(self, name):
        return self.body[name]

    def __repr__(self):
        return f"{self.status} {self.response.content[:600].decode(errors='replace')}"


def written(body):
    return json.dumps(body, default=lambda value: float(value) if isinstance(value, Decimal) else str(value))


def token_of(person, scope="write"):
    """The secret of a new token."""
    _token, secret = accounts.make_token(person.user, by=person, name="client", scope=scope, days=30)
    return secret


def key():
    return str(uuid.uuid4())
