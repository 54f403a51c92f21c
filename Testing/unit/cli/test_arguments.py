"""Arguments are parsed strictly, with words that help."""

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.cli.arguments import count, non_negative, positive, slice_index, voxel

index = st.integers(min_value=0, max_value=2000)


@given(index, index, index)
def test_a_voxel_is_read_as_column_row_slice(column, row, slice_index):
    assert voxel(f"{column},{row},{slice_index}") == (column, row, slice_index)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "1,2,x", "-1,2,3", "1.5,2,3"])
def test_what_is_no_voxel_is_refused_with_an_example(text):
    with pytest.raises(argparse.ArgumentTypeError, match="column,row,slice such as"):
        voxel(text)


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_positive_numbers_are_kept(value):
    assert positive(str(value)) == value


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "two"])
def test_numbers_that_are_not_positive_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        positive(text)


def test_zero_is_a_number_of_at_least_zero():
    assert non_negative("0") == 0.0


def test_a_count_is_a_whole_number_above_zero():
    assert count("12") == 12


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "two", "", "²"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="whole number above 0"):
        count(text)


@given(index)
def test_a_slice_is_counted_from_zero(number):
    assert slice_index(str(number)) == number


@pytest.mark.parametrize("text", ["-1", "1.5", "two", "", "²"])
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a slice; give its number, counted from 0"):
        slice_index(text)
