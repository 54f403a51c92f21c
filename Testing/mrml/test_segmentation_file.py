"""Slicer's own reader on the .seg.nrrd files of the library."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from CTPerfusionLib.io.segmentation import lesion_segments, segment_kinds, write_segmentation
from CTPerfusionLib.mrml import HeadlessSlicer, headless_slicer, vtk_errors_raised
from CTPerfusionLib.resources import resource_path

MaskReader = Callable[[Any, str, np.ndarray], np.ndarray]


def read_back(path: Path) -> tuple[HeadlessSlicer, Any]:
    with vtk_errors_raised("The file cannot be read"):
        headless = headless_slicer(path.parent)
        node = headless.logics["Segmentations"].LoadSegmentationFromFile(str(path), True, "lesion")
    return headless, node


def test_overlapping_segments_come_back_with_masks_names_colours_and_terms(
    some_masks: dict[str, np.ndarray], an_oblique_geometry: np.ndarray, mask_of: MaskReader, tmp_path: Path
) -> None:
    path, shape = tmp_path / "lesion.seg.nrrd", some_masks["core"].shape
    write_segmentation(path, lesion_segments(some_masks), an_oblique_geometry, shape)
    _headless, node = read_back(path)
    for identifier, mask in some_masks.items():
        segment = node.GetSegmentation().GetSegment(identifier)
        assert segment.GetName() == segment_kinds()[identifier].name
        assert segment.GetColor() == pytest.approx(segment_kinds()[identifier].colour, abs=1e-3)
        np.testing.assert_array_equal(mask_of(node, identifier, an_oblique_geometry), mask)
    entry = slicer.vtkSlicerTerminologyEntry()
    serialised = node.GetSegmentation().GetSegment("core").GetTerminology()
    assert slicer.vtkSlicerTerminologiesModuleLogic.DeserializeTerminologyEntry(serialised, entry)
    assert entry.GetCategoryObject().GetCodeMeaning() == "Morphologically Abnormal Structure"
    assert entry.GetTypeObject().GetCodingSchemeDesignator() == "99CTPERF"
    assert entry.GetRegionObject().GetCodeMeaning() == "Brain"


def test_disjoint_segments_come_back_from_one_layer(
    some_masks: dict[str, np.ndarray], an_oblique_geometry: np.ndarray, mask_of: MaskReader, tmp_path: Path
) -> None:
    masks = {kind: some_masks[kind] for kind in ("core", "penumbra")}
    path, shape = tmp_path / "lesion.seg.nrrd", some_masks["core"].shape
    write_segmentation(path, lesion_segments(masks), an_oblique_geometry, shape)
    _headless, node = read_back(path)
    for identifier, mask in masks.items():
        np.testing.assert_array_equal(mask_of(node, identifier, an_oblique_geometry), mask)


def test_slicer_loads_the_terminology() -> None:
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    path = resource_path("Terminology", "SegmentationCategoryTypeModifier-CTPerfusion.term.json")
    with vtk_errors_raised("The terminology cannot be loaded"):
        name = logic.LoadTerminologyFromFile(str(path))
    assert name == "Segmentation category and type - CT perfusion"
