"""Forms of what belongs to a person or to the platform."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.accounts.rules import LONGEST_TOKEN_DAYS
from governance.programmes.choices import PlatformKind
from governance.stakeholders.choices import INTERNAL_KINDS, Department, OrganisationKind
from governance.stakeholders.models import Organisation, Person
from governance.web.base import Form


class TokenForm(Form):
    """A key for a program: what it may do, for how long."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scope = forms.ChoiceField(
        label=_("What it may do"), choices=[("read", _("Read")), ("write", _("Read and write"))]
    )
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=LONGEST_TOKEN_DAYS, initial=30
    )
    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label=_("Code of your generator"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text=_("Where you set up a second factor."),
    )


class AccountForm(Form):
    """An account for someone who is known as a person, or soon will be."""

    email = forms.EmailField(label=_("E-mail"))
    platform_admin = forms.BooleanField(
        label=_("Platform administrator: opens accounts and founds programmes, has no other right"),
        required=False,
    )


class OrganisationForm(Form):
    """A company, before there is a programme of its own."""

    code = forms.CharField(
        label=_("Code"), max_length=16, help_text=_("2 to 16 capitals, digits and hyphens, as ORG-ABC.")
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=OrganisationKind.choices)
    country = forms.CharField(
        label=_("Country"), max_length=2, initial="FR", help_text=_("Two capitals, as FR.")
    )


class PersonForm(Form):
    """Somebody, before there is a programme: a first sponsor, say."""

    organisation = forms.ModelChoiceField(Organisation.objects.all(), label=_("Organisation"))
    display_name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"))
    department = forms.ChoiceField(label=_("Department"), choices=Department.choices)
    locale = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")])


class FoundForm(Form):
    """The frame of a new programme."""

    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        help_text=_(
            "2 to 16 capitals, digits and hyphens: it names the programme in addresses and in its journal, "
            "for good."
        ),
    )
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    advertiser = forms.ModelChoiceField(
        Organisation.objects.filter(kind=OrganisationKind.ADVERTISER), label=_("Advertiser")
    )
    platform_kind = forms.ChoiceField(label=_("Platform"), choices=PlatformKind.choices)
    sponsor = forms.ModelChoiceField(
        Person.objects.filter(organisation__kind__in=INTERNAL_KINDS, left_on__isnull=True),
        label=_("First sponsor"),
        help_text=_("Somebody else than you: they name the other sponsors and the reviewers."),
    )
