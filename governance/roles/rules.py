"""What stands against giving roles, sharing and delegating; the matrix itself is asked in `rights`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import clock, library
from governance.accounts.models import User
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal
from governance.evidence.models import Evidence
from governance.programmes import rules as programme_rules
from governance.programmes.choices import PhaseKind
from governance.programmes.models import Engagement, Programme
from governance.roles import matrix, queries
from governance.roles.choices import APPOINTED_BY_SPONSORS, ROLE_OF, Role
from governance.roles.models import Delegation, DossierUserPermission, RoleAssignment
from governance.roles.rights import Rights as Rights
from governance.roles.rights import objection as objection
from governance.roles.rights import objection_to_act as objection_to_act
from governance.roles.rights import objection_to_administer as objection_to_administer
from governance.stakeholders.models import Person
from governance.text import in_words

LONGEST_DELEGATION_DAYS = 45
MOST_SHARES = 100
PROOF_SECONDS = 300  # api.md: the five-minute window that signing needs; a programme may ask for less
SIGNING_SETTINGS = frozenset(
    {"dpo_override_sponsors", "large_scale_threshold", "reauth_minutes", "sponsor_double_signature_eur"}
)

# The verb of each action of permissions.yaml that has one today (docs/rights.md lists the others).
ACTIONS_WITH_VERBS: dict[str, str] = {
    # the programme, its people, its objectives
    "programme.found": "governance.roles.actions.found_programme",
    "programme.edit": "governance.roles.actions.edit_programme",
    "people.edit": "governance.roles.actions.add_person",
    "role.assign": "governance.roles.actions.assign",
    "engagement.edit": "governance.roles.actions.engage",
    "interest.declare": "governance.roles.actions.declare_interest",
    "evidence.add": "governance.roles.actions.add_evidence",
    "objective.edit": "governance.charter.actions.draft_objective",
    "objective.validate": "governance.charter.actions.validate",
    # single exceptions, delegations
    "dossier.share": "governance.roles.actions.share",
    "delegation.create": "governance.roles.actions.delegate",
    "delegation.accept": "governance.roles.actions.accept",
    "delegation.end": "governance.roles.actions.end_delegation",
    # reviews and conditions; a sponsor's review is the approval
    "review.sign": "governance.reviews.actions.sign",
    "review.revoke": "governance.reviews.actions.revoke",
    "usecase.approve": "governance.reviews.actions.sign",
    "condition.verify": "governance.conditions.actions.verify",
    "condition.waive": "governance.conditions.actions.waive",
    # gates
    "gate.prepare": "governance.gates.actions.prepare",
    "gate.attest": "governance.gates.actions.attest",
    "gate.withdraw": "governance.gates.actions.withdraw",
    "gate.decide": "governance.gates.actions.sign",
    "phase.reopen": "governance.gates.actions.reopen_phase",
    # data and segments
    "attribute.edit": "usecases.catalogue.actions.publish",
    "source.connect": "usecases.catalogue.actions.add_destination",
    "note.add": "usecases.catalogue.actions.add_note",
    "note.confirm": "usecases.catalogue.actions.confirm_note",
    "segment.edit": "usecases.segments.actions.edit",
    "segment.freeze": "usecases.segments.actions.freeze",
    # use cases and their targets
    "usecase.create": "usecases.backlog.actions.create",
    "usecase.edit_draft": "usecases.backlog.actions.edit",
    "usecase.submit": "usecases.backlog.actions.submit",
    "usecase.withdraw": "usecases.backlog.actions.withdraw",
    "usecase.score": "usecases.backlog.actions.score",
    "usecase.prioritise": "usecases.backlog.actions.schedule",
    "usecase.pause": "usecases.backlog.actions.pause",
    "usecase.resume": "usecases.backlog.actions.resume",
    "usecase.stop": "usecases.backlog.actions.stop",
    "target.set": "usecases.kpis.actions.set_target",
}


def objection_to_install() -> Refusal | None:
    """Say what keeps a first platform administrator from being made by the system."""
    if User.objects.filter(is_platform_admin=True, is_active=True).exists():
        return NotPossible(
            _("There is a platform administrator already: they open the accounts of others."),
            code="wrong_state",
        )
    return None


# ---------------------------------------------------------------- roles held over time
def objection_to_found(by: Person, sponsor: Person) -> Refusal | list[Refusal] | None:
    """Say what keeps a platform administrator from founding a programme with this sponsor."""
    refused = objection_to_administer(by)
    if refused is not None:
        return refused
    if by == sponsor:
        return NotAllowed(
            _("A platform administrator is not the sponsor of what they found: name someone else."),
            code="SOD-12",
            field="sponsor",
        )
    return [
        each for each in (objection_to_act(sponsor), _objection_to_outsider(sponsor, Role.SPONSOR)) if each
    ]


def objection_to_assign(
    by: Person, programme: Programme, person: Person, role: str, starts_on: dt.date, ends_on: dt.date | None
) -> Refusal | list[Refusal] | None:
    """Say what keeps a role from being given so."""
    rights = Rights.of(by, programme)
    refused = rights.objection("role.assign")
    if refused is not None:
        return refused
    if role not in Role.values:
        return NotValid(_("Choose one of the sixteen roles."), code="unknown_role", field="role")
    wanted = Role(role)
    found: list[Refusal] = []
    if by == person:
        found.append(
            NotAllowed(
                _("Nobody gives a role to themselves: ask someone else who may."),
                code="SOD-12",
                field="person",
            )
        )
    if wanted in APPOINTED_BY_SPONSORS and Role.SPONSOR not in rights.roles:
        found.append(appointed_by_sponsors(wanted))
    if found:
        return found
    if ends_on is not None and ends_on < starts_on:
        return NotValid(_("The last day cannot come before the first."), code="empty_period", field="ends_on")
    if programme.started_on is not None and starts_on < programme.started_on:
        return NotPossible(
            _("The programme started on %(day)s: no role begins before it.")
            % {"day": in_words(programme.started_on)},
            code="INV-02",
            field="starts_on",
        )
    found += [each for each in (objection_to_act(person), _objection_to_outsider(person, wanted)) if each]
    if person.is_external and not found:
        found += _objections_to_engagement(person, programme, wanted, starts_on)
    found += _objections_to_holding(person, programme, wanted, starts_on, ends_on)
    return found


def appointed_by_sponsors(role: Role) -> Refusal:
    """The role is given by sponsors only."""
    return NotPossible(
        _("The role “%(role)s” is given by a sponsor: ask one.") % {"role": role.label},
        code="INV-10",
        who_can=[Role.SPONSOR.label],
        field="role",
    )


def _objection_to_outsider(person: Person, role: Role) -> Refusal | None:
    """Say why someone of an outside organisation cannot hold a role (INV-08)."""
    if not person.is_external:
        return None
    said = library.entry("roles", role.value)
    if said["external"] == "allowed":
        return None
    kinds = said.get("external_kinds", [])
    if person.organisation.kind in kinds:
        return None
    names = {"person": person, "organisation": person.organisation, "role": role.label}
    if kinds:
        accepted = ", ".join(
            library.term("organisation_kinds", kind, get_language() or "fr") for kind in kinds
        )
        return NotPossible(
            _("%(person)s works for %(organisation)s: the role “%(role)s” is open outside to %(kinds)s only.")
            % {**names, "kinds": accepted},
            code="INV-08",
            field="person",
        )
    return NotPossible(
        _(
            "%(person)s works for %(organisation)s: the role “%(role)s” is for people of the advertiser "
            "and its group."
        )
        % names,
        code="INV-08",
        field="person",
    )


def engagement_of(person: Person, programme: Programme, on: dt.date) -> Engagement | None:
    """The engagement of a person's organisation that runs on a day."""
    return (
        Engagement.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            programme=programme,
            organisation=person.organisation_id,
            starts_on__lte=on,
        )
        .order_by("starts_on")
        .last()
    )


