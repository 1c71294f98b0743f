"""Role × confidentiality: who may open a piece of evidence (domain.md 4)."""

import pytest

from governance.evidence import actions, rules
from governance.evidence.choices import Confidentiality
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.rules import Rights

pytestmark = pytest.mark.django_db

OUTSIDE = {Role.CONSULTANT, Role.DMP_OPERATOR, Role.AGENCY, Role.CREATIVE}
READ = {
    Confidentiality.OPEN: set(Role),
    Confidentiality.INTERNAL: set(Role) - OUTSIDE,
    Confidentiality.COMMERCIAL: {Role.SPONSOR, Role.CORE_TEAM_LEAD, Role.CONSULTANT, Role.AUDITOR},
    Confidentiality.SECURITY_SENSITIVE: {
        Role.SECURITY_REVIEWER,
        Role.TECHNICAL_REVIEWER,
        Role.DPO,
        Role.CORE_TEAM_LEAD,
        Role.AUDITOR,
    },
    Confidentiality.RESTRICTED: {
        Role.SPONSOR,
        Role.CORE_TEAM_LEAD,
        Role.LEGAL_REVIEWER,
        Role.DPO,
        Role.SECURITY_REVIEWER,
        Role.TECHNICAL_REVIEWER,
        Role.AUDITOR,
    },
}


@pytest.mark.parametrize("level", READ)
def test_who_reads(cast, level):
    somebody = cast.newcomer("xavier.ajoute", role=Role.CORE_TEAM_MEMBER)
    evidence = actions.add(
        cast.programme,
        by=somebody,
        title="Note",
        kind="document",
        url="https://a.example/",
        confidentiality=level,
    )
    for role, person in cast.by_role.items():
        assert rules.may_read(Rights.of(person, cast.programme), evidence) == (role in READ[level]), role
    # whoever brought it reads it
    assert rules.may_read(Rights.of(somebody, cast.programme), evidence)
    # a stranger reads nothing, not even what is open
    stranger = cast.newcomer("celeste.ailleurs")
    assert not rules.may_read(Rights.of(stranger, cast.programme), evidence)


def test_an_interest_closes_commercial_evidence_to_a_consultant(cast):
    evidence = actions.add(
        cast.programme,
        by=cast.paul,
        title="Offre",
        kind="contract",
        url="https://a.example/",
        confidentiality="commercial",
    )
    assert rules.may_read(Rights.of(cast.fatou, cast.programme), evidence)
    roles.declare_interest(
        cast.fatou,
        by=cast.fatou,
        programme=cast.programme,
        organisation=cast.organisations["ORG-PIV"],
        nature="Ancienne employée.",
    )
    assert not rules.may_read(Rights.of(cast.fatou, cast.programme), evidence)


def test_procurement_reads_commercial_evidence(cast):
    buyer = cast.newcomer("ada.achats", department="procurement", role=Role.OBSERVER)
    evidence = actions.add(
        cast.programme,
        by=cast.paul,
        title="Offre",
        kind="contract",
        url="https://a.example/",
        confidentiality="commercial",
    )
    assert rules.may_read(Rights.of(buyer, cast.programme), evidence)
