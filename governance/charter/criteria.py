"""What gates ask of the people and the frame of a programme: G0, and G1-13."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.gates.registry import Finding, criterion
from governance.programmes.models import Programme
from governance.roles import matrix
from governance.roles import queries as roles
from governance.roles.choices import Role
from governance.stakeholders.choices import Department

LONG_ENOUGH = 200
CORE = (Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER)
CONTACTS = (Role.LEGAL_REVIEWER, Role.DPO, Role.SECURITY_REVIEWER, Role.TECHNICAL_REVIEWER)
ACROSS = (
    Department.MARKETING,
    Department.COMMUNICATION,
    Department.MEDIA_BUYING,
    Department.CRM,
    Department.DIGITAL,
    Department.IT,
    Department.NETWORK,
    Department.DATA,
)
FEWEST_DEPARTMENTS = 4
LEAST_ALLOCATION = 150


def people() -> Combinable:
    """Who holds which role in a programme today, by name."""
    held = roles.active_assignments(OuterRef("pk")).order_by("person__display_name")
    told = JSONObject(
        person="person_id",
        name="person__display_name",
        department="person__department",
        role="role",
        allocation="allocation_pct",
    )
    return ArraySubquery(held.values(json=told))


Held = list[dict[str, Any]]


def _held(people: Held, *wanted: str) -> Held:
    return [each for each in people if each["role"] in wanted]


def _names(held: Held) -> list[str]:
    """The names of these people, once each."""
    return list({each["person"]: each["name"] for each in held}.values())


def _departments(held: Held) -> set[str]:
    return {each["department"] for each in held}


def _labels(choices: Iterable[Any]) -> str:
    return ", ".join(str(each.label) for each in choices)


def _name_people(programme: Programme) -> dict[str, Any]:
    return {
        "label": _("Name people"),
        "url_name": "governance:people",
        "kwargs": {"programme": programme.code},
    }


@criterion("G0-01", reads=people)
def sponsors_of_marketing_and_it(programme: Programme, held: Held) -> Finding:
    """Ask for two sponsors, marketing and IT among them."""
    named = _held(held, Role.SPONSOR)
    count, there = len(_names(named)), _departments(named)
    lacking = [each for each in (Department.MARKETING, Department.IT) if each not in there]
    missing = []
    if count < 2:
        missing.append(
            ngettext(
                "%(n)s sponsor is named: two are needed.", "%(n)s sponsors are named: two are needed.", count
            )
            % {"n": count}
        )
    if lacking:
        missing.append(_("No sponsor from: %(departments)s.") % {"departments": _labels(lacking)})
    return Finding(
        passes=not missing,
        value=ngettext("%(n)s sponsor", "%(n)s sponsors", count) % {"n": count},
        threshold=_("2, from marketing and IT among them"),
        explanation=" ".join(missing) or _("Sponsors: %(names)s.") % {"names": ", ".join(_names(named))},
        who_can=[Role.SPONSOR],
        acts=[_name_people(programme)],
    )


@criterion("G0-02", reads=people)
def one_lead(programme: Programme, held: Held) -> Finding:
    """Ask for one core-team lead, and only one."""
    leads = _names(_held(held, Role.CORE_TEAM_LEAD))
    explanation = (
        _("Nobody leads the core team yet.")
        if not leads
        else _("Several people lead the core team: %(names)s.") % {"names": ", ".join(leads)}
        if len(leads) > 1
        else _("%(name)s leads the core team.") % {"name": leads[0]}
    )
    return Finding(
        passes=len(leads) == 1,
        value=len(leads),
        threshold=1,
        explanation=explanation,
        who_can=[Role.SPONSOR],
        acts=[_name_people(programme)],
    )


@criterion("G0-03", reads=people)
def core_team_across_departments(programme: Programme, held: Held) -> Finding:
    """Ask for a core team of four departments at least."""
    there = _departments(_held(held, *CORE))
    counted = [each for each in ACROSS if each in there]
    absent = [each for each in ACROSS if each not in there]
    passes = len(counted) >= FEWEST_DEPARTMENTS
    explanation = (
        _("Departments in the core team: %(departments)s.") % {"departments": _labels(counted)}
        if passes
        else _("Departments to draw from: %(departments)s.") % {"departments": _labels(absent)}
    )
    return Finding(
        passes=passes,
        value=ngettext("%(n)s department", "%(n)s departments", len(counted)) % {"n": len(counted)},
        threshold=_("at least %(n)s") % {"n": FEWEST_DEPARTMENTS},
        explanation=explanation,
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
        acts=[_name_people(programme)],
    )


@criterion("G0-04", reads=people)
def contacts_are_named(programme: Programme, held: Held) -> Finding:
    """Ask for a legal, a DPO, a security and a technical contact."""
    named = {each["role"] for each in held}
    missing = [role for role in CONTACTS if role not in named]
    return Finding(
        passes=not missing,
        value=_("%(n)s of %(all)s") % {"n": len(CONTACTS) - len(missing), "all": len(CONTACTS)},
        threshold=_("%(n)s of %(all)s") % {"n": len(CONTACTS), "all": len(CONTACTS)},
        explanation=_("Nobody is named for: %(roles)s.") % {"roles": _labels(missing)}
        if missing
        else _("Each contact is named."),
        who_can=[Role.SPONSOR],
        acts=[_name_people(programme)],
    )


@criterion("G0-05")
def problem_is_written(programme: Programme) -> Finding:
    """Ask, beside a sponsor's word, for two hundred characters on the problem and the results expected."""
    length = len(programme.vision_draft)
    return Finding(
        passes=length >= LONG_ENOUGH,
        value=ngettext("%(n)s character written", "%(n)s characters written", length) % {"n": length},
        threshold=_("at least %(n)s characters") % {"n": LONG_ENOUGH},
        explanation=_("The problem and the results expected are written.")
        if length >= LONG_ENOUGH
        else ngettext(
            "The problem and the results expected take %(n)s character: at least %(needed)s are needed.",
            "The problem and the results expected take %(n)s characters: at least %(needed)s are needed.",
            length,
        )
        % {"n": length, "needed": LONG_ENOUGH},
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
        acts=[
            {
                "label": _("Write the problem"),
                "url_name": "governance:programme_edit",
                "kwargs": {"programme": programme.code},
            }
        ],
    )