def bounded_end(
    person: Person, programme: Programme, starts_on: dt.date, ends_on: dt.date | None
) -> dt.date | None:
    """The day on which an assignment ends: for outside people, no later than their engagement."""
    engagement = engagement_of(person, programme, starts_on) if person.is_external else None
    if engagement is None or engagement.ends_on is None:
        return ends_on
    return min(ends_on, engagement.ends_on) if ends_on is not None else engagement.ends_on


def _objections_to_engagement(
    person: Person, programme: Programme, role: Role, starts_on: dt.date
) -> list[Refusal]:
    engagement = engagement_of(person, programme, starts_on)
    if engagement is None:
        return [
            NotPossible(
                _("%(organisation)s is not engaged in the programme on %(day)s: record its engagement first.")
                % {"organisation": person.organisation, "day": in_words(starts_on)},
                code="INV-08",
                field="person",
            )
        ]
    if role == Role.DMP_OPERATOR and not programme_rules.has_agreement(engagement, starts_on):
        return [
            NotPossible(
                _(
                    "%(organisation)s has no processing agreement in force on %(day)s: an outside operator "
                    "needs one."
                )
                % {"organisation": person.organisation, "day": in_words(starts_on)},
                code="INV-05",
                field="person",
            )
        ]
    return []


def _objections_to_holding(
    person: Person, programme: Programme, role: Role, starts_on: dt.date, ends_on: dt.date | None
) -> list[Refusal]:
    """Say which roles already held, by the person or by others, exclude this one (INV-06, 07, 09)."""
    found: list[Refusal] = []
    held = RoleAssignment.objects.filter(programme=programme).select_related("person")
    mine = held.filter(person=person)
    for other in mine if role != Role.CORE_TEAM_LEAD else held.filter(Q(person=person) | Q(role=role)):
        if not _together(other, starts_on, ends_on):
            continue
        if other.person_id != person.pk:
            found.append(one_lead(other))
        elif other.role == role:
            found.append(same_role(other))
        elif rule := matrix.pairs().get(frozenset({other.role, role.value})):
            found.append(separate(rule, person, Role(other.role), role))
    return found


