"""Forms of the pages of governance: their shape only; what stands against an act is said by its verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import library
from governance.charter.choices import Horizon
from governance.charter.criteria import LONG_ENOUGH
from governance.dossiers.choices import ReviewFunction
from governance.evidence.choices import Confidentiality, EvidenceKind, Outcome
from governance.programmes.choices import (
    DpaStatus,
    GdprRole,
    OperatorMode,
    PhaseKind,
    PlatformKind,
    TransferTool,
)
from governance.roles.choices import Role
from governance.stakeholders.choices import Department, OrganisationKind
from governance.stakeholders.models import Organisation, Person
from governance.web.base import Form

NONE_CHOSEN: list[tuple[str, Any]] = [("", "–")]


def day(label: Any, *, required: bool = True, **fields: Any) -> forms.DateField:
    """A day, chosen in the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, **fields)


def words(
    label: Any, *, rows: int = 3, required: bool = True, longest: int = 4000, **fields: Any
) -> forms.CharField:
    """Some lines of text."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=longest, widget=widget, **fields)


def someone(label: Any) -> forms.ModelChoiceField:
    """One of the people whom the page knows; they are given when the form is made."""
    return forms.ModelChoiceField(Person.objects.none(), label=label, empty_label=NONE_CHOSEN[0][1])


class FrameForm(Form):
    """What the programme is called, and what platform it is about."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    platform_kind = forms.ChoiceField(label=_("Platform"), choices=PlatformKind.choices)


class VisionForm(Form):
    """Why the programme exists."""

    vision_draft = words(
        _("Problem and expected results"),
        rows=10,
        help_text=format_lazy(
            _("What is wrong today, for whom, what will be different. G0 asks for at least {n} characters."),
            n=LONG_ENOUGH,
        ),
    )


class OperatorForm(Form):
    """Who operates the platform once it runs."""

    operator_mode = forms.ChoiceField(label=_("Operating mode in run"), choices=OperatorMode.choices)
    operator_start_planned = day(_("Operator starts on"))


class PlanForm(Form):
    """When a phase is planned."""

    planned_start = day(_("Planned from"), required=False)
    planned_end = day(_("Planned until"), required=False)


