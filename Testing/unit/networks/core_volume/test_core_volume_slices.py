"""The two slices: found by the roof of the ventricles, however the scan is stored, or named by the user."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError, ProcessingError
from CTPerfusionLib.networks.core_volume import Landmark, SliceOrigin, choose_slices
from CTPerfusionLib.preprocessing import TissueMasks


def turned(series, masks, matrix, axes, order=(0, 1, 2)):
    """Return a study stored with some axes of (slice, row, column) turned round, then exchanged."""
    flipped = np.transpose(np.flip(series.voxels, [axis + 1 for axis in axes]), (0, *(1 + np.array(order))))
    others = (np.transpose(np.flip(mask, axes), order) for mask in vars(masks).values())
    return replace(series, voxels=flipped, ijk_to_ras=matrix), TissueMasks(*others)


def test_both_levels_lie_their_distances_below_the_roof_of_the_ventricles(a_head):
    choice = choose_slices(*a_head(12, ventricles=(0, 8)))

    # Fluid falls from full to nothing between 40 and 45 mm; a quarter is left at 43.75 mm.
    assert (choice.lower, choice.upper) == (4, 8)
    assert (choice.lower_mm, choice.upper_mm) == pytest.approx((-23.75, -3.75), abs=0.1)
    assert choice.landmark is Landmark.ROOF
    assert choice.chosen is SliceOrigin.AUTOMATIC
    assert choice.missed_mm == pytest.approx((0.75, 0.25), abs=0.1)


@pytest.mark.parametrize("shift", [-2, 1, 3])
def test_the_slices_follow_the_ventricles(a_head, shift):
    first = choose_slices(*a_head(14, ventricles=(0, 7)))
    second = choose_slices(*a_head(14, ventricles=(0, 7 + shift)))

    assert (second.lower, second.upper) == (first.lower + shift, first.upper + shift)


def test_a_scan_that_is_stored_from_the_top_downwards_gives_the_same_slices(a_head):
    series, masks = a_head(12, ventricles=(0, 8))
    upside_down = turned(series, masks, np.diag([-4.0, -4.0, -5.0, 1.0]), axes=[0])

    choice = choose_slices(*upside_down)

    assert (choice.lower, choice.upper) == (11 - 4, 11 - 8)
    assert choice.upper_mm > choice.lower_mm


def test_a_scan_whose_rows_run_sideways_gives_the_same_slices(a_head):
    series, masks = a_head(12, ventricles=(0, 8))
    matrix = np.array([[0, -4.0, 0, 0], [-4.0, 0, 0, 0], [0, 0, 5.0, 0], [0, 0, 0, 1.0]])

    choice = choose_slices(*turned(series, masks, matrix, axes=[], order=(0, 2, 1)))

    assert (choice.lower, choice.upper) == (4, 8)


def test_fluid_in_the_fissures_above_the_ventricles_is_no_ventricle(a_head, grid_mm):
    behind, left = grid_mm
    series, masks = a_head(12, ventricles=(0, 6))
    between_hemispheres = np.abs(left) < 5.0
    sylvian = (np.abs(left) > 31.0) & (np.abs(behind) < 40.0)
    masks.csf[7:] |= masks.brain[7:] & (between_hemispheres | sylvian)

    assert choose_slices(series, masks) == choose_slices(*a_head(12, ventricles=(0, 6)))


def test_a_cavity_in_a_single_slice_above_the_ventricles_is_no_roof(a_head):
    series, masks = a_head(12, ventricles=(0, 6))
    masks.csf[9] = masks.csf[6]

    assert choose_slices(series, masks).upper == 6


def test_a_scan_that_ends_in_the_ventricles_gives_its_top_and_says_so(a_head):
    choice = choose_slices(*a_head(8, ventricles=(0, 7)))

    assert choice.landmark is Landmark.TOP_OF_SCAN
    assert (choice.lower, choice.upper) == (2, 6)


def test_without_visible_ventricles_the_largest_section_of_the_brain_is_the_landmark(a_head, grid_mm):
    behind, left = grid_mm
    series, masks = a_head(16)
    height = 5.0 * np.arange(16)
    size = np.sqrt(1.0 - ((height - 20.0) / 80.0) ** 2)
    for index, scale in enumerate(size):
        masks.brain[index] = (left / 65.0) ** 2 + (behind / 80.0) ** 2 < scale**2

    choice = choose_slices(series, masks)

    assert choice.landmark is Landmark.LARGEST_SECTION
    assert (choice.lower, choice.upper) == (4, 8)


def test_where_the_scan_begins_above_a_level_its_lowest_slice_is_taken_and_the_distance_told(a_head):
    choice = choose_slices(*a_head(6, ventricles=(0, 1)))

    assert (choice.lower, choice.upper) == (0, 1)
    assert choice.missed_mm == pytest.approx((23.0 - 8.75, 0.25), abs=0.1)


def test_slices_without_brain_are_never_chosen(a_head):
    series, masks = a_head(6, ventricles=(0, 4))
    masks.brain[:3] = False
    masks.csf[:3] = False

    assert choose_slices(series, masks).lower == 3


def test_the_user_may_name_the_slices(a_head):
    choice = choose_slices(*a_head(12, ventricles=(0, 8)), lower=1, upper=11)

    assert (choice.lower, choice.upper, choice.chosen) == (1, 11, SliceOrigin.USER)
    assert (choice.lower_mm, choice.upper_mm) == pytest.approx((5.0 - 43.75, 55.0 - 43.75), abs=0.1)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (-1, 3, "lower is slice -1; name a slice from 0 to 9"),
        (0, 10, "upper is slice 10; name a slice from 0 to 9"),
        (3, 3, "upper is slice 3, which does not lie above slice 3"),
        (4, 3, "upper is slice 3, which does not lie above slice 4"),
        (4, None, "upper is missing; name both"),
        (None, 4, "lower is missing; name both"),
    ],
)
def test_slices_that_cannot_be_taken_are_refused(a_head, lower, upper, words):
    with pytest.raises(ArgumentError, match=words):
        choose_slices(*a_head(10, ventricles=(0, 6)), lower=lower, upper=upper)


def test_a_study_of_one_slice_is_refused(a_head):
    with pytest.raises(ProcessingError, match="has a single slice, and the core-volume network looks at two"):
        choose_slices(*a_head(1))


def test_a_study_with_brain_in_one_slice_is_refused(a_head):
    series, masks = a_head(4)
    masks.brain[1:] = False

    with pytest.raises(ProcessingError, match="Only one slice of this study shows brain"):
        choose_slices(series, masks)


def test_coronal_slices_are_refused(a_head):
    series, masks = a_head(10, ventricles=(0, 6))
    coronal = np.array([[-4.0, 0, 0, 0], [0, 0, 5.0, 0], [0, -4.0, 0, 0], [0, 0, 0, 1.0]])

    with pytest.raises(ProcessingError, match="not axial"):
        choose_slices(replace(series, ijk_to_ras=coronal), masks)


def test_masks_of_another_grid_are_refused(a_head):
    series, _ = a_head(10)
    _, others = a_head(9)

    with pytest.raises(ArgumentError, match=r"masks of shape .* do not match"):
        choose_slices(series, others)


def deep_grey_share(truth, index, grid_of):
    """Return the share of grey matter where the basal ganglia and the thalamus lie, 8 to 30 mm aside."""
    behind, left = grid_of
    place = (np.abs(left) > 8.0) & (np.abs(left) < 30.0) & (np.abs(behind) < 25.0)
    names = {name: label for label, name in truth.label_names.items()}
    labels = truth.labels[index][place]
    return float(np.mean(labels == names["grey matter"]))


def test_on_a_simulated_head_the_lower_slice_shows_basal_ganglia_and_the_upper_one_ventricles(
    a_patient, a_patients_masks
):
    choice = choose_slices(a_patient.series, a_patients_masks)

    rows, columns = (np.flatnonzero(a_patients_masks.brain[choice.lower].any(axis=axis)) for axis in (1, 0))
    step = a_patient.series.spacing[0]
    grid = np.indices(a_patient.series.shape[1:])
    centred = tuple(
        (grid[axis] - (line[0] + line[-1]) / 2.0) * step for axis, line in enumerate((rows, columns))
    )
    lower, upper = (
        deep_grey_share(a_patient.truth, index, centred) for index in (choice.lower, choice.upper)
    )
    assert choice.landmark is Landmark.ROOF
    assert lower > 2.0 * upper
    assert max(choice.missed_mm) <= 2.5
