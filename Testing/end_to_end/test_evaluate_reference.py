"""``ctperfusion evaluate reference`` on small folders in the layouts of public cohorts.

A simulated head with its truth as the reference maps, so that a right pipeline agrees with them.
"""

import csv
import json
import shutil

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid
from scipy import ndimage

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.io import write_nifti
from CTPerfusionLib.phantom import write_phantom

REFERENCE = ("evaluate", "reference")

ISLES2018 = {"CT_CBF": "CBF", "CT_CBV": "CBV", "CT_MTT": "MTT", "CT_Tmax": "TTP"}
"""Truth by what the challenge calls it; Tmax is the centre of the response, as the method `bayes` has it."""

LEAST_R = {"CBF": 0.85, "CBV": 0.8, "Tmax": 0.95, "MTT": 0.88}
"""Of the voxels with the truth; noise and the blur of the filter keep flow and volume below 1."""


def truth_maps(head, names):
    return {kind: np.nan_to_num(head.truth.maps[name]).astype(np.float32) for kind, name in names.items()}


@pytest.fixture(scope="module")
def isles2018(tmp_path_factory, head, frames, write_isles2018):
    """Case 1 whole, its lesion drawn; 2 maps elsewhere; 3 cut off; 4 without Tmax; 5 a copy; 6 a slab."""
    root = tmp_path_factory.mktemp("isles2018")
    grid, maps = head.series.ijk_to_ras, truth_maps(head, ISLES2018)
    drawn = {"OT": head.truth.core.astype(np.float32)}
    write_isles2018(root, 1, frames, maps | drawn, grid, grid)
    far = grid.copy()
    far[:3, 3] += 400.0
    write_isles2018(root, 2, frames[:, :1], {k: v[:1] + 1.0 for k, v in maps.items()}, grid, far)
    shutil.copytree(root / "TRAINING" / "case_1", root / "TRAINING" / "case_5")
    write_isles2018(root, 3, frames[:, :1], {k: v[1:2] for k, v in maps.items()}, grid, grid)
    scan = next((root / "TRAINING" / "case_3").glob("*4DPWI*/*.nii"))
    scan.write_bytes(scan.read_bytes()[:5000])
    write_isles2018(root, 4, frames[:, :1], {"CT_CBF": maps["CT_CBF"][2:3]}, grid, grid)
    write_isles2018(root, 6, frames[:7, :1], {k: v[3:4] for k, v in maps.items()}, grid, grid)
    (root / "TRAINING" / "patients.csv").write_text("case,patient\ncase_1,P1\ncase_6,P1\n")
    return root


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, isles2018):
    """The output folder and its rows."""
    output = tmp_path_factory.mktemp("evaluated") / "output"
    assert main([*REFERENCE, str(isles2018), "--layout", "isles2018", "--output", str(output)]) == 0
    return output, list(csv.DictReader((output / "cases.csv").open()))


def test_maps_of_a_head_agree_with_its_truth(evaluated, head):
    row = evaluated[1][0]

    assert row["failure"] == ""
    for name, least in LEAST_R.items():
        assert float(row[f"r_{name}"]) > least, name
    assert float(row["shared"]) > 0.85
    assert float(row["dice_core"]) > 0.8
    assert float(row["dice_tmax_6"]) > 0.85
    true_core = head.truth.core.sum() * head.series.voxel_volume_ml
    assert float(row["reference_core_ml"]) == pytest.approx(true_core, rel=0.1)
    assert float(row["core_ml"]) == pytest.approx(true_core, rel=0.2)
    assert row["defuse3"] == row["reference_defuse3"]


def test_cores_are_held_against_the_lesion_that_people_have_drawn(evaluated, head):
    output, rows = evaluated
    true_core = head.truth.core.sum() * head.series.voxel_volume_ml

    assert float(rows[0]["drawn_ml"]) == pytest.approx(true_core, rel=1e-3)
    assert float(rows[0]["dice_drawn"]) > 0.8
    # The maps of the reference are the truth, and so is the drawn lesion.
    assert float(rows[0]["reference_dice_drawn"]) > 0.9
    drawn = json.loads((output / "tables.json").read_text())["drawn"]
    assert drawn["own"]["dice"]["mean"] == pytest.approx(float(rows[0]["dice_drawn"]), abs=1e-4)
    assert "Core against the lesion that people have drawn" in (output / "tables.md").read_text()


def test_cases_that_cannot_be_compared_have_their_row_and_stop_nothing(evaluated):
    reasons = {row["case"]: row["failure"] for row in evaluated[1]}

    assert "show nothing of the scan" in reasons["case_2"]
    assert "cannot be read" in reasons["case_3"]
    assert reasons["case_4"] == "There is no CT_Tmax."
    assert "same reference maps as case_1" in reasons["case_5"]
    assert "frames" in reasons["case_6"]


def test_slabs_of_one_patient_share_a_half_that_rows_and_file_agree_on(evaluated):
    output, rows = evaluated
    halves = json.loads((output / "halves.json").read_text())

    assert {row["patient"] for row in rows} == {"P1", *(f"case_{number}" for number in (2, 3, 4, 5))}
    assert rows[0]["half"] == rows[5]["half"]
    for row in rows:
        assert row["patient"] in halves[row["half"]]


