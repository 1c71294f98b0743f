"""Makers of the review desk: dossiers with hand-made facets, frozen, asked and signed by the verbs."""

import pytest
from django.db import transaction

from governance.audit import trail
from governance.dossiers import actions as dossiers
from governance.dossiers import kinds
from governance.dossiers.choices import Facet, ReviewFunction
from governance.dossiers.kinds import Kind
from governance.reviews import actions, policies, registry
from governance.reviews.choices import Decision
from governance.reviews.models import ReviewRequest
from governance.roles import actions as roles
from governance.roles.queries import is_deputy
from tests import makers

FACETS = {
    Facet.WORDING: {"title_fr": "Relance de panier", "title_en": "Basket reminder"},
    Facet.BUSINESS: {"objectives": ["OBJ-01"], "scenario_level": 1},
    Facet.AUDIENCE: {"audience_branch": "customers", "segments": [{"code": "SEG-01", "role": "target"}]},
    Facet.DATA: {"attributes": ["crm.email"], "events": ["cart"]},
    Facet.PRIVACY: {"purposes": [{"purpose": "crm_marketing", "legal_basis": "consent"}]},
    Facet.CHANNEL: {"channels": ["email"]},
    Facet.PRESSURE: {"caps": {"email": {"n": 1, "per": "P7D"}}},
    Facet.JOURNEY: {"journey": [{"id": "a", "type": "entry"}]},
    Facet.TECH: {"latency_needed": "daily"},
    Facet.TEST: {},
}
FUNCTIONS = ReviewFunction.values
WATCHED = {function: policies.watched(function) for function in FUNCTIONS}
# Who signs, in the order of the policies.
SIGNERS = {
    ReviewFunction.LEGAL: "aude",
    ReviewFunction.DPO: "diane",
    ReviewFunction.SECURITY: "simon",
    ReviewFunction.TECHNICAL: "thomas",
    ReviewFunction.SPONSOR: "helene",
}


def describe(editions, lang):
    """Tell a facet as its members, for a kind that no room owns."""

    def tell(edition, facet):
        return [
            (name, [str(each) for each in value] if isinstance(value, list) else str(value))
            for name, value in edition.facet(facet).items()
        ]

    return tell


def stand_alone(monkeypatch):
    """Govern a kind that stands by itself: no room above is told anything."""
    monkeypatch.setitem(
        kinds._kinds, "use_case", Kind("use_case", "use case", "usecase_revision", "usecases:one", describe)
    )
    monkeypatch.setitem(
        kinds._kinds, "segment", Kind("segment", "segment", "segment_version", "usecases:one", describe)
    )
    for each in (registry.on_approved, registry.on_rejected, registry.flags_now, registry.also_blocking):
        monkeypatch.setattr(each, "kept", {})


@pytest.fixture
def tiny(monkeypatch):
    """Govern a kind that stands by itself."""
    stand_alone(monkeypatch)


def with_facets(**changes):
    """The facets, some of them changed: `with_facets(WORDING={"title_fr": …})` adds to what is there."""
    return {facet: {**value, **changes.get(facet.value, {})} for facet, value in FACETS.items()}


def opened(programme, code="UC-90", kind="use_case", *, by):
    """A dossier."""
    return makers.dossier(programme, code, kind, by=by)


@transaction.atomic
def frozen(
    dossier,
    *,
    by,
    number=1,
    authors=None,
    facets=None,
    flags=(),
    subject="usecase_revision",
    requirements=None,
    size=None,
):
    """An edition frozen as the rooms above would, with the requirements that its flags ask."""
    edition = dossiers.freeze(
        dossier,
        number=number,
        facets=facets if facets is not None else FACETS,
        authors=[by] if authors is None else authors,
        by=by,
        requirements=policies.resolve(subject, flags, "cadrage") if requirements is None else requirements,
        watched=WATCHED,
        flags=flags,
        size=size,
    )
    trail.record("test.frozen", by=by, about=dossier, after=edition.fp)
    return edition


@transaction.atomic
def submitted(dossier, *, by, **how):
    """An edition frozen and asked, in one act."""
    edition = frozen(dossier, by=by, **how)
    actions.ask(edition, by=by)
    return edition


def asked(edition, function):
    """The open request of a function."""
    return (
        ReviewRequest.objects.open()
        .select_related("edition__dossier__programme", "edition__submitted_by")
        .get(edition=edition, function=function)
    )


def yes(edition, function, **said):
    """Answer yes to every question of a function, but those said otherwise."""
    checklist = edition.requirements.get(function=function).checklist
    return {
        question.code: said.get(question.code.replace("-", "_"), "yes")
        for question in policies.questions(checklist)
    }


def signed(edition, function, by, decision=Decision.APPROVE, *, request=None, **how):
    """Sign a function's request, by the verb."""
    request = request or asked(edition, function)
    said = {
        "fingerprint": edition.fp,
        "reauth_age_s": 12,
        "answers": yes(edition, function),
        "public_comment": "Non, pas ainsi." if decision == Decision.REJECT else "",
        **how,
    }
    return actions.sign(request, decision, by=by, **said)


def condition(owner, *, days=30, severity="before_start", text="Informer les personnes", **more):
    """A condition to sign under."""
    return {"text": text, "owner": owner, "due_on": makers.days(days), "severity": severity, **more}


def approved(dossier, cast, *, by=None, **how):
    """An edition that every function asked has signed."""
    edition = submitted(dossier, by=by or cast.mehdi, **how)
    for function in FUNCTIONS:
        for request in ReviewRequest.objects.open().filter(edition=edition, function=function):
            signed(edition, function, getattr(cast, SIGNERS[function]), request=request)
    edition.refresh_from_db()
    return edition


def lent(cast, delegator, delegate, function, *, accepted=True, days=15, **how):
    """A delegation of signature, from today; whoever gets it is named a deputy first."""
    if not is_deputy(delegate, cast.programme, function):
        roles.name_deputy(cast.programme, delegate, function, by=cast.helene)
    delegation = roles.delegate(
        cast.programme,
        by=delegator,
        delegate=delegate,
        function=function,
        starts_on=makers.days(0),
        ends_on=makers.days(days),
        reason="congés",
        **how,
    )
    return roles.accept(delegation, by=delegate) if accepted else delegation
