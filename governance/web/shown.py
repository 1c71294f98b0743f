"""What several pages show in the same shape: facets told or compared, and where each function stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.dossiers import queries as dossiers
from governance.dossiers.choices import Facet, ReviewFunction
from governance.dossiers.models import Edition
from governance.evidence import rules as evidence_rules
from governance.programmes.models import Phase
from governance.reviews.queries import Forecast, FunctionStanding, signer
from governance.reviews.registry import Beside
from governance.roles.rules import Rights

ICONS = {
    "legal": "legal",
    "dpo": "dpo",
    "security": "security",
    "technical": "technical",
    "sponsor": "sponsor",
}


def day_of(phase: Phase, today: dt.date) -> str:
    """Say how far an open phase is, or how late: the day of its plan that today is."""
    if phase.actual_start is None:
        return ""
    day = (today - phase.actual_start).days + 1
    if phase.planned_end is None:
        return _("day %(day)s") % {"day": day}
    late = (today - phase.planned_end).days
    if late > 0:
        return ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
    length = max((phase.planned_end - phase.actual_start).days + 1, 1)
    return _("day %(day)s of %(length)s") % {"day": day, "length": length}


def _lines(value: Any) -> list[str]:
    return (
        []
        if value in (None, "")
        else [str(one) for one in value]
        if isinstance(value, list)
        else [str(value)]
    )


def proofs(now: Beside, was: Beside | None, reader: Rights) -> dict[Facet, list[dict[str, Any]]]:
    """The evidence an edition names, by facet: which may be opened, which the earlier one did not name."""
    known = {(one.facet, one.evidence.pk) for one in was.proofs} if was else set()
    found: dict[Facet, list[dict[str, Any]]] = {}
    for one in now.proofs:
        found.setdefault(one.facet, []).append(
            {
                "evidence": one.evidence,
                "proves": one.proves,
                "readable": evidence_rules.may_read(reader, one.evidence),
                "is_new": was is not None and (one.facet, one.evidence.pk) not in known,
            }
        )
    return found


def facets(
    edition: Edition,
    before: Edition | None,
    lang: str,
    only: Collection[Facet] | None = None,
    named: Mapping[Facet, list[dict[str, Any]]] | None = None,
) -> list[dict[str, Any]]:
    """The facets of an edition for `components/_diff.html`: compared with an earlier one, or told whole.

    Those asked for with `only` are all there: who signs for a facet reads that nothing is written in it.
    `named` holds the proofs that stand in each.
    """
    shown = []
    for one in dossiers.difference(before, edition, lang, Facet.values if only is None else only):
        rows = one.rows if one.changed else [(label, None, value) for label, value in one.lines]
        if not rows and not one.changed and only is None:
            continue
        shown.append(
            {
                "facet": one.facet,
                "label": one.facet.label,
                "state": "changed" if one.changed else "same" if before else "new",
                "summary": ", ".join(dict.fromkeys(str(label) for label, _was, _now in rows))
                if one.changed
                else "",
                "proofs": (named or {}).get(one.facet, []),
                "rows": [
                    {
                        "label": label,
                        "was": _lines(was if one.changed or not before else now),
                        "now": _lines(now),
                    }
                    for label, was, now in rows
                ],
            }
        )
    return shown


def forecast(found: Iterable[Forecast]) -> list[dict[str, Any]]:
    """What submitting a draft would make of each signature, in words."""
    told = []
    for one in found:
        if one.stands:
            how = _("%(function)s: what was signed stands")
        elif one.moved:
            how = _("%(function)s: signs again, for these changed: %(facets)s")
        elif one.by_an_author:
            how = _("%(function)s: someone else signs, for its signer has a part in this draft")
        else:
            how = _("%(function)s: is asked to sign")
        named = {
            "function": ReviewFunction(one.function).label,
            "facets": ", ".join(str(facet.label) for facet in one.moved),
        }
        told.append({"stands": one.stands, "text": how % named})
    return told


def standing(edition: Edition, found: Iterable[FunctionStanding]) -> list[dict[str, Any]]:
    """Where each function stands, for `components/_standing.html`, with the way to its file."""
    programme = edition.dossier.programme.code
    return [
        {
            "code": one.function,
            "label": ReviewFunction(one.function).label,
            "state": one.state if one.required else "not_required",
            "person": ", ".join(dict.fromkeys(signer(review) for review in one.by)),
            "detail": one.why,
            "word": _("%(n)s of %(all)s") % {"n": one.signatures, "all": one.minimum}
            if one.required and one.minimum > 1 and not one.covers
            else "",
            "url": reverse(
                "governance:review", args=[programme, edition.dossier.code, edition.number, one.function]
            )
            if one.required
            else "",
        }
        for one in found
    ]
