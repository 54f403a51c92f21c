"""What relative CBF each method reads at the border of the true core: the calibration of its threshold.

Truth calls tissue core where its CBF lies below 30 % of normal. A method reads another value there: a box
fitted to a response that is not one takes the transit time for too long, the more so the shorter it is, and
filtering lets flow spill over the border. This finds, for tuning phantoms of each residue function, the cut
at which the segmented core has the true volume. Its mean for each residue function, as a multiple of 30 %,
is `flow_readings` in the registry of methods. Prints a table and writes it to docs/calibration.md.
"""

import sys
from dataclasses import replace

import numpy as np
from provenance import ROOT, commit

from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.lesion import Criterion, Relation, load_protocol, on_side, segment_lesion
from CTPerfusionLib.phantom import Phantom, head_phantom
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    StageClock,
    StudyAnalysis,
    analyse_prepared,
    prepare_series,
)

TABLE = ROOT / "docs" / "calibration.md"
SEEDS = (100, 103, 104, 106, 101, 113, 114, 124, 102, 105, 107, 108)
CUTS = np.arange(0.24, 0.601, 0.02)
TRUE_BORDER = 0.30


def true_volume_cut(phantom: Phantom, analysis: StudyAnalysis) -> float:
    """Return the cut of relative CBF at which the core has its true volume, linear between cuts."""
    lesion, series = analysis.lesion, analysis.prepared.series
    side = on_side(lesion.hemispheres, lesion.affected.side)
    volumes = [
        segment_lesion(
            lesion.rcbf_global.map,
            analysis.maps.maps["Tmax"],
            analysis.prepared.masks.tissue,
            series.ijk_to_ras,
            protocol=replace(load_protocol(), core=(Criterion("rCBF", Relation.BELOW, float(cut)),)),
            side=side,
        ).core.sum()
        for cut in CUTS
    ]
    return float(np.interp(phantom.truth.core.sum(), volumes, CUTS))


def main() -> int:
    """Measure all seeds and methods, print and write the table."""
    lines = [
        "# What a method reads at the border of the core\n",
        f"Made by `python Testing/validation/calibrate_flow_reading.py` at commit {commit()}.",
        "Clinical ge-cine phantoms, M1, mild motion, tuning seeds (validation uses others).\n",
        "| seed | residue | as estimated | true core, mL | "
        + " | ".join(f"{name}: cut" for name in METHODS)
        + " |",
        "|---|---|---|---|" + "---|" * len(METHODS),
    ]
    found: dict[str, dict[str, list[float]]] = {name: {} for name in METHODS}
    for seed in SEEDS:
        phantom = head_phantom(seed=seed)
        residue = phantom.truth.parameters["residue"]
        cuts = []
        prepared = prepare_series(
            phantom.series, PipelineConfig(core_volume_model=NO_CORE_VOLUME_MODEL), StageClock()
        )
        for name in METHODS:
            config = PipelineConfig(
                method=name, normalisation="global", core_volume_model=NO_CORE_VOLUME_MODEL
            )
            analysis = analyse_prepared(prepared, config, StageClock())
            cut = true_volume_cut(phantom, analysis)
            found[name].setdefault(residue, []).append(cut)
            cuts.append(f"{cut:.3f}")
        core_ml = phantom.truth.core.sum() * phantom.series.voxel_volume_ml
        lines.append(f"| {seed} | {residue} | {analysis.residue} | {core_ml:.1f} | {' | '.join(cuts)} |")
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()
    lines += ["", "| method | residue | mean cut | SD | flow_reading |", "|---|---|---|---|---|"]
    for name, by_residue in found.items():
        for residue, values in sorted(by_residue.items()):
            mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
            lines.append(f"| {name} | {residue} | {mean:.3f} | {spread:.3f} | {mean / TRUE_BORDER:.2f} |")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines[-7:]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
