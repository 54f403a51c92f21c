"""``ctperfusion tune``: what other software computed with is found again, by the tuning half alone.

The reference maps are those of a deconvolution whose regularisation and smoothing are known.
"""

import csv
import hashlib
import json
import shutil

import numpy as np
import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.io import load_series
from CTPerfusionLib.kinetics import METHODS, area_method
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    StageClock,
    fitted_maps,
    prepare_series,
)
from CTPerfusionLib.validation.patient_halves import patient_digest

MAPS = {"CT_CBF": "CBF", "CT_CBV": "CBV", "CT_MTT": "MTT", "CT_Tmax": "Tmax"}
SEED = 3
"""By it cases 1 and 4 are for tuning, 2 and 3 for reporting."""

OPTIONS = ("--layout", "isles2018", "--seed", str(SEED))
NAME = "known"


def known_maps(scan):
    """Maps by a threshold of .1 after a Gaussian of 4 mm, with zeros for background as the challenge has."""
    config = PipelineConfig(method="bsvd", filter="gaussian:4", core_volume_model=NO_CORE_VOLUME_MODEL)
    prepared = prepare_series(load_series(scan, frame_interval=1.0), config, StageClock())
    readings = METHODS["bsvd"].flow_readings
    method = area_method("bsvd", readings, noise_filter="gaussian:4", options={"threshold": 0.1})
    maps = fitted_maps(prepared, method, "cpu", lambda _: None).maps
    return {kind: np.nan_to_num(maps[name]).astype(np.float32) for kind, name in MAPS.items()}


@pytest.fixture(scope="module")
def scan(frames):
    """Three slices of the head."""
    return frames[:, 1:4]


@pytest.fixture(scope="module")
def maps(tmp_path_factory, head, scan, write_isles2018):
    root = tmp_path_factory.mktemp("scan")
    write_isles2018(root, 1, scan, {}, head.series.ijk_to_ras, head.series.ijk_to_ras)
    return known_maps(next(root.rglob("*.nii")))


@pytest.fixture(scope="module")
def isles2018(tmp_path_factory, head, scan, maps, write_isles2018):
    """Of the two cases for tuning one is cut off; nobody can read those for reporting."""
    root = tmp_path_factory.mktemp("isles2018")
    grid = head.series.ijk_to_ras
    write_isles2018(root, 1, scan, maps, grid, grid)
    for number in (2, 3, 4):
        write_isles2018(root, number, scan, {k: v + number for k, v in maps.items()}, grid, grid)
        for path in (root / "TRAINING" / f"case_{number}").glob("*/*.nii"):
            path.write_bytes(path.read_bytes()[: 400 + number])
    return root


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, isles2018):
    """A folder with the methods, and with the output."""
    folder = tmp_path_factory.mktemp("tuned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CTPERFUSION_METHODS", str(folder / "methods"))
        output = str(folder / "output")
        assert main(["tune", str(isles2018), *OPTIONS, "--name", NAME, "--output", output]) == 0
    return folder


@pytest.fixture(autouse=True)
def methods(tmp_path, monkeypatch):
    monkeypatch.setenv("CTPERFUSION_METHODS", str(tmp_path / "methods"))
    return tmp_path / "methods"


@pytest.fixture
def with_preset(methods, tuned):
    shutil.copytree(tuned / "methods", methods)


def tables(folder):
    return json.loads((folder / "tables.json").read_text())


def test_known_values_are_found_again(tuned):
    preset = json.loads((tuned / "methods" / f"{NAME}.json").read_text())

    assert preset["deconvolution"] == "bsvd"
    assert preset["options"] == {"threshold": 0.1}
    assert preset["filter"] == "gaussian:4"
    # The other software reads its own relative flow as it stands.
    assert preset["flow_reading"] == pytest.approx(1.0, abs=0.05)
    record = tables(tuned / "output")
    assert record["candidates"][0]["score"] == pytest.approx(1.0, abs=1e-6)
    assert record["default"]["score"] < 0.98


def test_only_the_tuning_half_is_looked_at_and_a_broken_case_has_its_row(tuned):
    rows = list(csv.DictReader((tuned / "output" / "cases.csv").open()))

    assert [row["case"] for row in rows] == ["case_1", "case_4"]
    assert rows[0]["failure"] == ""
    assert "cannot be read" in rows[1]["failure"]
    preset = json.loads((tuned / "methods" / f"{NAME}.json").read_text())
    assert preset["tuned_with"] == [patient_digest("isles2018", "case_1")]


