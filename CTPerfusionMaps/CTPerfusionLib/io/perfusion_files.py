"""Which of many DICOM files form perfusion scans, from their headers and without a refusal.

A DICOM browser asks this about everything that its user selects: CT angiographies with a thousand images,
several scans of one study, other modalities. Series that cannot be dynamic are recognised from a sample of
their files.
"""

import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress, reported
from ..series import Finding, TimeSource
from .candidates import MIN_FRAMES, Candidate, perfusion_candidates
from .completion import complete
from .dicom_headers import read_headers
from .dicom_layout import lay_out
from .records import ImageRecord
from .series_checks import refuse_few_frames, shared_times

_SAMPLE = 128
"""Files after which a series is known not to be dynamic: of 640 positions imaged at least eight times, two of
128 images taken at random share one in all but 3 of a million cases."""

_SHORTEST_PASS = 10.0
"""Seconds for which a slice is followed at least if contrast is to enter and leave the brain; each slice of
a breathing chest is followed for one breath."""

_LONGEST_INTERVAL = 10.0
"""Seconds between frames beyond which the first pass cannot be followed."""


@dataclass(frozen=True)
class FoundSeries:
    """A scan among DICOM files that images its slices again and again.

    Attributes
    ----------
    files : tuple of str
        All that :func:`~CTPerfusionLib.io.load_dicom_files` needs.
    study_uid : str
    series_uids : tuple of str
        One, or those of all time points or slabs.
    n_frames, n_slices : int
    duration, interval : float
        Seconds from the first to the last image of a slice, and between two of its images; 0 where times are
        unknown.
    has_slice_times : bool
        Whether slices of a frame have times of their own (shuttle scans).
    time_source : TimeSource or None
        None where times are unknown.
    refusal : str
        Why it cannot be loaded, as far as headers tell; else empty.
    findings : tuple of Finding
        What is unusual and will be handled.
    """

    files: tuple[str, ...]
    study_uid: str
    series_uids: tuple[str, ...]
    n_frames: int
    n_slices: int
    duration: float = 0.0
    interval: float = 0.0
    has_slice_times: bool = False
    time_source: TimeSource | None = None
    refusal: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def is_perfusion(self) -> bool:
        """Whether it can be loaded and follows a first pass, and not a heart beat or a breath."""
        is_timed = self.duration >= _SHORTEST_PASS and 0.0 < self.interval <= _LONGEST_INTERVAL
        return is_timed and not self.refusal


def find_perfusion_series(
    file_lists: Iterable[Sequence[str]], *, on_progress: ProgressCallback = ignore_progress
) -> tuple[FoundSeries, ...]:
    """Find the scans among files that may be CT perfusion.

    Parameters
    ----------
    file_lists : iterable of sequences of str
        The files of one DICOM series each, of any modality, study and patient. Files that are gone are
        passed over.
    on_progress : callable
        Called with the fraction done; may raise to cancel.

    Returns
    -------
    tuple of FoundSeries
        In the order of their first files; with those that cannot be loaded or are something else that
        moves, see `refusal` and `is_perfusion`. One slice that is followed alone is bolus tracking and left
        out, as are thick slices that overlap so much that they pass for one.

    Raises
    ------
    SeriesError
        If a file may not be read.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")  # what matters becomes a refusal or a finding
        records = _records_of(list(file_lists), on_progress)
        by_study: defaultdict[str, list[ImageRecord]] = defaultdict(list)
        for record in records:
            by_study[record.study_uid].append(record)
        candidates = [found for study in by_study.values() for found in perfusion_candidates(study)]
        found = [_described(candidate) for candidate in candidates if candidate.n_slices > 1]
    place = {record.source.path: index for index, record in enumerate(records)}
    return tuple(sorted(found, key=lambda series: place[series.files[0]]))


@dataclass(frozen=True)
class _Look:
    """What was read of one series: all of it, or a sample."""

    records: tuple[ImageRecord, ...]
    unread: tuple[str, ...] = ()

    @property
    def is_dynamic(self) -> bool:
        """Whether any slice was seen more than once."""
        return len({_place(record) for record in self.records}) < len(self.records)

    @property
    def grid(self) -> tuple[object, ...]:
        """Equal for the series of a scan that stores each time point as a series of its own."""
        first = self.records[0]
        spacing = tuple(round(number, 2) for number in first.pixel_spacing or ())
        return first.study_uid, first.rows, first.columns, spacing


def _records_of(file_lists: Sequence[Sequence[str]], on_progress: ProgressCallback) -> list[ImageRecord]:
    looks = [_look_at(files) for files in reported(file_lists, on_progress)]
    looks = [look for look in looks if look.records]
    n_alike = Counter(look.grid for look in looks)
    return [
        record
        for look in looks
        if not look.unread or look.is_dynamic or n_alike[look.grid] >= MIN_FRAMES
        for record in (*look.records, *_read(look.unread))
    ]


def _look_at(files: Sequence[str]) -> _Look:
    present = [path for path in files if os.path.isfile(path)]  # noqa: PTH113 - as fast as it gets
    if len(present) <= 2 * _SAMPLE:
        return _Look(_read(present))
    order = np.random.default_rng(0).permutation(len(present))
    sample, rest = np.sort(order[:_SAMPLE]), np.sort(order[_SAMPLE:])
    records = _read([present[index] for index in sample])
    return _Look(records, tuple(present[index] for index in rest))


def _read(paths: Sequence[str]) -> tuple[ImageRecord, ...]:
    """Return the records of the first file's kind: nothing more is read of a series that is no CT."""
    if not paths or not read_headers(paths[:1]).ct_images:
        return ()
    return read_headers(paths).ct_images


def _place(record: ImageRecord) -> tuple[object, ...]:
    numbers = (*(record.position or ()), *(record.orientation or ()))
    return record.series_uid, record.image_type, tuple(round(number, 2) + 0.0 for number in numbers)


def _described(candidate: Candidate) -> FoundSeries:
    records = candidate.records
    headers = FoundSeries(
        files=tuple(dict.fromkeys(record.source.path for record in records)),
        study_uid=records[0].study_uid,
        series_uids=tuple(dict.fromkeys(record.series_uid for record in records)),
        n_frames=candidate.n_frames,
        n_slices=candidate.n_slices,
    )
    try:
        return _with_times(headers, records)
    except SeriesError as error:
        return replace(headers, refusal=str(error))


def _with_times(headers: FoundSeries, records: Sequence[ImageRecord]) -> FoundSeries:
    layout = lay_out(records, None)
    whole = complete(layout.arranged.table, layout.stack.positions)
    n_frames, n_slices = whole.table.images.shape
    refuse_few_frames(n_frames)
    times = shared_times(whole.table.times)
    return replace(
        headers,
        n_frames=n_frames,
        n_slices=n_slices,
        duration=float(np.median(np.ptp(times, axis=0))),
        interval=float(np.median(np.diff(times, axis=0))),
        has_slice_times=times.ndim == 2,
        time_source=layout.arranged.source,
        findings=(*layout.stack.findings, *layout.arranged.findings, *whole.findings),
    )