def _together(other: RoleAssignment, starts_on: dt.date, ends_on: dt.date | None) -> bool:
    """Whether an assignment and a period share a day; the day of a revocation no longer counts."""
    last = [
        day for day in (other.ends_on, other.revoked_on and other.revoked_on - dt.timedelta(days=1)) if day
    ]
    if last and min(last) < max(starts_on, other.starts_on):
        return False
    return ends_on is None or other.starts_on <= ends_on


def same_role(other: RoleAssignment | None = None) -> Refusal:
    """The person holds this role over the same days already."""
    if other is None:
        return NotPossible(
            _("This person holds this role over the same days already."), code="INV-06", field="role"
        )
    return NotPossible(
        _("%(person)s is “%(role)s” from %(day)s already: change the dates, or end that assignment first.")
        % {"person": other.person, "role": other.get_role_display(), "day": in_words(other.starts_on)},
        code="INV-06",
        field="role",
    )


def one_lead(other: RoleAssignment | None = None) -> Refusal:
    """Someone else leads the core team over the same days."""
    if other is None:
        return NotPossible(
            _("Someone else leads the core team over the same days."), code="INV-09", field="role"
        )
    return NotPossible(
        _("%(person)s leads the core team over the same days: end that assignment first.")
        % {"person": other.person},
        code="INV-09",
        field="role",
    )


def separate(
    rule: str, person: Person | None = None, held: Role | None = None, wanted: Role | None = None
) -> Refusal:
    """Two roles that nobody holds at once (SOD-03 to SOD-07): what is stored refuses it, so 409."""
    if person is None or held is None or wanted is None:
        return NotPossible(
            _("These two roles are not held by one person at once: end one of them first."),
            code=rule,
            status=409,
            field="role",
        )
    return NotPossible(
        _(
            "%(person)s is “%(held)s”: nobody is also “%(wanted)s” at the same time. End one of the two, "
            "or name someone else."
        )
        % {"person": person, "held": held.label, "wanted": wanted.label},
        code=rule,
        status=409,
        field="role",
    )


