"""Which evidence a programme has, and which of it a person may open."""

from __future__ import annotations

from governance.evidence import rules
from governance.evidence.models import Evidence
from governance.evidence.rules import Reader
from governance.programmes.models import Programme


def evidence_of(programme: Programme, reader: Reader) -> list[Evidence]:
    """The evidence of a programme that these rights open, by code; what was superseded stands beside."""
    found = Evidence.objects.filter(programme=programme).select_related(
        "added_by", "superseded_by", "programme"
    )
    return [each for each in found if rules.may_read(reader, each)]


def readable(programme: Programme, code: str, reader: Reader) -> Evidence | None:
    """One piece of evidence, if it exists and these rights open it: what may not be read does not exist."""
    found = (
        Evidence.objects.filter(programme=programme, code=code)
        .select_related("added_by", "programme")
        .first()
    )
    return found if found is not None and rules.may_read(reader, found) else None
