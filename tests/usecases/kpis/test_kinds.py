"""What the room of indicators tells of the targets that measure objectives."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.translation import override

from governance import clock
from usecases.kpis import actions, kinds

pytestmark = pytest.mark.django_db


def targets(stage, objective, count):
    """Set so many targets that measure an objective."""
    for n in range(count):
        actions.set_target(
            stage.programme,
            by=stage.cast.paul,
            kpi="cpa",
            kind="primary",
            baseline=Decimal("41.50"),
            target=Decimal(30 - n),
            start_on=clock.today(),
            horizon_on=clock.today() + dt.timedelta(days=120 + n),
            objectives=[objective],
        )


def test_the_first_ten_are_named_and_the_others_counted(stage, django_assert_num_queries):
    targets(stage, stage.objective, kinds.MOST + 2)
    with override("en"), django_assert_num_queries(1):
        told = kinds.targets_that_measure_each([stage.objective])
    assert len(told[stage.objective.pk]) == kinds.MOST + 1
    assert told[stage.objective.pk][-1] == "2 others"


def test_ten_are_all_named(stage):
    targets(stage, stage.objective, kinds.MOST)
    told = kinds.targets_that_measure_each([stage.objective])
    assert len(told[stage.objective.pk]) == kinds.MOST
