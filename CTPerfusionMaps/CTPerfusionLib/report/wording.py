"""The words and roundings in which results are told: one table for report and scene."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..io import StudyDescription
from ..lesion import ThresholdProtocol
from ..networks import MAP_METHODS
from ..series import TMAX_QUANTITIES, TmaxDefinition

VOLUME_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "core_global": "Core, flow relative to normal tissue (global)",
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

SLICES_BY: Mapping[str, str] = MappingProxyType(
    {"automatic": "found automatically", "user": "chosen by the user"}
)
"""Who chose the slices of a core-volume network."""

SIDES: Mapping[str, str] = MappingProxyType({"left": "Left", "right": "Right", "none": "No side"})

SIDE_NOTES: Mapping[str, str] = MappingProxyType(
    {
        "left": "affected hemisphere of the patient",
        "right": "affected hemisphere of the patient",
        "none": "no hemisphere stands out; nothing is restricted to a side",
    }
)

NO_FINDINGS = "Nothing to report about this study's quality."

MOSAIC_LEGEND = (
    "patient's right (R) on the left of the image, inferior slice first, slice number below",
    "grey tissue: no measurable enhancement, so no timing",
)

CRITERIA_CAUTION = (
    "For research: whether these volumes meet the published imaging criteria of the trials. "
    "This is not a recommendation for or against treatment."
)

CLEANING_NOTE = (
    "Volumes on the affected side. Cleaned: opened and closed with disks, parts below the minimum dropped, "
    "as the protocol says; before cleaning: all tissue beyond the threshold."
)

COMPARISON_NOTE = (
    "Tissue of chronically low flow on both sides, as in microangiopathy, is core by the global reference "
    "and not by the local one. Red: core by both; orange: by the global reference only; blue: by the local "
    "one only."
)

VIEWER_KEYS = (
    "Keys, with the pointer or the focus on the viewer: number keys choose the map, arrow keys or the wheel "
    "the slice, Home and End the first and last slice, O shows and hides the outlines, P goes back to the "
    "protocol."
)

WHAT_IF_NOTE = (
    "Segments are cleaned at each threshold as the protocol says; the affected side stays the one that was "
    "found. All other numbers of this report are those of the protocol."
)

NO_VIEWER = "The viewer needs scripts, and a browser of 2023 or later."

WHAT_IF_ROWS: Mapping[str, str] = MappingProxyType(
    {
        "core": "Core, mL",
        "penumbra": "Penumbra, mL",
        "hypoperfusion": "Hypoperfusion, mL",
        "ratio": "Mismatch ratio",
    }
)
"""Titles of the numbers that follow moved thresholds."""

UNMOVED_MOTION = "Motion was not corrected in this analysis."

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

NO_FIT = (
    "A network fits no curve, so there is no R²; nor does it tell how uncertain its values are, least of all "
    "in scans unlike those that it was trained with."
)


NOT_JUDGED = "core_volume_not_judged"
"""Code of the finding that says why a core-volume network says nothing."""

CLASSIFIER_NOTE = (
    "Research use only. The network looks at two slices of the scan and knows neither the maps nor the "
    "artery, so it errs in other cases than the measured core does."
)

CLASSIFIER_PICTURE = "the slice at the basal ganglia and the one above them, mean over time."


def headline_sentence(summary: Mapping[str, Any], core_ml: float | None) -> str:
    """Return the result in one sentence.

    Parameters
    ----------
    summary : mapping
        The content of summary.json.
    core_ml : float or None
        The core that counts.
    """
    volumes = summary["volumes_ml"]
    side = summary["affected_hemisphere"]
    place = f"{SIDES[side]} hemisphere" if side != "none" else "No affected side"
    if not volumes.get("hypoperfusion"):
        return f"{place}: no core and no hypoperfusion by these thresholds."
    return (
        f"{place}: {volume_text(core_ml)} mL core and {volume_text(volumes.get('penumbra'))} mL penumbra, "
        f"together {volume_text(volumes.get('hypoperfusion'))} mL hypoperfusion; "
        f"mismatch ratio {ratio_text('mismatch_ratio', summary)}."
    )


def scan_text(scan: StudyDescription, created: str) -> str:
    """Return the scan in one line: frames, coverage, tube voltage, scanner, and when it was analysed."""
    parts = [
        f"{scan.n_frames} frames every {scan.interval:.2g} s over {scan.duration:.0f} s",
        f"{scan.n_slices} slices, {scan.coverage:.0f} mm",
    ]
    if scan.kvp:
        parts.append(f"{scan.kvp:.0f} kV")
    if scan.manufacturer:
        parts.append(" ".join(filter(None, (scan.manufacturer, scan.model))))
    if created:
        parts.append(f"analysed {created}")
    return " · ".join(parts)


def more_findings(count: int) -> str:
    """Return the line that says how many findings stand on the next page."""
    return "One more finding on the next page" if count == 1 else f"{count} more findings on the next page"


def what_if_notes(protocol: ThresholdProtocol) -> tuple[str, ...]:
    """Return what the reader has to know about moved thresholds."""
    notes = [WHAT_IF_NOTE]
    if protocol.core_requires_hypoperfusion:
        notes.append(
            "The core of this protocol lies within its hypoperfusion, so it depends on both thresholds; that "
            "of the hypoperfusion stays here."
        )
    if len(protocol.core) > 1 or len(protocol.hypoperfusion) > 1:
        notes.append("Where tissue must meet several criteria, the first one moves and the others stay.")
    return tuple(notes)


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
            ", ".join(m.name for m in MAP_METHODS.values() if m.tmax_definition is definition),
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


def threshold_rows(summary: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return the volumes of a summary as (title, cleaned, before cleaning), numbers in mL as text."""
    definition = TmaxDefinition(summary["tmax_definition"])
    cleaned = summary["volumes_ml"]
    raw = summary.get("volumes_raw_ml") or {}
    before = {key: raw.get(key) for key in cleaned}
    return tuple(
        (row.title, row.text, raw_row.text)
        for row, raw_row in zip(
            volume_rows(cleaned, definition), volume_rows(before, definition), strict=True
        )
    )


