"""DICOM files as a perfusion series."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import Finding, PerfusionSeries, SeriesMetadata, Severity, SourceImages
from .arrangement import Arrangement
from .candidates import choose_perfusion_images
from .completion import CompleteTable, complete
from .dicom_headers import FolderContents, read_folder, read_headers
from .dicom_layout import DicomLayout, lay_out
from .dicom_pixels import refuse_undecodable
from .dicom_voxels import ReadingPlan, read_voxels
from .frame_table import MISSING, FrameTable
from .records import ImageRecord
from .series_checks import refuse_constant_images, refuse_few_frames, shared_times, timing_findings
from .source_references import source_images
from .user_times import UserTimes

_HEADER_PART = 0.3
"""Part of the progress that reading headers takes."""

_FRAME_GAP = 1.75
"""Multiple of the median interval from which on a frame seems to be missing."""


def load_dicom_folder(
    folder: Path, given: UserTimes | None, *, on_progress: ProgressCallback = ignore_progress
) -> PerfusionSeries:
    """Load the perfusion scan that a folder of DICOM files holds.

    Parameters
    ----------
    folder : Path
        Any nesting; other series may be mixed in.
    given : UserTimes or None
        Times that take precedence over those of the headers.

    Raises
    ------
    SeriesError
        If the folder holds no perfusion scan that can be loaded safely.
    """
    return _load(read_folder(folder, on_progress=part_of(on_progress, 0.0, _HEADER_PART)), given, on_progress)


def load_dicom_files(
    paths: Sequence[str], given: UserTimes | None, *, on_progress: ProgressCallback = ignore_progress
) -> PerfusionSeries:
    """Load the perfusion scan that DICOM files hold; parameters and errors as of a folder."""
    return _load(read_headers(paths, on_progress=part_of(on_progress, 0.0, _HEADER_PART)), given, on_progress)


def find_dicom_sources(
    paths: Sequence[str], given: UserTimes | None, *, on_progress: ProgressCallback = ignore_progress
) -> SourceImages:
    """Return the source images of the series that DICOM files hold, from their headers alone."""
    placed = _placed(read_headers(paths, on_progress=on_progress), given)
    return source_images(placed.layout.images, placed.whole.table, placed.layout.stack.ijk_to_ras)


@dataclass(frozen=True, eq=False)
class _PlacedImages:
    """The images of the perfusion scan in a folder, each in its frame and slice."""

    layout: DicomLayout
    whole: CompleteTable
    choice_findings: tuple[Finding, ...]


def _placed(contents: FolderContents, given: UserTimes | None) -> _PlacedImages:
    _refuse_without_ct(contents)
    chosen, choice_findings = choose_perfusion_images(contents.ct_images)
    refuse_undecodable(chosen)
    layout = lay_out(chosen, given)
    _refuse_damaged(contents, layout.images, layout.arranged.table)
    whole = complete(layout.arranged.table, layout.stack.positions)
    refuse_few_frames(len(whole.table.images))
    return _PlacedImages(layout, whole, choice_findings)


def _load(
    contents: FolderContents, given: UserTimes | None, on_progress: ProgressCallback
) -> PerfusionSeries:
    placed = _placed(contents, given)
    stack, images, arranged = placed.layout.stack, placed.layout.images, placed.layout.arranged
    whole = placed.whole
    plan = ReadingPlan(images, whole, stack.positions, _repeats(contents, images, arranged))
    read = read_voxels(plan, on_progress=part_of(on_progress, _HEADER_PART, 1.0))
    refuse_constant_images(read.voxels)
    times = shared_times(whole.table.times)
    return PerfusionSeries(
        voxels=read.voxels,
        times=times,
        ijk_to_ras=stack.ijk_to_ras,
        time_source=arranged.source,
        metadata=_metadata(images, read.sha256),
        findings=(
            *placed.choice_findings,
            *_header_findings(images),
            *stack.findings,
            *arranged.findings,
            *whole.findings,
            *read.findings,
            *timing_findings(times),
        ),
        sources=source_images(images, whole.table, stack.ijk_to_ras),
    )


def _refuse_without_ct(contents: FolderContents) -> None:
    if contents.ct_images:
        return
    remedy = "give the folder that holds the perfusion scan"
    if contents.other_modalities:
        found = ", ".join(sorted(contents.other_modalities))
        raise SeriesError(f"The folder holds no CT images, only DICOM files of modality {found}", remedy)
    if contents.damaged:
        raise SeriesError(
            f"None of the files can be read as CT images ({len(contents.damaged)} damaged)", remedy
        )
    raise SeriesError("The folder holds no DICOM files", remedy)


def _refuse_damaged(contents: FolderContents, images: Sequence[ImageRecord], table: FrameTable) -> None:
    """Refuse damaged files that look like missing images of the series, by folder, name and a gap in it."""
    siblings = {_family(image.source.path) for image in images}
    n_damaged = sum(_family(path) in siblings for path in contents.damaged)
    missing = np.argwhere(table.images == MISSING)
    intervals = np.diff(np.nanmean(table.times, axis=1))
    if not n_damaged or not (len(missing) or intervals.max() > _FRAME_GAP * np.median(intervals)):
        return
    frame = int(missing[0, 0]) if len(missing) else int(np.argmax(intervals))
    raise SeriesError(
        f"{n_damaged} file{'s' if n_damaged > 1 else ''} beside the CT images cannot be read, and images are "
        f"missing at {np.nanmean(table.times[frame]):.1f} s",
        "copy or export the study again",
    )


def _family(path: str) -> tuple[str, str]:
    """Return what the files of one export have in common: folder and, unless it counts, suffix."""
    suffix = Path(path).suffix
    return str(Path(path).parent), "" if suffix[1:].isdigit() else suffix.lower()


def _repeats(
    contents: FolderContents, images: Sequence[ImageRecord], arranged: Arrangement
) -> list[tuple[ImageRecord, int]]:
    """Return all images that should equal one of the series: copies, and those of the same slice and time."""
    others = dict(arranged.repeats)
    index_of = {image.identity: others.get(index, index) for index, image in enumerate(images)}
    used = {image.source for index, image in enumerate(images) if index not in others}
    return [
        (record, index_of[record.identity])
        for record in contents.ct_images
        if record.identity in index_of and record.source not in used
    ]


def _metadata(images: Sequence[ImageRecord], digest: str) -> SeriesMetadata:
    first = images[0]
    return SeriesMetadata(
        manufacturer=first.manufacturer,
        model=first.model,
        kvp=first.kvp,
        study_instance_uid=first.study_uid,
        frame_of_reference_uid=first.frame_of_reference_uid,
        series_instance_uids=tuple(dict.fromkeys(image.series_uid for image in images)),
        input_sha256=digest,
    )


def _header_findings(images: Sequence[ImageRecord]) -> tuple[Finding, ...]:
    findings = []
    n_without_rescale = sum(None in (image.rescale_slope, image.rescale_intercept) for image in images)
    if n_without_rescale:
        findings.append(
            Finding(
                "rescale_missing",
                Severity.WARNING,
                f"{n_without_rescale} images do not say how values convert to HU; they were taken as HU.",
                "Check that air is near -1000 HU and brain near 35 HU.",
                value=float(n_without_rescale),
            )
        )
    if not images[0].is_original:
        findings.append(
            Finding(
                "derived_images",
                Severity.INFO,
                "The images are derived ones: they were processed after the scan.",
                "Give the original images if they are at hand.",
            )
        )
    return tuple(findings)
