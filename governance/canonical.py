"""The one canonical form of everything that is hashed (decisions.md 4), and its fingerprint.

UTF-8 JSON, keys by code point, no spaces, text in NFC, numbers exact (integers, or shortest decimals of
at most four places), dates in ISO, sets as sorted lists, empty members left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LARGEST = 20  # powers of ten: beyond, a short text would be a long number


class NotCanonical(ValueError):
    """The value has no canonical form: a float, a number too long, text that is not NFC, an unknown type."""


def exact(value: Any) -> Any:
    """Turn the floats of a parsed document into decimals, at the edge, as they were written."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return value


def parse(text: str | bytes) -> Any:
    """Read JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def number(value: int | Decimal) -> int | Decimal:
    """Give the shortest exact number: 40.0 is 40. Raises NotCanonical beyond four decimals."""
    if isinstance(value, int):
        return value
    if not value.is_finite() or value.adjusted() > LARGEST or len(value.as_tuple().digits) > 28:
        raise NotCanonical("not a number that is written out")
    short = value.normalize()
    if short == short.to_integral_value():
        return int(short)
    if -int(short.as_tuple().exponent) > 4:
        raise NotCanonical(f"more than four decimals: {value}")
    return short


def plain(value: Any) -> Any:
    """Reduce a value to canonical members: sorted sets, ISO dates, exact numbers, no empty member."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return number(value)
    if isinstance(value, float):
        raise NotCanonical(f"a float is not exact: {value}")
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        raise NotCanonical("a row's key is not content")
    if isinstance(value, Mapping):
        members = ((str(key), plain(item)) for key, item in value.items())
        return {key: item for key, item in members if not is_empty(item)}
    if isinstance(value, set | frozenset):
        return as_set(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise NotCanonical(f"no canonical form for {type(value).__name__}")


def is_empty(value: Any) -> bool:
    """Say whether a member is left out: null, empty text, list or object."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def as_set(values: Any) -> list[Any]:
    """Sort by canonical text, without doubles."""
    return [item for _text, item in sorted({text(item): plain(item) for item in values}.items())]


def text(value: Any) -> str:
    """Write a value in canonical form."""
    return _write(plain(value))


def _write(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write(key)}:{_write(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str) and unicodedata.normalize("NFC", value) != value:
        raise NotCanonical("text is not in NFC")
    return json.dumps(value, ensure_ascii=False)


def content(value: Any) -> bytes:
    """The canonical bytes of a value."""
    return text(value).encode()


def fingerprint(value: Any) -> str:
    """`sha256:` and 64 hex digits of the canonical bytes."""
    return fingerprint_of(content(value))


def fingerprint_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits of these bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
