"""How sure the maps are, as a small table: what became of the fits, and the uncertainty of their results."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinetics import FitStatus
from ..series import TmaxDefinition
from .content import ReportContent
from .wording import NO_FIT, NO_UNCERTAINTY, UNCERTAINTY_CAUTION

Mask = NDArray[np.bool_]

NOTHING = "–"

STATUS_TITLES: Mapping[FitStatus, str] = MappingProxyType(
    {
        FitStatus.OK: "Fitted without remark",
        FitStatus.POOR_FIT: "Poor fit: less than half of the curve's energy explained",
        FitStatus.AT_BOUND: "Delay or MTT at the limit of its range",
        FitStatus.NO_ENHANCEMENT: "No measurable enhancement: CBF = CBV = 0, no timing",
        FitStatus.TOO_NOISY: "Too noisy to tell whether anything enhances: no values",
        FitStatus.NOT_FINITE: "Curve not finite: no values",
        FitStatus.TOO_NOISY: "Too noisy to tell flow from none: no values",
    }
)
"""Titles of what can become of the fit of a voxel of the analysed tissue."""

STATUS_TITLES_WITHOUT_FIT: Mapping[FitStatus, str] = MappingProxyType(
    {
        FitStatus.OK: "Given by the network without remark",
        FitStatus.NO_ENHANCEMENT: "Nothing measurable: CBF = CBV = 0, no timing",
        FitStatus.NOT_FINITE: "The network gave no number: no values",
    }
)
"""The same of a voxel whose values come from a network, which fits no curve."""

UNCERTAINTIES: Mapping[str, bool] = MappingProxyType(
    {"CBF": True, "CBV": True, "MTT": True, "TTP": False, "Tmax": False}
)
"""Maps whose uncertainty is told: as a share of the value (True), or in seconds, since times that are counted
from the artery may be 0 or negative (False)."""


@dataclass(frozen=True)
class FitRow:
    """One line of the table: the same number in all analysed tissue and in the hypoperfused part."""

    title: str
    tissue: str
    hypoperfusion: str


def fit_rows(content: ReportContent) -> tuple[FitRow, ...]:
    """Return the lines of the table that the method has numbers for.

    Shares are of the voxels of the region; R squared and uncertainties are medians over those of its voxels
    that have them.
    """
    regions = [content.tissue, content.tissue & content.masks["hypoperfusion"]]
    rows = [FitRow("Voxels", *(f"{np.count_nonzero(region):,}" for region in regions))]
    for status, title in (STATUS_TITLES if _has_fits(content) else STATUS_TITLES_WITHOUT_FIT).items():
        rows.append(FitRow(title, *(_share(content.status == status, region) for region in regions)))
    if _has_fits(content):
        medians = (_median(content.quality["r_squared"], region, "{:.2f}") for region in regions)
        rows.append(FitRow("R² of the fit", *medians))
    return (*rows, *_uncertainty_rows(content, regions))


def fit_note(content: ReportContent) -> str:
    """Return what the reader has to know about the uncertainties in the table."""
    if not _has_fits(content):
        return NO_FIT
    is_known = any(f"standard_error_{name}" in content.quality for name in UNCERTAINTIES)
    return UNCERTAINTY_CAUTION if is_known else NO_UNCERTAINTY


def fit_title(content: ReportContent) -> str:
    """Return the heading of the table."""
    return "Quality of the fits" if _has_fits(content) else "What became of the voxels"


def _has_fits(content: ReportContent) -> bool:
    return "r_squared" in content.quality


def _uncertainty_rows(content: ReportContent, regions: list[Mask]) -> list[FitRow]:
    texts = {}
    for name, is_relative in UNCERTAINTIES.items():
        error = content.quality.get(f"standard_error_{name}")
        if error is not None:
            values = _relative(error, content.maps[name]) if is_relative else error
            pattern = "{:.1f} %" if is_relative else "{:.2f} s"
            title = content.quantities[_shown_as(name, content)].short_title
            texts[title] = [_median(values, region, pattern) for region in regions]
    return [FitRow(f"Uncertainty of {title}", *values) for title, values in texts.items()]


def _shown_as(name: str, content: ReportContent) -> str:
    """Return the map that page one shows: Tmax for TTP where both are the same."""
    is_same = content.tmax_definition is TmaxDefinition.CENTRE
    return "Tmax" if name == "TTP" and is_same else name


def _relative(error: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Return the error in percent of the value; NaN where the value is not positive."""
    percent = np.full(values.shape, np.nan, dtype=np.float32)
    np.divide(100 * error, values, out=percent, where=values > 0)
    return percent


def _share(chosen: Mask, region: Mask) -> str:
    count = np.count_nonzero(region)
    return f"{100 * np.count_nonzero(chosen & region) / count:.1f} %" if count else NOTHING


def _median(values: NDArray[Any], region: Mask, pattern: str) -> str:
    known = values[region & np.isfinite(values)]
    return pattern.format(float(np.median(known))) if known.size else NOTHING
