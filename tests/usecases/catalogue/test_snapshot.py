"""A catalogue as published: exact, checked, and told apart by its fingerprint."""

import dataclasses
import json
from decimal import Decimal

import pytest

from governance import canonical
from usecases.catalogue.snapshot import (
    Attribute,
    Catalogue,
    EventType,
    NotACatalogue,
    Property,
    Source,
    properties_of,
)

CRM = Source(
    code="DS-CRM",
    fr="CRM",
    en="CRM",
    domain="relationship",
    kind="crm",
    retention="P36M",
    connector_kind="api",
    latency="near_sync",
    labels=("OR_FIRST",),
    quality=0,
)
WEB = dataclasses.replace(CRM, code="DS-WEB", fr="Web", en="Web", labels=("TR_CONSENT",), quality=80)
NAME = Attribute(code="profile.a", source="DS-CRM", type="string", fr="Nom", en="Name")


def gather(attributes=(NAME,), events=(), sources=(CRM, WEB)):
    return Catalogue.of(sources=sources, attributes=attributes, events=events)


def test_the_template_has_all_that_the_library_ships():
    catalogue = Catalogue.of_template()

    assert (len(catalogue.sources), len(catalogue.attributes), len(catalogue.events)) == (13, 51, 20)
    assert catalogue.attributes["score.churn_90d"].is_score
    assert catalogue.events["order.web"].property("value").type == "money"
    assert catalogue.events["order.web"].property("nothing") is None


def test_a_catalogue_survives_being_written_as_json():
    rich = gather(
        attributes=[
            dataclasses.replace(NAME, completeness=Decimal("0.9700"), quality=0, status="deprecated"),
            dataclasses.replace(
                NAME,
                code="profile.b",
                type="enum",
                values=("z", "a"),
                labels=("X", "B"),
                completeness=Decimal(0),
                is_score=True,
                unit="eur",
            ),
        ],
        events=[
            EventType(
                code="order.x",
                source="DS-WEB",
                fr="x",
                en="x",
                properties=(Property("value", "money", fr="le montant", en="value"),),
            )
        ],
    )
    for catalogue in (rich, Catalogue.of_template()):
        again = Catalogue.from_json(json.loads(json.dumps(catalogue.to_json())))

        assert again.to_json() == catalogue.to_json()
        assert again.fp == catalogue.fp == canonical.fingerprint(catalogue.to_json())
    again = Catalogue.from_json(rich.to_json())
    assert again.attributes["profile.a"].completeness == Decimal("0.97")
    assert again.attributes["profile.a"].quality == 0
    assert again.attributes["profile.b"].values == ("z", "a")
    assert again.attributes["profile.b"].labels == ("B", "X")
    assert again.sources["DS-CRM"].quality == 0


def test_order_does_not_change_the_fingerprint_and_content_does():
    one, other = NAME, dataclasses.replace(NAME, code="profile.b")

    assert gather([one, other]).fp == gather([other, one], sources=(WEB, CRM)).fp
    assert gather([one]).fp != gather([dataclasses.replace(one, labels=("SE_MINOR",))]).fp
    assert gather([one]).fp != gather([dataclasses.replace(one, quality=0)]).fp


def test_notes_of_the_day_are_not_published_content():
    document = Catalogue.of_template().to_json()
    noted = Catalogue.from_json(document, unconfirmed_notes=["DS-WEB"])

    assert noted.unconfirmed_notes == {"DS-WEB"}
    assert noted.fp == Catalogue.of_template().fp


def test_effective_labels_are_its_own_and_those_of_its_source():
    catalogue = Catalogue.of_template()

    assert catalogue.effective_labels("profile.affinity_categories") == {
        "SE_INFERRED",
        "TR_CONSENT",
        "OR_FIRST",
    }
    assert catalogue.effective_labels("email.open") == {"TR_CONSENT", "OR_FIRST"}
    assert catalogue.source_of("order.web").code == "DS-ECOM"
    with pytest.raises(KeyError):
        catalogue.effective_labels("profile.nothing")


def test_homonyms_are_told_apart_by_source_then_by_number():
    names = ["profile.a", "profile.b", "profile.c"]
    catalogue = gather(
        [
            NAME,
            dataclasses.replace(NAME, code="profile.b"),
            dataclasses.replace(NAME, code="profile.c", source="DS-WEB"),
        ]
    )

    assert [catalogue.name(code, "fr") for code in names] == ["Nom (CRM)", "Nom (CRM), 2", "Nom (Web)"]
    assert gather().name("profile.a", "fr") == "Nom"


@pytest.mark.parametrize(
    "broken",
    [
        {"attributes": [NAME, NAME]},
        {"attributes": [dataclasses.replace(NAME, source="DS-NONE")]},
        {"attributes": [dataclasses.replace(NAME, type="blob")]},
        {"events": [EventType("e.x", "DS-CRM", "x", "x", properties_of({"p": {"type": "blob"}}))]},
    ],
)
def test_what_does_not_hold_together_is_refused(broken):
    with pytest.raises(NotACatalogue):
        gather(**broken)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"catalogue": "catalogue/2"},
        {"catalogue": "catalogue/1", "attributes": [{"code": "profile.a"}]},
        {"catalogue": "catalogue/1", "attributes": ["profile.a"]},
        {
            "catalogue": "catalogue/1",
            "sources": [{**Catalogue.of_template().to_json()["sources"][0], "more": 1}],
        },
    ],
)
def test_another_document_is_refused(document):
    with pytest.raises(NotACatalogue):
        Catalogue.from_json(document)
