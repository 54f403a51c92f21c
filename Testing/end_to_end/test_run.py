"""What a run leaves behind: files, keys, geometry, provenance, and no trace of the patient."""

import csv
import gzip
import json
import zipfile

import nibabel
import numpy as np
import pytest

from CTPerfusionLib.io import load_series, read_nifti
from CTPerfusionLib.pipeline import PipelineConfig, StageClock, analyse_series, run_study
from CTPerfusionLib.pipeline.outputs import write_result

VOLUME_KEYS = {
    "core_global", "core_local", "hypoperfusion", "penumbra", "tmax_4", "tmax_6", "tmax_8", "tmax_10",
    "rcbf_20", "rcbf_30", "rcbf_34", "rcbf_38",
}  # fmt: skip


@pytest.fixture(scope="session")
def summary(tiny_result):
    return json.loads((tiny_result.folder / "summary.json").read_text())


@pytest.fixture(scope="session")
def manifest(tiny_result):
    return json.loads((tiny_result.folder / "run.json").read_text())


def test_all_promised_files_are_there(tiny_result):
    names = {path.name for path in tiny_result.folder.iterdir()}
    maps = {path.name for path in (tiny_result.folder / "maps").iterdir()}

    assert names == {
        "maps", "core_penumbra.seg.nrrd", "motion.csv", "scene.mrb", "report.html", "report.pdf",
        "summary.json", "run.json",
    }  # fmt: skip
    assert {f"{name}.nii.gz" for name in ("CBF", "CBV", "MTT", "TTP", "Tmax", "Delay")} <= maps
    assert {f"{name}.nii.gz" for name in ("rCBF_global", "rCBF_local", "rCBV_global", "rCBV_local")} <= maps
    assert any(name.startswith("quality_") for name in maps)


def test_the_summary_has_every_key_of_the_contract(summary):
    assert set(summary["volumes_ml"]) == VOLUME_KEYS
    assert set(summary["criteria"]) == {"defuse3", "dawn", "extend"}
    assert {"mismatch_ratio", "hypoperfusion_intensity_ratio", "cbv_index"} <= set(summary)
    assert summary["affected_hemisphere"] in {"left", "right", "none"}
    assert summary["tmax_definition"] == "centre"
    for finding in summary["quality"]:
        assert set(finding) == {"code", "severity", "value", "limit", "message", "remedy"}


def test_raw_volumes_are_those_of_the_same_regions(summary):
    assert set(summary["volumes_raw_ml"]) == VOLUME_KEYS


def test_volumes_belong_together(summary):
    volumes = summary["volumes_ml"]
    core = volumes[f"core_{summary['mismatch_core']}"]

    assert volumes["penumbra"] == pytest.approx(volumes["hypoperfusion"] - core, abs=0.02)
    assert summary["mismatch_ratio"] == pytest.approx(volumes["hypoperfusion"] / core, rel=0.01)
    assert volumes["tmax_4"] >= volumes["tmax_6"] >= volumes["tmax_8"] >= volumes["tmax_10"]
    assert volumes["rcbf_20"] <= volumes["rcbf_30"] <= volumes["rcbf_34"] <= volumes["rcbf_38"]


def test_the_stroke_is_found_on_its_side(summary, tiny_phantom):
    assert summary["affected_hemisphere"] == tiny_phantom.truth.side


def test_maps_lie_on_the_grid_of_the_study(tiny_result, tiny_folder):
    series = load_series(tiny_folder / "study")

    for path in (tiny_result.folder / "maps").iterdir():
        values, ijk_to_ras = read_nifti(path)
        assert values.shape == series.shape, path.name
        np.testing.assert_allclose(ijk_to_ras, series.ijk_to_ras, atol=1e-4)


def test_every_map_says_what_it_is_in_its_own_header(tiny_result, manifest):
    paths = list((tiny_result.folder / "maps").iterdir())
    assert {path.name.removesuffix(".nii.gz") for path in paths} == set(manifest["maps"])
    for path in paths:
        label = manifest["maps"][path.name.removesuffix(".nii.gz")]
        description = nibabel.load(path).header["descrip"].item().decode()
        assert description.startswith(label["quantity"])
        assert label["unit"] in description
        assert description.endswith("; method bayes")
    assert manifest["maps"]["Tmax"]["quantity"] == "Tmax, centre of impulse response (delay + MTT/2)"
    assert manifest["maps"]["quality_standard_error_CBF"]["unit"] == "mL/100 g/min"


