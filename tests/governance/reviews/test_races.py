"""People who act at the same instant: nothing is stuck, doubled or unsigned (P1, P2, P3, P10)."""

import pytest

from portal.races.scenarios import RACES, series, track
from portal.races.stage import Stage

TIMES = 60


@pytest.mark.django_db(transaction=True)
def test_nothing_is_stuck_doubled_or_unsigned(capsys):
    stage = Stage.set()
    with track() as on:
        found = [series(name, stage, on, TIMES) for name in RACES]
    with capsys.disabled():
        print("", *found, sep="\n")
    assert [(counts.races, counts.stuck, counts.doubled, counts.unsigned) for counts in found] == [
        (TIMES, 0, 0, 0)
    ] * 4
    seen = {counts.name.split()[0]: counts.seen for counts in found}
    assert seen["P3"] == {"signed done": 2 * TIMES}
    assert seen["P10"]["signed done"] == TIMES
    # Both sides of P1 win now and then, and each side's win is the other's refusal.
    assert seen["P1"]["signed done"] + seen["P1"]["signed not_in_review"] == TIMES
    assert min(seen["P1"]["signed done"], seen["P1"]["signed not_in_review"]) > 0