def objection_to_terms(phases: Iterable[str], allocation_pct: int) -> list[Refusal]:
    """Say what is wrong with the phases or the share of time of an assignment."""
    found: list[Refusal] = []
    if not set(phases) <= set(PhaseKind.values):
        found.append(NotValid(_("Choose among the four phases."), code="unknown_phase", field="phases"))
    if not 0 <= allocation_pct <= 100:
        found.append(
            NotValid(_("Give a share of time from 0 to 100."), code="wrong_share", field="allocation_pct")
        )
    return found


def objection_to_change_person(by: Person, person: Person, programme: Programme) -> Refusal | None:
    """Say what keeps a person's record from being changed, or their departure from being noted.

    A record says in whose name and from which department someone signs (SOD-08), and a departure ends
    roles: neither is a way round who appoints (INV-10), in any programme, nor is one's own (SOD-12).
    """
    refused = objection(by, "people.edit", programme, person)
    if refused is not None:
        return refused
    if by == person:
        return NotAllowed(
            _("Somebody else changes your own record: ask a sponsor or the lead."),
            code="SOD-12",
            who_can=[Role.SPONSOR.label, Role.CORE_TEAM_LEAD.label],
        )
    if person.user is not None and person.user.is_platform_admin:
        return NotAllowed(
            _("The record of a platform administrator is not changed from a programme."), code="no_right"
        )
    today = clock.today()
    sponsored = RoleAssignment.objects.active(today).filter(person=by, role=Role.SPONSOR)
    bound = (
        RoleAssignment.objects.filter(person=person, role__in=APPOINTED_BY_SPONSORS)
        .filter(Q(revoked_on__isnull=True) | Q(revoked_on__gt=today))
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        .exclude(programme__in=sponsored.values("programme"))
    )
    if bound.exists():
        return NotAllowed(
            _("%(person)s holds a role that sponsors give: a sponsor changes this record.")
            % {"person": person},
            code="no_right",
            who_can=[Role.SPONSOR.label],
        )
    return None


def objection_to_end(by: Person, assignment: RoleAssignment, ends_on: dt.date) -> Refusal | None:
    """Say what keeps an assignment from ending on a day."""
    refused = _objection_to_change(by, assignment)
    if refused is not None:
        return refused
    if ends_on < max(clock.today(), assignment.starts_on):
        return NotPossible(
            _("A role does not end in the past nor before it began: choose a later day, or withdraw it."),
            code="backdated",
            field="ends_on",
        )
    if (
        ends_on != assignment.ends_on
        and bounded_end(assignment.person, assignment.programme, assignment.starts_on, ends_on) != ends_on
    ):
        return NotPossible(
            _("The engagement of %(organisation)s ends before that day.")
            % {"organisation": assignment.person.organisation},
            code="INV-08",
            field="ends_on",
        )
    return None


def objection_to_revoke(by: Person, assignment: RoleAssignment, reason: str) -> Refusal | None:
    """Say what keeps a role from being withdrawn today."""
    refused = _objection_to_change(by, assignment)
    if refused is None and not reason.strip():
        return NotValid(
            _("Say why: the reason is kept in the journal."), code="reason_required", field="reason"
        )
    return refused


def _objection_to_change(by: Person, assignment: RoleAssignment) -> Refusal | None:
    rights = Rights.of(by, assignment.programme)
    refused = rights.objection("role.assign")
    if refused is not None:
        return refused
    role = Role(assignment.role)
    if role in APPOINTED_BY_SPONSORS and Role.SPONSOR not in rights.roles:
        return NotAllowed(
            _("The role “%(role)s” is given and withdrawn by a sponsor: ask one.") % {"role": role.label},
            code="no_right",
            who_can=[Role.SPONSOR.label],
        )
    if assignment.status(clock.today()) in ("revoked", "ended"):
        return NotPossible(_("This role is no longer held."), code="wrong_state")
    if role == Role.SPONSOR and queries.holders(assignment.programme, Role.SPONSOR) == [assignment.person]:
        return NotPossible(
            _("%(person)s is the only sponsor: name another one first.") % {"person": assignment.person},
            code="last_sponsor",
        )
    return None


