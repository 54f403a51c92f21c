"""One patient: HU come back as they were stored, and what is no patient is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.training.core_volume.datasets import CorePatient
from CTPerfusionLib.training.core_volume.datasets.core_patient import stored_hounsfield


@given(st.floats(-1024.0, 3071.0, width=32))
def test_stored_slices_are_the_same_to_a_thirty_second_of_a_hounsfield_unit(value):
    patient = CorePatient("a", stored_hounsfield(np.full((2, 1, 2, 2), value, np.float32)), 10.0)

    assert patient.hounsfield.dtype == np.float32
    np.testing.assert_allclose(patient.hounsfield, value, atol=1 / 32 + 1e-4)


@pytest.mark.parametrize(("value", "nearest"), [(-3000.0, -1024.0), (1e6, 3071.9375)])
def test_what_lies_beyond_the_range_of_scanners_is_clipped(value, nearest):
    stack = stored_hounsfield(np.full((2, 1, 1, 1), value, np.float32))

    assert (CorePatient("a", stack, None).hounsfield == nearest).all()


def test_slices_in_hounsfield_units_are_given_as_they_are():
    stack = np.linspace(0, 200, 2 * 3 * 4 * 4, dtype=np.float32).reshape(2, 3, 4, 4)

    np.testing.assert_array_equal(CorePatient("a", stack, None).hounsfield, stack)


@pytest.mark.parametrize(
    "stack",
    [
        np.zeros((3, 4, 8, 8), np.float32),
        np.zeros((2, 8, 8), np.float32),
        np.zeros((2, 4, 8, 8), np.float64),
        np.zeros((2, 4, 8, 8), np.int16),
    ],
)
def test_other_arrays_than_two_slices_over_time_are_refused(stack):
    with pytest.raises(ValueError, match="stack must be"):
        CorePatient("a", stack, 1.0)


@pytest.mark.parametrize("core_ml", [-1.0, float("nan"), float("inf")])
def test_a_volume_that_is_none_is_refused(core_ml):
    with pytest.raises(ValueError, match="core_ml must be"):
        CorePatient("a", np.zeros((2, 1, 1, 1), np.float32), core_ml)
