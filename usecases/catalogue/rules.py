"""What stands against the verbs of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from governance import clock, library
from governance.errors import NotPossible, NotValid, Refusal
from governance.programmes.models import Programme
from governance.roles import rules as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from governance.text import in_words
from usecases.catalogue import snapshot
from usecases.catalogue.choices import NoteStatus, Severity
from usecases.catalogue.models import CatalogueVersion, DataSource, Destination, KnowledgeNote

COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,23}", re.ASCII)
MOST = 4000


def objection_to_edit(
    person: Person, programme: Programme, source: DataSource | None = None
) -> Refusal | None:
    """Say what keeps this person from editing the catalogue, or one source of it."""
    return roles.objection(person, "attribute.edit", programme, about=source)


def objection_to_own(person: Person, source: DataSource, owner: Person) -> Refusal | None:
    """Say what keeps a source from being given to this owner."""
    refused = objection_to_edit(person, source.programme, source)
    if refused:
        return refused
    held = roles.Rights.of(owner, source.programme).roles
    if Role.DATA_OWNER in held:
        return None
    return NotPossible(
        _("%(person)s is no data owner in this programme today, and cannot answer for “%(source)s”.")
        % {"person": owner, "source": source.name},
        code="not_a_data_owner",
        field="owner",
        who_can=[_("Sponsors and the core-team lead assign roles.")],
    )


def objections_to_assess(
    qualities: Mapping[str, int], attributes: Mapping[str, tuple[Decimal, int]], working: snapshot.Catalogue
) -> list[Refusal]:
    """Say which of these figures cannot be."""
    found: list[Refusal] = []
    for code in [*(set(qualities) - set(working.sources)), *(set(attributes) - set(working.attributes))]:
        found.append(
            NotValid(
                _("The catalogue does not know “%(code)s”. Choose one of its sources or attributes.")
                % {"code": code},
                code="unknown_code",
            )
        )
    figures = [*qualities.values(), *(quality for _ratio, quality in attributes.values())]
    if any(not 0 <= quality <= 100 for quality in figures):
        found.append(
            NotValid(_("A quality score goes from 0 to 100."), code="invalid_quality", field="quality")
        )
    if any(not 0 <= ratio <= 1 for ratio, _quality in attributes.values()):
        found.append(
            NotValid(_("A completeness goes from 0 to 100 %."), code="invalid_quality", field="completeness")
        )
    return found


def objection_to_publish(
    person: Person, programme: Programme, now: snapshot.Catalogue, last: CatalogueVersion | None
) -> Refusal | None:
    """Say what keeps the catalogue from being published as it is."""
    refused = objection_to_edit(person, programme)
    if refused:
        return refused
    if last is not None and last.fp == now.fp:
        return NotPossible(
            _("Nothing has changed since version %(number)d was published. Edit the catalogue first.")
            % {"number": last.number},
            code="unchanged",
        )
    if not now.attributes and not now.events:
        return NotPossible(
            _("The catalogue is empty: add its sources, attributes and events before publishing it."),
            code="empty",
        )
    return None


def objections_to_destination(
    person: Person, programme: Programme, *, code: str, channel: str, country: str
) -> list[Refusal]:
    """Say what keeps a destination from being declared."""
    refused = objection_to_edit(person, programme)
    if refused and roles.objection(person, "source.connect", programme):
        return [refused]
    found: list[Refusal] = []
    if not CODE.fullmatch(code):
        found.append(
            NotValid(
                _("Write the code in capital letters, figures and dashes, 24 signs at most."),
                code="invalid_code",
                field="code",
            )
        )
    elif Destination.objects.filter(programme=programme, code=code).exists():
        found.append(
            NotPossible(
                _("A destination already bears the code “%(code)s”. Choose another one.") % {"code": code},
                code="taken",
                field="code",
            )
        )
    if channel not in library.codes("channels"):
        found.append(
            NotValid(_("Choose one of the channels of the list."), code="unknown_channel", field="channel")
        )
    if not COUNTRY.fullmatch(country):
        found.append(
            NotValid(
                _("Give the country where the data go, in two capital letters."),
                code="invalid_country",
                field="country",
            )
        )
    return found


def objections_to_note(person: Person, source: DataSource, *, text: str, severity: str) -> list[Refusal]:
    """Say what keeps a knowledge note from being added."""
    refused = roles.objection(person, "note.add", source.programme)
    if refused:
        return [refused]
    found: list[Refusal] = []
    readable = all(sign.isprintable() or sign in "\n\r\t" for sign in text)
    if not text.strip() or len(text) > MOST or not readable:
        found.append(
            NotValid(_("Write what people should know about this source."), code="required", field="text")
        )
    if severity not in Severity.values:
        found.append(
            NotValid(
                _("Say how much it matters: low, medium or high."), code="invalid_choice", field="severity"
            )
        )
    return found


def objection_to_confirm(person: Person, note: KnowledgeNote) -> Refusal | None:
    """Say what keeps this person from confirming or rejecting a note: only the owner of the source does."""
    refused = roles.objection(person, "note.confirm", note.source.programme, about=note)
    if refused:
        return refused
    if note.status != NoteStatus.PROPOSED:
        return NotPossible(
            _("This note was already answered on %(day)s: add a new one if it is no longer true.")
            % {"day": in_words(note.confirmed_on or clock.day_of(note.noted_at))},
            code="already_answered",
        )
    return None