# ---------------------------------------------------------------- single exceptions
def objection_to_supersede(by: Person, old: Evidence) -> Refusal | None:
    """Say what keeps a person from putting another piece of evidence in the place of one.

    Whoever added it may, and those who lead: it cannot be taken back.
    """
    rights = Rights.of(by, old.programme)
    refused = rights.objection("evidence.add")
    if refused or by.pk == old.added_by_id or rights.roles & {Role.SPONSOR, Role.CORE_TEAM_LEAD}:
        return refused
    return NotAllowed(
        _("Whoever added a piece of evidence puts another in its place, or a sponsor, or its lead."),
        code="no_right",
        who_can=[str(old.added_by), str(Role.SPONSOR.label), str(Role.CORE_TEAM_LEAD.label)],
    )


def objection_to_share(by: Person, dossier: Dossier, person: Person) -> Refusal | None:
    """Say what keeps a dossier from being shared with a person."""
    refused = objection(by, "dossier.share", dossier.programme, dossier)
    if refused is not None:
        return refused
    if by == person:
        return NotAllowed(_("Nobody opens a dossier to themselves: ask someone else who may."), code="SOD-12")
    if person.user is None or not person.user.is_active or not Rights.of(person, dossier.programme).is_member:
        return NotPossible(
            _("%(person)s does not sign in to this programme: give them an account and a role first.")
            % {"person": person},
            code="no_role",
            status=409,
            field="person",
        )
    return objection_to_one_more(person)


def objection_to_one_more(person: Person) -> Refusal | None:
    """Say whether a person has as many single exceptions as anyone may."""
    if DossierUserPermission.objects.filter(user=person.user).count() >= MOST_SHARES:
        return NotPossible(
            _("%(person)s already has %(most)s single exceptions: withdraw some, or give a role.")
            % {"person": person, "most": MOST_SHARES},
            code="too_many_shares",
        )
    return None


def objection_to_unshare(dossier: Dossier, person: Person) -> Refusal | None:
    """Say what keeps a single exception from being withdrawn."""
    if person not in queries.shares_of(dossier):
        return NotPossible(
            _("%(dossier)s is not shared with %(person)s.") % {"dossier": dossier, "person": person},
            code="wrong_state",
        )
    return None


# ---------------------------------------------------------------- delegations
def objection_to_delegate(
    by: Person,
    programme: Programme,
    delegate: Person,
    function: str,
    starts_on: dt.date,
    ends_on: dt.date,
    reason: str,
) -> Refusal | list[Refusal] | None:
    """Say what keeps a person from delegating their signature so."""
    if function not in ReviewFunction.values:
        return NotValid(_("Choose one of the five functions."), code="unknown_function", field="function")
    rights = Rights.of(by, programme)
    by_delegation = queries.delegations_in_force(by).filter(programme=programme, function=function)
    if rights.is_member and function not in rights.functions and by_delegation.exists():
        return NotAllowed(
            _("You sign for this function by delegation: a delegation is not passed on."),
            code="DLG-03",
            field="function",
        )
    refused = rights.objection("delegation.create")
    if refused is not None:
        return refused
    wanted = ReviewFunction(function)
    if wanted not in rights.functions:
        return NotAllowed(
            _("You do not sign for the function “%(function)s”: only its holders delegate it.")
            % {"function": wanted.label},
            code="no_right",
            who_can=[ROLE_OF[wanted].label],
            field="function",
        )
    found = _objections_to_period(starts_on, ends_on)
    if by == delegate:
        found.append(
            NotAllowed(
                _("Nobody delegates to themselves: name someone else."), code="SOD-12", field="delegate"
            )
        )
    else:
        found += _objections_to_delegate(delegate, programme, wanted, max(starts_on, clock.today()))
    if not reason.strip():
        found.append(
            NotValid(_("Say why: the reason is kept in the journal."), code="reason_required", field="reason")
        )
    if not found:
        over = Delegation.objects.filter(
            programme=programme,
            delegator=by,
            function=function,
            ended_at__isnull=True,
            declined_at__isnull=True,
            starts_on__lte=ends_on,
            ends_on__gte=starts_on,
        ).first()
        if over is not None:
            found.append(delegations_overlap(over))
    return found