class ObjectiveForm(Form):
    """What the programme is for, on one horizon."""

    horizon = forms.ChoiceField(
        label=_("Horizon"),
        choices=Horizon.choices,
        help_text=_("Short: 6 months at most; medium: 18; long: 36."),
    )
    statement_fr = words(_("Objective in French"), rows=2, longest=1000)
    statement_en = words(_("Objective in English"), rows=2, longest=1000, required=False)
    owner = someone(_("Owner, a sponsor"))
    due_on = day(_("Due on"))

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class PersonForm(Form):
    """Somebody who may hold roles."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    display_name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"))
    department = forms.ChoiceField(
        label=_("Department"),
        choices=Department.choices,
        help_text=_("“External” for whoever works for an outside organisation."),
    )
    locale = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")])
    qualified_jurist = forms.BooleanField(label=_("Qualified jurist"), required=False)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class OrganisationForm(Form):
    """A company."""

    code = forms.CharField(
        label=_("Code"), max_length=16, help_text=_("2 to 16 capitals, digits and hyphens, as ORG-ABC.")
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=OrganisationKind.choices)
    country = forms.CharField(
        label=_("Country"), max_length=2, initial="FR", help_text=_("Two capitals, as FR.")
    )


class EngagementForm(Form):
    """What an organisation is to the data of the programme, and under which agreement."""

    code = forms.CharField(label=_("Code of the organisation"), max_length=16)
    gdpr_role = forms.ChoiceField(
        label=_("Role on the data"), choices=GdprRole.choices, initial=GdprRole.NONE
    )
    contract_ref = forms.CharField(label=_("Reference of the contract"), max_length=64, required=False)
    starts_on = day(_("From"))
    ends_on = day(_("Until"), required=False)
    dpa_status = forms.ChoiceField(label=_("Processing agreement"), choices=DpaStatus.choices)
    dpa_signed_on = day(_("Agreement signed on"), required=False)
    dpa_expires_on = day(_("Agreement ends on"), required=False)
    transfer_tool = forms.ChoiceField(
        label=_("Frame of a transfer outside the European Economic Area"),
        choices=NONE_CHOSEN + TransferTool.choices,
        required=False,
    )


class AssignForm(Form):
    """A person in a role, over time."""

    person = someone(_("Person"))
    role = forms.ChoiceField(label=_("Role"), choices=NONE_CHOSEN + Role.choices)
    starts_on = day(_("From"))
    ends_on = day(_("Until"), required=False)
    phases = forms.MultipleChoiceField(
        label=_("Only in these phases"),
        choices=PhaseKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: in every phase."),
    )
    allocation_pct = forms.IntegerField(
        label=_("Share of time, %"), min_value=0, max_value=100, required=False, initial=0
    )

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def clean_allocation_pct(self) -> int:
        """No figure is no share."""
        return self.cleaned_data["allocation_pct"] or 0


class EndForm(Form):
    """The last day of a role."""

    ends_on = day(_("Last day"))


class ReasonForm(Form):
    """Why; it is kept in the journal."""

    reason = words(_("Why"), rows=3, help_text=_("Kept in the journal, and told to those concerned."))


class RevokeForm(ReasonForm):
    """Why a role is withdrawn, and whether what was signed in it falls as well."""

    for_cause = forms.BooleanField(
        label=_("For cause: what this person signed in this role falls as well"), required=False
    )


class ShareForm(Form):
    """Whom one dossier is opened to."""

    person = someone(_("Person"))

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class DelegateForm(Form):
    """Who signs in one's place, for what, until when."""

    function = forms.ChoiceField(label=_("Function"))
    delegate = someone(_("Who signs for you"))
    starts_on = day(_("From"))
    ends_on = day(_("Until"), help_text=_("45 days at most."))
    reason = words(_("Why"), rows=2)
    excludes_high_risk = forms.BooleanField(
        label=_("Leave high-risk subjects out"),
        required=False,
        initial=True,
        help_text=_("Some subjects are never signed by delegation, whatever is ticked here."),
    )

    def __init__(
        self, *args: Any, people: QuerySet[Person], functions: Sequence[ReviewFunction], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegate"].queryset = people  # type: ignore[attr-defined]
        self.fields["function"].choices = [(each.value, each.label) for each in functions]  # type: ignore[attr-defined]


class InterestForm(Form):
    """An interest in an organisation: a share, a relative, a former post."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    nature = words(_("What the interest is"), rows=2, longest=1000)
    starts_on = day(_("From"))
    ends_on = day(_("Until"), required=False)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class EvidenceForm(Form):
    """What proves that a condition is met: a file, an address, or both."""

    title = forms.CharField(label=_("Title"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=EvidenceKind.choices)
    file = forms.FileField(label=_("File to attach"), required=False, help_text=_("Ten megabytes at most."))
    url = forms.CharField(
        label=_("Address"), max_length=200, required=False, help_text=_("As https://domain/page.")
    )
    confidentiality = forms.ChoiceField(
        label=_("Who may open it"), choices=Confidentiality.choices, initial=Confidentiality.INTERNAL
    )
    outcome = forms.ChoiceField(
        label=_("Outcome of the test"), choices=NONE_CHOSEN + Outcome.choices, required=False
    )
    tested_on = day(_("Tested on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = get_language() or "fr"
        self.fields["confidentiality"].choices = [  # type: ignore[attr-defined]
            (level, f"{word} ({library.term('confidentiality', level, lang)})")
            for level, word in Confidentiality.choices
        ]


class JournalForm(Form):
    """Which events to show."""

    verb = forms.ChoiceField(label=_("What happened"), required=False)
    actor = forms.CharField(label=_("Who, by e-mail"), max_length=254, required=False)
    kind = forms.ChoiceField(label=_("About"), required=False)
    code = forms.CharField(label=_("Code"), max_length=48, required=False)
    since = day(_("From"), required=False)
    until = day(_("Until"), required=False)
