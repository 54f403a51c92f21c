"""The results of a real run as DICOM: the same numbers, voxels and places as in its other files."""

import json
import shutil
import subprocess
from pathlib import Path

import highdicom
import nrrd
import numpy as np
import pytest
from pydicom import dcmread

from CTPerfusionLib.export import DicomContent, write_dicom_results, write_registered_dicom
from CTPerfusionLib.io import load_series, read_nifti
from CTPerfusionLib.preprocessing import register_frames
from CTPerfusionLib.series import RAS_TO_LPS, TmaxDefinition, quantities_of, voxel_volume_ml


@pytest.fixture(scope="module")
def study(tiny_folder):
    return load_series(tiny_folder / "study")


@pytest.fixture(scope="module")
def content(tiny_result, study) -> DicomContent:
    """What the files of a run say, and nothing else."""
    summary = json.loads((tiny_result.folder / "summary.json").read_text())
    quantities = quantities_of(TmaxDefinition(summary["tmax_definition"]))
    maps = {name: tiny_result.folder / "maps" / f"{name}.nii.gz" for name in quantities}
    return DicomContent(
        ijk_to_ras=study.ijk_to_ras,
        maps={name: read_nifti(path)[0] for name, path in maps.items() if path.exists()},
        quantities=quantities,
        masks=segment_masks(tiny_result.folder / "core_penumbra.seg.nrrd"),
        summary=summary,
        parameters={"Method": summary["method"], "Protocol": summary["protocol"]},
        pages=[np.full((297, 210, 3), 255, dtype=np.uint8)],
    )


@pytest.fixture(scope="module")
def dicom_folder(content, study, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "dicom"
    write_dicom_results(folder, content, study.sources)
    return folder


def segment_masks(path: Path) -> dict[str, np.ndarray]:
    """Return the masks in a segmentation file of Slicer by their identifiers, shape (Z, Y, X)."""
    voxels, header = nrrd.read(str(path))
    layers = voxels if voxels.ndim == 4 else voxels[None]
    masks = {}
    number = 0
    while f"Segment{number}_ID" in header:
        layer = layers[int(header[f"Segment{number}_Layer"])]
        masks[header[f"Segment{number}_ID"]] = (layer == int(header[f"Segment{number}_LabelValue"])).T
        number += 1
    return masks


def errors_in(path: Path) -> list[str]:
    checker = shutil.which("dciodvfy")
    if checker is None:
        raise RuntimeError("dciodvfy is missing; install it with: apt-get install dicom3tools")
    finished = subprocess.run([checker, "-new", str(path)], capture_output=True, text=True, check=False)  # noqa: S603
    return [line for line in (finished.stdout + finished.stderr).splitlines() if line.startswith("Error")]


def test_every_object_is_without_errors(dicom_folder):
    assert {path.name: found for path in dicom_folder.iterdir() if (found := errors_in(path))} == {}


def test_the_measurement_report_holds_the_numbers_of_the_summary(dicom_folder, content):
    report = highdicom.sr.srread(dicom_folder / "measurements.dcm").content

    (lesion,) = report.get_image_measurement_groups()
    found = {each.name.value: each.value for each in lesion.get_measurements()}
    volumes = content.summary["volumes_ml"]
    for threshold in ("tmax_4", "tmax_6", "tmax_8", "tmax_10", "rcbf_20", "rcbf_30", "rcbf_34", "rcbf_38"):
        assert found[f"VOL_{threshold.upper()}"] == volumes[threshold]
    assert found["VOL_HYPOPERF"] == volumes["hypoperfusion"]
    assert found["VOL_PENUMBRA"] == volumes["penumbra"]
    assert found["MISMATCH_RATIO"] == content.summary["mismatch_ratio"]
    side = {each.name.meaning: each.value.meaning for each in lesion.get_qualitative_evaluations()}[
        "Laterality"
    ]
    assert side.lower() == content.summary["affected_hemisphere"]


def test_segments_have_the_volumes_that_the_report_gives_them(dicom_folder, study):
    segmentation = dcmread(dicom_folder / "segmentation.dcm")
    groups = highdicom.sr.srread(
        dicom_folder / "measurements.dcm"
    ).content.get_volumetric_roi_measurement_groups()

    frames = segmentation.pixel_array.reshape(len(groups), *study.shape)
    for mask, group in zip(frames, groups, strict=True):
        (volume,) = group.get_measurements()
        assert mask.sum() * voxel_volume_ml(study.ijk_to_ras) == pytest.approx(volume.value, abs=0.01)


def test_maps_are_those_of_the_nifti_files_at_the_same_places(dicom_folder, content, tiny_result):
    for name in content.maps:
        values, ijk_to_ras = read_nifti(tiny_result.folder / "maps" / f"{name}.nii.gz")
        parametric_map = dcmread(dicom_folder / f"map_{name}.dcm")
        known = np.isfinite(values)
        frames = parametric_map.PerFrameFunctionalGroupsSequence
        positions = [frame.PlanePositionSequence[0].ImagePositionPatient for frame in frames]
        expected = [(RAS_TO_LPS @ ijk_to_ras @ [0, 0, index, 1])[:3] for index in range(len(values))]

        assert np.array_equal(parametric_map.pixel_array[known], values[known]), name
        assert np.all(parametric_map.pixel_array[~known] == parametric_map.FloatPixelPaddingValue), name
        assert np.allclose(positions, expected, atol=1e-3), name


def test_a_corrected_series_loads_again_as_it_was(study, tmp_path):
    registered = register_frames(study).series

    paths = write_registered_dicom(tmp_path / "registered", registered, registered.sources)

    again = load_series(tmp_path / "registered")
    assert errors_in(paths[0]) == []
    assert np.allclose(again.times, registered.times - registered.times.min(), atol=1e-6)
    assert np.allclose(again.ijk_to_ras, registered.ijk_to_ras, atol=1e-6)
    assert np.abs(again.voxels - registered.voxels).max() <= 1 / 32
