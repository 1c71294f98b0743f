"""Rules that other platforms wrote are refused in words, at their place; public names can be kept."""

import csv
import datetime as dt
import json

import pytest

from governance.folding import folded
from governance.text import holds_unseen
from tests.shared import FOLDER, listed, needs_shared_data
from tests.usecases.segments.segrule.rules import RICH
from usecases.segments import segrule

TODAY = dt.date(2026, 11, 16)
FOREIGN = listed("unomi/**/*.json")


@needs_shared_data
@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_a_rule_of_another_platform_is_refused_and_breaks_nothing(path):
    theirs = json.loads(path.read_text())
    for given in (theirs, {"dsl": "segrule/1", "where": theirs.get("condition", theirs)}):
        report = segrule.check(given, RICH, today=TODAY)
        assert report.errors
        assert {fault.code for fault in report.errors} <= {"E01", "E02", "E09"}
        assert all(fault.detail for fault in report.errors)


@needs_shared_data
def test_public_audience_names_are_readable_and_told_apart():
    with (FOLDER / "iab" / "audience-taxonomy-1.1.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t"))[1:]
    names = [row[3].strip() for row in rows]
    assert len(rows) == 1558
    assert not [name for name in names if holds_unseen(name, lines=False)]
    assert len({folded(name) for name in names}) == len(set(names))
