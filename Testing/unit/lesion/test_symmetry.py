"""The mid-sagittal plane, wherever the head lies."""

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ProcessingError
from CTPerfusionLib.lesion import Hemisphere, SymmetryPlane, find_symmetry_plane, label_hemispheres


@pytest.mark.parametrize(
    ("yaw", "roll", "shift"),
    [
        (0.0, 0.0, (0.0, 0.0, 0.0)),
        (9.0, 4.0, (7.0, 3.0, 2.0)),
        (-20.0, -7.0, (-10.0, 0.0, 4.0)),
        (25.0, 0.0, (0.0, 5.0, 0.0)),
        (3.0, 12.0, (-4.0, 0.0, 0.0)),
    ],
)
def test_plane_of_a_turned_and_tilted_head_is_found_within_a_degree_and_a_millimetre(
    make_head, yaw, roll, shift
):
    head = make_head(yaw=yaw, roll=roll, shift=shift)
    noise = np.random.default_rng(1).normal(0.0, 2.0, head.shape)

    plane = find_symmetry_plane(head.baseline + noise, head.tissue, head.ijk_to_ras)

    angle = np.degrees(np.arccos(np.clip(plane.normal @ head.normal, -1.0, 1.0)))
    assert angle <= 1.0
    assert abs(plane.normal @ np.array(shift) - plane.offset) <= 1.0


def with_falx(head):
    """The head with the fissure and the falx along its midline, as every brain has them."""
    fissure = head.tissue & (np.abs(head.head_mm[0]) < 3.0) & (np.abs(head.head_mm[1]) > 35.0)
    falx = fissure & (np.abs(head.head_mm[0]) < 1.2)
    return np.where(falx, 45.0, np.where(fissure, 10.0, head.baseline))


@pytest.mark.parametrize(("yaw", "roll"), [(0.0, 0.0), (-12.0, 9.0), (14.0, -12.0)])
def test_a_large_lesion_and_a_lopsided_skull_do_not_pull_the_plane(make_head, yaw, roll):
    head = make_head(yaw=yaw, roll=roll, shift=(3.0, 0.0, 0.0), left_width=1.08)
    baseline = with_falx(head)
    baseline[head.ball(-45, 0, 0, 45)] -= 10.0
    thick = (baseline < 100.0) & ~head.tissue & (head.head_mm[0] > 40.0) & (baseline > 15.0)
    baseline[thick] = 900.0
    noise = np.random.default_rng(2).normal(0.0, 2.0, head.shape)

    plane = find_symmetry_plane(baseline + noise, head.tissue, head.ijk_to_ras)

    assert np.degrees(np.arccos(np.clip(plane.normal @ head.normal, -1.0, 1.0))) <= 1.0
    assert abs(plane.normal @ np.array([3.0, 0.0, 0.0]) - plane.offset) <= 1.5


def test_the_tilt_of_a_thin_slab_is_found_by_the_midline_of_its_slices(make_head):
    head = make_head(yaw=4.0, roll=-7.0, n_slices=5)

    plane = find_symmetry_plane(with_falx(head), head.tissue, head.ijk_to_ras)

    assert np.degrees(np.arccos(np.clip(plane.normal @ head.normal, -1.0, 1.0))) <= 1.0


def test_the_correlation_tells_a_head_from_noise(make_head):
    head = make_head(pixel=3.0, matrix=74)
    noise = np.where(head.tissue, np.random.default_rng(0).uniform(0.0, 80.0, head.shape), 0.0)

    found, lost = (
        find_symmetry_plane(image, head.tissue, head.ijk_to_ras) for image in (with_falx(head), noise)
    )

    assert found.correlation > 0.7
    assert lost.correlation < 0.5


def test_one_slice_is_enough_for_a_plane(make_head):
    head = make_head(yaw=6.0, n_slices=1, shift=(4.0, 0.0, 0.0))

    plane = find_symmetry_plane(with_falx(head), head.tissue, head.ijk_to_ras)

    in_plane = plane.normal[:2] / np.linalg.norm(plane.normal[:2])
    assert np.degrees(np.arccos(np.clip(in_plane @ head.normal[:2], -1.0, 1.0))) <= 1.0


def test_an_image_that_is_empty_where_the_tissue_is_is_refused(head):
    with pytest.raises(ProcessingError, match="The baseline image is empty"):
        find_symmetry_plane(np.full(head.shape, -1000.0), head.tissue, head.ijk_to_ras)


def test_plane_does_not_depend_on_the_size_of_pixels(make_head):
    coarse = make_head(yaw=8.0, roll=3.0, pixel=2.0, matrix=112)
    fine = make_head(yaw=8.0, roll=3.0, pixel=0.9, matrix=248)

    planes = [find_symmetry_plane(head.baseline, head.tissue, head.ijk_to_ras) for head in (coarse, fine)]

    assert np.degrees(np.arccos(planes[0].normal @ planes[1].normal)) < 0.5
    assert abs(planes[0].offset - planes[1].offset) < 0.5


def test_hemispheres_are_the_patients_own(head):
    hemispheres = label_hemispheres(
        SymmetryPlane(np.array([1.0, 0.0, 0.0]), 0.0), head.shape, head.ijk_to_ras
    )

    assert np.all(hemispheres[head.ball(-40, 0, 0, 15)] == Hemisphere.LEFT)
    assert np.all(hemispheres[head.ball(40, 0, 0, 15)] == Hemisphere.RIGHT)


def test_reflection_is_its_own_inverse_and_keeps_the_plane():
    normal = np.array([0.9, 0.3, 0.1]) / np.linalg.norm([0.9, 0.3, 0.1])
    plane = SymmetryPlane(normal, 12.0)
    on_plane = np.append(12.0 * normal + np.cross(normal, [0, 0, 1.0]), 1.0)

    np.testing.assert_allclose(plane.reflection() @ plane.reflection(), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(plane.reflection() @ on_plane, on_plane, atol=1e-12)


def test_search_without_tissue_is_refused_in_a_sentence(head):
    with pytest.raises(ProcessingError, match="No brain tissue was found"):
        find_symmetry_plane(head.baseline, np.zeros_like(head.tissue), head.ijk_to_ras)


def test_search_stops_when_progress_is_cancelled(head):
    def cancel(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_symmetry_plane(head.baseline, head.tissue, head.ijk_to_ras, on_progress=cancel)
