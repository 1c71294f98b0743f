"""How each state is shown: its word, its icon and its tone. Colour never speaks alone."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    """The word of a state, the symbol of the sprite and the tone of the chip."""

    word: str | Promise
    icon: str
    tone: str


OK, WARN, KO, IDLE, TODO = "is-ok", "is-warn", "is-ko", "is-idle", "is-todo"

STANDING = {
    "valid": Look(pgettext_lazy("standing", "Valid"), "ok", OK),
    "standing": Look(pgettext_lazy("standing", "Valid"), "ok", OK),
    "missing": Look(pgettext_lazy("standing", "To sign"), "pen", TODO),
    "negative": Look(pgettext_lazy("standing", "Refused"), "ko", KO),
    "blocked": Look(pgettext_lazy("standing", "Blocked"), "lock", WARN),
    "stale": Look(pgettext_lazy("standing", "Out of date"), "stale", WARN),
    "expired": Look(pgettext_lazy("standing", "Expired"), "expired", KO),
    "revoked": Look(pgettext_lazy("standing", "Revoked"), "revoked", KO),
    "waiting": Look(pgettext_lazy("standing", "Waiting"), "wait", IDLE),
    "not_required": Look(pgettext_lazy("standing", "Not required"), "ban", IDLE),
    "overridden": Look(pgettext_lazy("standing", "Overridden"), "split", WARN),
}

USE_CASE = {
    "idea": Look(pgettext_lazy("use case", "Idea"), "uc", IDLE),
    "framing": Look(pgettext_lazy("use case", "Being framed"), "pen", TODO),
    "submitted": Look(pgettext_lazy("use case", "Under review"), "review", TODO),
    "changes_requested": Look(pgettext_lazy("use case", "Changes requested"), "pen", WARN),
    "approved": Look(pgettext_lazy("use case", "Approved"), "ok", OK),
    "ready": Look(pgettext_lazy("use case", "Ready"), "check", OK),
    "in_test": Look(pgettext_lazy("use case", "In test"), "split", OK),
    "iterating": Look(pgettext_lazy("use case", "Being reworked"), "stale", WARN),
    "scaled": Look(pgettext_lazy("use case", "Scaled up"), "up", OK),
    "paused": Look(pgettext_lazy("use case", "Paused"), "pause", WARN),
    "stopped": Look(pgettext_lazy("use case", "Stopped"), "stop", IDLE),
    "retired": Look(pgettext_lazy("use case", "Retired"), "stop", IDLE),
}

REVISION = {
    "draft": Look(pgettext_lazy("revision", "Draft"), "pen", IDLE),
    "in_review": Look(pgettext_lazy("revision", "Under review"), "review", TODO),
    "withdrawn": Look(pgettext_lazy("revision", "Withdrawn"), "revoked", IDLE),
    "changes_requested": Look(pgettext_lazy("revision", "Changes requested"), "pen", WARN),
    "approved": Look(pgettext_lazy("revision", "Approved"), "ok", OK),
    "in_force": Look(pgettext_lazy("revision", "In force"), "play", OK),
    "lapsed": Look(pgettext_lazy("revision", "Lapsed"), "stale", WARN),
    "superseded": Look(pgettext_lazy("revision", "Superseded"), "split", IDLE),
}

SEGMENT = {
    "draft": Look(pgettext_lazy("segment version", "Draft"), "pen", IDLE),
    "frozen": Look(pgettext_lazy("segment version", "Frozen"), "lock", TODO),
    "in_review": Look(pgettext_lazy("segment version", "Under review"), "review", TODO),
    "approved": Look(pgettext_lazy("segment version", "Approved"), "ok", OK),
    "rejected": Look(pgettext_lazy("segment version", "Refused"), "ko", KO),
    "expired": Look(pgettext_lazy("segment version", "Expired"), "expired", KO),
    "deprecated": Look(pgettext_lazy("segment version", "Deprecated"), "stop", IDLE),
}

REQUEST = {
    "asked": Look(pgettext_lazy("review request", "Asked"), "inbox", TODO),
    "assigned": Look(pgettext_lazy("review request", "Assigned"), "user", TODO),
    "taken": Look(pgettext_lazy("review request", "Being read"), "eye", TODO),
    "closed": Look(pgettext_lazy("review request", "Closed"), "check", IDLE),
    "signed": Look(pgettext_lazy("review request", "Signed"), "ok", OK),
    "waiting": Look(pgettext_lazy("review request", "Waiting"), "wait", IDLE),
    "late": Look(pgettext_lazy("review request", "Late"), "warn", KO),
    "withdrawn": Look(pgettext_lazy("review request", "Withdrawn"), "revoked", IDLE),
    "replaced": Look(pgettext_lazy("review request", "Replaced"), "split", IDLE),
}

REVIEW = {
    "approve": Look(pgettext_lazy("review", "Signed"), "ok", OK),
    "approve_with_conditions": Look(pgettext_lazy("review", "Signed with conditions"), "cond", WARN),
    "reject": Look(pgettext_lazy("review", "Refused"), "ko", KO),
}

CONDITION = {
    "open": Look(pgettext_lazy("condition", "Open"), "cond", WARN),
    "evidence_submitted": Look(pgettext_lazy("condition", "To verify"), "eye", TODO),
    "satisfied": Look(pgettext_lazy("condition", "Satisfied"), "ok", OK),
    "waived": Look(pgettext_lazy("condition", "Waived"), "ban", IDLE),
    "overdue": Look(pgettext_lazy("condition", "Overdue"), "warn", KO),
}

SEVERITY = {
    "before_start": Look(pgettext_lazy("severity", "Blocks the start"), "lock", WARN),
    "after_due": Look(pgettext_lazy("severity", "Suspends when overdue"), "clock", WARN),
    "follow_up": Look(pgettext_lazy("severity", "Follow-up only"), "eye", IDLE),
}

OUTCOME = {
    "go": Look(pgettext_lazy("gate outcome", "Go"), "ok", OK),
    "conditional_go": Look(pgettext_lazy("gate outcome", "Go with conditions"), "cond", WARN),
    "hold": Look(pgettext_lazy("gate outcome", "Hold"), "pause", WARN),
    "recycle": Look(pgettext_lazy("gate outcome", "Rework"), "stale", WARN),
    "kill": Look(pgettext_lazy("gate outcome", "Stop"), "stop", KO),
}

GATE = {
    "preparing": Look(pgettext_lazy("gate review", "Being prepared"), "pen", IDLE),
    "submitted": Look(pgettext_lazy("gate review", "Submitted"), "review", TODO),
    "withdrawn": Look(pgettext_lazy("gate review", "Withdrawn"), "revoked", IDLE),
    "decided": Look(pgettext_lazy("gate review", "Decided"), "gate", OK),
    "in_force": Look(pgettext_lazy("gate review", "In force"), "ok", OK),
    "lapsed": Look(pgettext_lazy("gate review", "Lapsed"), "warn", KO),
    "superseded": Look(pgettext_lazy("gate review", "Superseded"), "split", IDLE),
}

FINDING = {
    "pass": Look(pgettext_lazy("finding", "Met"), "check", OK),
    "fail": Look(pgettext_lazy("finding", "Not met"), "x", KO),
    "not_applicable": Look(pgettext_lazy("finding", "Not applicable"), "ban", IDLE),
    "waived": Look(pgettext_lazy("finding", "Waived"), "cond", WARN),
    "coming": Look(pgettext_lazy("finding", "To come"), "wait", IDLE),
}

PHASE = {
    "not_started": Look(pgettext_lazy("phase", "Not started"), "wait", IDLE),
    "open": Look(pgettext_lazy("phase", "Under way"), "play", TODO),
    "gate_pending": Look(pgettext_lazy("phase", "Gate under decision"), "gate", WARN),
    "on_hold": Look(pgettext_lazy("phase", "On hold"), "pause", WARN),
    "closed": Look(pgettext_lazy("phase", "Closed"), "ok", OK),
    "done": Look(pgettext_lazy("phase", "Closed"), "ok", OK),
    "now": Look(pgettext_lazy("phase", "Under way"), "play", TODO),
    "next": Look(pgettext_lazy("phase", "Not started"), "wait", IDLE),
}

ASSIGNMENT = {
    "planned": Look(pgettext_lazy("role assignment", "Planned"), "calendar", IDLE),
    "active": Look(pgettext_lazy("role assignment", "Active"), "ok", OK),
    "ended": Look(pgettext_lazy("role assignment", "Ended"), "stop", IDLE),
    "revoked": Look(pgettext_lazy("role assignment", "Revoked"), "revoked", KO),
}

DELEGATION = {
    "proposed": Look(pgettext_lazy("delegation", "Proposed"), "deleg", TODO),
    "accepted": Look(pgettext_lazy("delegation", "Accepted"), "check", OK),
    "declined": Look(pgettext_lazy("delegation", "Declined"), "ko", IDLE),
    "active": Look(pgettext_lazy("delegation", "Active"), "deleg", OK),
    "ended": Look(pgettext_lazy("delegation", "Ended"), "stop", IDLE),
    "revoked": Look(pgettext_lazy("delegation", "Revoked"), "revoked", KO),
}

PROGRAMME = {
    "draft": Look(pgettext_lazy("programme", "Draft"), "pen", IDLE),
    "active": Look(pgettext_lazy("programme", "Under way"), "play", OK),
    "suspended": Look(pgettext_lazy("programme", "Suspended"), "pause", WARN),
    "stopping": Look(pgettext_lazy("programme", "Being stopped"), "stop", WARN),
    "stopped": Look(pgettext_lazy("programme", "Stopped"), "stop", IDLE),
    "closing": Look(pgettext_lazy("programme", "Being closed"), "wait", WARN),
    "closed": Look(pgettext_lazy("programme", "Closed"), "check", IDLE),
}

OBJECTIVE = {
    "draft": Look(pgettext_lazy("objective", "Draft"), "pen", IDLE),
    "validated": Look(pgettext_lazy("objective", "Validated"), "ok", OK),
    "achieved": Look(pgettext_lazy("objective", "Achieved"), "target", OK),
    "dropped": Look(pgettext_lazy("objective", "Dropped"), "stop", IDLE),
}

FACET = {
    "changed": Look(pgettext_lazy("facet", "Changed"), "diff", WARN),
    "same": Look(pgettext_lazy("facet", "Unchanged"), "ok", OK),
    "new": Look(pgettext_lazy("facet", "New"), "plus", WARN),
    "gone": Look(pgettext_lazy("facet", "Removed"), "x", WARN),
}

LOOKS: dict[str, dict[str, Look]] = {
    "standing": STANDING,
    "use_case": USE_CASE,
    "revision": REVISION,
    "segment": SEGMENT,
    "request": REQUEST,
    "review": REVIEW,
    "condition": CONDITION,
    "severity": SEVERITY,
    "outcome": OUTCOME,
    "gate": GATE,
    "finding": FINDING,
    "phase": PHASE,
    "assignment": ASSIGNMENT,
    "delegation": DELEGATION,
    "programme": PROGRAMME,
    "objective": OBJECTIVE,
    "facet": FACET,
}


def look_of(state: object, kind: str = "standing") -> Look:
    """Find how a state of this kind is shown; one that is not in the table is shown as unknown, in grey."""
    return LOOKS[kind].get(str(getattr(state, "value", state))) or Look(_("Unknown state"), "info", IDLE)
