"""Who may do what to the catalogue: each role against each verb, as permissions.yaml says."""

import pytest

from governance.errors import Refusal
from governance.roles.choices import Role
from tests.walks.stage import allowed
from usecases.catalogue import actions
from usecases.catalogue.models import DataSource

pytestmark = pytest.mark.django_db

# In framing.
MAY = {
    "publish": {Role.CORE_TEAM_LEAD},
    "assess": {Role.CORE_TEAM_LEAD},
    "add_destination": {Role.CORE_TEAM_LEAD, Role.TECHNICAL_REVIEWER},
    "add_note": {
        Role.CORE_TEAM_LEAD,
        Role.CORE_TEAM_MEMBER,
        Role.DATA_OWNER,
        Role.TECHNICAL_REVIEWER,
        Role.CONSULTANT,
        Role.ANALYST,
        Role.DIGITAL_TOOLS_LEAD,
    },
    "confirm_note": {Role.DATA_OWNER},
}


@pytest.fixture
def verbs(cast):
    """One call of each verb, by a person."""
    programme = cast.programme
    actions.load_template(programme, by=cast.admin)
    source = DataSource.objects.select_related("programme").get(programme=programme, code="DS-POS")
    source = actions.set_owner(source, cast.yann, by=cast.paul)
    note = actions.add_note(source, by=cast.anna, text="À savoir.", severity="low")
    boreal = cast.organisations["ORG-BOR"]
    return {
        "publish": lambda by: actions.publish(programme, by=by),
        "assess": lambda by: actions.assess(programme, by=by, sources={"DS-POS": 80}),
        "add_destination": lambda by: actions.add_destination(
            programme, by=by, code="DST-X", channel="email", organisation=boreal
        ),
        "add_note": lambda by: actions.add_note(source, by=by, text="Aussi.", severity="low"),
        "confirm_note": lambda by: actions.confirm_note(note, by=by),
    }


@pytest.mark.parametrize("verb", MAY)
def test_each_role_does_what_the_matrix_says(verb, cast, verbs):
    assert allowed(verbs[verb], cast) == MAY[verb]


@pytest.mark.parametrize("verb", MAY)
def test_strangers_learn_nothing(verb, cast, verbs):
    with pytest.raises(Refusal) as caught:
        verbs[verb](cast.newcomer("sam.stranger"))
    assert caught.value.status == 404
