"""`manage.py bench`, small: it seeds, measures, prints every line of the table, and leaves nothing."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from portal.bench.measure import Figure
from portal.bench.table import GOALS, YARDSTICKS, goals
from portal.management.commands.bench import SCRATCH, rows_of


def a_small_run():
    """What a run prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "--sizes", "200", "--seconds", "0.05"],
        cwd=settings.ROOT,
        env=os.environ.copy(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def row_of(told, name):
    """The cells of the line that begins with this name."""
    lines = [re.split(r"  +", line) for line in told.splitlines()]
    return next(cells for cells in lines if cells[0] == name)


def test_a_small_run_prints_every_goal_and_yardstick_and_leaves_nothing():
    told = a_small_run()  # one at a time on a server: one test
    for goal in GOALS:
        cells = row_of(told, goal.name)
        assert int(cells[1]) > 0
        assert cells[-1] == "yes" or cells[-1].startswith("no: ")
    assert {name: int(row_of(told, name)[1]) for name in YARDSTICKS} == {
        "values-role": 3,
        "drf-role": 3,
        "html": 3,
        "detail": 2,
        "create": 6,
        "transition": 4,
        "readiness in SQL": 1,
        "one pass in SQL": 1,
    }
    assert "audit append: 1 statement (goal 1)" in told
    assert int(re.search(r"chain verified: (\d+) events", told)[1]) > 100
    assert re.search(
        r"audit append, 8 writer\(s\): \d+/s on many streams, \d+/s on one, plain insert \d+/s", told
    )
    assert re.search(r"memory of a web worker, warm: \d+ MiB \(goal <= 140: ", told)
    assert "Not measured here: 100k, peers" in told
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as owner:
        assert owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [SCRATCH]).fetchone() is None


def test_a_goal_missed_is_named():
    def figure(name, sql, ms):
        return Figure(name, lambda: None, sql=sql, app=[ms], database=[0.0], times=1)

    def run(factor):
        measured = {goal.name: figure(goal.name, 1, 2.0) for goal in GOALS}
        measured |= {name: figure(name, 1, 2.0) for name in YARDSTICKS}
        measured["API detail"] = figure("API detail", 9 if factor > 1 else 1, 2.0 * factor)
        return measured

    small, large = run(1), run(3)
    by_name = {line.split("  ")[0]: line for line in goals({"1k": small, "10k": large})}
    assert by_name["API detail"].endswith("no: SQL, growth, ratio")
    assert by_name["API create"].endswith("yes")


def test_growth_is_corrected_by_the_pace_of_the_machine():
    def figures(ms):
        names = [*(goal.name for goal in GOALS), *YARDSTICKS]
        return {name: Figure(name, lambda: None, sql=1, app=[ms], database=[0.0], times=1) for name in names}

    slow = {line.split("  ")[0]: line for line in goals({"1k": figures(1.0), "10k": figures(3.0)})}
    assert slow["API create"].endswith("yes")


@pytest.mark.parametrize(("said", "rows"), [("1k", 1000), ("100", 100), ("100k", 100_000)])
def test_sizes_are_read(said, rows):
    assert rows_of(said) == rows
