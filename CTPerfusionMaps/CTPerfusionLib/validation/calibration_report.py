"""The calibration of Tmax as tables to read and as a record for JSON."""

import math
from collections.abc import Callable
from dataclasses import asdict
from itertools import product
from statistics import fmean
from textwrap import wrap
from typing import Any

from .. import RESEARCH_USE
from ..kinetics import METHODS
from .calibration_scans import CBV, DELAYS, MTTS
from .text_table import text_table
from .tissue_responses import FAMILY_RESPONSES
from .tmax_calibration import Reading, TmaxCalibration
from .tmax_thresholds import TMAX_LIMIT, TRUE_CENTRE

_WIDTH = 110


def calibration_record(calibration: TmaxCalibration) -> dict[str, Any]:
    """Return all that was found, ready for JSON; None stands for all residue functions or intervals."""
    return {
        "calibration": "tmax",
        "notice": RESEARCH_USE,
        "noise_hu": calibration.noise,
        "seed": calibration.seed,
        "limit_s": TMAX_LIMIT,
        "tmax_definitions": {name: str(method.tmax_definition) for name, method in METHODS.items()},
        "readings": [_without_nan(asdict(reading)) for reading in calibration.readings],
        "correspondences": [_without_nan(asdict(each)) for each in calibration.correspondences],
        "equivalents": [_without_nan(asdict(each)) for each in calibration.equivalents],
    }


def _without_nan(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in record.items()
    }


def calibration_text(calibration: TmaxCalibration) -> str:
    """Return a table for each reported quantity and one of corresponding thresholds."""
    delays = ", ".join(f"{delay:g}" for delay in DELAYS)
    lines = _paragraph(
        f"What each method reports of tissue with a CBV of {CBV:g} mL/100 g and delays of {delays} s, by",
        "seconds between frames and true MTT.",
        f"Medians; noise {calibration.noise:g} HU, seed {calibration.seed}.",
    )
    for title, value in _QUANTITIES:
        lines += ["", title, *_reading_lines(calibration, value)]
    lines += ["", "What the delay does", *_delay_lines(calibration)]
    limit = f"{TMAX_LIMIT:g} s"
    explanation = _paragraph(
        f"Which threshold of Tmax corresponds to {limit}, by penumbra. Cut: as many voxels exceed it as have",
        f"a true centre, delay + MTT/2, above {limit}; by seconds between frames. Reading: mean Tmax where",
        f"the centre is {limit}. Centre: as many voxels exceed it in truth as exceed {limit} by the method.",
        "Right: share of voxels that the method puts on the right side.",
    )
    lines += ["", *explanation, "", *_correspondence_lines(calibration)]
    equivalents = (
        f"Which threshold by the column selects as much penumbra as {limit} by the row, all together:"
    )
    lines += ["", equivalents, "", *_equivalent_lines(calibration), "", RESEARCH_USE]
    return "\n".join(lines) + "\n"


def _paragraph(*sentences: str) -> list[str]:
    return wrap(" ".join(sentences), _WIDTH)


def _tmax_less_delay(reading: Reading) -> float:
    return reading.tmax - reading.delay


def _reported_mtt(reading: Reading) -> float:
    return reading.reported_mtt


def _cbf_ratio(reading: Reading) -> float:
    return reading.cbf_ratio


_QUANTITIES: tuple[tuple[str, Callable[[Reading], float]], ...] = (
    ("Tmax less the true delay, s", _tmax_less_delay),
    ("MTT, s", _reported_mtt),
    ("CBF over the true CBF", _cbf_ratio),
)


def _reading_lines(calibration: TmaxCalibration, value: Callable[[Reading], float]) -> list[str]:
    by_case: dict[tuple[str, str, float, float], list[float]] = {}
    for reading in calibration.readings:
        case = (reading.method, reading.residue, reading.interval, reading.mtt)
        by_case.setdefault(case, []).append(value(reading))
    columns = list(product(_intervals(calibration), MTTS))
    header = ["method", "residue"]
    header += [f"{f'{interval:g} s' if mtt == MTTS[0] else ''}\nMTT {mtt:g}" for interval, mtt in columns]
    rows = [
        [name, residue, *(_shown(fmean(by_case[name, residue, *column])) for column in columns)]
        for name, residue in product(METHODS, FAMILY_RESPONSES)
    ]
    return text_table(header, rows, n_labels=2)


def _delay_lines(calibration: TmaxCalibration) -> list[str]:
    intervals = _intervals(calibration)
    found = {
        (each.method, each.residue, each.interval, each.mtt, each.delay): each
        for each in calibration.readings
    }
    first, last = DELAYS[0], DELAYS[-1]
    header = ["method", "residue"]
    header += [f"{'Tmax, s per s' if each == intervals[0] else ''}\n{each:g} s" for each in intervals]
    title = f"CBF at {last:g} s : at {first:g} s"
    header += [f"{title if each == intervals[0] else ''}\n{each:g} s" for each in intervals]
    rows = []
    for name, residue in product(METHODS, FAMILY_RESPONSES):
        slopes, ratios = [], []
        for interval in intervals:
            case = name, residue, interval
            ends = [(found[*case, mtt, first], found[*case, mtt, last]) for mtt in MTTS]
            slopes.append(fmean((late.tmax - early.tmax) / (last - first) for early, late in ends))
            ratios.append(fmean(late.cbf_ratio / (early.cbf_ratio or math.nan) for early, late in ends))
        rows.append([name, residue, *(_shown(value) for value in (*slopes, *ratios))])
    return text_table(header, rows, n_labels=2)


def _correspondence_lines(calibration: TmaxCalibration) -> list[str]:
    intervals = _intervals(calibration)
    found = {(each.method, each.residue, each.interval): each for each in calibration.correspondences}
    header = ["method", "Tmax is", "residue"]
    header += [f"{'cut' if position == 0 else ''}\n{each:g} s" for position, each in enumerate(intervals)]
    header += ["\nall", "reading", "centre", f"right\nat {TMAX_LIMIT:g} s", "right\nat cut"]
    rows = []
    for (name, method), residue in product(METHODS.items(), (*FAMILY_RESPONSES, None)):
        whole = found[name, residue, None]
        cuts = [found[name, residue, interval].cut for interval in intervals]
        rows.append(
            [
                name,
                str(method.tmax_definition),
                residue or "all",
                *(_shown(value) for value in (*cuts, whole.cut, whole.reading, whole.centre)),
                _percent(whole.agreement_at_limit),
                _percent(whole.agreement_at_cut),
            ]
        )
    return text_table(header, rows, n_labels=3)


def _equivalent_lines(calibration: TmaxCalibration) -> list[str]:
    names = (TRUE_CENTRE, *METHODS)
    found = {(each.of, each.by): each.threshold for each in calibration.equivalents}
    header = [f"{TMAX_LIMIT:g} s of", *names]
    return text_table(header, [[of, *(_shown(found[of, by]) for by in names)] for of in names])


def _intervals(calibration: TmaxCalibration) -> list[float]:
    return list(dict.fromkeys(reading.interval for reading in calibration.readings))


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"
