"""Which images of a folder are the perfusion scan.

A candidate is a series that images its slices at least eight times, or at least eight series that image the
same slices once each (one series per time point), or series that image neighbouring slabs alternately.
Everything else - localisers, unenhanced CT, angiography, maps, dose reports - is left aside.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import Finding, Severity
from .records import ImageRecord
from .slice_stack import group_positions, slice_offsets, slices_of
from .time_values import SECONDS_PER_DAY, day_number, seconds_of_day

MIN_FRAMES = 8
"""Fewer samples of the bolus cannot be deconvolved."""

_LONGEST_PAUSE = 60.0
"""Seconds between two series of one scan that stores each time point as a series."""

_MIN_SHARED_SLICES = 0.5
"""Part of a series' slices that lie at slices of the scan if it is one of its time points."""

_SAME_POSITION = 0.1
"""mm between positions of slices that are one, in series of one scan."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Images that together may be the perfusion scan, without copies of the same image."""

    records: tuple[ImageRecord, ...]

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """Images per slice position."""
        return np.bincount(slices_of(self.records))

    @property
    def n_frames(self) -> int:
        """Images of the slice that has most."""
        return int(self.counts.max())

    @property
    def n_slices(self) -> int:
        """Slice positions that were imaged often enough."""
        return int(np.count_nonzero(self.counts >= min(MIN_FRAMES, self.n_frames)))

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How directly the images come from the scanner; one slice beside others is bolus tracking."""
        first = self.records[0]
        return self.n_slices > 1, first.is_original, first.is_primary

    def describe(self) -> str:
        """Return a few words without patient data."""
        numbers = {record.series_number for record in self.records if record.series_number is not None}
        name = f"series {min(numbers)}" if numbers else "a series without number"
        return f"{name} with {self.n_frames} frames of {self.n_slices} slices"


def choose_perfusion_images(
    images: Sequence[ImageRecord],
) -> tuple[tuple[ImageRecord, ...], tuple[Finding, ...]]:
    """Return the images of the one perfusion scan among CT images of a folder.

    Raises
    ------
    SeriesError
        If there is none, more than one, or more than one patient.
    """
    _refuse_mixed_patients(images)
    usable = [record for record in _without_copies(images) if _is_slice_of_a_head(record)]
    if not usable:
        raise SeriesError(
            "The CT images have no position, orientation and pixel spacing in the patient",
            "export the original axial images of the perfusion scan",
        )
    candidates = _candidates(usable)
    enough = _long_enough(candidates)
    if not enough:
        most = max(candidate.n_frames for candidate in candidates)
        times = "only once" if most == 1 else f"at most {most} times"
        raise SeriesError(
            f"The CT images show each slice {times}, and a perfusion scan has at least {MIN_FRAMES} frames",
            "give the folder that holds the whole perfusion scan",
        )
    return _best_of(enough)


def perfusion_candidates(images: Iterable[ImageRecord]) -> tuple[Candidate, ...]:
    """Return everything among CT images that may be a perfusion scan, none where nothing is one."""
    usable = [record for record in _without_copies(images) if _is_slice_of_a_head(record)]
    return tuple(_long_enough(_candidates(usable)))


def _long_enough(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.n_frames >= MIN_FRAMES]


def _refuse_mixed_patients(images: Iterable[ImageRecord]) -> None:
    n_patients = len({record.patient for record in images if record.patient})
    if n_patients > 1:
        raise SeriesError(
            f"The folder holds CT images of {n_patients} patients",
            "give a folder with the study of one patient",
        )


def _without_copies(images: Iterable[ImageRecord]) -> list[ImageRecord]:
    return list({record.identity: record for record in reversed(list(images))}.values())[::-1]


def _is_slice_of_a_head(record: ImageRecord) -> bool:
    is_placed = None not in (record.position, record.orientation, record.pixel_spacing)
    return is_placed and record.samples_per_pixel == 1 and "LOCALIZER" not in record.image_type


def _candidates(records: Iterable[ImageRecord]) -> list[Candidate]:
    """Group images into possible scans, series by series and across series."""
    by_series: defaultdict[tuple[str, str, bool, bool], list[ImageRecord]] = defaultdict(list)
    for record in records:
        by_series[record.study_uid, record.series_uid, record.is_original, record.is_primary].append(record)
    series = [Candidate(tuple(members)) for members in by_series.values()]
    dynamic = [candidate for candidate in series if candidate.n_frames >= MIN_FRAMES]
    static = [candidate for candidate in series if candidate.n_frames < MIN_FRAMES]
    return _with_slabs_joined(dynamic) + _joined_time_points(static)


def _geometry(record: ImageRecord) -> tuple[object, ...]:
    """Return what series of one scan have in common."""
    numbers = (*(record.orientation or ()), *(record.pixel_spacing or ()))
    return (
        record.study_uid,
        record.is_original,
        record.is_primary,
        record.rows,
        record.columns,
        *(round(number, 2) + 0.0 for number in numbers),
    )


def _joined_time_points(series: Iterable[Candidate]) -> list[Candidate]:
    """Join series that image the same slices within a minute of each other."""
    by_geometry: defaultdict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    for candidate in series:
        by_geometry[_geometry(candidate.records[0])].append(candidate)
    joined = []
    for alike in by_geometry.values():
        for run in _split_at_pauses(alike):
            joined.extend(_join_same_slices(run))
    return joined


def _split_at_pauses(series: list[Candidate]) -> list[list[Candidate]]:
    starts = [_start(candidate) for candidate in series]
    if None in starts:
        return [series]
    timed = sorted(zip(starts, range(len(series)), strict=True))
    runs: list[list[Candidate]] = []
    previous = -np.inf
    for start, index in timed:
        if start - previous > _LONGEST_PAUSE:  # type: ignore[operator]  # None is excluded above
            runs.append([])
        runs[-1].append(series[index])
        previous = start  # type: ignore[assignment]
    return runs


def _start(candidate: Candidate) -> float | None:
    """Return when a series began, in seconds on some clock that all series of a study share."""
    starts = []
    for record in candidate.records:
        clock = record.clock
        seconds = seconds_of_day(clock.acquisition_time or clock.content_time)
        if seconds is None:
            return None
        day = day_number(clock.acquisition_date or clock.content_date)
        starts.append(seconds + (day or 0) * SECONDS_PER_DAY)
    return min(starts)


def _join_same_slices(series: list[Candidate]) -> list[Candidate]:
    """Join series around the commonest set of slices; those with other slices are taken for other scans."""
    remaining = list(series)
    joined = []
    while remaining:
        places = [_positions(candidate) for candidate in remaining]
        commonest = max(
            places, key=lambda own: sum(len(own) == len(o) and _overlap(o, own) == 1 for o in places)
        )
        belongs = [_overlap(own, commonest) >= _MIN_SHARED_SLICES for own in places]
        members = [candidate for candidate, is_in in zip(remaining, belongs, strict=True) if is_in]
        joined.append(Candidate(tuple(record for member in members for record in member.records)))
        remaining = [candidate for candidate, is_in in zip(remaining, belongs, strict=True) if not is_in]
    return joined


def _positions(candidate: Candidate) -> NDArray[np.float64]:
    offsets = slice_offsets(candidate.records)
    groups = group_positions(offsets, None)
    return np.array([offsets[groups == group].mean() for group in range(int(groups.max()) + 1)])


def _overlap(own: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the part of `own` positions that are among the `others`."""
    return float(np.mean(np.abs(own[:, None] - others[None, :]).min(axis=1) <= _SAME_POSITION))