def _objections_to_period(starts_on: dt.date, ends_on: dt.date) -> list[Refusal]:
    if ends_on < starts_on:
        return [NotAllowed(_("The last day cannot come before the first."), code="DLG-04", field="ends_on")]
    if starts_on < clock.today():
        return [
            NotAllowed(
                _("A delegation does not start in the past: choose today or a later day."),
                code="DLG-04",
                field="starts_on",
            )
        ]
    if (ends_on - starts_on).days > LONGEST_DELEGATION_DAYS:
        return [
            NotAllowed(
                _("A delegation lasts %(most)s days at most: choose an earlier end.")
                % {"most": LONGEST_DELEGATION_DAYS},
                code="DLG-04",
                field="ends_on",
            )
        ]
    return []


def _objections_to_delegate(
    delegate: Person, programme: Programme, function: ReviewFunction, on: dt.date
) -> list[Refusal]:
    """Say why a person cannot be the delegate of a function (DLG-02, DLG-06, SOD-13, SOD-16)."""
    names = {"person": delegate, "function": function.label}
    if objection_to_act(delegate) is not None:
        return [
            NotAllowed(
                _("%(person)s can no longer act here: name someone who can.") % names,
                code="DLG-02",
                field="delegate",
            )
        ]
    role = ROLE_OF[function]
    if _objection_to_outsider(delegate, role) is not None:
        return [
            NotAllowed(
                _("%(person)s works for an outside organisation: the function “%(function)s” stays inside.")
                % names,
                code="SOD-13" if function == ReviewFunction.SPONSOR else "DLG-02",
                field="delegate",
            )
        ]
    held = set(
        queries.active_assignments(programme, on).filter(person=delegate).values_list("role", flat=True)
    )
    if role in held:
        return []
    if function == ReviewFunction.SPONSOR:
        return [
            NotAllowed(
                _("A sponsor delegates to another sponsor only: %(person)s is not one.") % names,
                code="DLG-06",
                field="delegate",
            )
        ]
    if not queries.is_deputy(delegate, programme, function, on):
        dpo = function == ReviewFunction.DPO
        sentence = (
            _(
                "The DPO delegates to the DPO's office only: %(person)s is neither DPO nor a deputy "
                "of the DPO."
            )
            if dpo
            else _("%(person)s neither holds the function “%(function)s” nor is on its list of deputies.")
        )
        return [NotAllowed(sentence % names, code="DLG-06" if dpo else "DLG-02", field="delegate")]
    for other in sorted(held):
        if rule := matrix.pairs().get(frozenset({other, role.value})):
            return [
                NotAllowed(
                    _("%(person)s is “%(role)s”: they do not sign as “%(function)s”, even by delegation.")
                    % {**names, "role": Role(other).label},
                    code=rule,
                    status=403,
                    field="delegate",
                )
            ]
    return []


def delegations_overlap(other: Delegation | None = None) -> Refusal:
    """The same person already delegates the same function over some of these days."""
    if other is None:
        return NotPossible(
            _("This function is already delegated over some of these days: end that delegation first."),
            code="DLG-00",
        )
    return NotPossible(
        _(
            "You already asked %(person)s to sign for you from %(from)s to %(until)s: end that "
            "delegation first."
        )
        % {"person": other.delegate, "from": in_words(other.starts_on), "until": in_words(other.ends_on)},
        code="DLG-00",
        field="starts_on",
    )


