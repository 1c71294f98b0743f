"""Freezing: ten facets, five scopes, authors and requirements, written once; what changed, in words."""

from decimal import Decimal

import pytest
from django.db import transaction

from governance import canonical
from governance.canonical import NotCanonical
from governance.dossiers import actions, queries
from governance.dossiers.choices import ClosedAs, Facet, ReviewFunction
from governance.errors import Refusal
from governance.reviews import policies
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(cast):
    return desk.opened(cast.programme, by=cast.mehdi)


def scopes(edition):
    return dict(edition.scopes.values_list("function", "fp"))


def test_an_edition_holds_its_content_in_canonical_form(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi, flags=["minors", "large_scale", "minors"], size=1200)
    content = bytes(edition.content)
    assert edition.fp == canonical.fingerprint_of(content)
    assert edition.read["dossier"] == "TALV/UC-90"
    assert (edition.read["number"], edition.read["kind"]) == (1, "use_case")
    assert "TEST" not in edition.read["facets"]  # it says nothing
    assert edition.flags == ["large_scale", "minors"]
    assert edition.facet(Facet.CHANNEL) == {"channels": ["email"]}
    assert edition.facet(Facet.TEST) == {}


def test_each_function_has_the_fingerprint_of_what_it_watches(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi)
    fps = queries.facet_fps(edition)
    assert set(scopes(edition)) == set(desk.FUNCTIONS)
    for function, fp in scopes(edition).items():
        expected = {
            "dossier": "TALV/UC-90",
            "function": function,
            "facets": {facet: fps[Facet(facet)] for facet in policies.watched(function)},
        }
        assert fp == canonical.fingerprint(expected)


@pytest.mark.parametrize("facet", Facet)
def test_a_change_of_a_facet_moves_the_scopes_of_those_who_watch_it_only(cast, dossier, facet):
    one = desk.frozen(dossier, by=cast.mehdi)
    two = desk.frozen(
        dossier, by=cast.mehdi, number=2, facets=desk.with_facets(**{facet.value: {"new": "value"}})
    )
    moved = {function for function, fp in scopes(one).items() if scopes(two)[function] != fp}
    assert moved == {one for one in ReviewFunction.values if facet.value in policies.watched(one)}
    assert queries.changed_facets(one, two) == [facet]
    assert two.fp != one.fp


def test_an_empty_member_moves_nothing(cast, dossier):
    one = desk.frozen(dossier, by=cast.mehdi)
    two = desk.frozen(
        dossier,
        by=cast.mehdi,
        number=2,
        facets=desk.with_facets(TECH={"expected_volume": None, "latency_needed": "daily", "later": []}),
    )
    assert scopes(one) == scopes(two)
    assert queries.changed_facets(one, two) == []


def test_the_same_content_of_two_dossiers_is_not_signed_twice_at_once(cast, dossier):
    one = desk.frozen(dossier, by=cast.mehdi)
    two = desk.frozen(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    assert set(scopes(one).values()).isdisjoint(scopes(two).values())


def test_numbers_are_exact_and_floats_have_no_form(cast, dossier):
    facets = desk.with_facets(BUSINESS={"budget_eur": Decimal("40.0")})
    edition = desk.frozen(dossier, by=cast.mehdi, facets=facets)
    assert b'"budget_eur":40,' in bytes(edition.content)
    with pytest.raises(NotCanonical), transaction.atomic():
        desk.frozen(dossier, by=cast.mehdi, number=2, facets=desk.with_facets(BUSINESS={"budget_eur": 40.5}))
    with pytest.raises(ValueError, match="COLOUR"), transaction.atomic():
        desk.frozen(dossier, by=cast.mehdi, number=2, facets={"COLOUR": {}})


def test_requirements_are_kept_as_the_policies_resolved_them(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi, flags=["special_category", "third_party_export"])
    kept = {each.function: each for each in edition.requirements.all()}
    assert (kept["sponsor"].minimum, kept["sponsor"].days) == (2, 180)
    assert kept["sponsor"].after == ["legal", "dpo", "security", "technical"]
    assert kept["dpo"].days == 180
    assert kept["dpo"].policies == ["RP-02", "RP-07"]
    assert kept["dpo"].checklist == ["dpo"]


def test_authors_are_named_once(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi, authors=[cast.mehdi, cast.fatou, cast.mehdi])
    assert {each.person for each in edition.authors.all()} == {cast.mehdi, cast.fatou}


def test_one_edition_per_number_and_one_dossier_per_code(cast, dossier):
    desk.frozen(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.frozen(dossier, by=cast.mehdi)
    assert caught.value.code == "INV-17"
    with pytest.raises(Refusal) as caught:
        actions.open_dossier(cast.programme, kind="segment", code="UC-90", name_fr="Doublon")
    assert caught.value.code == "duplicate"


def test_an_edition_closes_once(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi)
    assert actions.close(edition, as_=ClosedAs.WITHDRAWN).closed_as == "withdrawn"
    with pytest.raises(Refusal) as caught:
        actions.close(edition, as_=ClosedAs.REPLACED)
    assert caught.value.code == "not_in_review"


def test_the_difference_is_told_facet_by_facet(cast, dossier):
    one = desk.frozen(dossier, by=cast.mehdi)
    two = desk.frozen(
        dossier,
        by=cast.mehdi,
        number=2,
        facets=desk.with_facets(
            WORDING={"title_fr": "Autre", "description": "Neuve"}, CHANNEL={"channels": ["email", "sms"]}
        ),
    )
    told = {each.facet: each for each in queries.difference(one, two, "fr")}
    assert set(told) == set(Facet)
    assert {facet for facet, each in told.items() if each.changed} == {Facet.WORDING, Facet.CHANNEL}
    assert told[Facet.CHANNEL].rows == [("channels", ["email"], ["email", "sms"])]
    assert sorted(told[Facet.WORDING].rows) == [
        ("description", None, "Neuve"),
        ("title_fr", "Relance de panier", "Autre"),
    ]
    assert told[Facet.DATA].rows == []
    assert queries.latest(dossier) == two


def test_an_edition_alone_is_told_whole(cast, dossier):
    edition = desk.frozen(dossier, by=cast.mehdi)
    told = {each.facet: each for each in queries.difference(None, edition, "fr")}
    assert told[Facet.CHANNEL].rows == [("channels", None, ["email"])]
    assert not any(each.changed for each in told.values())
