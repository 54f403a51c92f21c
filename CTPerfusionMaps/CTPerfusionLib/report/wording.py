"""The words and roundings in which results are told: one table for report and scene."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..kinetics import METHODS
from ..series import TMAX_QUANTITIES, TmaxDefinition

VOLUME_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "core_global": "Core, flow relative to normal tissue of the whole brain (global)",
        "core_local": "Core, flow relative to the mirrored side (local)",
        "hypoperfusion": "Hypoperfusion (core and penumbra)",
        "penumbra": "Penumbra (hypoperfusion outside the core)",
        "tmax_4": "{tmax} > 4 s",
        "tmax_6": "{tmax} > 6 s",
        "tmax_8": "{tmax} > 8 s",
        "tmax_10": "{tmax} > 10 s",
        "rcbf_20": "Relative CBF < 20 %",
        "rcbf_30": "Relative CBF < 30 %",
        "rcbf_34": "Relative CBF < 34 %",
        "rcbf_38": "Relative CBF < 38 %",
    }
)
"""Titles of ``volumes_ml`` in summary.json; ``{tmax}`` stands for Tmax in the words of its definition."""

RATIO_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "mismatch_ratio": "Mismatch ratio (hypoperfusion / core)",
        "hypoperfusion_intensity_ratio": "Hypoperfusion intensity ratio (Tmax > 10 s / Tmax > 6 s)",
        "cbv_index": "CBV index (relative CBV in the hypoperfusion / in normal tissue)",
    }
)
"""Titles of the ratios in summary.json."""

CRITERIA_TITLES: Mapping[str, str] = MappingProxyType(
    {"defuse3": "DEFUSE 3", "dawn": "DAWN", "extend": "EXTEND"}
)

SIDES: Mapping[str, str] = MappingProxyType({"left": "Left", "right": "Right", "none": "No side"})

TMAX_MEANINGS: Mapping[TmaxDefinition, str] = MappingProxyType(
    {
        TmaxDefinition.CENTRE: "Centre of the tissue's impulse response after the arterial input: "
        "arrival delay plus half the mean transit time.",
        TmaxDefinition.ARGMAX: "Time at which the deconvolved residue function reaches its maximum, "
        "as in the trials that set thresholds of Tmax.",
    }
)

TMAX_CAUTION = (
    "A threshold such as 6 s does not select the same tissue by both definitions. "
    "The thresholds that correspond are printed by"
)
"""To be followed by the name of the command."""

UNCERTAINTY_CAUTION = (
    "R² and uncertainty are medians over voxels. Uncertainty is the standard deviation that the noise of a "
    "voxel's curve leaves; errors of the arterial input and of the method's assumptions are not in it."
)

NO_UNCERTAINTY = "R² is the median over voxels. This method does not tell how uncertain its values are."


@dataclass(frozen=True)
class TmaxRow:
    """One definition of Tmax: its name, what it means, the methods that give it, whether it is used here."""

    title: str
    meaning: str
    methods: str
    is_used: bool


def tmax_rows(used: TmaxDefinition) -> tuple[TmaxRow, ...]:
    """Return both definitions of Tmax, the `used` one first."""
    definitions = sorted(TmaxDefinition, key=lambda definition: definition != used)
    return tuple(
        TmaxRow(
            TMAX_QUANTITIES[definition].short_title,
            TMAX_MEANINGS[definition],
            ", ".join(m.name for m in METHODS.values() if m.tmax_definition is definition),
            definition == used,
        )
        for definition in definitions
    )


@dataclass(frozen=True)
class ResultRow:
    """One line of the results table: what, how much (None where undefined), in which unit, as text."""

    title: str
    value: float | None
    unit: str
    text: str


def result_rows(summary: Mapping[str, Any]) -> tuple[ResultRow, ...]:
    """Return volumes and ratios of a summary as rows of a table.

    Parameters
    ----------
    summary : mapping
        The content of summary.json.
    """
    ratios = [
        ResultRow(title, summary.get(key), "", ratio_text(key, summary))
        for key, title in RATIO_TITLES.items()
    ]
    return (*volume_rows(summary["volumes_ml"], TmaxDefinition(summary["tmax_definition"])), *ratios)


def volume_rows(
    volumes_ml: Mapping[str, float | None], tmax_definition: TmaxDefinition
) -> tuple[ResultRow, ...]:
    """Return volumes by their keys in summary.json as rows of a table, in the usual order."""
    tmax = TMAX_QUANTITIES[tmax_definition].short_title
    keys = [*VOLUME_TITLES, *(key for key in volumes_ml if key not in VOLUME_TITLES)]
    return tuple(
        ResultRow(
            VOLUME_TITLES.get(key, key).format(tmax=tmax), volumes_ml[key], "mL", volume_text(volumes_ml[key])
        )
        for key in keys
        if key in volumes_ml
    )


def volume_text(value: float | None) -> str:
    """Return a volume in mL: one decimal below 10, none from there, as it is read out."""
    if value is None:
        return "n/a"
    return f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"


def ratio_text(key: str, summary: Mapping[str, Any]) -> str:
    """Return a ratio with its usual decimals, or why there is none."""
    value = summary.get(key)
    if value is not None:
        return f"{value:.1f}" if key == "mismatch_ratio" else f"{value:.2f}"
    if key == "mismatch_ratio":
        return "n/a (no core)"
    return "n/a"


def criterion_text(met: bool | None) -> str:
    """Return the outcome of one trial's perfusion criteria."""
    if met is None:
        return "not assessed (age, NIHSS or hours not given)"
    return "met" if met else "not met"
