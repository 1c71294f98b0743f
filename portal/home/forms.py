"""Forms of what belongs to a person or to the platform."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.programmes.choices import PlatformKind
from governance.stakeholders.choices import INTERNAL_KINDS, OrganisationKind
from governance.stakeholders.models import Organisation, Person


class TokenForm(forms.Form):
    """A key for a program: what it may do, for how long."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scope = forms.ChoiceField(label=_("What it may do"), choices=[("read", _("Read")), ("write", _("Read and write"))])
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=90, initial=30)
    password = forms.CharField(label=_("Your password"), widget=forms.PasswordInput)
    code = forms.CharField(label=_("Code of your generator"), required=False, max_length=12)


class AccountForm(forms.Form):
    """An account for someone who is known as a person, or soon will be."""

    email = forms.EmailField(label=_("E-mail"))


class FoundForm(forms.Form):
    """The frame of a new programme."""

    code = forms.RegexField(
        r"^[A-Z][A-Z0-9]{1,15}$",
        label=_("Code"),
        help_text=_("Two to sixteen capital letters or digits: it names the programme in addresses and in its journal."),
    )
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    advertiser = forms.ModelChoiceField(
        Organisation.objects.filter(kind=OrganisationKind.ADVERTISER), label=_("Advertiser")
    )
    platform_kind = forms.ChoiceField(label=_("Platform"), choices=PlatformKind.choices)
    sponsor = forms.ModelChoiceField(
        Person.objects.filter(organisation__kind__in=INTERNAL_KINDS), label=_("First sponsor")
    )
