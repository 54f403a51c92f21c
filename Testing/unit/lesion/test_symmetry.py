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