def objection_to_settings(by: Person, programme: Programme, given: Mapping[str, Any]) -> Refusal | None:
    """Say that who must sign, and how freshly proved, is for a sponsor: a lead's own work is signed by it."""
    asked = sorted(SIGNING_SETTINGS & set(given))
    if not asked or Role.SPONSOR in Rights.of(by, programme).roles:
        return None
    return NotAllowed(
        _("Settings that decide who must sign are a sponsor's: ask one to change this."),
        code="no_right",
        field=f"settings.{asked[0]}",
        who_can=[Role.SPONSOR.label],
    )


def objection_to_old_proof(programme: Programme, reauth_age_s: int | None) -> Refusal | None:
    """Ask that whoever signs proved who they are within the programme's window, five minutes at most."""
    window = min(PROOF_SECONDS, 60 * int(programme.setting("reauth_minutes")))
    if reauth_age_s is not None and 0 <= reauth_age_s <= window:
        return None
    return reauth_required()


def reauth_required() -> Refusal:
    """A signature follows a fresh proof of who signs."""
    return NotAllowed(
        _("Give your password again before you sign: what you prove holds for a few minutes."),
        code="reauth_required",
    )


def objection_to_answer(
    by: Person, delegation: Delegation, *, accepting: bool
) -> Refusal | list[Refusal] | None:
    """Say what keeps a delegation from being accepted or declined by this person."""
    rights = Rights.of(by, delegation.programme)
    if rights.is_member and by == delegation.delegator:
        return NotAllowed(
            _("Nobody accepts their own delegation: %(person)s answers.") % {"person": delegation.delegate},
            code="SOD-12",
            who_can=[str(delegation.delegate)],
        )
    if rights.is_member and by != delegation.delegate:
        return NotAllowed(
            _("This delegation is for %(person)s, who answers.") % {"person": delegation.delegate},
            code="no_right",
            who_can=[str(delegation.delegate)],
        )
    refused = rights.objection("delegation.accept", delegation)
    if refused is not None:
        return refused
    status = delegation.status(clock.today())
    if status != "proposed":
        return NotPossible(_("This delegation no longer waits for an answer."), code="wrong_state")
    if not accepting:
        return None
    function = ReviewFunction(delegation.function)
    found = _objections_to_delegate(
        by, delegation.programme, function, max(clock.today(), delegation.starts_on)
    )
    if not queries.holds(delegation.delegator, delegation.programme, function):
        found.append(delegator_no_longer_signs(delegation))
    return found


def delegator_no_longer_signs(delegation: Delegation) -> Refusal:
    """Nobody lends what they no longer have."""
    return NotAllowed(
        _("%(person)s no longer signs for this function: the delegation gives nothing.")
        % {"person": delegation.delegator},
        code="DLG-01",
    )


def objection_to_end_delegation(by: Person, delegation: Delegation, reason: str) -> Refusal | None:
    """Say what keeps a delegation from being ended by this person."""
    rights = Rights.of(by, delegation.programme)
    if rights.is_member and by != delegation.delegator:
        return NotAllowed(
            _("%(person)s gave this delegation and ends it.") % {"person": delegation.delegator},
            code="no_right",
            who_can=[str(delegation.delegator)],
        )
    refused = rights.objection("delegation.end", delegation)
    if refused is not None:
        return refused
    if delegation.status(clock.today()) in ("declined", "revoked", "ended"):
        return NotPossible(_("This delegation is over already."), code="wrong_state")
    if not reason.strip():
        return NotValid(
            _("Say why: the reason is kept in the journal."), code="reason_required", field="reason"
        )
    return None


