"""Pages of use cases, segments, reviews and gates: axe finds nothing, nothing scrolls sideways."""

import pytest

from tests.cast import Cast
from tests.governance.gates.conftest import Gates
from tests.portal.test_look import sideways, violations
from tests.walks.stage import Stage
from tests.walks.visitor import address, visitors  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

TABS = ("framing", "audience", "segments", "kpis", "reviews", "history")
PAGES = {
    "diane": [
        address("usecases:list"),
        *(address("usecases:usecase", "UC-01") + f"?tab={tab}" for tab in TABS),
        address("usecases:segments"),
        address("usecases:segment", "SEG-01"),
        address("governance:reviews"),
        address("governance:review", "UC-02", 1, "dpo"),
        address("governance:gates"),
    ],
    "mehdi": [
        address("usecases:usecase", "UC-03") + "?tab=segments",
        address("usecases:edit", "UC-03"),
        address("usecases:new"),
        address("usecases:target_new", "UC-03"),
        address("usecases:segment_new"),
        address("usecases:segment_new") + "?from=LIB-UC-04%230",
    ],
    "helene": [address("governance:gate", "G0")],
}


@pytest.fixture
def stage(transactional_db):
    """An approved use case, one in review, a draft, and the first gate before its sponsors."""
    stage = Stage(Cast())
    stage.approved()
    stage.submitted("LIB-UC-04", segment="LIB-UC-04#0")
    stage.framed("LIB-UC-12")
    Gates(stage.cast).make_ready().submitted()
    return stage


@pytest.mark.parametrize(
    ("theme", "width", "language"),
    [("light", 1440, "en"), ("dark", 360, "fr"), ("light", 360, "en"), ("dark", 1440, "fr")],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(stage, visitors, axe, theme, width, language):  # noqa: F811
    found = []
    for name, paths in PAGES.items():
        page = visitors.open(getattr(stage.cast, name), theme=theme, width=width, language=language)
        for path in paths:
            answer = page.goto(path)
            if answer.status != 200:
                found.append((path, answer.status))
            found += [(path, one) for one in violations(page, axe)]
            if sideways(page) > 0:
                found.append((path, "sideways", sideways(page)))
        found += page.complaints
    assert found == []
