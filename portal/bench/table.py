"""The table of goals (speed.md 4): what was measured beside what it may cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.bench.measure import Figure


@dataclass(frozen=True)
class Goal:
    """What one thing may cost: statements, times its yardstick, growth between sizes."""

    name: str
    sql: int | None
    times: float | None
    of: str
    growth: float | None
    most_ms: float | None = None


GOALS = (
    Goal("API list 50", 6, 1.5, "drf-role", 1.3),
    Goal("API list 50, last page", 6, 1.5, "API list 50", 1.5),
    Goal("API detail", 8, 2.0, "detail", 1.2),
    Goal("API create", 14, 2.5, "create", 1.2),
    Goal("sign", 20, 4.0, "transition", 1.2),
    Goal("sign, the last one", 20, 4.0, "transition", 1.2),
    Goal("HTML list 50", 10, 2.0, "html", 1.3),
    Goal("HTML detail", 20, 3.0, "html", 1.3),
    Goal("gate readiness, all 200", 3, 2.0, "readiness in SQL", None),
    Goal("gate readiness, one", 3, None, "", None, 5.0),
    Goal("verify a chain", None, 2.0, "one pass in SQL", None),
)
# They find one row by its key, so they do not grow: between two sizes they tell how fast the machine was.
PACE = ("detail", "create", "transition")
YARDSTICKS = (
    "values-role",
    "drf-role",
    "html",
    "detail",
    "create",
    "transition",
    "readiness in SQL",
    "one pass in SQL",
)
Figures = Mapping[str, Figure]


def goals(measured: Mapping[str, Figures]) -> Iterable[str]:
    """Write the table, at the largest size; growth is from the smallest to it, at the pace of the machine."""
    names = list(measured)
    first, last = measured[names[0]], measured[names[-1]]
    pace = statistics.median(last[name].ms / first[name].ms for name in PACE)
    head = ["page or call", "SQL", "goal", *(f"ms {name}" for name in names)]
    head += [f"x {names[0]}-{names[-1]}", "goal", "yardstick", "ratio", "goal", "met"]
    rows = [head]
    for goal in GOALS:
        one = last[goal.name]
        grown = one.ms / first[goal.name].ms / pace
        ratio = one.ms / last[goal.of].ms if goal.of else None
        failed = [
            *(["SQL"] if goal.sql is not None and one.sql > goal.sql else []),
            *(["growth"] if goal.growth is not None and len(names) > 1 and grown > goal.growth else []),
            *(["ratio"] if goal.times is not None and ratio is not None and ratio > goal.times else []),
            *(["ms"] if goal.most_ms is not None and one.ms > goal.most_ms else []),
        ]
        steady = first[goal.name].sql == one.sql
        rows.append(
            [
                goal.name,
                str(one.sql) if steady else f"{first[goal.name].sql}-{one.sql}",
                f"<= {goal.sql}" if goal.sql is not None else "-",
                *(both(figures[goal.name]) for figures in measured.values()),
                f"{grown:.2f}" if len(names) > 1 else "-",
                f"<= {goal.growth}" if goal.growth is not None else "-",
                goal.of or "-",
                f"{ratio:.2f}" if ratio is not None else "-",
                f"<= {goal.times}" if goal.times is not None else f"<= {goal.most_ms:.0f} ms",
                "yes" if not failed else "no: " + ", ".join(failed),
            ]
        )
    return aligned(rows)


def yardsticks(measured: Mapping[str, Figures]) -> Iterable[str]:
    """Write what the yardsticks cost in the same run."""
    rows = [["yardstick", "SQL", *(f"ms {name}" for name in measured)]]
    last = list(measured.values())[-1]
    rows += [
        [name, str(last[name].sql), *(both(figures[name]) for figures in measured.values())]
        for name in YARDSTICKS
    ]
    return aligned(rows)


def both(one: Figure) -> str:
    """Milliseconds of the application, and of the database where they can be read."""
    return f"{one.app_ms:.1f} + " + (f"{one.database_ms:.1f}" if one.database_ms is not None else "?")


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Set cells in columns."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
