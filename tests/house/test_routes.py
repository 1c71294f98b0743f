"""Every route needs sign-in, or says here why not."""

import re
import uuid

import pytest
from django.urls import URLPattern, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

pytestmark = pytest.mark.django_db

# What anyone may ask, and why. A prefix of the path ends with a star.
OPEN = {
    "/healthz": "whoever watches the process is nobody",
    "/readyz": "the same, before traffic is sent",
    "/account/login/": "this is where one signs in",
    "/account/logout/": "whoever is out stays out",
    "/account/2fa/authenticate/": "the second half of signing in",
    "/account/password/*": "whoever lost a password cannot sign in; no answer tells who has an account",
    "/account/confirm-email/*": "says that no address waits to be confirmed",
    "/account/inactive/": "told to whoever was deactivated",
    "/language/": "people choose their language before they sign in",
    "/api/v1/session/": "this is where a client signs in",
}
ARGUMENTS = {IntConverter: 1, UUIDConverter: uuid.UUID(int=0), SlugConverter: "x", StringConverter: "x"}


def routes(resolver, prefix="/"):
    """The path of each route, with something in place of its arguments."""
    for entry in resolver.url_patterns:
        path = prefix + made(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path.replace("//", "/")
        else:
            yield from routes(entry, path)


def made(pattern):
    """A path that this pattern takes."""
    if hasattr(pattern, "_route"):
        path = str(pattern._route)
        for name, converter in pattern.converters.items():
            path = re.sub(rf"<(\w+:)?{name}>", str(ARGUMENTS.get(type(converter), "x")), path)
        return path
    path = (
        str(pattern.regex.pattern)
        .lstrip("^")
        .replace(r"\Z", "")
        .rstrip("$")
        .replace(r"\.", ".")
        .replace(r"\-", "-")
    )
    path = re.sub(r"\(\?P<format>[^)]*\)/?\??", "json", path)
    return re.sub(r"\(\?P<\w+>(?:[^()]|\([^)]*\))*\)", "x", path).replace("/?", "/").replace("?", "")


def is_open(path):
    return any(path == known or (known.endswith("*") and path.startswith(known[:-1])) for known in OPEN)


def is_closed(answer):
    """Sign-in is asked: by sending a page there, by 401 to a client."""
    sent_to_sign_in = answer.status_code == 302 and "/login/" in answer["Location"]
    return sent_to_sign_in or answer.status_code == 401


def test_a_route_needs_sign_in_or_says_why_not(client):
    closed = {
        path for path in routes(get_resolver()) if not path.startswith("/static/") and not is_open(path)
    }
    assert closed
    told = {path: client.get(path) for path in sorted(closed)}
    assert {path: answer.status_code for path, answer in told.items() if not is_closed(answer)} == {}


def test_no_open_door_is_listed_that_does_not_exist():
    known = set(routes(get_resolver()))
    assert [
        path
        for path in OPEN
        if not any(is_open(real) and (real == path or path.endswith("*")) for real in known)
    ] == []


def test_a_stranger_is_told_the_same_of_what_exists_and_of_what_does_not(client, cast):
    for path in ("/p/{}/", "/p/{}/people/", "/api/v1/programmes/{}/"):
        real, unreal = (client.get(path.format(code)) for code in (cast.programme.code, "ZZZZ"))
        assert is_closed(real)
        told = [
            (answer.status_code, answer.get("Location", "").replace(code, "…"))
            for answer, code in ((real, cast.programme.code), (unreal, "ZZZZ"))
        ]
        assert told[0] == told[1]
