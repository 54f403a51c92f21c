"""Which numbers of a summary the measurement report holds, with their terms and units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..series import CodedConcept
from .concepts import MILLILITRE, PRIVATE_CONCEPTS, RATIO

_VOLUME_TERMS = {
    "core_global": "VOL_CORE_GLOBAL",
    "core_local": "VOL_CORE_LOCAL",
    "hypoperfusion": "VOL_HYPOPERF",
    "penumbra": "VOL_PENUMBRA",
    **{f"tmax_{seconds}": f"VOL_TMAX_{seconds}" for seconds in (4, 6, 8, 10)},
    **{f"rcbf_{percent}": f"VOL_RCBF_{percent}" for percent in (20, 30, 34, 38)},
}
"""Volumes of the summary and their terms."""

_INDEX_TERMS = {
    "mismatch_ratio": "MISMATCH_RATIO",
    "hypoperfusion_intensity_ratio": "HIR",
    "cbv_index": "CBV_INDEX",
}
"""Ratios of the summary and their terms."""

_DIGITS = 2
"""Decimals of a volume in mL, as in the summary."""


@dataclass(frozen=True)
class NamedMeasurement:
    """One number with its term and unit."""

    concept: CodedConcept
    value: float
    unit: CodedConcept


def summary_measurements(summary: Mapping[str, Any]) -> tuple[NamedMeasurement, ...]:
    """Return the numbers of a summary that are known, volumes first."""
    volumes = {name: summary["volumes_ml"].get(name) for name in _VOLUME_TERMS}
    named = [(_VOLUME_TERMS[name], volume, MILLILITRE) for name, volume in volumes.items()]
    named.append(("VOL_MISMATCH", _mismatch(summary), MILLILITRE))
    named += [(term, summary.get(name), RATIO) for name, term in _INDEX_TERMS.items()]
    return tuple(
        NamedMeasurement(PRIVATE_CONCEPTS[term], float(value), unit)
        for term, value, unit in named
        if value is not None
    )


def segment_volume(summary: Mapping[str, Any], segment: str) -> float | None:
    """Return the volume of a segment in mL: that of the core is the core that counts."""
    volume: float | None = summary["volumes_ml"].get(_counted_core(summary) if segment == "core" else segment)
    return volume


def _mismatch(summary: Mapping[str, Any]) -> float | None:
    core, hypoperfusion = segment_volume(summary, "core"), segment_volume(summary, "hypoperfusion")
    return None if core is None or hypoperfusion is None else round(hypoperfusion - core, _DIGITS)


def _counted_core(summary: Mapping[str, Any]) -> str:
    return f"core_{summary['mismatch_core']}"
