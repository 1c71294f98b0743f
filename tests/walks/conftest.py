"""The walks stand on one set."""

from tests.walks.stage import stage  # noqa: F401  (a fixture)
