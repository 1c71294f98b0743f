"""What answers a few letters, among what the person may read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance import library
from governance.folding import folded, says
from governance.gates.models import Gate
from governance.programmes.models import Programme
from governance.roles.rights import Rights
from governance.stakeholders.models import Person
from portal.frame import rail
from usecases.backlog import queries as backlog
from usecases.segments import queries as segments

EACH = 8
LONGEST = 100


@dataclass(frozen=True)
class Found:
    """One answer: its code (or none), its name, what is said beside it, where it is."""

    code: str
    name: str
    beside: str
    url: str
    icon: str


@dataclass(frozen=True)
class Group:
    """The answers of one kind, at most eight, and whether there are more."""

    title: str
    found: list[Found]
    more: bool


def find(text: str, person: Person, programme: Programme, rights: Rights) -> list[Group]:
    """Find what holds these letters in its code or name, kind by kind, codes that begin with them first.

    Four statements at most, whatever there is; nothing that the person may not read.
    """
    text = " ".join(text.split())[:LONGEST]
    if not text:
        return []
    groups = [_group(_("Use cases"), _usecases(text, person, programme, rights))]
    if rights.reads:
        groups += [
            _group(_("Segments"), _segments(text, person, programme)),
            _group(_("Gates"), _gates(text, programme)),
            _group(_("People"), _people(text, programme)),
        ]
    groups.append(_group(_("Pages"), _pages(text, programme, rights)))
    return [group for group in groups if group.found]


def _group(title: str, found: list[Found]) -> Group:
    return Group(title=title, found=found[:EACH], more=len(found) > EACH)


def _nearest(text: str) -> Case:
    """Put first what bears this very code."""
    return Case(
        When(dossier__code__istartswith=text, then=Value(0)), default=Value(1), output_field=IntegerField()
    )


def _usecases(text: str, person: Person, programme: Programme, rights: Rights) -> list[Found]:
    rows = backlog.listing(person, programme, text=text, reads=rights.reads)
    return [
        Found(
            code=each.dossier.code,
            name=each.dossier.name,
            beside=str(each.get_status_display()),
            url=reverse("usecases:usecase", args=[programme.code, each.dossier.code]),
            icon="uc",
        )
        for each in rows.order_by(_nearest(text), "dossier__code")[: EACH + 1]
    ]


def _segments(text: str, person: Person, programme: Programme) -> list[Found]:
    rows = segments.listing(person, programme, text=text, reads=True)
    return [
        Found(
            code=each.dossier.code,
            name=each.dossier.name,
            beside=str(each.get_role_display()),
            url=reverse("usecases:segment", args=[programme.code, each.dossier.code]),
            icon="segment",
        )
        for each in rows.order_by(_nearest(text), "dossier__code")[: EACH + 1]
    ]


def _gates(text: str, programme: Programme) -> list[Found]:
    """The gates that the programme has, by code or by the name that the library gives them."""
    lang = library.language(get_language() or "fr")
    named = {each["code"]: each[lang] for each in library.gates()}
    wanted = folded(text)
    return [
        Found(
            code=code,
            name=named[code],
            beside="",
            url=reverse("governance:gate", args=[programme.code, code]),
            icon="gate",
        )
        for code in Gate.objects.filter(programme=programme).order_by("code").values_list("code", flat=True)
        if wanted in folded(f"{code} {named[code]}")
    ]


def _people(text: str, programme: Programme) -> list[Found]:
    rows = (
        Person.objects.filter(says(text, "display_name", "email", "organisation__name"))
        .filter(assignments__programme=programme)
        .select_related("organisation")
        .order_by("display_name")
        .distinct()
    )
    return [
        Found(
            code="",
            name=each.display_name,
            beside=each.organisation.name,
            url=reverse("governance:person", args=[programme.code, each.email]),
            icon="user",
        )
        for each in rows[: EACH + 1]
    ]


def _pages(text: str, programme: Programme, rights: Rights) -> list[Found]:
    """The rooms that the person's rights open."""
    wanted = folded(text)
    return [
        Found(code="", name=each["label"], beside="", url=each["url"], icon=each["icon"])
        for each in rail(programme, rights)
        if wanted in folded(each["label"])
    ]
