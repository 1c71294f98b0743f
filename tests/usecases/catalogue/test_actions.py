"""The verbs of the catalogue: copied from the library, owned, assessed, published, noted."""

from decimal import Decimal

import pytest

from governance.audit.models import Event
from governance.errors import Refusal
from governance.notices.models import Message
from usecases.catalogue import actions, queries, snapshot
from usecases.catalogue.choices import NoteStatus
from usecases.catalogue.models import Attribute, DataSource

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs):
    """The refusal of a verb."""
    with pytest.raises(Refusal) as caught:
        verb(*args, **kwargs)
    return caught.value


@pytest.fixture
def loaded(cast):
    """A programme with the template catalogue, unpublished."""
    actions.load_template(cast.programme, by=cast.admin)
    return cast


@pytest.fixture
def source(loaded):
    return DataSource.objects.select_related("programme").get(programme=loaded.programme, code="DS-POS")


def test_a_loaded_catalogue_is_that_of_the_library(loaded):
    assert (
        queries.working_catalogue(loaded.programme).attributes.keys()
        == snapshot.Catalogue.of_template().attributes.keys()
    )
    assert queries.working_catalogue(loaded.programme).events == snapshot.Catalogue.of_template().events


def test_published_is_what_was_edited_and_reads_back(loaded):
    first = actions.publish(loaded.programme, by=loaded.paul)
    working = queries.working_catalogue(loaded.programme)

    assert (first.number, first.fp) == (1, working.fp)
    assert queries.catalogue_of(first).to_json() == working.to_json()
    assert refused(actions.publish, loaded.programme, by=loaded.paul).code == "unchanged"

    actions.assess(
        loaded.programme,
        by=loaded.paul,
        sources={"DS-POS": 62},
        attributes={"profile.nearest_store_km": (Decimal("0.91"), 75)},
    )
    second = actions.publish(loaded.programme, by=loaded.paul)
    assert (second.number, second.fp != first.fp) == (2, True)
    assert queries.catalogue_of(second).attributes["profile.nearest_store_km"].completeness == Decimal("0.91")
    assert queries.catalogue_of(second).sources["DS-POS"].quality == 62
    assert queries.latest(loaded.programme) == second


def test_assessing_refuses_what_the_catalogue_does_not_hold(loaded):
    found = refused(
        actions.assess,
        loaded.programme,
        by=loaded.paul,
        sources={"DS-NONE": 50, "DS-POS": 120},
        attributes={"profile.none": (Decimal("1.2"), 50)},
    )
    assert sorted(one.code for one in found.objections) == [
        "invalid_quality",
        "invalid_quality",
        "unknown_code",
        "unknown_code",
    ]
    assert DataSource.objects.get(programme=loaded.programme, code="DS-POS").quality == 100


def test_only_a_data_owner_answers_for_a_source(loaded, source):
    assert refused(actions.set_owner, source, loaded.mehdi, by=loaded.paul).code == "not_a_data_owner"

    owned = actions.set_owner(source, loaded.yann, by=loaded.paul)
    assert (owned.owner, owned.version) == (loaded.yann, source.version + 1)
    assert Message.objects.to(loaded.yann).filter(event="source.owned").exists()


def test_only_the_owner_of_the_source_confirms_a_note(loaded, source):
    source = actions.set_owner(source, loaded.yann, by=loaded.paul)
    other = loaded.newcomer("rosa.reseau", department="network", role="data_owner")
    text = "Le chiffre d'affaires web est enregistré sous le magasin 999."
    note = actions.add_note(source, by=loaded.fatou, text=text, severity="high")

    assert queries.unconfirmed(loaded.programme) == {"DS-POS"}
    for person in (loaded.fatou, loaded.paul, other):
        assert refused(actions.confirm_note, note, by=person).status == 403

    confirmed = actions.confirm_note(note, by=loaded.yann)
    assert (confirmed.status, confirmed.confirmed_by) == (NoteStatus.CONFIRMED, loaded.yann)
    assert queries.unconfirmed(loaded.programme) == frozenset()
    assert refused(actions.reject_note, note, by=loaded.yann).code == "already_answered"
    assert [event.verb for event in Event.objects.of("TALV").about("data_source", "DS-POS")] == [
        "source.owned",
        "note.added",
        "note.confirmed",
    ]


def test_a_note_on_an_attribute_names_the_attribute(loaded):
    attribute = Attribute.objects.select_related("source__programme").get(
        programme=loaded.programme, code="profile.first_purchase_date"
    )
    actions.add_note(
        attribute.source, by=loaded.anna, text="Avant 2019 : non fiable.", severity="low", attribute=attribute
    )

    assert queries.unconfirmed(loaded.programme) == {"profile.first_purchase_date"}


def test_a_destination_has_a_channel_a_country_and_a_code_of_its_own(loaded):
    boreal = loaded.organisations["ORG-BOR"]
    made = actions.add_destination(
        loaded.programme,
        by=loaded.thomas,
        code="DST-DSP",
        channel="display_programmatic",
        organisation=boreal,
    )
    assert made.country == "FR"
    found = refused(
        actions.add_destination,
        loaded.programme,
        by=loaded.paul,
        code="DST-DSP",
        channel="pigeon",
        organisation=boreal,
        country="fr",
    )
    assert {one.code for one in found.objections} == {"taken", "unknown_channel", "invalid_country"}


def test_notes_are_read_in_one_statement(loaded, source, django_assert_num_queries):
    for count in (1, 2):
        for _each in range(4):
            actions.add_note(source, by=loaded.anna, text="À savoir.", severity="low")
        with django_assert_num_queries(1):
            read = [
                (note.source.programme.code, note.author.display_name)
                for note in queries.notes(loaded.programme)
            ]
        assert len(read) == 4 * count
