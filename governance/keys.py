"""Primary keys, and what the site may do to a table."""

from __future__ import annotations

import secrets
import time
import uuid

from django.db import models


def uuid7() -> uuid.UUID:
    """Make a UUID version 7 (RFC 9562): wall-clock milliseconds, the 4096th of one, then random bits.

    The fraction (section 6.2, method 3) keeps rows of one millisecond in the order they were made in.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | 0x7 << 76 | (rest * 4096 // 1_000_000) << 64
    return uuid.UUID(int=value | 0x2 << 62 | secrets.randbits(62))


class Keyed(models.Model):
    """A row with a key made in Python and never shown to anyone.

    `site_may` is what the serving database role is granted on the table; a governed table says less
    than the default (see `portal.database`).
    """

    site_may = "SELECT, INSERT, UPDATE, DELETE"
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class Versioned(Keyed):
    """A living row that people edit: its version is its ETag, and grows with each verb that changes it."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class AppendOnly(Keyed):
    """A row that is written once: the site may neither change nor delete it."""

    site_may = "SELECT, INSERT"

    class Meta:
        abstract = True
