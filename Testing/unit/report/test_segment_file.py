"""The .seg.nrrd file as any NRRD reader sees it; Testing/mrml reads it with Slicer's own reader."""

from pathlib import Path

import nrrd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.io.segmentation import Segment, lesion_segments, segment_kinds, write_segmentation

SHAPE = (3, 4, 5)
GEOMETRY = np.array([[-0.5, 0, 0, 10], [0, -0.6, 0, 20], [0, 0, 5, -30], [0, 0, 0, 1]])


def masks_in(path: Path) -> dict[str, np.ndarray]:
    voxels, header = nrrd.read(str(path))
    layers = voxels if voxels.ndim == 4 else voxels[None]
    count = sum(key.endswith("_ID") for key in header)
    return {
        header[f"Segment{index}_ID"]: (
            layers[int(header[f"Segment{index}_Layer"])] == int(header[f"Segment{index}_LabelValue"])
        ).transpose(2, 1, 0)
        for index in range(count)
    }


@settings(max_examples=30, deadline=None)  # files on a busy disk have no deadline
@given(stack=arrays.arrays(bool, (3, *SHAPE)))
def test_any_three_masks_come_back_however_they_overlap(
    stack: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    masks = dict(zip(("core", "penumbra", "hypoperfusion"), stack, strict=True))
    path = tmp_path_factory.mktemp("segments") / "lesion.seg.nrrd"
    write_segmentation(path, lesion_segments(masks), GEOMETRY, SHAPE)
    found = masks_in(path)
    assert set(found) == set(masks)
    for kind, mask in masks.items():
        np.testing.assert_array_equal(found[kind], mask)


def test_disjoint_segments_share_one_layer_and_overlapping_ones_do_not(tmp_path: Path) -> None:
    core, penumbra = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    core[0], penumbra[1] = True, True
    disjoint = lesion_segments({"core": core, "penumbra": penumbra})
    write_segmentation(tmp_path / "a.seg.nrrd", disjoint, GEOMETRY, SHAPE)
    assert nrrd.read_header(str(tmp_path / "a.seg.nrrd"))["dimension"] == 3
    overlapping = lesion_segments({"core": core, "hypoperfusion": core | penumbra})
    write_segmentation(tmp_path / "b.seg.nrrd", overlapping, GEOMETRY, SHAPE)
    assert nrrd.read_header(str(tmp_path / "b.seg.nrrd"))["sizes"].tolist() == [2, 5, 4, 3]


def test_the_image_lies_in_lps_where_the_scan_was(tmp_path: Path) -> None:
    write_segmentation(
        tmp_path / "a.seg.nrrd", lesion_segments({"core": np.ones(SHAPE, bool)}), GEOMETRY, SHAPE
    )
    header = nrrd.read_header(str(tmp_path / "a.seg.nrrd"))
    assert header["space"] == "left-posterior-superior"
    np.testing.assert_allclose(header["space origin"], [-10, -20, -30])
    np.testing.assert_allclose(header["space directions"], np.diag([0.5, 0.6, 5]))


def test_kinds_come_in_the_order_core_penumbra_hypoperfusion_in_red_green_and_blue() -> None:
    kinds = segment_kinds()
    assert list(kinds) == ["core", "penumbra", "hypoperfusion"]
    assert [int(np.argmax(kind.colour)) for kind in kinds.values()] == [0, 1, 2]


def test_public_codes_of_the_terms_are_those_of_dicom() -> None:
    from pydicom.sr.codedict import codes

    abnormal, brain = codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Brain
    for kind in segment_kinds().values():
        category, region = kind.terminology.category, kind.terminology.region
        assert (category.value, category.meaning) == (abnormal.value, abnormal.meaning)
        assert (region.value, region.meaning) == (brain.value, brain.meaning)
        assert kind.terminology.type.scheme.startswith("99")


def test_an_unknown_kind_or_a_wrong_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no segment kind is called oedema"):
        lesion_segments({"oedema": np.ones(SHAPE, bool)})
    segments: tuple[Segment, ...] = lesion_segments({"core": np.ones((1, 2, 3), bool)})
    with pytest.raises(ValueError, match=r"core has shape \(1, 2, 3\)"):
        write_segmentation(tmp_path / "a.seg.nrrd", segments, GEOMETRY, SHAPE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_segmentation(tmp_path / "file" / "a.seg.nrrd", (), GEOMETRY, SHAPE)
