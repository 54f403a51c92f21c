"""Write docs/cohort-speed.md: what a cohort costs, beside one study after the other.

    python Testing/validation/validate_cohort.py

Takes a quarter of an hour on two cores. Speed depends on the machine; the ratios count, whose parts were
measured one after the other in one run. Nothing else should compute meanwhile.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from provenance import ROOT, commit

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cohort import LocalWorkers, local_workers
from CTPerfusionLib.cohort.columns import TIMING_COLUMNS
from CTPerfusionLib.cohort.distribution import answers
from CTPerfusionLib.cohort.study_task import StudyTask
from CTPerfusionLib.cohort.tables import read_table
from CTPerfusionLib.cohort.workers import local_client
from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.io import write_nifti_series
from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.pipeline import PipelineConfig
from CTPerfusionLib.statistics import linear_regression
from CTPerfusionLib.validation.machine_facts import machine_facts
from CTPerfusionLib.validation.machine_text import machine_lines

PAGE = ROOT / "docs" / "cohort-speed.md"
SEEDS = range(5001, 5011)
COPIES = 4
"""Of each head, each with another brightness, so that no two are the same study."""

HANDED_OUT = 500
"""Studies that are given to workers and given up at once, which is what handing out costs by itself."""

PARTS = (5, 10, 20, 40)
"""Numbers of studies through which a line is laid."""

MANY = 10_000
MACHINES = (1, 4, 16, 64)

_ONE_AFTER_THE_OTHER = """
import sys
from pathlib import Path
from CTPerfusionLib.pipeline import run_study
root, output = map(Path, sys.argv[1:])
for folder in sorted(root.iterdir()):
    run_study(folder, output / folder.name)
