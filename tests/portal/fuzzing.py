"""Requests made from the published schema: mostly well formed, often not, never answered by a 5xx."""

import copy
import json
import random
import traceback
import uuid
from urllib.parse import quote

from tests.governance.api.door import Api, schema

JUNK_TEXTS = [
    "",
    " ",
    "a" * 5000,
    "é" * 300,
    "\u202e",
    "'; DROP TABLE x; --",
    "<img onerror=1>",
    "../../etc/passwd",
    "%00",
    "null",
    "-1",
    "9" * 400,
    "1e400",
    "0000-00-00",
    "9999-12-31",
    "2026-02-30",
    "NaN",
    "true",
    "[]",
    "\ud83d\ude00",
    "\x01\x7f",
]
JUNK = [
    None,
    True,
    False,
    0,
    -1,
    2**53,
    -(2**53),
    0.1,
    1e-15,
    [],
    {},
    [[]],
    {"a": {"b": []}},
    [None],
    {"": ""},
    *JUNK_TEXTS,
]
RAW = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b'{"a":1,"a":2}',
    b'{"a":"\\u0000"}',
    b'{"a":"\\ud800"}',
    b"\xff\xfe",
    b'{"a":1e999}',
    b'{"a":1e-999999999999}',
    b'{"a":NaN}',
    b"[" * 5000,
    b'{"a":' * 100 + b"1" + b"}" * 100,
    b'{"n":' + b"9" * 6000 + b"}",
]
MEDIA = [
    "application/json",
    "application/json; charset=klingon",
    "text/plain",
    "multipart/form-data",
    "application/xml",
    "",
]
HEADERS = {
    "Idempotency-Key": ["k1", "k2", "x" * 300, " "],
    "Accept": ["text/html", "*/*"],
    "X-Forwarded-Host": ["evil"],
}
LEFT_OUT = {
    ("delete", "/api/v1/session/"),
    ("post", "/api/v1/session/"),
}  # they would end the client's session


