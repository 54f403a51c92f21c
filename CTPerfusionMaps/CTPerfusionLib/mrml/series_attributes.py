"""What is known about a series beside its voxels and times, as attributes of its sequence node."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from ..series import Finding, PerfusionSeries, SeriesMetadata, Severity, TimeSource

_TIME_SOURCE = "CTPerfusion.TimeSource"
_METADATA = "CTPerfusion.Metadata"
_FINDINGS = "CTPerfusion.Findings"

AttributeReader = Callable[[str], str | None]
"""Returns the attribute of a name, None where there is none."""


def series_attributes(series: PerfusionSeries) -> Mapping[str, str]:
    """Return time source, metadata and findings of a series by the names of their attributes."""
    return {
        _TIME_SOURCE: str(series.time_source),
        _METADATA: json.dumps(asdict(series.metadata)),
        _FINDINGS: json.dumps([asdict(finding) for finding in series.findings]),
    }


def read_time_source(attribute: AttributeReader, otherwise: TimeSource) -> TimeSource:
    """Return where the times came from before they became an index; `otherwise` if that is not told."""
    text = attribute(_TIME_SOURCE)
    return TimeSource(text) if text in tuple(TimeSource) else otherwise


def read_metadata(attribute: AttributeReader) -> SeriesMetadata:
    """Return the metadata, empty for a sequence that other software made."""
    stored = _json(attribute(_METADATA), {})
    values: dict[str, Any] = {}
    for name in (field.name for field in fields(SeriesMetadata) if field.name in stored):
        values[name] = tuple(stored[name]) if isinstance(stored[name], list) else stored[name]
    return SeriesMetadata(**values)


def read_findings(attribute: AttributeReader) -> tuple[Finding, ...]:
    """Return the findings of the import, none for a sequence that other software made."""
    return tuple(
        Finding(**{**stored, "severity": Severity(stored["severity"])})
        for stored in _json(attribute(_FINDINGS), [])
    )


def _json(text: str | None, otherwise: Any) -> Any:
    try:
        return json.loads(text) if text else otherwise
    except ValueError:  # cut off or changed by hand: as if it were not there
        return otherwise
