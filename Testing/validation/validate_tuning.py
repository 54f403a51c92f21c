"""Write docs/tuning-results.md: calibrations of a deconvolution, held against patients they have not seen.

Simulated heads are written in the layout of ISLES 2018, with two sets of reference maps: those of another
software, which deconvolves with a regularisation, a smoothing and an artery that are not ours, and the truth.
`ctperfusion tune` is given the one half, `ctperfusion evaluate reference` the other. Takes about half an hour
on two cores. The seeds served for nothing else.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from evaluation_page import figures
from numpy.typing import NDArray
from provenance import ROOT, commit

from CTPerfusionLib.io import load_series, write_nifti
from CTPerfusionLib.kinetics import METHODS, area_method
from CTPerfusionLib.phantom import Phantom, head_phantom
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    StageClock,
    fitted_maps,
    prepare_series,
)

PAGE = ROOT / "docs" / "tuning-results.md"
PICTURES = ROOT / "docs" / "tuning"
SEEDS = range(6001, 6041)
INTERVAL = 1.0
KINDS = {"CT_CBF": "CBF", "CT_CBV": "CBV", "CT_MTT": "MTT", "CT_Tmax": "Tmax"}
"""Maps of the challenge by their names in its files."""

THRESHOLD, FILTER, ARTERY = 0.075, "gaussian:4", "cluster-analysis"
"""Those of the other software; ours are .15, joint-bilateral and ranking."""

SHOWN = {
    "scores": "Score by regularisation and noise filter, reference: another software",
    "reading": "Core by flow reading, reference: another software",
}

_INTRODUCTION = f"""# Calibrations of a deconvolution on patients that they have not seen

Made by `python Testing/validation/validate_tuning.py` at commit {{commit}}. Research use only.

{len(SEEDS)} simulated heads (seeds {SEEDS[0]} to {SEEDS[-1]}, 128 x 128 x 8, one frame each second, mild
motion) in the layout of ISLES 2018.

* **another software**: bsvd with a threshold of {THRESHOLD:g} after {FILTER}, artery by {ARTERY}; its rCBF is
  read as it stands, so a right calibration finds these values and a flow reading of 1.
* **truth**: CBF and the centre of the response, as Tmax, of the simulation.