"""

_ONE_THREAD = dict.fromkeys(
    (
        "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    ),
    "1",
)  # fmt: skip


@dataclass(frozen=True)
class Measurement:
    """A cohort that was computed.

    Attributes
    ----------
    n_studies : int
    seconds : float
        From the command's start to its end.
    busy : float
        Seconds that its studies took, added up.
    folder : Path
    """

    n_studies: int
    seconds: float
    busy: float
    folder: Path


def main() -> int:
    """Measure and write the page."""
    workers = local_workers()
    facts = machine_lines(machine_facts(DEVICES["cpu"]))
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        root = place / "root"
        write_studies(root)
        alone = seconds_of(
            lambda: call([sys.executable, "-c", _ONE_AFTER_THE_OTHER, root, place / "alone"], _ONE_THREAD)
        )
        cohorts = [measured(root, place, n_studies) for n_studies in PARTS]
        handing_out = seconds_of_handing_out(workers, place)
        n_unequal = unequal_maps(place / "alone", cohorts[-1].folder)
        n_unlike = unlike_rows(cohorts)
    lines = [
        *heading(workers, facts),
        *throughput(alone, cohorts[-1], workers.count, handing_out),
    ]
    lines += [f"| files of maps that differ in any bit | {n_unequal} | 0 | {verdict(n_unequal == 0)} |"]
    lines += [f"| rows that differ between the cohorts | {n_unlike} | 0 | {verdict(n_unlike == 0)} |", ""]
    lines += plan(cohorts, workers.count)
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


def write_studies(root: Path) -> None:
    """Write the studies, each into a folder of its own."""
    for seed in SEEDS:
        series = head_phantom(seed=seed, size="tiny").series
        for copy in range(COPIES):
            brighter = replace(series, voxels=series.voxels + np.float32(0.1 * copy))
            folder = root / f"{seed}-{copy}"
            folder.mkdir(parents=True)
            write_nifti_series(folder, brighter)


def measured(root: Path, place: Path, n_studies: int) -> Measurement:
    """Compute a cohort of some of the studies."""
    part, folder = place / f"root-{n_studies}", place / f"cohort-{n_studies}"
    for study in sorted(root.iterdir())[:n_studies]:
        shutil.copytree(study, part / study.name)
    command = [sys.executable, "-m", "CTPerfusionLib.cli", "cohort", part, "--output", folder, "--own-names"]
    seconds = seconds_of(lambda: call(command, {}))
    table = read_table(folder / "cohort.parquet")
    if set(table["status"]) != {"done"} or len(table) != n_studies:
        raise RuntimeError(f"of {n_studies} studies not all were done")
    return Measurement(n_studies, seconds, float(table["seconds"].sum()), folder)


def seconds_of_handing_out(workers: LocalWorkers, place: Path) -> float:
    """Return the seconds of a worker that giving it a study and taking its answer costs.

    The owner of the studies has gone, so that workers look at nothing but its token.
    """
    config = PipelineConfig()
    tasks = [StudyTask(f"s{number}", place, config, "", place, "gone") for number in range(HANDED_OUT)]
    with local_client(workers) as client:
        for _ in answers(client, tasks[: 2 * workers.count], lambda _n_workers: None):
            pass  # workers load what they need
        seconds = seconds_of(lambda: list(answers(client, tasks, lambda _n_workers: None)))
    return seconds * workers.count / HANDED_OUT


def unequal_maps(alone: Path, cohort: Path) -> int:
    """Return how many maps of single runs have other voxels in the cohort, or are missing there."""
    names = {path.name: path for path in (cohort / "studies").iterdir()}
    unequal = 0
    for study in sorted(alone.iterdir()):
        other = names[f"{study.name}__series.nii.gz"]
        for path in sorted((study / "maps").iterdir()):
            same = other / "maps" / path.name
            unequal += not same.is_file() or voxels(path) != voxels(same)
    return unequal


def voxels(path: Path) -> bytes:
    """Return the voxels of a map, as they are stored."""
    import nibabel

    return bytes(np.asarray(nibabel.load(path).dataobj).tobytes())


def unlike_rows(cohorts: list[Measurement]) -> int:
    """Return how many rows of the smaller cohorts the largest has otherwise, times apart."""
    largest = read_table(cohorts[-1].folder / "cohort.parquet").set_index("study")
    unlike = 0
    for cohort in cohorts[:-1]:
        table = read_table(cohort.folder / "cohort.parquet").set_index("study")
        columns = [name for name in table.columns if name not in TIMING_COLUMNS]
        unlike += sum(not table.loc[name, columns].equals(largest.loc[name, columns]) for name in table.index)
    return unlike


def heading(workers: LocalWorkers, facts: list[str]) -> list[str]:
    """Return the beginning of the page."""
    return [
        "# What a cohort costs",
        "",
        f"Made by `python Testing/validation/validate_cohort.py` at commit {commit()}. {RESEARCH_USE}",
        "",
        *(f"* {line.strip()}" for line in facts),
        f"* {workers.count} workers of {workers.threads} thread each",
        f"* {len(SEEDS) * COPIES} simulated heads, 128 x 128 pixels, 8 slices, 89 frames",
        "",
    ]


def throughput(alone: float, cohort: Measurement, n_workers: int, handing_out: float) -> list[str]:
    """Return the table of targets, whose last rows are added by the caller."""
    ratio = alone / cohort.seconds
    idle = 100.0 * (1.0 - cohort.busy / (n_workers * cohort.seconds))
    share = 100.0 * handing_out * cohort.n_studies / cohort.busy
    return [
        "| quantity | measured | target | |",
        "| --- | --- | --- | --- |",
        f"| {cohort.n_studies} studies one after the other, one thread, s | {alone:.0f} | | |",
        f"| the same as a cohort, from start to end, s | {cohort.seconds:.0f} | | |",
        f"| ratio | {ratio:.2f} | at least 1.6 | {verdict(ratio >= 1.6)} |",
        f"| handing out a study, % of its time | {share:.2f} | at most 3 | {verdict(share <= 3.0)} |",
        f"| workers' time without a study (start, wait for the last), % | {idle:.1f} | | |",
    ]


def plan(cohorts: list[Measurement], n_workers: int) -> list[str]:
    """Return what a line through the measured times promises."""
    numbers = np.array([cohort.n_studies for cohort in cohorts], dtype=float)
    seconds = np.array([cohort.seconds for cohort in cohorts])
    line = linear_regression(numbers, seconds)
    lines = ["## A plan", "", "| studies | s |", "| --- | --- |"]
    lines += [f"| {cohort.n_studies} | {cohort.seconds:.1f} |" for cohort in cohorts]
    promise = (
        f"A line through them: {line.intercept:.1f} s to start and {line.slope:.2f} s for each study on "
        f"{n_workers} workers, {line.slope * n_workers:.1f} s of one worker. On machines like this one, with "
        f"files as quick as here, {MANY:,} such studies would take"
    )
    lines += [
        "",
        promise,
        "",
        "| machines | hours |",
        "| --- | --- |",
    ]
    lines += [
        f"| {machines} | {(line.intercept + line.slope * MANY / machines) / 3600:.1f} |"
        for machines in MACHINES
    ]
    return [*lines, ""]


def verdict(is_reached: bool) -> str:
    """Return the word for a target."""
    return "reached" if is_reached else "**missed**"


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def call(command: list[object], environment: dict[str, str]) -> None:
    """Run a command to its end."""
    subprocess.run(  # noqa: S603
        [str(part) for part in command], env={**os.environ, **environment}, check=True, capture_output=True
    )


if __name__ == "__main__":
    sys.exit(main())