def test_its_files_appear_together_and_nothing_else(evaluated):
    output, _ = evaluated

    assert {path.name for path in output.iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures", "halves.json")
    }
    assert [path.name for path in output.parent.iterdir()] == ["output"]
    record = json.loads((output / "tables.json").read_text())
    assert (record["cases"], record["failed"], record["part"]) == (6, 5, "all")


def test_maps_of_isles_2024_are_compared_in_the_space_of_the_plain_ct(tmp_path, head, frames, capsys):
    subject, series = "sub-stroke0007", head.series
    scan = tmp_path / "root" / "raw_data" / subject / "ses-01"
    maps = tmp_path / "root" / "derivatives" / subject / "ses-01" / "perfusion-maps"
    for place in (scan, maps):
        place.mkdir(parents=True)
    write_nifti(scan / f"{subject}_ses-01_ctp.nii.gz", frames, series.ijk_to_ras)
    # Twice the slices, two thirds of the pixels: voxels of another size with the same outer corner.
    factors = np.array([2.0, 1.5, 1.5])
    grid = series.ijk_to_ras.copy()
    grid[:3, :3] /= factors[::-1]
    grid[:3, 3] += series.ijk_to_ras[:3, :3] @ (0.5 / factors[::-1] - 0.5)
    for name, quantity in {"cbf": "CBF", "cbv": "CBV", "mtt": "MTT", "tmax": "TTP"}.items():
        values = np.nan_to_num(head.truth.maps[quantity]).astype(np.float32)
        finer = ndimage.zoom(values, factors, order=0, grid_mode=True, mode="nearest")
        write_nifti(maps / f"{subject}_ses-01_space-ncct_{name}.nii.gz", finer, grid)
    output = tmp_path / "output"

    arguments = ["--layout", "isles2024", "--method", "bsvd", "--output", str(output)]
    assert main([*REFERENCE, str(tmp_path / "root"), *arguments]) == 0

    (row,) = csv.DictReader((output / "cases.csv").open())
    assert row["failure"] == ""
    assert float(row["r_CBF"]) > LEAST_R["CBF"]
    assert float(row["dice_tmax_6"]) > 0.7
    assert "r of the voxels, CBF, mean" in capsys.readouterr().out


def write_dicom_map(place, study, series, values):
    """Write a map as one image for each slice, placed as those of the study are."""
    place.mkdir(parents=True)
    written = set()
    for path in sorted(study.rglob("*.dcm")):
        dataset = dcmread(path)
        height = float(dataset.ImagePositionPatient[2])
        index = round((height - series.ijk_to_ras[2, 3]) / series.ijk_to_ras[2, 2])
        if index not in written:
            written.add(index)
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            dataset.RescaleSlope, dataset.RescaleIntercept, dataset.PixelRepresentation = "0.01", "0", 0
            dataset.BitsStored, dataset.HighBit = 16, 15
            dataset.PixelData = np.rint(100.0 * values[index]).clip(0, 65535).astype("<u2").tobytes()
            dataset.save_as(place / f"{place.name}{index:05d}.dcm", enforce_file_format=True)


def test_maps_of_unitobrain_are_read_from_their_dicom_folders(tmp_path, head):
    root, output = tmp_path / "root", tmp_path / "output"
    write_phantom(head, tmp_path / "phantom", format="dicom")
    root.mkdir()
    study = (tmp_path / "phantom" / "study").rename(root / "MOL-002")
    for name in ("CBF", "CBV", "MTT", "TTP"):
        values = np.nan_to_num(head.truth.maps[name])
        maps = root / "MOL-002_Registered_Filtered_3mm_20HU_Maps"
        write_dicom_map(maps / f"NLR_{name}", study, head.series, values)
    (root / "MOL-003").mkdir()
    shutil.copy(next(study.rglob("*.dcm")), root / "MOL-003")

    assert main([*REFERENCE, str(root), "--layout", "unitobrain", "--output", str(output)]) == 0

    row, incomplete = csv.DictReader((output / "cases.csv").open())
    assert row["failure"] == ""
    assert float(row["r_TTP"]) > LEAST_R["Tmax"]
    assert float(row["dice_tmax_6"]) > 0.85
    assert float(row["core_ml"]) == pytest.approx(float(row["reference_core_ml"]), rel=0.2)
    assert incomplete["failure"] == "There is no NLR_CBF and no NLR_TTP."


@pytest.mark.parametrize(
    "arguments",
    [
        ("--layout", "isles2018"),
        ("--output", "o"),
        ("--layout", "isles1999", "--output", "o"),
        ("--layout", "isles2018", "--output", "o", "--half", "third"),
        ("--layout", "isles2018", "--output", "o", "--workers", "0"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*REFERENCE, "root", *arguments])

    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_folder_of_something_else_is_one_sentence_and_no_output(tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    arguments = ["--layout", "unitobrain", "--output", str(tmp_path / "o")]

    assert main([*REFERENCE, str(tmp_path / "pictures"), *arguments]) == 1
    assert "does not hold cases of UniToBrain; give the folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_with_130_and_leaves_nothing(tmp_path, isles2018, interrupted, workers):
    arguments = (*REFERENCE, isles2018, "--layout", "isles2018", "--output", "o", "--workers", workers)
    code, said = interrupted(*arguments, folder=tmp_path, first="Case 1 of 5")

    assert code == 130
    assert said.strip().endswith("Cancelled; nothing was written.")
    assert list(tmp_path.iterdir()) == []
