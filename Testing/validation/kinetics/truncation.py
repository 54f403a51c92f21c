"""CBV where the scan ends before the contrast has left the tissue, and whether a finding says so."""

from collections.abc import Iterator, Mapping

import numpy as np

from CTPerfusionLib.kinetics import DECONVOLUTIONS
from CTPerfusionLib.phantom.tiles import MTT
from CTPerfusionLib.quality import (
    StudyMeasurements,
    TruncationFeatures,
    assess_study,
    truncation_probability,
)
from CTPerfusionLib.series import Finding
from CTPerfusionLib.validation.tile_curves import PHANTOM_BOLUS
from CTPerfusionLib.validation.tissue_responses import TISSUE_RESPONSES
from CTPerfusionLib.vessels.features import measure

from .agreement import Verdict, table
from .cases import Case, curves_of, fitted
from .fitters import Fitter, fitters

ARRIVAL = 10.0
"""Seconds; when the bolus arrives."""

ENDS = (25.0, 30.0, 40.0, 60.0)
"""Seconds; when the scan ends."""

BY_AREAS = "bsvd"
"""The deconvolution that is shown; their CBV does not depend on how they deconvolve."""

MODEL_FIT = "nlr"
"""The method that stands for those that fit a model where findings are listed."""

NORMAL_RESIDUE, NORMAL_MTT = "exponential", 4.0
"""Normal tissue, by which findings judge when the contrast has left: the slowest residue function."""

SHOWN_MTT = (24.0, 12.0, 6.0, 4.0)
TARGET_END, TARGET_MTT, TARGET_BIAS = 30.0, 12.0, 0.05

_BOLUS = PHANTOM_BOLUS.shifted(ARRIVAL - PHANTOM_BOLUS.passes[0].arrival)
_PEAK = ARRIVAL + _BOLUS.passes[0].shape * _BOLUS.passes[0].scale


def sections() -> Iterator[str]:
    """Yield the tables."""
    shown = " / ".join(f"{mtt:g}" for mtt in SHOWN_MTT)
    introduction = (
        "## Truncated scans\n\n"
        f"CBV over its truth for an MTT of {shown} s, median over CBV and delay of the medians of 64 voxels; "
        f"1 HU, every 1 s, the bolus arrives at {ARRIVAL:g} s and peaks at {_PEAK:g} s. Target: bias of nlr "
        f"at most {100 * TARGET_BIAS:g} % for the box with MTT up to {TARGET_MTT:g} s when the scan ends at "
        f"{TARGET_END:g} s. Deconvolutions all take CBV from the ratio of the areas under both curves; "
        f"{BY_AREAS} stands for them."
    )
    tables = (f"### The scan ends at {end:g} s\n\n{_finding(end)}\n\n{_table(end)}" for end in ENDS)
    yield "\n\n".join([introduction, *tables])


def verdicts() -> Iterator[tuple[str, Mapping[str, Verdict]]]:
    """Yield the target with what the methods reach."""
    title = (
        f"scan cut at {TARGET_END:g} s, box, MTT <= {TARGET_MTT:g} s: CBV within {100 * TARGET_BIAS:g} % "
        "(nlr)"
    )
    yield title, {fitter.name: _bias(fitter) for fitter in fitters().values()}


def _bias(fitter: Fitter) -> Verdict:
    ratios = _ratios("box", TARGET_END, fitter)
    worst = max(abs(ratio - 1.0) for mtt, ratio in ratios.items() if mtt <= TARGET_MTT)
    return Verdict(f"{100 * worst:.1f} %", worst <= TARGET_BIAS)


def _case(residue: str, end: float) -> Case:
    return Case((residue,), duration=end + 1.0, arterial=_BOLUS, repeats=64)


def _ratios(residue: str, end: float, fitter: Fitter) -> dict[float, float]:
    """Return the median of CBV over its truth by MTT."""
    tiles = curves_of(_case(residue, end))
    ratio = tiles.tile_medians(fitted(_case(residue, end), fitter).maps["CBV"]) / tiles.truth["CBV"]
    return {mtt: float(np.nanmedian(ratio[tiles.truth["MTT"] == mtt])) for mtt in MTT}


def _table(end: float) -> str:
    shown = [fitter for name, fitter in fitters().items() if name == BY_AREAS or name not in DECONVOLUTIONS]
    rows = [
        [residue, *(_cell(_ratios(residue, end, fitter)) for fitter in shown)] for residue in TISSUE_RESPONSES
    ]
    return table(["residue", *(fitter.name for fitter in shown)], rows)


def _cell(ratios: dict[float, float]) -> str:
    return " / ".join(f"{ratios[mtt]:.2f}" for mtt in SHOWN_MTT)


def _finding(end: float) -> str:
    """Say how long the scan goes on after the arterial peak, and which findings warn of that."""
    fitted_model, by_areas = (
        " and ".join(f"`{finding.code}` ({finding.severity})" for finding in _findings(end, by_areas))
        for by_areas in (False, True)
    )
    return (
        f"From the arterial peak to the end: {end - _PEAK:.1f} s. Findings where normal tissue is "
        f"{NORMAL_RESIDUE}: {fitted_model or 'none'} with {MODEL_FIT}, {by_areas or 'none'} where CBV is a "
        "ratio of areas."
    )


def _findings(end: float, by_areas: bool) -> list[Finding]:
    """Return what the rules for truncated scans say of a scan that is otherwise faultless."""
    everything = assess_study(_measurements(end, by_areas))
    return [finding for finding in everything if finding.code.startswith("truncated")]


def _measurements(end: float, by_areas: bool) -> StudyMeasurements:
    features = TruncationFeatures(end - _PEAK, _tail(end), transit_spread=1.0)
    return StudyMeasurements(
        interval=1.0,
        coverage=160.0,
        baseline_frames=10,
        contrast_at_start=False,
        largest_translation=0.0,
        largest_rotation=0.0,
        aif_peak=_BOLUS.passes[0].peak,
        aif_arrival=ARRIVAL,
        aif_to_end=end - _PEAK,
        vof_tail=None,
        partial_volume_factor=None,
        model_fits=True,
        cbv_from_areas=by_areas,
        filtered=False,
        truncation_probability=truncation_probability(features, BY_AREAS if by_areas else MODEL_FIT),
    )


def _tail(end: float) -> float:
    """Return what normal tissue still holds of its peak in the last tenth of the scan."""
    tiles = curves_of(_case(NORMAL_RESIDUE, end))
    normal = tiles.voxel_truth("MTT") == NORMAL_MTT
    mean_curve = tiles.curves[normal].mean(axis=0, dtype=np.float64)
    return float(measure(mean_curve[:, None], tiles.times).tail[0])
