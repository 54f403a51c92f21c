"""The result of a run against the truth of its phantom, and against itself, by the command line."""

import json
import shutil

import numpy as np
import pytest

from CTPerfusionLib.io import read_nifti, read_segmentation
from CTPerfusionLib.statistics import dice, pearson_correlation


def statistics_of(output, kind, name):
    (row,) = (
        row
        for row in json.loads((output / "tables.json").read_text())["statistics"]
        if (row["kind"], row["name"], row["studies"]) == (kind, name, "all")
    )
    return row


def test_a_run_is_held_against_the_truth(ctperfusion, tiny_result, tiny_folder, tmp_path):
    truth = tiny_folder / "truth"

    done = ctperfusion("agree", truth, tiny_result.folder, "--output", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    found = read_segmentation(tiny_result.folder / "core_penumbra.seg.nrrd")[0]["core"]
    overlap = dice(read_nifti(truth / "core.nii.gz")[0] > 0, found)
    assert statistics_of(tmp_path / "out", "segment", "core")["dice"]["mean"] == pytest.approx(overlap)
    flow, true = (
        read_nifti(path)[0] for path in (tiny_result.folder / "maps/CBF.nii.gz", truth / "CBF.nii.gz")
    )
    both = np.isfinite(flow) & np.isfinite(true)
    r = pearson_correlation(true[both], flow[both]).r
    assert statistics_of(tmp_path / "out", "map", "CBF")["moments"]["n"] == both.sum()
    assert f"| {r:.3f} |" in done.stdout


def test_a_cohort_agrees_with_itself(ctperfusion, tiny_result, tmp_path):
    for name in ("a", "b"):
        for study in ("s1", "s2", "s3"):
            shutil.copytree(tiny_result.folder, tmp_path / name / study)

    done = ctperfusion("agree", tmp_path / "a", tmp_path / "b", "--output", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    for name in ("CBF", "CBV", "MTT", "Tmax"):
        assert statistics_of(tmp_path / "out", "map", name)["ccc"]["smallest"] == pytest.approx(1.0)
    for name in ("core", "penumbra", "hypoperfusion"):
        assert statistics_of(tmp_path / "out", "segment", name)["dice"]["smallest"] == 1.0
