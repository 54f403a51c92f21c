"""What becomes of values of headers before they are written again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config
from pydicom.valuerep import validate_value

from CTPerfusionLib.export import attribute_values as values

anything = st.text(st.characters(codec="latin-1"), max_size=30)


def is_valid(representation: str, value: str) -> bool:
    """Return whether each of the values that backslashes separate is valid for a value representation."""
    for part in value.split("\\"):
        try:
            validate_value(representation, part, config.RAISE)
        except ValueError:
            return False
    return True


@given(st.floats(-1e6, 1e6))
def test_a_decimal_string_fits_and_keeps_ten_digits(number):
    written = values.decimal(number)

    assert is_valid("DS", written)
    assert float(written) == pytest.approx(number, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_not_finite_is_no_decimal_string(number):
    with pytest.raises(ValueError, match="finite"):
        values.decimal(number)


@pytest.mark.parametrize(
    ("clean", "representation"),
    [
        (values.date, "DA"),
        (values.time, "TM"),
        (values.age, "AS"),
        (values.code, "CS"),
        (values.decimals, "DS"),
        (values.integer, "IS"),
        (values.sex, "CS"),
    ],
)
@given(value=anything)
def test_whatever_stood_there_what_is_written_is_valid(clean, representation, value):
    assert is_valid(representation, clean(value))


@pytest.mark.parametrize(
    ("clean", "value", "written"),
    [
        (values.date, "19311224", "19311224"),
        (values.date, "1931.12.24", "19311224"),
        (values.date, "00010101", ""),
        (values.date, "20240230", ""),
        (values.time, "101112.5", "101112.5"),
        (values.time, "10:11:12.5", "101112.500000"),
        (values.time, "91112", "091112.000000"),
        (values.time, "noon", ""),
        (values.sex, "f", "F"),
        (values.sex, "W", ""),
        (values.age, "067Y", "067Y"),
        (values.age, "67", ""),
        (values.code, "helical mode", "HELICAL MODE"),
        (values.code, "A\\b", "A\\B"),
        (values.code, "überlang", ""),
        (values.decimals, "1.23456789012345678\\2", "1.23456789\\2"),
        (values.decimals, "1,5", ""),
        (values.integer, "285.0", "285"),
        (values.integer, "nan", ""),
        (values.text, " Name\r\nX\0", "NameX"),
    ],
)
def test_known_values_are_mended_or_left_out(clean, value, written):
    assert clean(value) == written