def test_its_files_appear_together_and_nothing_else(tuned):
    assert {path.name for path in (tuned / "output").iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures", f"{NAME}.json")
    }
    assert sorted(path.name for path in tuned.iterdir()) == ["methods", "output"]
    assert [path.name for path in (tuned / "methods").iterdir()] == [f"{NAME}.json"]
    kept, given = (tuned / place / f"{NAME}.json" for place in ("methods", "output"))
    assert kept.read_bytes() == given.read_bytes()


@pytest.mark.usefixtures("with_preset")
def test_the_preset_is_a_method_of_runs_and_its_values_are_in_the_manifest(tmp_path, tuned, isles2018):
    scan = next((isles2018 / "TRAINING" / "case_1").glob("*4DPWI*/*.nii"))
    output = tmp_path / "result"
    options = ("--interval", "1", "--method", NAME, "--core-volume-model", "none")

    assert main(["run", str(scan), "--output", str(output), *options]) == 0
    manifest = json.loads((output / "run.json").read_text())
    assert manifest["method"]["name"] == NAME
    assert manifest["method"]["threshold"] == 0.1
    content = (tuned / "methods" / f"{NAME}.json").read_bytes()
    assert manifest["method"]["preset_sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["parameters"]["filter"] == "gaussian:4"
    assert manifest["protocol"]["flow_reading"] == pytest.approx(1.0, abs=0.05)
    assert "calibrated to the RAPID maps of ISLES 2018" in (output / "report.html").read_text()


@pytest.mark.usefixtures("with_preset")
def test_numbers_with_cases_that_it_was_tuned_with_are_marked(
    tmp_path, isles2018, head, scan, maps, write_isles2018
):
    root = tmp_path / "isles2018"
    shutil.copytree(isles2018, root)
    shutil.rmtree(root / "TRAINING" / "case_2")
    darker = maps | {"CT_CBF": maps["CT_CBF"] * np.float32(0.9)}
    write_isles2018(root, 2, scan, darker, head.series.ijk_to_ras, head.series.ijk_to_ras)
    command = ["evaluate", "reference", str(root), *OPTIONS, "--method", NAME]

    assert main([*command, "--output", str(tmp_path / "all")]) == 0
    assert main([*command, "--half", "reporting", "--output", str(tmp_path / "reporting")]) == 0

    everybody, held_out = tables(tmp_path / "all"), tables(tmp_path / "reporting")
    assert everybody["part"] == "all, 1 tuned with"
    assert "fitted to 1 of these cases" in everybody["settings"]["calibration of the method"]
    assert held_out["part"] == "reporting half"
    assert "fitted to none of these cases" in held_out["settings"]["calibration of the method"]
    assert held_out["maps"]["Tmax"]["r"]["mean"] == pytest.approx(1.0, abs=1e-6)
    assert held_out["lesions"]["core"]["dice"]["mean"] > 0.98


def test_cases_without_a_core_are_one_sentence_and_leave_nothing(
    tmp_path, methods, capsys, head, scan, maps, write_isles2018
):
    healthy = maps | {
        "CT_CBF": np.where(maps["CT_CBF"] > 0, np.float32(50), np.float32(0)),
        "CT_Tmax": np.where(maps["CT_CBF"] > 0, np.float32(2), np.float32(0)),
    }
    grid = head.series.ijk_to_ras
    write_isles2018(tmp_path / "root", 1, scan, healthy, grid, grid)

    command = ["tune", str(tmp_path / "root"), *OPTIONS, "--name", "x", "--output", str(tmp_path / "o")]
    assert main(command) == 1
    assert "No case of the tuning half has an infarct core" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["root"]
    assert not methods.exists()


@pytest.mark.parametrize("name", ["bsvd", "unet", NAME])
@pytest.mark.usefixtures("with_preset")
def test_a_name_that_is_taken_is_refused_at_once(name, tmp_path, isles2018, capsys):
    output = tmp_path / "o"

    assert main(["tune", str(isles2018), *OPTIONS, "--name", name, "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"There is a method called '{name}' already; choose another name" in said
    assert not output.exists()


def test_a_tuning_half_that_cannot_be_read_is_one_sentence(tmp_path, isles2018, capsys):
    root = tmp_path / "root"
    shutil.copytree(isles2018, root)
    shutil.rmtree(root / "TRAINING" / "case_1")

    command = ["tune", str(root), *OPTIONS, "--name", "x", "--output", str(tmp_path / "o")]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "None of the 1 cases of the tuning half can be compared" in said
    assert "cannot be read" in said
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_with_130_and_leaves_nothing(tmp_path, isles2018, interrupted, workers):
    arguments = ("tune", isles2018, *OPTIONS, "--name", "x", "--output", "o", "--workers", workers)
    code, said = interrupted(*arguments, folder=tmp_path, first="Case 1 of 2")

    assert code == 130
    assert said.strip().endswith("Cancelled; nothing was written.")
    assert list(tmp_path.iterdir()) == []
