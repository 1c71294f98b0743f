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


def test_axe_finds_nothing_and_nothing_scrolls_sideways(stage, visitors, axe):  # noqa: F811
    found = []
    for theme, width, language in (
        ("light", 1440, "en"),
        ("dark", 360, "fr"),
        ("light", 360, "en"),
        ("dark", 1440, "fr"),
    ):
        for name, paths in PAGES.items():
            page = visitors.open(getattr(stage.cast, name), theme=theme, width=width, language=language)
            for path in paths:
                answer = page.goto(path)
                seen = (theme, width, path)
                if answer.status != 200:
                    found.append((*seen, answer.status))
                found += [(*seen, one) for one in violations(page, axe)]
                if sideways(page) > 0:
                    found.append((*seen, "sideways", sideways(page)))
            found += page.complaints
    assert found == []
