"""Maps and lesions against their references, from values whose agreement is known."""

import numpy as np
import pytest

from CTPerfusionLib.validation.reference_measure import drawn_agreement, lesion_agreement, map_agreement


@pytest.fixture
def reference():
    return np.random.default_rng(1).uniform(1.0, 60.0, (3, 8, 8)).astype(np.float32)


def test_a_map_that_reads_twice_the_reference_correlates_fully_with_a_ratio_of_two(reference):
    found = map_agreement(2.0 * reference, reference, np.ones(reference.shape, bool))

    assert (found.n_voxels, found.r, found.ratio) == (192, pytest.approx(1.0), pytest.approx(2.0))


def test_only_tissue_where_both_are_known_is_compared(reference):
    values, tissue = reference.copy(), np.ones(reference.shape, bool)
    values[0], tissue[1], reference[2, :4] = np.nan, False, np.nan
    values[1] = -5.0

    found = map_agreement(values, reference, tissue)

    assert (found.n_voxels, found.r) == (32, pytest.approx(1.0))


def test_what_does_not_vary_or_is_not_known_has_no_correlation(reference):
    tissue = np.ones(reference.shape, bool)

    assert map_agreement(np.full_like(reference, 3.0), reference, tissue).r is None
    nowhere = map_agreement(np.full_like(reference, np.nan), reference, tissue)
    assert (nowhere.n_voxels, nowhere.r, nowhere.ratio) == (0, None, None)


def test_lesions_have_volumes_in_millilitres_and_a_dice_unless_both_are_empty():
    found, expected = np.zeros((2, 10, 10), bool), np.zeros((2, 10, 10), bool)
    assert lesion_agreement(found, expected, 0.02).dice is None

    found[0, :4], expected[0, 2:6] = True, True
    agreement = lesion_agreement(found, expected, 0.02)

    assert (agreement.found_ml, agreement.reference_ml) == pytest.approx((0.8, 0.8))
    assert agreement.dice == pytest.approx(0.5)


def test_the_core_and_that_of_the_reference_are_held_against_the_same_drawn_lesion():
    drawn, own, expected = (np.zeros((1, 10, 10), bool) for _ in range(3))
    drawn[0, :4], own[0, 2:6], expected[0, :2] = True, True, True

    found = drawn_agreement(own, expected, drawn, 0.1)

    assert found is not None
    assert (found.own.reference_ml, found.reference.reference_ml) == (pytest.approx(4.0), pytest.approx(4.0))
    assert (found.own.dice, found.reference.dice) == (pytest.approx(0.5), pytest.approx(2 / 3))
    assert drawn_agreement(own, expected, None, 0.1) is None
