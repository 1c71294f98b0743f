"""Organisations, people, interests: what may be written of them, and where it is told."""

import pytest

from governance import clock
from governance.audit.models import Event
from governance.errors import Refusal
from governance.stakeholders import actions, queries
from governance.stakeholders.models import Organisation, Person
from tests import makers


def codes_of(act):
    with pytest.raises(Refusal) as refused:
        act()
    return [each.code for each in refused.value.objections]


@pytest.fixture
def firm(db):
    return makers.organisation("ORG-TAL", name="Talvère Maison")


def add(firm, **fields):
    said = {
        "by": None,
        "programme": None,
        "organisation": firm,
        "department": "it",
        "display_name": "Inès Digital",
        "email": "ines.digital@jalon.example",
        **fields,
    }
    return actions.add_person(**said)


def test_an_organisation_says_who_it_is(db):
    assert codes_of(
        lambda: actions.add_organisation(
            by=None, programme=None, code="talvère", name=" ", kind="shop", country="FRA"
        )
    ) == ["malformed_code", "missing_name", "unknown_kind", "unknown_country"]
    assert not Organisation.objects.exists()


def test_a_code_names_one_organisation(firm):
    assert codes_of(
        lambda: actions.add_organisation(by=None, programme=None, code="ORG-TAL", name="X", kind="vendor")
    ) == ["code_taken"]


def test_a_person_says_who_they_are(firm):
    assert codes_of(lambda: add(firm, department="garden", display_name="", locale="de", email="ines")) == [
        "missing_name",
        "unknown_department",
        "unknown_language",
        "malformed_email",
    ]
    for email in ("a/b@talvere.example", '"a b"@talvere.example', '"<img/src=x>"@talvere.example'):
        assert codes_of(lambda: add(firm, email=email)) == ["malformed_email"]  # noqa: B023
    assert codes_of(lambda: add(firm, department="external")) == ["wrong_department"]
    add(firm)
    assert codes_of(lambda: add(firm, email="INES.digital@jalon.example")) == ["email_taken"]
    assert Person.objects.count() == 1


def test_outside_people_are_in_the_department_of_outside_people(firm):
    outside = makers.organisation("ORG-MER", "consultancy")

    assert codes_of(lambda: add(outside, department="it")) == ["wrong_department"]
    assert add(outside, department="external").is_external


def test_it_is_told_in_the_chain_of_the_programme_it_was_done_for(cast):
    makers.person("odile.message", cast.helene.organisation, by=cast.helene, programme=cast.programme)

    assert Event.objects.of("TALV").last().subject_code == "odile.message"
    assert Event.objects.of("jalon").last().verb == "account.opened"


def test_a_record_is_changed_on_what_was_read(firm):
    person = add(firm)
    actions.edit_person(person, by=None, programme=None, version=1, display_name="Inès D.", locale="en")

    assert (person.display_name, person.locale, person.version) == ("Inès D.", "en", 2)
    assert codes_of(
        lambda: actions.edit_person(person, by=None, programme=None, version=1, display_name="X")
    ) == ["stale"]
    assert codes_of(lambda: actions.edit_person(person, by=None, programme=None, email="x@y.fr")) == [
        "unknown_field"
    ]


def test_somebody_leaves_once(firm):
    person = add(firm)
    actions.leave(person, by=None, programme=None, on=clock.today())
    assert codes_of(lambda: actions.leave(person, by=None, programme=None, on=clock.today())) == [
        "wrong_state"
    ]


def test_an_account_of_another_address_is_not_theirs(cast):
    from governance.accounts import actions as accounts

    somebody = cast.newcomer("odile.message", account=False)
    other = accounts.open_account("else@jalon.example", by=None)

    assert codes_of(lambda: actions.give_account(somebody, other, by=cast.admin)) == ["another_email"]
    assert codes_of(lambda: actions.give_account(cast.diane, other, by=cast.admin)) == ["account_exists"]


def test_an_interest_lasts_as_long_as_it_says(cast):
    firm = cast.organisations["ORG-BOR"]
    assert codes_of(
        lambda: actions.declare_interest(
            cast.mehdi, by=cast.mehdi, programme=cast.programme, organisation=firm, nature=" ",
            ends_on=makers.days(-1),
        )
    ) == ["missing_text", "empty_period"]  # fmt: skip
    actions.declare_interest(
        cast.mehdi, by=cast.mehdi, programme=cast.programme, organisation=firm, nature="shares",
        ends_on=makers.days(3),
    )  # fmt: skip
    assert queries.interests_of(cast.mehdi, makers.days(3)) == {firm.pk}
    assert queries.interests_of(cast.mehdi, makers.days(4)) == set()