The tuning half chose, the reporting half is shown; bsvd without calibration beside it.
"""

Maps = Mapping[str, NDArray[np.floating[Any]]]


def frames(phantom: Phantom) -> NDArray[np.int16]:
    """Return the scan with one frame each second, as the challenge gives its scans."""
    series = phantom.series
    times = np.arange(0.0, float(series.times.max()), INTERVAL)
    resampled = np.empty((len(times), *series.shape), np.int16)
    for index in range(series.n_slices):
        own = series.slice_times(index)
        later = np.searchsorted(own, times).clip(1, len(own) - 1)
        share = ((times - own[later - 1]) / (own[later] - own[later - 1])).clip(0, 1)[:, None, None]
        voxels = series.voxels[:, index].astype(float)
        resampled[:, index] = np.rint(voxels[later - 1] * (1 - share) + voxels[later] * share)
    return resampled


def write_images(case: Path, number: int, images: Maps, grid: NDArray[np.float64]) -> None:
    """Write images of a case in the layout of the challenge."""
    for kind, values in images.items():
        name = f"SMIR.Brain.XX.O.{kind}.{number}"
        (case / name).mkdir(parents=True)
        write_nifti(case / name / f"{name}.nii", values, grid)


def their_maps(scan: Path) -> Maps:
    """Return the maps of the other software."""
    config = PipelineConfig(
        method="bsvd", filter=FILTER, arterial_input=ARTERY, core_volume_model=NO_CORE_VOLUME_MODEL
    )
    prepared = prepare_series(load_series(scan, frame_interval=INTERVAL), config, StageClock())
    method = area_method(
        "bsvd",
        METHODS["bsvd"].flow_readings,
        noise_filter=FILTER,
        options={"threshold": THRESHOLD},
    )
    return fitted_maps(prepared, method, config.device, lambda _: None).maps


def write_cohorts(folder: Path) -> dict[str, Path]:
    """Write both cohorts; the scans are the same."""
    places = {name: folder / name for name in ("another software", "truth")}
    for number, seed in enumerate(SEEDS, start=1):
        phantom = head_phantom(
            seed=seed, size="tiny", lesion="none" if seed % 8 == 0 else "m1" if seed % 2 else "m2"
        )
        scan = frames(phantom)
        case = f"TRAINING/case_{number}"
        for place in places.values():
            write_images(place / case, number, {"CT_4DPWI": scan}, phantom.series.ijk_to_ras)
        truth = {**phantom.truth.maps, "Tmax": phantom.truth.maps["TTP"]}
        path = next((places["truth"] / case).glob("*4DPWI*/*.nii"))
        for name, maps in (("another software", their_maps(path)), ("truth", truth)):
            shown = {kind: np.nan_to_num(maps[each]).astype(np.float32) for kind, each in KINDS.items()}
            write_images(places[name] / case, number, shown, phantom.series.ijk_to_ras)
        sys.stdout.write(f"\rhead {number} of {len(SEEDS)}")
        sys.stdout.flush()
    sys.stdout.write("\n")
    return places


def run(*options: str | Path) -> None:
    """Run the command line as a user would."""
    command = [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, options), "--workers", "2"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def held_out(cohort: Path, methods: Sequence[str], folder: Path) -> dict[str, Any]:
    """Return the numbers of methods on the reporting half."""
    found = {}
    for method in methods:
        output = folder / f"{cohort.name} {method}"
        options = ("--layout", "isles2018", "--half", "reporting", "--method", method, "--output", output)
        run("evaluate", "reference", cohort, *options)
        found[method] = json.loads((output / "tables.json").read_text(encoding="utf-8"))
    return found


def rows(numbers: Mapping[str, Any]) -> list[str]:
    """Return a table of what methods reach."""
    titles = "method,Tmax > 6 s: Dice,ICC,bias (mL),core: Dice,ICC,bias (mL),DEFUSE 3: kappa,r CBF,r Tmax"
    lines = [f"| {titles.replace(',', ' | ')} |", "|---" * 10 + "|"]
    for method, found in numbers.items():
        cells = []
        for name in ("late", "core"):
            lesion = found["lesions"][name]
            cells += [
                f"{lesion['dice']['mean']:.3f}",
                f"{lesion['icc']['icc']:.3f}",
                f"{lesion['agreement']['bias']:+.1f}",
            ]
        kappa = found["defuse3"]["kappa"]
        cells += ["-" if kappa is None else f"{kappa:.2f}"]
        cells += [f"{found['maps'][name]['r']['mean']:.3f}" for name in ("CBF", "Tmax")]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def main() -> int:
    """Write the cohorts, calibrate, evaluate, and write the page."""
    lines = [_INTRODUCTION.format(commit=commit())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["CTPERFUSION_METHODS"] = str(folder / "methods")
        for reference, cohort in write_cohorts(folder).items():
            name = f"like-{reference.replace(' ', '-')}"
            output = folder / name
            run("tune", cohort, "--layout", "isles2018", "--name", name, "--output", output)
            record = json.loads((output / "tables.json").read_text(encoding="utf-8"))
            best, default, reading = record["candidates"][0], record["default"], record["reading"]
            numbers = held_out(cohort, ("bsvd", name), folder)
            halves = next(iter(numbers.values()))["patients"]
            chosen = (
                f"Chosen on {halves['tuning']} heads: threshold {best['options']['threshold']:g}, "
                f"{best['filter']}, score {best['score']:.3f} (default {default['score']:.3f}); flow reading "
                f"{reading['value']:.2f} by {reading['cases_with_a_core']} heads with a core. Held out: "
                f"{halves['reporting']} heads.\n"
            )
            lines += [f"## Reference: {reference}\n", chosen, *rows(numbers), ""]
            if reference == "another software":
                shutil.rmtree(PICTURES, ignore_errors=True)
                lines += figures(output / "figures", PICTURES, SHOWN)
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
