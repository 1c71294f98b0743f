"""Adding evidence and superseding it. Whoever may is asked above, in `roles`."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import transaction

from governance import canonical, clock
from governance.audit import trail
from governance.errors import raise_if, told
from governance.evidence import rules
from governance.evidence.models import Evidence
from governance.programmes import actions as programmes
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


@transaction.atomic
def add(
    programme: Programme,
    *,
    by: Person,
    title: str,
    kind: str,
    data: bytes | None = None,
    filename: str = "",
    url: str = "",
    outcome: str = "",
    tested_on: dt.date | None = None,
    confidentiality: str = "internal",
    valid_until: dt.date | None = None,
    code: str | None = None,
) -> Evidence:
    """Keep a piece of evidence: a file under its digest, an address, or both.

    The digest is the file's; without a file, that of the address.
    """
    title, url = unicodedata.normalize("NFC", title).strip(), url.strip()
    raise_if(
        rules.objections_to_add(
            title=title,
            kind=kind,
            data=data,
            url=url,
            outcome=outcome,
            tested_on=tested_on,
            confidentiality=confidentiality,
            today=clock.today(),
        )
    )
    evidence = Evidence(
        programme=programme,
        code=programmes.number(programme, "EV", code=code),
        title=title,
        kind=kind,
        outcome=outcome,
        tested_on=tested_on,
        url=url,
        sha256=canonical.fingerprint_of(data or url.encode()),
        confidentiality=confidentiality,
        valid_until=valid_until,
        added_by=by,
        added_at=clock.now(),
    )
    with told(rules.CONSTRAINTS):
        if data:
            evidence.file.save(_name(evidence.code, filename), ContentFile(data), save=False)
        evidence.save(force_insert=True)
    trail.record(
        "evidence.added",
        by=by,
        about=evidence,
        after=evidence.sha256,
        payload={
            "title": title,
            "kind": kind,
            "outcome": outcome,
            "tested_on": tested_on,
            "confidentiality": confidentiality,
            "url": unicodedata.normalize("NFC", url),
        },
    )
    return evidence


def _name(code: str, filename: str) -> str:
    """A name for the store: the code, and the file's own ending where it is a plain one."""
    ending = PurePath(filename).suffix.lower()
    return code + (ending if re.fullmatch(r"\.[a-z0-9]{1,8}", ending) else "")


@transaction.atomic
def supersede(old: Evidence, new: Evidence, *, by: Person) -> Evidence:
    """Let a newer piece stand in the place of an older one, which stays as it was (INV-15)."""
    for each in sorted((old, new), key=lambda piece: piece.pk):
        each.refresh_from_db(from_queryset=Evidence.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_supersede(old, new))
    with told(rules.CONSTRAINTS):
        Evidence.objects.filter(pk=old.pk).update(superseded_by=new)
    old.superseded_by = new
    trail.record(
        "evidence.superseded",
        by=by,
        about=old,
        before=old.sha256,
        after=new.sha256,
        payload={"superseded_by": new.code},
    )
    return old
