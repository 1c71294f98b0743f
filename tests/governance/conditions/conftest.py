"""The review desk of every test here: a programme, its cast, and a kind that stands by itself."""

import pytest

from tests.governance.reviews.desk import tiny  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _alone(tiny):  # noqa: F811
    """Tell no room above."""