def objection_to_use(
    delegation: Delegation, *, subject_kind: str = "", high_risk: bool = False, never: bool = False
) -> Refusal | None:
    """Say what keeps a delegate from signing by a delegation today, or nothing.

    `subject_kind` is that of the review policies; `high_risk` and `never` say that the subject raises a
    flag of high risk, and one that no delegation reaches whatever it states (DLG-05).
    """
    today = clock.today()
    status = delegation.status(today)
    if status != "active":
        return NotAllowed(
            _not_in_force(delegation, status), code="DLG-01", who_can=[str(delegation.delegator)]
        )
    if not queries.delegations_in_force(delegation.delegate).filter(pk=delegation.pk).exists():
        return delegator_no_longer_signs(delegation)
    refused = _objections_to_delegate(
        delegation.delegate, delegation.programme, ReviewFunction(delegation.function), today
    )
    if refused:
        return refused[0]
    if delegation.subject_kinds and subject_kind not in delegation.subject_kinds:
        return NotAllowed(
            _("The delegation of %(person)s does not cover subjects of this kind.")
            % {"person": delegation.delegator},
            code="DLG-02",
            who_can=[str(delegation.delegator)],
        )
    if never or (high_risk and delegation.excludes_high_risk):
        holder = ROLE_OF[ReviewFunction(delegation.function)].label
        return NotAllowed(
            _(
                "This subject is of high risk and is not signed by delegation: %(person)s or another "
                "holder of “%(role)s” signs."
            )
            % {"person": delegation.delegator, "role": holder},
            code="DLG-05",
            who_can=[str(delegation.delegator), holder],
        )
    return None


def _not_in_force(delegation: Delegation, status: str) -> Any:
    names = {
        "person": delegation.delegator,
        "from": in_words(delegation.starts_on),
        "until": in_words(delegation.ends_on),
    }
    if status == "proposed":
        return _("The delegation of %(person)s was not accepted yet: accept it first.") % names
    if status == "accepted":
        return _("The delegation of %(person)s starts on %(from)s.") % names
    if status == "ended":
        return _("The delegation of %(person)s ended on %(until)s.") % names
    return _("The delegation of %(person)s is over.") % names


def objection_to_name_deputy(
    by: Person, programme: Programme, person: Person, function: str
) -> Refusal | list[Refusal] | None:
    """Say what keeps a person from being named as a deputy of a function."""
    rights = Rights.of(by, programme)
    refused = rights.objection("role.assign")
    if refused is not None:
        return refused
    if function not in ReviewFunction.values:
        return NotValid(_("Choose one of the five functions."), code="unknown_function", field="function")
    wanted = ReviewFunction(function)
    found: list[Refusal] = []
    if by == person:
        found.append(
            NotAllowed(_("Nobody names themselves: ask someone else who may."), code="SOD-12", field="person")
        )
    if Role.SPONSOR not in rights.roles:
        found.append(appointed_by_sponsors(ROLE_OF[wanted]))
    if wanted == ReviewFunction.SPONSOR:
        found.append(
            NotAllowed(
                _("Sponsors have no deputies: a sponsor delegates to another sponsor."),
                code="DLG-06",
                field="function",
            )
        )
    found += [
        each for each in (objection_to_act(person), _objection_to_outsider(person, ROLE_OF[wanted])) if each
    ]
    if queries.is_deputy(person, programme, function):
        found.append(
            NotPossible(_("%(person)s is on this list already.") % {"person": person}, code="already_there")
        )
    return found


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "same_role_twice": same_role,
    "one_lead_at_a_time": one_lead,
    **{rule: partial(separate, rule) for rule in ("SOD-03", "SOD-04", "SOD-05", "SOD-06", "SOD-07")},
    "nobody_assigns_to_self": lambda: NotAllowed(_("Nobody gives a role to themselves."), code="SOD-12"),
    "delegations_overlap": delegations_overlap,
    "nobody_delegates_to_self": lambda: NotAllowed(_("Nobody delegates to themselves."), code="SOD-12"),
    "delegation_of_45_days_at_most": lambda: NotAllowed(
        _("A delegation lasts 45 days at most."), code="DLG-04"
    ),
    "delegation_has_a_period": lambda: NotAllowed(
        _("The last day cannot come before the first."), code="DLG-04"
    ),
}