@criterion("G0-07", reads=people)
def no_incompatible_roles(programme: Programme, held: Held) -> Finding:
    """Ask that nobody holds two roles that nobody may hold at once."""
    of_each: dict[str, set[str]] = {}
    for each in held:
        of_each.setdefault(each["person"], set()).add(each["role"])
    mixed = {person for person, their in of_each.items() if any(pair <= their for pair in matrix.pairs())}
    both = _names([each for each in held if each["person"] in mixed])
    return Finding(
        passes=not both,
        value=len(both),
        threshold=0,
        explanation=_("They hold roles that do not go together: %(names)s.") % {"names": ", ".join(both)}
        if both
        else _("Nobody holds roles that do not go together."),
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
        acts=[_name_people(programme)],
    )


@criterion("G0-08", reads=people)
def core_team_has_time(programme: Programme, held: Held) -> Finding:
    """Ask for a person and a half, all shares of the core team together."""
    total = sum(each["allocation"] for each in _held(held, *CORE))
    return Finding(
        passes=total >= LEAST_ALLOCATION,
        value=_share(total),
        threshold=_("at least %(share)s") % {"share": _share(LEAST_ALLOCATION)},
        explanation=_("The core team has the time it needs.")
        if total >= LEAST_ALLOCATION
        else _("The shares of time of the core team add up to %(share)s.") % {"share": _share(total)},
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
        acts=[_name_people(programme)],
    )


@criterion("G1-13")
def run_is_anticipated(programme: Programme) -> Finding:
    """Ask how, and from when, the platform will be operated."""
    missing = []
    if programme.operator_mode is None:
        missing.append(_("The operating mode in run is not chosen."))
    if programme.operator_start_planned is None:
        missing.append(_("The day on which the operator starts is not chosen."))
    return Finding(
        passes=not missing,
        value=_("%(n)s of %(all)s") % {"n": 2 - len(missing), "all": 2},
        threshold=_("mode and day chosen"),
        explanation=" ".join(missing) or _("The operating mode and the day are chosen."),
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
        acts=[
            {
                "label": _("Choose the operator"),
                "url_name": "governance:programme_edit",
                "kwargs": {"programme": programme.code},
            }
        ],
    )


def _share(points: int) -> str:
    """A share of full-time posts, in per cent, as each language writes it."""
    return _("%(n)s%%") % {"n": points}