class Fuzzer:
    """Sends requests as several people, and remembers what came back."""

    def __init__(self, people, known, seed):
        self.chance = random.Random(seed)
        self.clients = [Api(person).proved() for person in people]
        self.weights = [3, *[1] * (len(people) - 1)]  # the first one may do most
        self.known = known
        self.answers, self.faults = {}, []
        self.operations = [
            (method, path, operation)
            for path, methods in sorted(schema()["paths"].items())
            for method, operation in sorted(methods.items())
            if (method, path) not in LEFT_OUT
        ]

    def run(self, count):
        """Send so many requests; the answers are counted by status."""
        for number in range(count):
            method, path, operation = self.operations[number % len(self.operations)]
            if number >= len(self.operations):
                method, path, operation = self.chance.choice(self.operations)
            self.send(method, path, operation)
        return self.answers, self.faults

    def send(self, method, path, operation):
        client = self.chance.choices(self.clients, self.weights)[0]
        address = self.address(path, operation)
        how = {"headers": self.headers(operation)}
        if method not in ("get", "delete"):
            how |= self.body(operation)
        try:
            answer = client.send(
                method.upper(),
                address,
                version=self.version(client, method, address, operation),
                **how.pop("headers"),
                **how,
            )
        except Exception as error:  # a fault of ours, or an answer that the schema does not tell
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.faults.append(
                f"{method.upper()} {address} {how}: {error!r} at {where.filename}:{where.lineno}"[:1500]
            )
            return
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        if answer.status >= 500:
            self.faults.append(f"{method.upper()} {address} {how}: {answer}")

    # ------------------------------------------------------------ parts
    def address(self, path, operation):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                path = path.replace(braced(parameter["name"]), self.word(path, parameter["name"]))
        queries = []
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and (parameter.get("required") or self.chance.random() < 0.3):
                queries.append((parameter["name"], self.value(parameter["schema"])))
        if self.chance.random() < 0.05:
            queries.append(
                (self.chance.choice(["_connector", "expand", "page", "legal_note__startswith"]), "OR")
            )
        if not queries:
            return path
        return path + "?" + "&".join(f"{name}={quoted(value)}" for name, value in queries)

    def word(self, path, name):
        if self.chance.random() < 0.9:
            collection = path.split(braced(name))[0].rstrip("/").rpartition("/")[2]
            return str(
                self.chance.choice(self.known.get((collection, name)) or self.known.get(name) or ["X-01"])
            )
        return self.chance.choice(
            ["nobody", "%00", "9" * 50, "a" * 400, "..", "%F0%9F%98%80", str(uuid.uuid4()), "0", "-1", "{x}"]
        )

    def headers(self, operation):
        found = {}
        for name, values in HEADERS.items():
            if self.chance.random() < 0.08:
                found[name] = self.chance.choice(values)
        return {name.replace("-", "_"): value for name, value in found.items()}

    def version(self, client, method, address, operation):
        """Mostly the version that one reads just before."""
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        if "If-Match" not in names or self.chance.random() < 0.1:
            return None
        if self.chance.random() < 0.1:
            return self.chance.choice([1, 2, 999])
        parent = address if method == "patch" else address.rstrip("/").rpartition("/")[0] + "/"
        read = client.get(parent)
        return read.version if "ETag" in read.headers else 1

    def body(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        if self.chance.random() < 0.1:
            return {"data": self.chance.choice(RAW), "media": self.chance.choice(MEDIA)}
        wanted = content.get("application/json", {}).get("schema", {})
        body = self.value(wanted)
        if isinstance(body, dict) and self.chance.random() < 0.1:
            body[self.chance.choice(["status", "id", "is_admin", "x" * 100])] = self.chance.choice(JUNK)
        return {"data": json.dumps(body).encode(), "media": "application/json"}

    def value(self, wanted, depth=0):
        """A value of this schema, or something else now and then."""
        if self.chance.random() < 0.03 or depth > 8:
            return copy.deepcopy(self.chance.choice(JUNK))
        if "$ref" in wanted:
            return self.value(schema()["components"]["schemas"][wanted["$ref"].rpartition("/")[2]], depth + 1)
        for word in ("oneOf", "anyOf", "allOf"):
            if word in wanted:
                return self.value(self.chance.choice(wanted[word]), depth + 1)
        if "enum" in wanted:
            return self.chance.choice(wanted["enum"])
        kind = wanted.get("type")
        if isinstance(kind, list):
            kind = self.chance.choice(kind)
        if kind == "object":
            named = wanted.get("properties", {})
            required = set(wanted.get("required", []))
            return {
                name: self.named(name, inner, depth)
                for name, inner in named.items()
                if name in required or self.chance.random() < 0.5
            }
        if kind == "array":
            return [
                self.value(wanted.get("items", {}), depth + 1)
                for _ in range(self.chance.choice([0, 1, 1, 2, 3]))
            ]
        if kind == "string":
            return self.text(wanted)
        if kind == "integer":
            return self.chance.choice([wanted.get("minimum", 0), 1, 2, 5, wanted.get("maximum", 100)])
        if kind == "number":
            return self.chance.choice([0, 1, 0.5, 0.05, 12345.67, 1e-5])
        if kind == "boolean":
            return self.chance.random() < 0.5
        return copy.deepcopy(self.chance.choice([None, self.rule(depth), *JUNK])) if kind is None else None

    def named(self, name, wanted, depth):
        """A member: what is known by this name, or a value of its schema."""
        if name == "rule":
            return self.rule(depth)
        if name in self.known and self.chance.random() < 0.7:
            found = self.chance.choice(self.known[name])
            return [found] if wanted.get("type") == "array" else found
        return self.value(wanted, depth + 1)

    def text(self, wanted):
        if wanted.get("format") == "date":
            return self.chance.choice(["2026-11-16", "2026-12-01", "2027-06-30", "2099-12-31", "2000-01-01"])
        if wanted.get("format") == "uuid":
            return str(uuid.uuid4())
        if wanted.get("format") == "email":
            return self.chance.choice(self.known["email"])
        return self.chance.choice(["Une raison.", "x", "TALV-99", "é à ù", *JUNK_TEXTS])

    def rule(self, depth):
        """Something like a segment rule."""
        leaves = [
            {"event": "order.web", "within": "P90D", "count": {"op": "gte", "value": 1}},
            {"attr": "profile.last_purchase_date", "op": "within_last", "value": "P180D"},
            {"attr": "profile.rfm_class", "op": "in", "value": ["A", 1, None]},
            {"segment": {"code": "SEG-01", "version": 1}},
            {"consent": {"purposes": ["tcf_p1", "x"]}},
            {},
            self.chance.choice(JUNK),
        ]

        def node(level):
            if level > 3 or self.chance.random() < 0.5:
                return self.chance.choice(leaves)
            word = self.chance.choice(["all", "any", "not", "some"])
            if word == "not":
                return {word: node(level + 1)}
            return {word: [node(level + 1) for _ in range(self.chance.choice([0, 1, 2, 3]))]}

        root = self.chance.choice(
            [{"dsl": "segrule/1", "where": node(0)}, {"where": node(0)}, {"dsl": "segrule/2"}]
        )
        return copy.deepcopy(root)


def braced(name):
    return "{" + name + "}"


def quoted(value):
    return quote(str(value).encode("utf-8", "surrogatepass"))
