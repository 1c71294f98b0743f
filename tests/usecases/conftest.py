"""Tests of use cases stand on the set of the walks."""

from tests.walks.stage import stage  # noqa: F401  (a fixture)