def difference_text(first: float, second: float) -> str:
    """Return how much more `first` is than `second`, both in mL, with its sign."""
    difference = first - second
    text = volume_text(abs(difference))
    if float(text) == 0.0:
        return text
    return f"+{text}" if difference > 0 else f"−{text}"


def volume_text(value: float | None) -> str:
    """Return a volume in mL with one decimal, as the command line and the panels show it."""
    return "n/a" if value is None else f"{value:.1f}"


def ratio_text(key: str, summary: Mapping[str, Any]) -> str:
    """Return a ratio with its usual decimals, or why there is none."""
    value = summary.get(key)
    if value is not None:
        return f"{value:.1f}" if key == "mismatch_ratio" else f"{value:.2f}"
    if key == "mismatch_ratio":
        return "n/a (no core)"
    return "n/a"


def classifier_rows(
    answer: Mapping[str, Any], measured: float | None, counted: str
) -> tuple[tuple[str, str], ...]:
    """Return what a core-volume network says, beside the core that was measured, in rows of words.

    Parameters
    ----------
    answer : mapping
        ``core_volume_classifier`` of summary.json.
    measured : float or None
        Volume of the core that counts, mL.
    counted : str
        ``global`` or ``local``: the reference of that core.
    """
    probability, volume, slices = answer["probability_large"], answer["volume_ml"], answer["slices"]
    found = (
        ("Volume by the network", f"{volume_text(volume)} mL")
        if probability is None
        else ("Probability of a large core", f"{probability:.2f}")
    )
    return (
        ("Verdict of the network", f"{answer['verdict']} core"),
        found,
        ("A core is large from", f"{volume_text(answer['threshold_ml'])} mL on"),
        (f"Measured core ({counted} reference)", f"{volume_text(measured)} mL"),
        ("Slices", f"{slices['lower'] + 1} and {slices['upper'] + 1}, {SLICES_BY[slices['chosen']]}"),
        ("Network", f"{answer['model']}: {answer['title']}"),
    )


def criterion_text(met: bool | None) -> str:
    """Return the outcome of one trial's perfusion criteria."""
    if met is None:
        return "not assessed (age, NIHSS or hours not given)"
    return "met" if met else "not met"
