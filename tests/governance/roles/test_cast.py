import time

from governance.audit import trail
from governance.roles import queries
from governance.roles.choices import Role
from tests.cast import Cast


def test_the_cast_has_one_person_per_role_and_is_made_quickly(db):
    started = time.monotonic()
    cast = Cast()
    took = time.monotonic() - started

    assert took < 2
    assert set(cast.by_role) == set(Role)
    for role in Role:
        assert cast[role] in queries.holders(cast.programme, role)
    assert queries.people_of(cast.programme).count() == 17


def test_its_making_is_told_in_a_chain_that_holds(cast):
    verdict = trail.verify("TALV")

    assert verdict.ok
    assert verdict.events == 23  # founded, five engagements, seventeen roles
