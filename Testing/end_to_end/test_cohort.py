"""A cohort on real Dask workers: what it writes, that it survives kills, that broken studies stay alone."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pydicom
import pytest

from CTPerfusionLib.cohort import CohortConfig, LocalWorkers, StudyStatus, run_cohort, study_task
from CTPerfusionLib.cohort.columns import TIMING_COLUMNS
from CTPerfusionLib.cohort.tables import read_table
from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.io import read_nifti, write_nifti_series
from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.phantom.dicom_writer import write_dicom_study
from CTPerfusionLib.pipeline import PipelineConfig
from CTPerfusionLib.series import PerfusionSeries

QUICK = ("--method", "bsvd", "--no-registration", "--no-filter", "--core-volume-model", "none")
CONFIG = PipelineConfig(method="bsvd", registration="none", filter="none", core_volume_model="none")
ONE_THREAD = dict.fromkeys(
    ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"), "1"
)
COMMAND = [sys.executable, "-m", "CTPerfusionLib.cli", "cohort"]
PATIENTS = ("ADAMS-AMY", "BAKER-BEN", "CLARK-CAT", "EVANS-EVE", "FRANK-FAY", "GREEN-GUS", "HARDY-HAL")
"""Folders of the studies; a hyphen is in no picture that is written as text."""

BROKEN = {
    "FRANK-FAY": "The file cannot be read",
    "GREEN-GUS": "The file cannot be read",
    "HARDY-HAL": "None of the files can be read as CT images (1 damaged)",
}

LONGEST = 300
"""Seconds that anything here may take on a busy machine."""


@pytest.fixture(scope="module")
def studies(tiny_phantom, tmp_path_factory) -> Path:
    """A tree of four studies, of three patients, the first of them twice, and three broken ones.

    Folders and files are named for people.
    """
    root = tmp_path_factory.mktemp("tree")
    series = small(tiny_phantom.series)
    for number, name in enumerate(PATIENTS[:2]):
        (root / name).mkdir()
        write_nifti_series(root / name, replace(series, voxels=series.voxels + np.float32(0.1 * number)))
    for scan, frames in (("day0", slice(0, None, 2)), ("day1", slice(1, None, 2))):
        part = replace(series, voxels=series.voxels[frames], times=series.times[frames])
        write_scan(root / "CLARK-CAT" / scan, replace(tiny_phantom, series=part), "CLARK-CAT")
    shutil.copytree(root / "ADAMS-AMY", root / "EVANS-EVE")
    for name in BROKEN:
        (root / name).mkdir()
    (root / "FRANK-FAY" / "FRANK-FAY.nii.gz").write_text("no image")
    image = bytearray((root / "ADAMS-AMY" / "series.nii.gz").read_bytes())
    image[len(image) // 2] ^= 1
    (root / "GREEN-GUS" / "GREEN-GUS.nii.gz").write_bytes(image)
    shutil.copy(root / "ADAMS-AMY" / "times.csv", root / "GREEN-GUS")
    (root / "HARDY-HAL" / "image1.dcm").write_text("no image")
    (root / "HARDY-HAL" / "image2.dcm").touch()
    return root


@pytest.fixture(scope="module")
def cohort(studies, tmp_path_factory) -> Path:
    """The cohort of the tree, never interrupted."""
    folder = tmp_path_factory.mktemp("cohort") / "out"
    result = finished([studies, "--output", folder, "--workers", 2, *QUICK])
    assert result.returncode == 0, result.stderr
    return folder


def small(series: PerfusionSeries) -> PerfusionSeries:
    """Return four slices of a series in pixels of twice the size, which take two seconds."""
    first, step = 2, 2
    matrix = series.ijk_to_ras.copy()
    matrix[:3, 3] += matrix[:3, 2] * first + (step - 1) / 2 * (matrix[:3, 0] + matrix[:3, 1])
    matrix[:3, :2] *= step
    kept = series.voxels[:, first : first + 4]
    n_frames, n_slices, rows, columns = kept.shape
    pixels = kept.reshape(n_frames, n_slices, rows // step, step, columns // step, step).mean((3, 5))
    return replace(series, voxels=pixels.astype(np.float32), ijk_to_ras=matrix)


def write_scan(folder: Path, phantom: Phantom, patient: str) -> None:
    """Write a scan of a patient as DICOM."""
    folder.mkdir(parents=True)
    write_dicom_study(phantom, folder)
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientID, dataset.PatientName = patient, patient
        dataset.save_as(path)


def finished(arguments) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)  # noqa: S603


def started(command, **options) -> subprocess.Popen[bytes]:
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    return subprocess.Popen([str(part) for part in command], **pipes)  # noqa: S603


def wait_until(condition, what: str) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.05)


def records(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "records").glob("[!.]*.json")}


def computing(folder: Path) -> bool:
    return any((folder / "studies").glob("*"))


def assert_same_table(one: Path, other: Path) -> None:
    left, right = (
        read_table(folder / "cohort.parquet").drop(columns=list(TIMING_COLUMNS)) for folder in (one, other)
    )
    pd.testing.assert_frame_equal(left, right)


def left_over(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".partial")]


def test_each_study_is_a_row_once(cohort):
    table = read_table(cohort / "cohort.csv")

    assert sorted(table["status"]) == ["done"] * 4 + ["duplicate"] + ["failed"] * 3
    duplicate = table[table["status"] == "duplicate"].iloc[0]
    assert duplicate["reason"].startswith("The same images as the study study-")
    assert table[table["status"] == "done"]["core_global_ml"].notna().all()
    for study in table[table["status"] == "done"]["study"]:
        assert (cohort / "studies" / study / "report.html").is_file()
        assert (cohort / "thumbnails" / f"{study}.png").is_file()
    assert left_over(cohort) == []


def test_each_broken_study_is_a_row_with_its_reason_and_remedy(cohort):
    table = read_table(cohort / "cohort.csv").set_index("study")
    listed = pd.read_csv(cohort / "studies.csv").set_index("place")["study"]
    failed = table[table["status"] == "failed"]

    reasons = {place.split("/")[0]: failed["reason"].get(study) for place, study in listed.items()}
    assert {name: reason for name, reason in reasons.items() if reason} == BROKEN
    assert failed["remedy"].notna().all()
    assert failed.drop(columns=["status", "reason", "remedy"]).isna().all(axis=None)


def test_two_studies_of_one_patient_are_two_results_that_are_told_to_belong_together(cohort):
    table = read_table(cohort / "cohort.csv")
    listed = pd.read_csv(cohort / "studies.csv")
    scans = listed[listed["place"].str.startswith("CLARK-CAT")]["study"]
    both = table[table["study"].isin(scans)]

    assert list(both["status"]) == ["done", "done"]
    assert both["input_sha256"].nunique() == 2
    assert set(both["patient"]) == {min(scans)}
    assert table[~table["study"].isin(scans)]["patient"].isna().all()
    sentence = "2 results of 1 patient; 2 of them share their patient with another; of 2 more the patient is"
    assert sentence in (cohort / "cohort.html").read_text(encoding="utf-8")


def test_only_the_list_of_studies_tells_names(cohort):
    files = [path for path in cohort.rglob("*") if path.is_file() and path.name != "studies.csv"]

    assert not [path for path in files for name in PATIENTS if name.encode() in path.read_bytes()]
    assert not [path for path in files for name in PATIENTS if name in str(path.relative_to(cohort))]
    assert "EVANS-EVE" in (cohort / "studies.csv").read_text()


def test_results_are_those_of_single_runs_bit_for_bit(cohort, studies, tmp_path):
    listed = pd.read_csv(cohort / "studies.csv").set_index("place")["study"]
    command = [
        sys.executable,
        "-m",
        "CTPerfusionLib.cli",
        "run",
        studies / "BAKER-BEN",
        "--output",
        tmp_path / "out",
    ]
    subprocess.run(  # noqa: S603
        [*map(str, command), *QUICK], env={**os.environ, **ONE_THREAD}, check=True, capture_output=True
    )

    maps = sorted(path.name for path in (tmp_path / "out" / "maps").iterdir())
    assert "CBF.nii.gz" in maps
    for name in maps:
        own = read_nifti(cohort / "studies" / listed["BAKER-BEN/series.nii.gz"] / "maps" / name)
        single = read_nifti(tmp_path / "out" / "maps" / name)
        np.testing.assert_array_equal(own[0], single[0])


def test_a_second_run_keeps_everything_and_asks_to_be_told_so(cohort, studies):
    refused = finished([studies, "--output", cohort, *QUICK])
    before = {path: path.stat().st_mtime_ns for path in (cohort / "studies").rglob("*")}
    resumed = finished([studies, "--output", cohort, "--resume", *QUICK])

    assert refused.returncode == 1
    assert "--resume" in refused.stderr
    assert resumed.returncode == 0
    assert "7 kept" in resumed.stdout
    assert {path: path.stat().st_mtime_ns for path in (cohort / "studies").rglob("*")} == before


def test_other_choices_are_computed_anew(cohort, studies, tmp_path):
    folder = Path(shutil.copytree(cohort, tmp_path / "out"))

    result = run_cohort(
        studies, folder, CohortConfig(replace(CONFIG, method="ssvd"), LocalWorkers(2, 1, 2**32), resume=True)
    )

    assert result.n_kept == 0
    assert {row.values["method"] for row in result.rows if row.status is StudyStatus.DONE} == {"ssvd"}


def test_the_hours_of_a_patient_decide_the_criteria_and_only_that_study_is_computed_anew(
    cohort, studies, tmp_path
):
    folder = Path(shutil.copytree(cohort, tmp_path / "out"))
    rows = read_table(folder / "cohort.parquet").set_index("study")
    chosen = rows.index[rows["status"] == "done"][0]
    places = pd.read_csv(folder / "studies.csv", index_col="study")["place"]
    table = tmp_path / "patients.csv"
    table.write_text(f"place,hours\n{places[chosen]},8\n")

    result = run_cohort(
        studies, folder, CohortConfig(CONFIG, LocalWorkers(1, 1, 2**32), resume=True, patients=table)
    )

    decided = {row.study: row.values["defuse3"] for row in result.rows if row.status is StudyStatus.DONE}
    assert [study for study, met in decided.items() if met is not None] == [chosen]
    assert result.n_kept == 6


@pytest.fixture
def scheduler():
    """The address of a scheduler with two workers, each a process of its own, and the workers."""
    ready = started(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            0,
            "--no-dashboard",
        ],
        stderr=subprocess.PIPE,
    )
    address = next(line.split()[-1].decode() for line in ready.stderr if b"Scheduler at:" in line)
    worker = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nthreads",
        1,
        "--no-nanny",
        "--no-dashboard",
    ]
    workers = [started(worker, env={**os.environ, **ONE_THREAD}) for _ in range(2)]
    yield address, workers
    for process in (*workers, ready):
        process.kill()
        process.wait()
    ready.stderr.close()


def test_a_cohort_survives_the_death_of_a_worker(cohort, studies, scheduler, tmp_path):
    address, workers = scheduler
    folder = tmp_path / "out"
    client = started([*COMMAND, studies, "--output", folder, "--scheduler", address, *QUICK])

    wait_until(lambda: records(folder), "the first study")
    workers[0].send_signal(signal.SIGKILL)

    assert client.wait(LONGEST) == 0
    assert_same_table(folder, cohort)
    assert left_over(folder) == []


def test_a_cohort_goes_on_after_its_client_was_killed(cohort, studies, scheduler, tmp_path):
    address, _ = scheduler
    folder = tmp_path / "out"
    arguments = [studies, "--output", folder, "--scheduler", address, *QUICK]
    client = started([*COMMAND, *arguments])
    wait_until(lambda: records(folder), "the first study")
    client.kill()
    client.wait()
    done = {name: (folder / "records" / f"{name}.json").stat().st_mtime_ns for name in records(folder)}

    resumed = finished([*arguments, "--resume"])

    assert resumed.returncode == 0, resumed.stderr
    assert "kept from before" in resumed.stdout
    for name, changed in done.items():
        assert (folder / "records" / f"{name}.json").stat().st_mtime_ns == changed
    assert_same_table(folder, cohort)


def test_ctrl_c_leaves_a_table_and_no_process(studies, tmp_path):
    folder = tmp_path / "out"
    client = started([*COMMAND, studies, "--output", folder, "--workers", 2, *QUICK])
    wait_until(lambda: records(folder), "the first study")
    processes = psutil.Process(client.pid).children(recursive=True)

    client.send_signal(signal.SIGINT)

    assert client.wait(LONGEST) == 130
    assert set(read_table(folder / "cohort.csv")["study"]) >= records(folder)
    assert left_over(folder) == []
    psutil.wait_procs(processes, timeout=30)
    assert not [process for process in processes if process.is_running()]


def test_a_study_that_does_not_fit_fails_alone(studies, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(studies / "ADAMS-AMY", root / "a")
    shutil.copytree(studies / "FRANK-FAY", root / "b")

    result = run_cohort(root, tmp_path / "out", CohortConfig(CONFIG, LocalWorkers(1, 1, 300 * 2**20)))

    reasons = [row.reason for row in result.rows]
    assert [row.status for row in result.rows] == [StudyStatus.FAILED] * 2
    assert any("memory did not suffice" in reason for reason in reasons)
    assert any("cannot be read" in reason for reason in reasons)


def test_a_full_disk_ends_the_cohort_with_one_sentence(studies, tmp_path, monkeypatch):
    root = tmp_path / "root"
    shutil.copytree(studies / "ADAMS-AMY", root / "a")
    (root / "a" / "times.csv").write_text("frame,time_s\n")
    monkeypatch.setattr(study_task, "_SMALLEST_SPACE", 2**70)
    monkeypatch.setattr("CTPerfusionLib.cohort.cohort_run.answers", here)

    with pytest.raises(ConfigurationError, match="is full"):
        run_cohort(root, tmp_path / "out", CohortConfig(CONFIG, LocalWorkers(1, 1, 2**32)))


def here(_client, tasks, _on_wait):
    """Compute in this process, whose idea of a full disk is another one."""
    for task in tasks:
        yield task, study_task.compute_study(task)


def test_an_output_that_cannot_be_written_is_an_error(studies, tmp_path):
    (tmp_path / "out").write_text("a file")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        run_cohort(studies, tmp_path / "out")


def test_no_scheduler_is_an_error_with_its_remedy(studies, tmp_path, monkeypatch):
    monkeypatch.setattr("CTPerfusionLib.cohort.workers._ANSWER_SECONDS", 1)

    with pytest.raises(ConfigurationError, match="No scheduler answers"):
        run_cohort(studies, tmp_path / "out", CohortConfig(CONFIG, scheduler="tcp://127.0.0.1:9"))
