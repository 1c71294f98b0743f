"""Finding anything of a programme from every page, and nothing that one may not read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.gates import actions as gates
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.rights import Rights
from portal.search import queries
from tests.governance.web.conftest import Desk
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.backlog import actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast):
    """The desk of whoever holds a role."""
    return lambda role: Desk(cast[role], cast.programme)


def idea(cast, title, title_en="An idea"):
    """A use case that is no more than an idea."""
    return actions.create(cast.programme, by=cast.mehdi, title_fr=title, title_en=title_en)


def found(person, programme, text):
    """What a person finds: titles of groups, and the codes or names in them."""
    rights = Rights.of(person, programme)
    return {
        group.title: [each.code or each.name for each in group.found]
        for group in queries.find(text, person, programme, rights)
    }


def test_accents_capitals_and_ligatures_do_not_matter(stage):  # noqa: F811
    cast = stage.cast
    code = idea(cast, "Relance des PANIERS oubliés, Œuvre", "Cart reminder").dossier.code
    for text in ("paniers oublies", "OUBLIÉS", "oeuvre", "Œuvre", "cart rem", code.lower(), f"  {code} "):
        assert code in found(cast.mehdi, cast.programme, text)["Cas d’usage"], text
    assert found(cast.mehdi, cast.programme, "100%_\\") == {}
    assert found(cast.mehdi, cast.programme, "   ") == {}


def test_the_code_that_was_typed_comes_first_and_the_rest_is_bounded(stage):  # noqa: F811
    cast = stage.cast
    for number in range(12):
        idea(cast, f"Relance UC-09 numéro {number}")
    (group,) = queries.find("uc-09", cast.mehdi, cast.programme, Rights.of(cast.mehdi, cast.programme))
    assert group.found[0].code == "UC-09"
    assert (len(group.found), group.more) == (8, True)


def test_segments_gates_people_and_pages_are_found(stage):  # noqa: F811
    cast = stage.cast
    gates.load(cast.programme)
    segment = stage.segment(approved=False)
    assert found(cast.helene, cast.programme, "g0")["Jalons"] == ["G0"]
    assert "G1" in found(cast.helene, cast.programme, "sortie de CADRAGE")["Jalons"]
    assert segment.dossier.code in found(cast.helene, cast.programme, segment.dossier.name_fr)["Segments"]
    assert cast.aude.display_name in found(cast.helene, cast.programme, "aude")["Acteurs"]
    assert "Journal" in found(cast.helene, cast.programme, "JOURN")["Pages"]


def test_whoever_reads_what_was_shared_finds_nothing_else(stage):  # noqa: F811
    cast = stage.cast
    agency = cast[Role.AGENCY]
    secret = idea(cast, "Secret partagé")
    assert found(agency, cast.programme, "secret") == {}
    assert found(agency, cast.programme, "aude") == {}
    assert found(agency, cast.programme, "g0") == {}
    roles.share(secret.dossier, agency, by=cast.paul)
    assert found(agency, cast.programme, "secret") == {"Cas d’usage": [secret.dossier.code]}


def test_strangers_get_a_404_and_hostile_letters_an_answer(cast, desk):
    assert desk(Role.ANALYST).get("search:search", q="<img src=x>").status_code == 200
    assert b"<img src=x>" not in desk(Role.ANALYST).get("search:search", q="<img src=x>").content
    assert desk(Role.ANALYST).get("search:search", q="a\x00b").status_code == 400
    admin = Desk(cast.admin, cast.programme)
    assert admin.get("search:search", q="a").status_code == 404


def test_a_part_is_given_to_htmx_and_a_page_to_others(cast, desk):
    analyst = desk(Role.ANALYST)
    whole = analyst.text("search:search", q="aude")
    part = analyst.client.get(
        analyst.url("search:search"), {"q": "aude"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert cast.aude.display_name in part


def test_finding_costs_four_statements_whatever_there_is(stage):  # noqa: F811
    cast = stage.cast
    rights = Rights.of(cast.helene, cast.programme)

    def cost():
        with CaptureQueriesContext(connection) as counted:
            queries.find("a", cast.helene, cast.programme, rights)
        return len(counted)

    cost()
    few = cost()
    for number in range(15):
        idea(cast, f"Relance {number}")
    assert cost() == few == 4
