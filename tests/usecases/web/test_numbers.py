"""Numbers as people type them, in either language."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from usecases.web.forms import NumberField

FIELD = NumberField(max_digits=18, decimal_places=6)


@pytest.mark.parametrize(
    ("lang", "typed", "read"),
    [
        ("fr", "0,079", "0.079"),
        ("fr", "0.079", "0.079"),
        ("fr", "1 377 500", "1377500"),
        ("fr", "1\u202f377\u202f500,5", "1377500.5"),
        ("fr", "1,377", "1.377"),
        ("en", "1,377", "1377"),
        ("en", "1,377,500.5", "1377500.5"),
        ("en", "0.079", "0.079"),
        ("en", "0,079", "0.079"),
        ("en", "-12,5", "-12.5"),
    ],
)
def test_a_number_is_read_as_it_is_written(lang, typed, read):
    with override(lang):
        assert FIELD.clean(typed) == Decimal(read)


@pytest.mark.parametrize("typed", ["douze", "1,2,3", "1.2.3", "NaN", "Infinity"])
def test_what_is_no_number_is_refused(typed):
    with override("fr"), pytest.raises(ValidationError):
        FIELD.clean(typed)


def test_a_number_is_shown_as_it_is_written():
    with override("fr"):
        assert FIELD.prepare_value(Decimal("0.079")) == "0,079"
    with override("en"):
        assert FIELD.prepare_value(Decimal("0.079")) == Decimal("0.079")
    assert FIELD.prepare_value("douze") == "douze"
