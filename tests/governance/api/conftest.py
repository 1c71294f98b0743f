"""The API of a programme whose cast holds one role each."""

import pytest

from tests.governance.api.door import Api
from tests.walks.stage import stage  # noqa: F401  (a fixture)


@pytest.fixture
def api():
    """Make clients: `api(person)`."""
    return Api
