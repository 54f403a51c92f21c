"""ISLES 2018: a small folder in the layout of the challenge, written from a simulated head."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.io import write_nifti
from CTPerfusionLib.networks.core_volume import CoreVolumeInputSettings
from CTPerfusionLib.training.core_volume.datasets import (
    CachedCoreSource,
    FolderCoreSource,
    Isles2018Source,
    PhantomCoreSource,
    cache_core_patients,
    open_core_source,
)
from CTPerfusionLib.training.datasets import DatasetError

N_FRAMES = 48
"""One second apart, as the challenge gives them."""


@dataclass
class Isles2018:
    """Writes images of cases as the challenge names them."""

    root: Path

    def image(
        self, case: str, kind: str, number: int, array: np.ndarray, ijk_to_ras: np.ndarray, step: float = 1.0
    ) -> Path:
        name = f"SMIR.Brain.XX.O.{kind}.{number}"
        place = self.root / "TRAINING" / case / name
        place.mkdir(parents=True)
        path = place / f"{name}.nii"
        image = nibabel.Nifti1Image(array.T, ijk_to_ras)
        image.header.set_zooms((*image.header.get_zooms()[:3], *[step] * (array.ndim - 3)))
        nibabel.save(image, path)
        return path


@pytest.fixture(scope="module")
def challenge(tmp_path_factory, a_stroke_head):
    """Case 2 whole; case 10 with a single slice; case 11 without lesion; case 12 without scan."""
    writer = Isles2018(tmp_path_factory.mktemp("isles2018"))
    series, core = a_stroke_head.series, a_stroke_head.truth.core.astype(np.uint8)
    voxels = np.empty((N_FRAMES, *series.shape), np.int16)
    for index in range(series.n_slices):
        own = series.slice_times(index)
        later = np.searchsorted(own, np.arange(N_FRAMES)).clip(1, len(own) - 1)
        share = ((np.arange(N_FRAMES) - own[later - 1]) / (own[later] - own[later - 1])).clip(0, 1)
        share = share[:, None, None]
        frames = series.voxels[:, index]
        voxels[:, index] = frames[later - 1] * (1 - share) + frames[later] * share
    grid = series.ijk_to_ras
    writer.image("case_2", "CT_4DPWI", 345561, voxels, grid)
    writer.image("case_2", "CT", 345562, voxels[0], grid)
    writer.image("case_2", "CT_CBF", 345563, core, grid)
    writer.image("case_2", "OT", 345566, core, grid)
    writer.image("case_10", "CT_4DPWI", 345571, voxels[:, :1], grid)
    writer.image("case_10", "OT", 345576, core[:1], grid)
    writer.image("case_11", "CT_4DPWI", 345581, voxels[:, :1], grid)
    writer.image("case_12", "OT", 345596, core, grid)
    return writer.root


@pytest.fixture
def case(tmp_path, challenge):
    """A folder of which the only case is to be changed."""
    return shutil.copytree(challenge / "TRAINING" / "case_2", tmp_path / "isles" / "case_2")


def test_a_case_gives_two_slices_and_the_volume_of_its_lesion(challenge, settings, a_stroke_head):
    patient = Isles2018Source(challenge, settings).load("case_2")

    expected = a_stroke_head.truth.core.sum() * a_stroke_head.series.voxel_volume_ml
    assert patient.core_ml == pytest.approx(expected)
    assert patient.stack.shape == (2, 32, 32, 32)
    assert set(patient.groups) == {"slices_missed_mm", "frame_interval"}


def test_cases_are_in_the_order_of_their_numbers_and_those_without_images_are_named(challenge, settings):
    source = Isles2018Source(challenge, settings)

    assert source.patients == ("case_2", "case_10")
    assert source.report == (
        "2 of 4 patients are left out (case_11: there is no lesion (OT), as in the cases of the test; "
        "case_12: there is no CT_4DPWI)."
    )
    assert Isles2018Source(challenge / "TRAINING", settings).patients == source.patients


def test_a_case_of_a_single_slice_is_refused_by_name(challenge, settings):
    with pytest.raises(DatasetError, match="Patient case_10 cannot be used"):
        Isles2018Source(challenge, settings).load("case_10")


def test_the_interval_that_is_assumed_is_told(challenge, settings):
    assert Isles2018Source(challenge, settings).recipe["frame_interval"] == 1.0
    assert Isles2018Source(challenge, settings, frame_interval=1.5).recipe["frame_interval"] == 1.5


def test_a_case_whose_file_states_another_time_step_is_refused(challenge, settings):
    with pytest.raises(DatasetError, match=r"states a time step of 1, and 1.5 s are assumed"):
        Isles2018Source(challenge, settings, frame_interval=1.5).load("case_2")


def test_a_file_without_a_time_step_is_read_with_the_interval_that_is_assumed(case, settings):
    path = next(case.glob("*4DPWI*/*.nii"))
    content = bytearray(path.read_bytes())
    content[92:96] = bytes(4)  # the time step of a NIfTI header
    path.write_bytes(content)

    patient = Isles2018Source(case.parent, settings).load("case_2")
    assert patient.core_ml > 0


def test_a_case_has_changed_when_its_lesion_has(case, settings):
    before = Isles2018Source(case.parent, settings).fingerprint("case_2")
    path = next(case.glob("*.OT.*/*.nii"))
    write_nifti(path, np.ones((2, 2, 2), np.uint8), np.eye(4))

    assert Isles2018Source(case.parent, settings).fingerprint("case_2") != before


def test_two_lesions_of_a_case_are_refused(case, settings):
    shutil.copytree(next(case.glob("*.OT.*")), case / "SMIR.Brain.XX.O.OT.9")
    (case / "SMIR.Brain.XX.O.OT.9" / "SMIR.Brain.XX.O.OT.345566.nii").rename(
        case / "SMIR.Brain.XX.O.OT.9" / "SMIR.Brain.XX.O.OT.9.nii"
    )

    with pytest.raises(DatasetError, match="case_2: there is more than one OT"):
        Isles2018Source(case.parent, settings)


def test_another_folder_or_interval_is_refused(tmp_path, challenge, settings):
    with pytest.raises(DatasetError, match="does not hold cases of ISLES 2018"):
        Isles2018Source(tmp_path, settings)
    with pytest.raises(DatasetError, match="does not hold cases of ISLES 2018"):
        Isles2018Source(tmp_path / "nowhere", settings)
    for interval in (0.0, -1.0, float("nan")):
        with pytest.raises(ConfigurationError, match="Frames cannot be"):
            Isles2018Source(challenge, settings, frame_interval=interval)


def test_a_data_set_is_opened_as_what_it_is(tmp_path, challenge, settings, a_core_source, a_stroke_head):
    phantoms = open_core_source("phantoms:301-303", settings, scanner="toshiba")
    isles = open_core_source(challenge, settings)
    folder = tmp_path / "folder" / "case-1"
    folder.mkdir(parents=True)
    write_nifti(folder / "series.nii.gz", a_stroke_head.series.voxels[:, :2], a_stroke_head.series.ijk_to_ras)
    (folder.parent / "labels.csv").write_text("patient,core_ml\ncase-1,3\n")
    cache_core_patients(a_core_source, tmp_path / "cache")
    cache = open_core_source(tmp_path / "cache", a_core_source.settings)

    assert isinstance(phantoms, PhantomCoreSource)
    assert phantoms.patients == ("head-0301", "head-0302", "head-0303")
    assert isinstance(isles, Isles2018Source)
    assert isles.recipe["frame_interval"] == 1.0
    assert isinstance(open_core_source(folder.parent, settings), FolderCoreSource)
    assert isinstance(cache, CachedCoreSource)
    with pytest.raises(ConfigurationError, match="made for another input"):
        open_core_source(tmp_path / "cache", CoreVolumeInputSettings())
    with pytest.raises(DatasetError, match="no data set"):
        open_core_source(tmp_path / "nowhere", settings)
