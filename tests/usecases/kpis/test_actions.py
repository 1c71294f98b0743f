"""The verbs of KPI targets, and what the first gate asks of objectives."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.charter import actions as charter
from governance.charter import registry
from governance.clock import today
from governance.errors import Refusal
from governance.roles.choices import Role
from tests.makers import finding
from tests.walks.stage import allowed
from usecases.kpis import actions, queries
from usecases.kpis.models import Kpi

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs):
    """The refusal of a verb."""
    with pytest.raises(Refusal) as caught:
        verb(*args, **kwargs)
    return caught.value


def primary(programme, *, by, **fields):
    """A target that lacks nothing, unless told otherwise."""
    return actions.set_target(
        programme,
        by=by,
        **{
            "kpi": "cpa",
            "kind": "primary",
            "baseline": Decimal("41.50"),
            "target": Decimal("35"),
            "start_on": today(),
            "horizon_on": today() + dt.timedelta(days=120),
            **fields,
        },
    )


def test_the_25_definitions_are_copied(stage):
    assert Kpi.objects.filter(programme=stage.programme).count() == 25
    assert queries.kpis(stage.programme).get(code="cpa").name_fr == "Coût par acquisition (CPA)"


def test_targets_are_numbered_and_a_given_code_is_never_repeated(stage):
    first = primary(stage.programme, by=stage.cast.paul)
    given = primary(stage.programme, by=stage.cast.paul, code="T12")
    after = primary(stage.programme, by=stage.cast.paul)

    assert [first.code, given.code, after.code] == ["T01", "T12", "T13"]
    assert refused(primary, stage.programme, by=stage.cast.paul, code="T12").code == "taken"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"target": None}, "target"),
        ({"start_on": None}, "start_on"),
        ({"horizon_on": None}, "horizon_on"),
        ({"kind": "guardrail"}, "maximum"),
        ({"kind": "secret"}, "kind"),
        ({"kpi": "nothing"}, "kpi"),
        ({"code": "T 01"}, "code"),
        ({"target": Decimal("1.1234567")}, "target"),
        ({"target": Decimal(10) ** 12}, "target"),
    ],
)
def test_a_target_that_cannot_be_measured_is_refused(stage, fields, field):
    found = refused(primary, stage.programme, by=stage.cast.paul, **fields)
    assert found.status == 422
    assert field in {one.field for one in found.objections}


def test_the_baseline_may_come_later_and_once(stage):
    target = primary(stage.programme, by=stage.cast.paul, baseline=None)

    given = actions.give_baseline(target, by=stage.cast.paul, baseline=Decimal("41.5"))
    assert given.baseline == Decimal("41.5")
    again = refused(actions.give_baseline, target, by=stage.cast.paul, baseline=Decimal("40"))
    assert again.code == "baseline_given"


def test_a_closed_target_counts_no_more(stage):
    target = primary(stage.programme, by=stage.cast.paul, objectives=[stage.objective])
    assert queries.measures_of(stage.objective) == [target]

    actions.close_target(target, by=stage.cast.paul)
    assert queries.measures_of(stage.objective) == []
    assert refused(actions.close_target, target, by=stage.cast.paul).code == "closed"


def test_an_objective_is_validated_once_it_is_measured(stage):
    assert refused(charter.validate, stage.objective, by=stage.cast.helene).code == "INV-04"

    target = primary(stage.programme, by=stage.cast.paul)
    actions.tie(target, stage.objective, by=stage.cast.paul)
    assert registry.measures_of(stage.objective) == [f"{target.code} {target.kpi}"]
    assert charter.validate(stage.objective, by=stage.cast.helene).status == "validated"


def test_the_gate_asks_three_measured_horizons(stage):
    assert not finding("G1-01", stage.programme).passes

    objectives = [stage.objective] + [
        charter.draft_objective(
            stage.programme,
            by=stage.cast.paul,
            horizon=horizon,
            statement_fr=f"Objectif {horizon}",
            owner=stage.cast.helene,
            due_on=today() + dt.timedelta(days=90),
        )
        for horizon in ("mid", "long")
    ]
    for count, objective in enumerate(objectives, start=1):
        found = finding("G1-01", stage.programme)
        assert (found.passes, found.value, found.threshold) == (False, count - 1, 3)
        primary(stage.programme, by=stage.cast.paul, objectives=[objective])
        charter.validate(objective, by=stage.cast.helene)
    found = finding("G1-01", stage.programme)
    assert (found.passes, found.value) == (True, 3)


OWN = {Role.SPONSOR, Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER}


def test_each_role_sets_targets_as_the_matrix_says(stage):
    usecase = stage.framed()
    programme, cast = stage.programme, stage.cast

    assert allowed(lambda by: primary(programme, by=by, dossier=usecase.dossier), cast) == OWN
    assert allowed(lambda by: primary(programme, by=by), cast) == OWN - {Role.CORE_TEAM_MEMBER}


def test_targets_are_read_in_one_statement(stage, django_assert_num_queries):
    for count in (1, 2):
        for _each in range(3):
            primary(stage.programme, by=stage.cast.paul)
        with django_assert_num_queries(1):
            read = [(one.kpi.name, one.programme.code) for one in queries.targets(stage.programme)]
        assert len(read) == 3 * count
