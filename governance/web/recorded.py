"""What an event recorded, in words: its fields, and the codes among their values.

What is hashed is the text of the payload: the page of an event shows it whole below these words.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db.models import Model, TextChoices
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import library
from governance.charter.choices import Horizon
from governance.conditions.choices import Severity
from governance.dossiers.choices import ClosedAs, ReviewFunction
from governance.evidence.choices import Confidentiality, EvidenceKind
from governance.evidence.choices import Outcome as TestOutcome
from governance.gates.choices import Outcome
from governance.programmes.choices import (
    DpaStatus,
    GdprRole,
    OperatorMode,
    PhaseKind,
    PlatformKind,
    TransferTool,
)
from governance.reviews.choices import Decision
from governance.roles.choices import Role
from governance.stakeholders.choices import Department, OrganisationKind
from governance.text import in_words, moment_in_words

FIELDS: dict[str, Any] = {
    "advertiser": _("Advertiser"),
    "again": _("Asked again"),
    "allocation_pct": _("Share of time, %"),
    "answers": _("Answers"),
    "as": _("Closed as"),
    "attempt": _("Attempt"),
    "attributes": _("Attributes"),
    "baseline": _("Baseline"),
    "by": _("By"),
    "channel": _("Channel"),
    "characters": _("Characters"),
    "code": _("Code"),
    "comment": _("Comment"),
    "completeness": _("Completeness"),
    "conditions": _("Conditions"),
    "confidence": _("Confidence"),
    "confidentiality": _("Confidentiality"),
    "country": _("Country"),
    "criteria": _("Criteria"),
    "criterion": _("Criterion"),
    "days": _("Days"),
    "decision": _("Decision"),
    "delegate": _("Delegate"),
    "delegation": _("Delegation"),
    "department": _("Department"),
    "digests": _("Fingerprints of the files"),
    "dpa_expires_on": _("Agreement until"),
    "dpa_status": _("Processing agreement"),
    "due_on": _("Due on"),
    "edition": _("Edition"),
    "effective_on": _("In effect on"),
    "effort_weeks": _("Effort, person-weeks"),
    "email": _("E-mail address"),
    "emblematic": _("Emblematic"),
    "en": _("In English"),
    "end": _("Ends"),
    "ends_on": _("Until"),
    "events": _("Events"),
    "evidence": _("Evidence"),
    "excludes_high_risk": _("Leaves high-risk subjects out"),
    "failed": _("Musts that failed"),
    "failed_shoulds": _("Shoulds that failed"),
    "falls_on": _("Falls on"),
    "fields": _("Fields"),
    "findings": _("Fingerprint of the findings"),
    "flags": _("Risk flags"),
    "for": _("For"),
    "for_cause": _("For cause"),
    "fr": _("In French"),
    "from": _("From"),
    "function": _("Function"),
    "functions": _("Functions"),
    "gate": _("Gate"),
    "gdpr_role": _("Role under the GDPR"),
    "horizon": _("Horizon"),
    "horizon_on": _("Horizon, day"),
    "impact": _("Impact"),
    "kind": _("Kind"),
    "kpi": _("KPI"),
    "kpis": _("KPIs"),
    "maximum": _("Maximum"),
    "meaning": _("What the signature says"),
    "measured_by": _("Measured by"),
    "method": _("Method"),
    "minimum": _("Minimum"),
    "mode": _("Operating mode"),
    "name": _("Name"),
    "note": _("Note"),
    "number": _("Number"),
    "objective": _("Objective"),
    "objectives": _("Objectives"),
    "on": _("On"),
    "organisation": _("Organisation"),
    "outcome": _("Outcome"),
    "owner": _("Owner"),
    "person": _("Person"),
    "phase": _("Phase"),
    "phases": _("Phases"),
    "platform": _("Platform"),
    "platform_admin": _("Platform administrator"),
    "quality": _("Quality"),
    "reach": _("Reach"),
    "reason": _("Reason"),
    "replaces": _("Replaces the signature of"),
    "reviewer": _("Reviewer"),
    "revisit_on": _("Looked at again on"),
    "role": _("Role"),
    "rule": _("Rule"),
    "scope": _("Scope"),
    "severity": _("Severity"),
    "should_score": _("Score of the shoulds"),
    "signed_at": _("Moment of the signature"),
    "signed_by": _("Signed by"),
    "size": _("Size"),
    "sources": _("Sources"),
    "start": _("Starts"),
    "start_on": _("Starts on"),
    "start_planned": _("Start planned on"),
    "started_on": _("Begun on"),
    "starts_on": _("From"),
    "subject_kinds": _("Kinds of subject"),
    "superseded_by": _("Superseded by"),
    "supports": _("Signatures it rests on"),
    "target": _("Target"),
    "template": _("Template"),
    "terms": _("Fingerprint of the terms"),
    "tested_on": _("Tested on"),
    "text": _("Text"),
    "title": _("Title"),
    "to": _("To"),
    "transfer_tool": _("Transfer tool"),
    "until": _("Until"),
    "url": _("Address"),
    "voices": _("Voices"),
    "what": _("What"),
    "with": _("Shared with"),
}
# One field may hold codes of several vocabularies: the first that knows a code says it.
CHOICES: dict[str, list[type[TextChoices]]] = {
    "as": [ClosedAs],
    "confidentiality": [Confidentiality],
    "decision": [Decision],
    "department": [Department],
    "dpa_status": [DpaStatus],
    "function": [ReviewFunction],
    "functions": [ReviewFunction],
    "gdpr_role": [GdprRole],
    "horizon": [Horizon],
    "kind": [EvidenceKind, OrganisationKind],
    "mode": [OperatorMode],
    "outcome": [Outcome, TestOutcome],
    "phase": [PhaseKind],
    "phases": [PhaseKind],
    "platform": [PlatformKind],
    "role": [Role],
    "severity": [Severity],
    "transfer_tool": [TransferTool],
}
ANSWERS = {"yes": _("yes"), "no": _("no"), "na": _("not concerned")}
TERMS = {"flags": "risk_flags", "channel": "channels"}
# The fields that hold a day or a moment; elsewhere a text that looks like one is what somebody wrote.
DATED = frozenset({
    "dpa_expires_on", "due_on", "effective_on", "end", "ends_on", "falls_on", "from", "horizon_on", "on",
    "revisit_on", "signed_at", "start", "start_on", "start_planned", "started_on", "starts_on", "tested_on",
    "to", "until",
})  # fmt: skip


def know(*models: type[Model], **choices: list[type[TextChoices]]) -> None:
    """Learn how the rooms above call the fields of their models, and what their codes mean."""
    for model in models:
        for one in model._meta.get_fields():
            words = getattr(one, "verbose_name", "")
            if isinstance(words, Promise):  # written for people, not made from the name
                FIELDS.setdefault(one.name, words)
    for name, listed in choices.items():
        CHOICES.setdefault(name, []).extend(listed)


def field_in_words(name: str) -> str:
    """What a field holds; its own name for one that has no words."""
    return str(FIELDS.get(name, name))


def value_in_words(name: str, value: Any) -> str:
    """A recorded value as people read it: codes that have words are said, the others stay."""
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(value_in_words(name, item) for item in value)
    if isinstance(value, dict) and not any(isinstance(item, dict | list) for item in value.values()):
        return ", ".join(f"{key} {value_in_words(name, item)}" for key, item in value.items())
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    for known in CHOICES.get(name, ()):
        if value in known.values:
            return str(known(value).label)
    if name in DATED and (said := _dated(str(value))):
        return said
    if name == "fields":
        return field_in_words(value)
    if name == "answers" and value in ANSWERS:
        return str(ANSWERS[value])
    if name in TERMS and value in {one["code"] for one in library.vocabulary(TERMS[name])}:
        return library.term(TERMS[name], value, library.language(get_language() or "fr"))
    return "" if value is None else str(value)


def _dated(value: str) -> str:
    """A day or a moment in words; nothing for what is neither."""
    try:
        return in_words(dt.date.fromisoformat(value)) if len(value) == 10 else moment_in_words(_moment(value))
    except (ValueError, OverflowError):
        return ""


def _moment(value: str) -> dt.datetime:
    """A moment that says its zone. Raises ValueError for another text."""
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
