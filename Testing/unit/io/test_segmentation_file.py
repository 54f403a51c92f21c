"""Segments come back from their file, whoever wrote it."""

import nrrd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.io import lesion_segments, read_segmentation, write_segmentation

SHAPE = (3, 4, 5)
GEOMETRY = np.array([[-0.5, 0, 0, 10], [0, -0.6, 0, 20], [0, 0, 5, -30], [0, 0, 0, 1]])


@settings(max_examples=20, deadline=None)
@given(stack=arrays.arrays(bool, (3, *SHAPE)))
def test_any_masks_come_back_where_they_were_however_they_overlap(stack, tmp_path_factory):
    masks = dict(zip(("core", "penumbra", "hypoperfusion"), stack, strict=True))
    path = tmp_path_factory.mktemp("segments") / "lesion.seg.nrrd"
    write_segmentation(path, lesion_segments(masks), GEOMETRY, SHAPE)

    found, ijk_to_ras = read_segmentation(path)

    assert set(found) == set(masks)
    for name, mask in masks.items():
        np.testing.assert_array_equal(found[name], mask)
    np.testing.assert_allclose(ijk_to_ras, GEOMETRY, atol=1e-9)


def test_a_file_in_ras_lies_where_it_says(tmp_path):
    header = {
        "space": "right-anterior-superior",
        "space directions": GEOMETRY[:3, :3].T,
        "space origin": GEOMETRY[:3, 3],
        "Segment0_ID": "core",
        "Segment0_LabelValue": "7",
        "Segment0_Layer": "0",
    }
    voxels = np.zeros(SHAPE[::-1], np.uint8)
    voxels[4, 3, 2] = 7
    nrrd.write(str(tmp_path / "a.seg.nrrd"), voxels, header)

    found, ijk_to_ras = read_segmentation(tmp_path / "a.seg.nrrd")

    np.testing.assert_allclose(ijk_to_ras, GEOMETRY)
    assert np.argwhere(found["core"]).tolist() == [[2, 3, 4]]


def test_what_is_no_segmentation_is_refused_with_a_reason(tmp_path):
    (tmp_path / "cut.seg.nrrd").write_bytes(b"NRRD0004\ntype: uchar\n")
    nrrd.write(str(tmp_path / "map.seg.nrrd"), np.zeros((2, 2, 2), np.float32))
    nrrd.write(str(tmp_path / "half.seg.nrrd"), np.zeros((2, 2, 2), np.uint8), {"Segment0_ID": "core"})
    nrrd.write(str(tmp_path / "nowhere.seg.nrrd"), np.zeros((2, 2, 2), np.uint8))

    for name, reason in (
        ("cut", "cannot be read"),
        ("map", "is not a segmentation"),
        ("half", "does not say which of its labels"),
        ("nowhere", "does not say where"),
    ):
        with pytest.raises(SeriesError, match=reason):
            read_segmentation(tmp_path / f"{name}.seg.nrrd")