def _are_same(own: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    return len(own) == len(others) and _overlap(own, others) == 1


def _with_slabs_joined(dynamic: list[Candidate]) -> list[Candidate]:
    """Join series of one geometry that image different slices during the same minute (shuttle tables)."""
    joined: list[Candidate] = []
    for candidate in dynamic:
        partner = next((other for other in joined if _are_slabs_of_one_scan(candidate, other)), None)
        if partner is not None:
            joined.remove(partner)
            candidate = Candidate(partner.records + candidate.records)
        joined.append(candidate)
    return joined


def _are_slabs_of_one_scan(one: Candidate, other: Candidate) -> bool:
    if _geometry(one.records[0]) != _geometry(other.records[0]):
        return False
    ours, theirs = _positions(one), _positions(other)
    if _overlap(ours, theirs) > 0 or max(ours.min(), theirs.min()) < min(ours.max(), theirs.max()):
        return False
    spans = [_span(candidate) for candidate in (one, other)]
    if None in spans:
        return False
    (start, stop), (other_start, other_stop) = spans  # type: ignore[misc]  # None is excluded above
    shared = min(stop, other_stop) - max(start, other_start)
    return bool(shared > 0.5 * min(stop - start, other_stop - other_start) > 0)


def _span(candidate: Candidate) -> tuple[float, float] | None:
    clocks = [record.clock for record in candidate.records]
    seconds = [seconds_of_day(clock.acquisition_time or clock.content_time) for clock in clocks]
    known = [second for second in seconds if second is not None]
    return (min(known), max(known)) if known and len(known) == len(seconds) else None


def _best_of(candidates: list[Candidate]) -> tuple[tuple[ImageRecord, ...], tuple[Finding, ...]]:
    best = max(candidate.rank for candidate in candidates)
    leading = [candidate for candidate in candidates if candidate.rank == best]
    if len(leading) > 1:
        raise SeriesError(
            f"The folder holds {len(leading)} perfusion series "
            f"({'; '.join(candidate.describe() for candidate in leading)})",
            "give a folder with one of them",
        )
    others = [candidate for candidate in candidates if candidate is not leading[0]]
    if not others:
        return leading[0].records, ()
    finding = Finding(
        "other_series",
        Severity.INFO,
        f"Of {len(candidates)} dynamic series {leading[0].describe()} was taken as the original one; left "
        f"aside: {'; '.join(candidate.describe() for candidate in others)}.",
        "Give a folder with one series to analyse another one.",
        value=float(len(candidates)),
    )
    return leading[0].records, (finding,)
