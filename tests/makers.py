"""Makers call the verbs, so that a made thing is a possible thing."""

import datetime as dt

from governance import clock
from governance.accounts import actions as accounts
from governance.audit import trail
from governance.dossiers import actions as dossiers
from governance.gates import registry
from governance.programmes import actions as programmes
from governance.roles import actions as roles
from governance.stakeholders import actions as stakeholders
from governance.stakeholders.models import Organisation, Person

PASSWORD = "un jalon bien planté"


def organisation(code, kind="advertiser", *, by=None, programme=None, name=None, country="FR"):
    """Write a company down, unless it is there."""
    return Organisation.objects.filter(code=code).first() or stakeholders.add_organisation(
        by=by, programme=programme, code=code, name=name or code, kind=kind, country=country
    )


def finding(code, programme):
    """What a criterion finds now of a programme."""
    told = registry.read([programme], [code])
    return registry.found(code, programme, told[programme.pk])


def person(
    key, organisation, department="marketing", *, name=None, by=None, programme=None, account=True, **fields
):
    """Write a person down as key@jalon.example, with an account without a password unless told otherwise."""
    email = f"{key}@jalon.example"
    if account:
        accounts.open_account(email, by=by)
    return stakeholders.add_person(
        by=by,
        programme=programme,
        organisation=organisation,
        department=department,
        display_name=name or key,
        email=email,
        **fields,
    )


def administrator():
    """The platform administrator of the tests; made once."""
    there = Person.objects.filter(email="admin@jalon.example").first()
    return there or roles.install_administrator(
        email="admin@jalon.example",
        display_name="Ada Admin",
        organisation={"code": "ORG-TAL", "name": "Talvère Maison", "kind": "advertiser", "country": "FR"},
    )


def programme(code="TALV", *, sponsor, advertiser=None, started_on=None, **fields):
    """Found a programme with its first sponsor."""
    return roles.found_programme(
        by=administrator(),
        code=code,
        name_fr=f"Programme {code}",
        name_en=f"{code} programme",
        advertiser=advertiser or sponsor.organisation,
        platform_kind="cdp",
        started_on=started_on,
        sponsor=sponsor,
        **fields,
    )


def engaged(programme, organisation, *, by, gdpr_role="none", ends_on=None, agreement=False, starts_on=None):
    """Engage an organisation from today, with a signed agreement if asked."""
    return roles.engage(
        programme,
        organisation,
        by=by,
        gdpr_role=gdpr_role,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
        dpa_status="signed" if agreement else "none",
        dpa_signed_on=clock.today() if agreement else None,
    )


def in_phase(programme, kind):
    """Walk a programme to a phase, as its gates would; past the run with "closed", nowhere with None."""
    if kind is None:
        return programme
    if programme.status == "draft":
        programmes.change_status(programme, "active", by=None)
    for phase in programme.phases.order_by("order"):
        if phase.status == "not_started":
            programmes.open_phase(phase, by=None)
        if phase.kind == kind:
            return programme
        if phase.status == "open":
            programmes.close_phase(phase, by=None)
    programmes.change_status(programme, "closing", by=None)
    programmes.change_status(programme, "closed", by=None)
    return programme


def dossier(programme, code="UC-90", kind="use_case", *, by):
    """A dossier by itself, for tests of rooms that know no use case."""
    made = dossiers.open_dossier(programme, kind=kind, code=code, name_fr=f"Dossier {code}")
    trail.record("test.opened", by=by, about=made)
    return made


def days(count):
    """The day this many days from today."""
    return clock.today() + dt.timedelta(days=count)
