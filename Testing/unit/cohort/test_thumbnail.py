"""The small picture of a result shows the lesion where it is, as the report does."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from CTPerfusionLib.cohort.thumbnail import SIZE, thumbnail, write_thumbnail
from CTPerfusionLib.errors import CTPerfusionError
from CTPerfusionLib.io import (
    lesion_segments,
    read_nifti,
    read_segmentation,
    segment_kinds,
    write_nifti,
    write_segmentation,
)


@pytest.fixture
def result(cohort_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the result that a test may change."""
    source = cohort_folder / "studies" / "head"
    (tmp_path / "maps").mkdir()
    for name in ("summary.json", "core_penumbra.seg.nrrd", "maps/Tmax.nii.gz", "maps/CBF.nii.gz"):
        shutil.copy(source / name, tmp_path / name)
    return tmp_path


def coloured(pixels: np.ndarray, kind: str) -> np.ndarray:
    """Return where a picture has the colour of a segment."""
    return (pixels == np.round(255 * np.asarray(segment_kinds()[kind].colour))).all(axis=-1)


def put_lesion(result: Path, slices: slice, columns: slice) -> None:
    """Replace the segments by a block of penumbra with a core in its middle."""
    tmax, ijk_to_ras = read_nifti(result / "maps" / "Tmax.nii.gz")
    late = np.zeros(tmax.shape, dtype=bool)
    late[slices, 50:80, columns] = True
    core = np.zeros_like(late)
    core[slices, 60:70, columns.start + 8 : columns.stop - 8] = True
    masks = {"core": core, "penumbra": late & ~core, "hypoperfusion": late}
    write_segmentation(result / "core_penumbra.seg.nrrd", lesion_segments(masks), ijk_to_ras, tmax.shape)


def test_the_picture_is_a_small_square_png_with_both_outlines(cohort_folder, tmp_path):
    write_thumbnail(cohort_folder / "studies" / "head", tmp_path / "pictures" / "head.png")
    picture = Image.open(tmp_path / "pictures" / "head.png")
    assert picture.format == "PNG"
    assert picture.size == (SIZE, SIZE)
    assert (tmp_path / "pictures" / "head.png").stat().st_size < 40_000
    pixels = thumbnail(cohort_folder / "studies" / "head")
    assert coloured(pixels, "penumbra").sum() > 20


def test_the_lesion_is_on_the_side_where_the_report_shows_it(result):
    _, ijk_to_ras = read_segmentation(result / "core_penumbra.seg.nrrd")
    for columns in (slice(30, 55), slice(75, 100)):
        put_lesion(result, slice(3, 4), columns)
        middle = ijk_to_ras @ [(columns.start + columns.stop) / 2, 65, 3, 1]
        places = np.nonzero(coloured(thumbnail(result), "penumbra"))[1]
        is_left_of_the_patient = middle[0] < 0
        assert (places.mean() > SIZE / 2) == is_left_of_the_patient


def test_the_slice_with_most_hypoperfusion_is_shown(result):
    put_lesion(result, slice(2, 3), slice(30, 55))
    second = thumbnail(result)
    put_lesion(result, slice(5, 6), slice(30, 55))
    assert not np.array_equal(thumbnail(result), second)


def test_without_a_lesion_the_slice_with_most_tissue_is_shown(result):
    put_lesion(result, slice(0, 0), slice(30, 55))
    pixels = thumbnail(result)
    assert not coloured(pixels, "penumbra").any()
    assert pixels.any()


def test_outlines_and_map_lie_in_the_same_voxels_whatever_the_order_of_storage(result):
    expected = thumbnail(result)
    masks, ijk_to_ras = read_segmentation(result / "core_penumbra.seg.nrrd")
    flip = np.diag([-1.0, 1, 1, 1])
    for name in ("Tmax", "CBF"):
        values, _ = read_nifti(result / "maps" / f"{name}.nii.gz")
        flip[0, 3] = values.shape[2] - 1
        write_nifti(result / "maps" / f"{name}.nii.gz", values[:, :, ::-1], ijk_to_ras @ flip, name=name)
    flipped = {kind: mask[:, :, ::-1] for kind, mask in masks.items()}
    shape = next(iter(masks.values())).shape
    write_segmentation(result / "core_penumbra.seg.nrrd", lesion_segments(flipped), ijk_to_ras @ flip, shape)
    np.testing.assert_array_equal(thumbnail(result), expected)


@pytest.mark.parametrize("name", ["summary.json", "core_penumbra.seg.nrrd", "maps/Tmax.nii.gz"])
def test_a_damaged_result_has_no_picture(name, result, tmp_path):
    (result / name).write_bytes((result / name).read_bytes()[:40])
    with pytest.raises(CTPerfusionError):
        write_thumbnail(result, tmp_path / "picture.png")
    assert not (tmp_path / "picture.png").exists()
