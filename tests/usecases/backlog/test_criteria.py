"""What the first gate asks of use cases: each criterion fails over nothing, says why, then passes."""

import datetime as dt

import pytest

from governance.clock import today
from governance.reviews import actions as reviews
from tests.makers import finding
from usecases.backlog import actions, queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["G1-03", "G1-04", "G1-05", "G1-09"])
def test_nothing_passes_by_absence(code, stage):
    found = finding(code, stage.programme)
    assert not found.passes
    assert str(found.explanation).endswith(".")
    assert found.who_can


def test_reviews_of_emblematic_use_cases(stage):
    revision = stage.submitted()
    actions.change(revision.usecase, by=stage.cast.paul, emblematic=True)
    assert not finding("G1-05", stage.programme).passes
    assert "UC-01" in str(finding("G1-05", stage.programme).explanation)

    stage.sign(revision.edition, "legal")
    assert not finding("G1-05", stage.programme).passes
    review = stage.sign(revision.edition, "dpo")
    assert finding("G1-05", stage.programme).passes

    reviews.revoke(review, by=stage.cast.diane, reason="erreur", reauth_age_s=0)
    assert not finding("G1-05", stage.programme).passes
    assert finding("G1-05", stage.programme).value == 0


def test_approved_use_cases_are_linked(stage):
    stage.approved()
    found = finding("G1-04", stage.programme)
    assert (found.passes, found.value, found.threshold) == (True, 1, 1)


def test_enough_use_cases_on_both_branches(stage):
    revision = stage.approved()
    actions.change(revision.usecase, by=stage.cast.paul, emblematic=True)
    found = finding("G1-03", stage.programme)

    assert str(found.value).startswith("1 ")
    assert not found.passes
    for template in ("LIB-UC-17", "LIB-UC-12", "LIB-UC-03", "LIB-UC-13"):
        one = stage.approved(template, segment=f"{template}#0")
        if template == "LIB-UC-17":
            actions.change(one.usecase, by=stage.cast.paul, emblematic=True)
    found = finding("G1-03", stage.programme)
    assert found.passes
    assert str(found.value).startswith("5 ")


def test_the_roadmap_has_something_in_each_window(stage):
    usecase, windows = stage.idea(), (10, 250, 500)
    for place, offset in enumerate(windows, start=1):
        one = usecase if place == 1 else stage.idea()
        start = today() + dt.timedelta(days=offset)
        actions.schedule(one, by=stage.cast.paul, start=start, end=start)
        found = finding("G1-09", stage.programme)
        assert (found.passes, found.value) == (place == 3, place)
    assert queries.use_cases(stage.programme).count() == 3
