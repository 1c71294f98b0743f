"""Pages of use cases are tested from the same desks as those of governance."""

from tests.governance.web.conftest import desk, one_refusal  # noqa: F401  (fixtures)
