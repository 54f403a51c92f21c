"""Arrays of prepared patients, read in parts."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.training.datasets.dataset_error import DatasetError
from CTPerfusionLib.training.datasets.stored_arrays import (
    mapped_array,
    read_rows,
    read_stored_record,
    store_arrays,
)

STACK = np.arange(3 * 5 * 16 * 12, dtype=np.uint16).reshape(3, 5, 16, 12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    stored = tmp_path_factory.mktemp("cache") / "patient"
    store_arrays(stored, {"stack": STACK}, {"fingerprint": "0"})
    return stored


@given(index=st.integers(0, 2), first=st.integers(0, 16), stop=st.integers(0, 20))
def test_rows_of_a_file_are_those_of_its_array(folder, index, first, stop):
    mapped = mapped_array(folder, "stack", read_stored_record(folder, ["stack"]))

    for images in (mapped, STACK, mapped[:, :, ::2]):
        expected = np.asarray(images)[index, :, first:stop]
        np.testing.assert_array_equal(read_rows(images, index, slice(first, stop)), expected)


def test_a_view_is_not_taken_for_the_whole_file(folder):
    mapped = mapped_array(folder, "stack", read_stored_record(folder, ["stack"]))

    np.testing.assert_array_equal(read_rows(mapped[1:], 0, slice(None)), STACK[1])


def test_a_file_that_was_cut_off_since_is_an_error_of_the_patient(tmp_path):
    store_arrays(tmp_path / "patient", {"stack": STACK}, {"fingerprint": "0"})
    mapped = mapped_array(tmp_path / "patient", "stack", read_stored_record(tmp_path / "patient", ["stack"]))
    os.truncate(tmp_path / "patient" / "stack.npy", 2000)

    with pytest.raises(DatasetError, match=r"patient of the cache is damaged \(stack\.npy\)"):
        read_rows(mapped, 2, slice(0, 16))
