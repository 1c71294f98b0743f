"""Role × verb on objectives: sponsors and the lead draft, consultants propose, sponsors validate."""

import pytest

from governance.charter import actions, registry
from governance.errors import Refusal
from governance.roles.choices import Role
from tests.makers import days

pytestmark = pytest.mark.django_db
DRAFT = {Role.SPONSOR, Role.CORE_TEAM_LEAD, Role.CONSULTANT}


def refused(act):
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


def draft(cast, by):
    return actions.draft_objective(
        cast.programme,
        by=by,
        horizon="mid",
        statement_fr="Moins de pression.",
        owner=cast.helene,
        due_on=days(300),
    )


def test_who_drafts(cast):
    for role, person in cast.by_role.items():
        assert (refused(lambda person=person: draft(cast, person)) is None) == (role in DRAFT), role


@pytest.mark.parametrize("verb", ["validate", "achieve", "drop"])
def test_sponsors_alone_validate_and_close(cast, monkeypatch, verb):
    monkeypatch.setattr(registry, "_measures", [lambda objective: ["cpa"]])
    for role, person in cast.by_role.items():
        objective = draft(cast, cast.paul)
        if verb == "achieve":
            actions.validate(objective, by=cast.helene)
        how = {"reason": "Remplacé."} if verb == "drop" else {}
        found = refused(lambda: getattr(actions, verb)(objective, by=person, **how))  # noqa: B023
        assert found == (None if role == Role.SPONSOR else "no_right"), role


def test_strangers_learn_nothing(cast):
    stranger = cast.newcomer("celeste.ailleurs")
    with pytest.raises(Refusal) as told:
        draft(cast, stranger)
    assert (told.value.code, told.value.status) == ("not_found", 404)
