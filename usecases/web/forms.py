"""Forms of the backlog: a draft as people write it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance import canonical, library
from governance.charter.choices import ObjectiveStatus
from governance.charter.models import Objective
from governance.evidence.choices import EvidenceKind
from governance.evidence.models import Evidence
from governance.programmes.models import Engagement, Programme
from governance.roles import queries as roles
from governance.roles.rights import Rights
from governance.stakeholders.models import Person
from governance.web.base import Form
from governance.web.forms import NONE_CHOSEN
from usecases.backlog.choices import Branch, DependencyKind, Nature, ScenarioLevel
from usecases.backlog.models import UseCaseRevision
from usecases.backlog.rules import HOUR
from usecases.catalogue.models import Destination
from usecases.kpis.choices import TargetKind
from usecases.kpis.models import Kpi, KpiTarget
from usecases.segments.choices import Apply, SegmentRole
from usecases.segments.segrule.document import is_duration
from usecases.segments.wording import duration
from usecases.web.vocabulary import terms

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HOURS = rf"\A{HOUR.pattern}\Z"
NOT_AN_HOUR = {"invalid": gettext_lazy("Write a time of day, from 00:00 to 23:59.")}


class ManyByCode(forms.ModelMultipleChoiceField):
    """Rows chosen by ticking them, named by what they are."""

    widget = forms.CheckboxSelectMultiple


class JourneyField(forms.CharField):
    """journey/1 steps, typed as a JSON list."""

    widget = forms.Textarea(attrs={"rows": 10, "class": "j-mono", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """Read the list; what cannot be read is said on the field."""
        text = super().to_python(value)
        if not text:
            return []
        try:
            return _floatless(canonical.parse(text))
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("The journey is not readable JSON: %(why)s") % {"why": where_unreadable(error)}
            ) from error

    def prepare_value(self, value: Any) -> Any:
        """Show the list as people read it."""
        return (
            value
            if isinstance(value, str) or value is None
            else json.dumps(value, ensure_ascii=False, indent=1)
        )


def where_unreadable(error: ValueError | RecursionError) -> str:
    """Say where a JSON text stops being readable, in the reader's words and not in Python's."""
    if isinstance(error, json.JSONDecodeError):
        place = {"line": error.lineno, "column": error.colno}
        return _("look at line %(line)s, column %(column)s.") % place
    return _("it holds groups too deep or a number too long.")


def _floatless(value: Any) -> Any:
    """JSON columns hold no Decimal: what is not whole is kept as the text that was typed."""
    if isinstance(value, list):
        return [_floatless(item) for item in value]
    if isinstance(value, dict):
        return {key: _floatless(item) for key, item in value.items()}
    return float(value) if hasattr(value, "as_tuple") else value


LONG = re.compile(r"(\d{1,4})\s*(\w+?)s?", re.IGNORECASE)
UNITS = {
    "jour": "P{}D", "day": "P{}D", "semaine": "P{}W", "week": "P{}W", "moi": "P{}M", "month": "P{}M",
    "an": "P{}Y", "année": "P{}Y", "year": "P{}Y", "heure": "PT{}H", "hour": "PT{}H", "minute": "PT{}M",
}  # fmt: skip


THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


class NumberField(forms.DecimalField):
    """A number as people write it in their language: a comma or a point, spaces between thousands."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        """Read the separators of the reader's language; a single comma is the decimal one elsewhere too."""
        if isinstance(value, str):
            value = re.sub(r"[\s\u00a0\u202f]", "", value)
            thousands = (get_language() or "fr").startswith("en") and THOUSANDS.fullmatch(value)
            value = value.replace(",", "" if thousands else ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """Show the decimal mark of the reader's language."""
        french = (get_language() or "fr").startswith("fr")
        return str(value).replace(".", ",") if isinstance(value, Decimal) and french else value


class DurationField(forms.CharField):
    """How long, as people say it in either language, or as P6M."""

    def to_python(self, value: Any) -> str:
        """Write what was said as a duration; what cannot be read is left for the verb to refuse in words."""
        text = str(super().to_python(value))
        said = LONG.fullmatch(text)
        unit = UNITS.get(said.group(2).lower()) if said else None
        return unit.format(int(said.group(1))) if said and unit else text

    def prepare_value(self, value: Any) -> Any:
        """Show a duration in the reader's words."""
        return duration(value) if is_duration(value) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether another duration is meant."""
        return self.to_python(initial or "") != self.to_python(data or "")


class HourField(forms.RegexField):
    """A time of day, as 9:00 or 09:00."""

    def to_python(self, value: Any) -> str:
        """Write the hour with two digits."""
        text = str(super().to_python(value))
        return f"0{text}" if re.fullmatch(r"\d:\d\d", text) else text


class NewForm(Form):
    """A use case to begin with: from the library, or a title of one's own."""

    template = forms.ChoiceField(label=gettext_lazy("Start from the library"), required=False)
    title_fr = forms.CharField(
        label=gettext_lazy("Title in French"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Empty: the template's."),
    )
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=160, required=False)
    branch = forms.ChoiceField(
        label=gettext_lazy("Whom it addresses"), choices=NONE_CHOSEN + Branch.choices, required=False
    )
    owner = forms.ModelChoiceField(
        Person.objects.none(), label=gettext_lazy("Owner"), required=False, empty_label=NONE_CHOSEN[0][1]
    )
    emblematic = forms.BooleanField(
        label=gettext_lazy("Emblematic: chosen to prove the platform"), required=False
    )

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = (get_language() or "fr")[:2]
        templates = [(one["code"], one[f"title_{lang}"]) for one in library.usecase_templates()]
        self.fields["template"].choices = [*NONE_CHOSEN, *templates]  # type: ignore[attr-defined]
        # whoever reads only what was shared with them knows nobody else
        known = roles.people_of(rights.programme) if rights.reads else [rights.person]
        people = [person.pk for person in known if person is not None]
        self.fields["owner"].queryset = Person.objects.filter(pk__in=people)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A title or a template is needed."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("template") and not given.get("title_fr"):
            self.add_error("title_fr", _("Give a title, or start from a template of the library."))
        if not given.get("template") and not given.get("branch"):
            self.add_error("branch", _("Say whom it addresses: prospects, customers, or both."))
        return given


class DraftForm(Form):
    """Everything a revision says, but its segments and targets, which have their own panels."""

    called = {"quiet_hours": "quiet_from", "hypothesis": "hypothesis_if"}
    title_fr = forms.CharField(label=gettext_lazy("Title in French"), max_length=160)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=160, required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    creative_brief = forms.CharField(
        label=gettext_lazy("Creative brief"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    scenario_level = forms.TypedChoiceField(
        label=gettext_lazy("Level"), choices=ScenarioLevel.choices, coerce=int
    )
    audience_branch = forms.ChoiceField(label=gettext_lazy("Whom it addresses"), choices=Branch.choices)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Nature.choices)
    hypothesis_if = forms.CharField(label=gettext_lazy("If…"), required=False, max_length=400)
    hypothesis_then = forms.CharField(label=gettext_lazy("Then…"), required=False, max_length=400)
    hypothesis_because = forms.CharField(label=gettext_lazy("Because…"), required=False, max_length=400)
    objectives = ManyByCode(
        Objective.objects.none(), label=gettext_lazy("Objectives it serves"), required=False
    )
    targets = ManyByCode(
        KpiTarget.objects.none(),
        label=gettext_lazy("KPI targets it is held to"),
        required=False,
        help_text=gettext_lazy("They are set in the tab of KPI targets."),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    destinations = ManyByCode(Destination.objects.none(), label=gettext_lazy("Destinations"), required=False)
    recipients = ManyByCode(
        Engagement.objects.none(), label=gettext_lazy("Organisations that receive data"), required=False
    )
    budget_eur = NumberField(label=gettext_lazy("Budget, €"), min_value=0, max_digits=12, decimal_places=2)
    retention = DurationField(
        label=gettext_lazy("Data kept for"),
        required=False,
        max_length=16,
        help_text=gettext_lazy("For instance: 6 months."),
    )
    notice_ref = forms.CharField(
        label=gettext_lazy("Where people are informed"), required=False, max_length=160
    )
    rights_process = forms.CharField(
        label=gettext_lazy("How people use their rights"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    latency_needed = forms.ChoiceField(label=gettext_lazy("How fast data must arrive"), required=False)
    expected_volume = forms.IntegerField(
        label=gettext_lazy("Expected number of people"), required=False, min_value=0, max_value=10**10
    )
    priority = forms.IntegerField(label=gettext_lazy("Priority, 1 is the highest"), min_value=1, max_value=9)
    quiet_from = HourField(
        HOURS,
        label=gettext_lazy("Quiet hours from"),
        required=False,
        help_text=gettext_lazy("For instance 21:00."),
        error_messages=NOT_AN_HOUR,
    )
    quiet_to = HourField(
        HOURS, label=gettext_lazy("Quiet hours until"), required=False, error_messages=NOT_AN_HOUR
    )
    journey = JourneyField(
        label=gettext_lazy("Journey, step by step"),
        required=False,
        help_text=gettext_lazy(
            "A list of steps (entry, touch, wait, decision, split, exit), each with what comes next. For"
            ' instance: [{"id": "n1", "type": "entry", "next": "n2"}, {"id": "n2", "type": "touch",'
            ' "channel": "email", "message": "welcome", "stage": "before", "next": "n3"}, {"id": "n3",'
            ' "type": "exit", "reason": "end"}]'
        ),
    )
    change_summary = forms.CharField(
        label=gettext_lazy("What changes since the last revision"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, revision: UseCaseRevision, **kwargs: Any) -> None:
        kwargs.setdefault("initial", initial_of(revision))
        super().__init__(*args, **kwargs)
        programme = revision.usecase.dossier.programme
        querysets: dict[str, Any] = {
            "objectives": Objective.objects.filter(programme=programme).exclude(
                status=ObjectiveStatus.DROPPED
            ),
            "targets": KpiTarget.objects.open()
            .filter(dossier=revision.usecase.dossier)
            .select_related("kpi"),
            "destinations": Destination.objects.filter(programme=programme).select_related("organisation"),
            "recipients": Engagement.objects.filter(programme=programme).select_related("organisation"),
        }
        for name, rows in querysets.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        self.fields["channels"].choices = terms("channels")  # type: ignore[attr-defined]
        self.fields["latency_needed"].choices = [*NONE_CHOSEN, *terms("latency_classes")]  # type: ignore[attr-defined]
        bases = terms("legal_bases")
        held = {one.purpose: one for one in revision.purposes.select_related("lia_evidence")}
        documents = Evidence.objects.filter(programme=programme, kind=EvidenceKind.DOCUMENT)
        self.proofs = {one.code: one for one in documents}
        proofs = [*NONE_CHOSEN, *((one.code, one.title) for one in self.proofs.values())]
        for purpose in library.vocabulary("purposes"):
            code = purpose["code"]
            label = library.term("purposes", code, (get_language() or "fr")[:2])
            allowed = [(basis, words) for basis, words in bases if basis in purpose["bases"]]
            kept = held.get(code)
            self.fields[f"purpose_{code}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", _("not used")), *allowed],
                initial=kept.legal_basis if kept else "",
            )
            if "legitimate_interests" in purpose["bases"]:
                self.fields[f"lia_{code}"] = forms.ChoiceField(
                    label=_("Balancing test: %(purpose)s") % {"purpose": label},
                    required=False,
                    choices=proofs,
                    initial=kept.lia_evidence.code if kept and kept.lia_evidence else "",
                )

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends, or none."""
        given: dict[str, Any] = super().clean() or {}
        for name, other in (("quiet_from", "quiet_to"), ("quiet_to", "quiet_from")):
            if given.get(other) and not given.get(name) and name not in self.errors:
                self.add_error(name, _("Give both ends of the quiet hours, or neither."))
        return given

    def purposes(self) -> dict[str, list[tuple[Any, Any]]]:
        """The bound fields of purposes, each with that of its balancing test: those used, and the others."""
        found: dict[str, list[tuple[Any, Any]]] = {"used": [], "others": []}
        for name in self.fields:
            if name.startswith("purpose_"):
                lia = f"lia_{name.removeprefix('purpose_')}"
                pair = (self[name], self[lia] if lia in self.fields else None)
                is_used = any(field is not None and (field.value() or field.errors) for field in pair)
                found["used" if is_used else "others"].append(pair)
        return found

    def groups(self) -> list[dict[str, Any]]:
        """The bound fields that are not purposes, by heading, each with whether it may stay empty."""
        return [
            {
                "title": title,
                "fields": [
                    (self[name], not self.fields[name].required and name not in ASKED_AT_SUBMISSION)
                    for name in names
                ],
            }
            for title, names in GROUPS
        ]

    def changes(self) -> dict[str, Any]:
        """What was changed, as `backlog.actions.edit` takes it."""
        given, changed = self.cleaned_data, set(self.changed_data)
        fields: dict[str, Any] = {
            name: list(given[name]) if isinstance(self.fields[name], ManyByCode) else given[name]
            for name in changed
            if not name.startswith(("purpose_", "lia_", "hypothesis_", "quiet_"))
        }
        if any(name.startswith("hypothesis_") for name in changed):
            parts = {part: given[f"hypothesis_{part}"] for part in ("if", "then", "because")}
            fields["hypothesis"] = {part: text for part, text in parts.items() if text}
        if {"quiet_from", "quiet_to"} & changed:
            fields["quiet_hours"] = (
                [given["quiet_from"], given["quiet_to"]] if given["quiet_from"] and given["quiet_to"] else []
            )
        if any(name.startswith(("purpose_", "lia_")) for name in changed):
            fields["purposes"] = [
                {
                    "purpose": name.removeprefix("purpose_"),
                    "legal_basis": basis,
                    "lia_evidence": self.proofs.get(given.get(f"lia_{name.removeprefix('purpose_')}", "")),
                }
                for name, basis in given.items()
                if name.startswith("purpose_") and basis
            ]
        return fields


def initial_of(revision: UseCaseRevision) -> dict[str, Any]:
    """What the draft says now."""
    plain = (
        "title_fr",
        "title_en",
        "description",
        "creative_brief",
        "scenario_level",
        "audience_branch",
        "nature",
        "channels",
        "budget_eur",
        "retention",
        "notice_ref",
        "rights_process",
        "latency_needed",
        "expected_volume",
        "priority",
        "journey",
        "change_summary",
    )
    hours = [*revision.quiet_hours, "", ""]
    return {
        **{name: getattr(revision, name) for name in plain},
        **{f"hypothesis_{part}": revision.hypothesis.get(part, "") for part in ("if", "then", "because")},
        **{
            name: list(getattr(revision, name).all())
            for name in ("objectives", "targets", "destinations", "recipients")
        },
        "quiet_from": hours[0],
        "quiet_to": hours[1],
    }


# What a draft may lack and a submission may not (backlog.rules): the page does not call it optional.
ASKED_AT_SUBMISSION = {
    "hypothesis_if",
    "hypothesis_then",
    "hypothesis_because",
    "objectives",
    "targets",
    "channels",
    "destinations",
}

# How the page of the draft lays its fields out.
GROUPS: list[tuple[Any, tuple[str, ...]]] = [
    (
        gettext_lazy("What it is"),
        (
            "title_fr",
            "title_en",
            "description",
            "scenario_level",
            "audience_branch",
            "nature",
            "change_summary",
        ),
    ),
    (gettext_lazy("Hypothesis"), ("hypothesis_if", "hypothesis_then", "hypothesis_because")),
    (gettext_lazy("What it is held to"), ("objectives", "targets", "budget_eur", "priority")),
    (
        gettext_lazy("Channels and recipients"),
        (
            "channels",
            "destinations",
            "recipients",
            "latency_needed",
            "expected_volume",
            "quiet_from",
            "quiet_to",
        ),
    ),
    (gettext_lazy("Journey and creation"), ("journey", "creative_brief")),
    (gettext_lazy("People's rights"), ("retention", "notice_ref", "rights_process")),
]


class PinForm(Form):
    """A segment version in a role."""

    version = forms.CharField(label=gettext_lazy("Segment and version"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=SegmentRole.choices)
    apply = forms.ChoiceField(
        label=gettext_lazy("Applied (exclusions only)"), choices=NONE_CHOSEN + Apply.choices, required=False
    )


class ScoreForm(Form):
    """RICE: reach times impact times confidence, by effort."""

    reach = forms.IntegerField(label=gettext_lazy("Reach, people a quarter"), min_value=0)
    impact = forms.TypedChoiceField(
        label=gettext_lazy("Impact"),
        choices=[(v, v) for v in ("0.25", "0.5", "1", "2", "3")],
        coerce=canonical.parse,
    )
    confidence = forms.TypedChoiceField(
        label=gettext_lazy("Confidence"),
        choices=[(v, v) for v in ("0.5", "0.8", "1.0")],
        coerce=canonical.parse,
    )
    effort_weeks = NumberField(
        label=gettext_lazy("Effort, person-weeks"), min_value=0, max_digits=5, decimal_places=1
    )


class ScheduleForm(Form):
    """A window on the roadmap."""

    start = forms.DateField(label=gettext_lazy("Starts"), widget=DAY)
    end = forms.DateField(label=gettext_lazy("Ends"), widget=DAY)


class LinkForm(Form):
    """How a use case hangs together with another."""

    kind = forms.ChoiceField(label=gettext_lazy("How they hang together"), choices=DependencyKind.choices)
    other = forms.CharField(label=gettext_lazy("Code of the other use case"), max_length=24)


class TargetForm(Form):
    """What is aimed at, or the limits of a guardrail."""

    kpi = forms.ModelChoiceField(Kpi.objects.none(), label=gettext_lazy("KPI"), empty_label=NONE_CHOSEN[0][1])
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=TargetKind.choices)
    baseline = NumberField(label=gettext_lazy("Baseline"), required=False, max_digits=18, decimal_places=6)
    baseline_from = forms.DateField(label=gettext_lazy("Baseline from"), required=False, widget=DAY)
    baseline_to = forms.DateField(label=gettext_lazy("Baseline to"), required=False, widget=DAY)
    target = NumberField(label=gettext_lazy("Target"), required=False, max_digits=18, decimal_places=6)
    start_on = forms.DateField(label=gettext_lazy("Start"), required=False, widget=DAY)
    horizon_on = forms.DateField(label=gettext_lazy("Horizon"), required=False, widget=DAY)
    minimum = NumberField(
        label=gettext_lazy("Guardrail: at least"), required=False, max_digits=18, decimal_places=6
    )
    maximum = NumberField(
        label=gettext_lazy("Guardrail: at most"), required=False, max_digits=18, decimal_places=6
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kpi"].queryset = Kpi.objects.filter(programme=programme)  # type: ignore[attr-defined]