def test_the_manifest_says_how_the_result_was_made(manifest, tiny_phantom):
    assert manifest["parameters"]["method"] == "bayes"
    assert manifest["input"]["frames"] == tiny_phantom.series.n_frames
    assert len(manifest["input"]["sha256"]) == 64
    assert manifest["packages"]["numpy"] == np.__version__
    assert set(manifest["seconds"]) >= {"load", "register", "masks", "vessels", "filter", "maps", "lesion"}
    assert len(manifest["vessels"]["aif"]["voxels"]) > 0


def test_the_motion_table_has_a_row_for_every_frame(tiny_result, tiny_phantom):
    with (tiny_result.folder / "motion.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [int(row["frame"]) for row in rows] == list(range(1, tiny_phantom.series.n_frames + 1))
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], tiny_phantom.series.times, atol=1e-3)
    assert {row["used"] for row in rows} == {"True"}
    shifts = np.array([[float(row[f"{axis}_mm"]) for axis in "xyz"] for row in rows])
    np.testing.assert_allclose(shifts, tiny_phantom.truth.motion[:, :3], atol=0.3)


def test_a_frame_of_air_is_left_out_and_named(tiny_phantom, tmp_path):
    voxels = tiny_phantom.series.voxels.copy()
    voxels[50] = -1000
    clock = StageClock()
    config = PipelineConfig(normalisation="global")

    analysis = analyse_series(tiny_phantom.series.with_voxels(voxels), config, clock)

    assert [rejection.frame for rejection in analysis.prepared.registration.rejections] == [50]
    assert len(analysis.prepared.enhancement.times) == tiny_phantom.series.n_frames - 1
    assert "rejected_frames" in {finding.code for finding in analysis.findings}
    summary = write_result(tmp_path, analysis, config, clock)
    assert summary["affected_hemisphere"] == tiny_phantom.truth.side
    assert "Frame 51 is blank" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "run.json").read_text())["rejected_frames"] == [
        {"frame": 50, "reason": "no_head"}
    ]


def test_without_motion_correction_there_is_no_motion_table_but_the_residual_is_judged(tiny_folder, tmp_path):
    config = PipelineConfig(registration="none", filter="gaussian", normalisation="global")
    result = run_study(tiny_folder / "study", tmp_path / "out", config)

    assert not (result.folder / "motion.csv").exists()
    assert "Motion was not corrected" in (result.folder / "report.html").read_text(encoding="utf-8")
    codes = {finding["code"] for finding in result.summary["quality"]}
    assert "no_motion_correction" in codes
    assert not codes & {"motion_corrected", "rejected_frames"}


def test_no_file_holds_the_name_of_the_patient(tiny_result):
    for path in tiny_result.folder.rglob("*"):
        if path.is_file():
            assert b"Phantom^" not in _content(path), path.name


def _content(path):
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".mrb":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def test_a_second_run_replaces_the_first_and_leaves_foreign_files(tiny_result, tiny_folder, tmp_path):
    output = tmp_path / "out"
    (output / "maps").mkdir(parents=True)
    (output / "maps" / "stale.nii.gz").write_bytes(b"of an earlier run")
    (output / "notes.txt").write_text("mine")

    again = run_study(tiny_folder / "study", output)

    assert (output / "notes.txt").read_text() == "mine"
    assert not (output / "maps" / "stale.nii.gz").exists()
    assert again.summary == tiny_result.summary
    first, second = (read_nifti(folder / "maps" / "CBF.nii.gz")[0] for folder in (tiny_result.folder, output))
    np.testing.assert_array_equal(first, second)


def test_deconvolution_gives_its_maps_and_its_definition_of_tmax(tiny_folder, tmp_path):
    config = PipelineConfig(method="bsvd", normalisation="global", age=70, nihss=15, hours=8)
    result = run_study(tiny_folder / "study", tmp_path / "out", config)

    maps = {path.name.removesuffix(".nii.gz") for path in (result.folder / "maps").iterdir()}
    assert {"CBF", "CBV", "MTT", "Tmax", "rCBF_global"} <= maps
    assert not maps & {"TTP", "Delay", "rCBF_local"}
    assert result.summary["tmax_definition"] == "argmax"
    header = nibabel.load(result.folder / "maps" / "Tmax.nii.gz").header
    assert header["descrip"].item() == b"Tmax, time of the residue function's maximum, s; method bsvd"
    report = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Tmax (peak) &gt; 6 s" in report
    assert "Tmax (centre) &gt; 6 s" not in report
    assert result.summary["volumes_ml"]["core_local"] is None
    assert None not in result.summary["criteria"].values()
