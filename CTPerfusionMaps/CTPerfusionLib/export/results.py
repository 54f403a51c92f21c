"""All results of a study as DICOM files, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..progress import ProgressCallback, ignore_progress, reported
from ..series import SourceImages
from ..staging import publish, staging_folder, unwritable
from .content import DicomContent
from .identity import read_identity
from .measurement_report_object import build_measurement_report
from .parametric_map_object import build_parametric_map
from .requirements import require_highdicom
from .secondary_capture_object import build_page
from .segmentation_object import build_segmentation
from .source_check import require_same_place
from .target_folder import require_empty
from .workspace import Workspace, quiet

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SEGMENTATION_FILE = "segmentation.dcm"
MEASUREMENTS_FILE = "measurements.dcm"
MAP_FILE = "map_{name}.dcm"
PAGE_FILE = "summary_{number:02d}.dcm"


def write_dicom_results(
    folder: Path | str,
    content: DicomContent,
    source: SourceImages,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> tuple[Path, ...]:
    """Write segmentation, parametric maps, measurement report and pages of a study.

    All belong to the study of the source images, each kind to a series of its own.

    Parameters
    ----------
    folder : Path or str
        New or empty; made if needed.
    content : DicomContent
    source : SourceImages
        Of the series that the results were computed from; patient and study are read from its files.
    on_progress : callable
        Called with the fraction done; may raise to cancel.

    Returns
    -------
    tuple of Path
        The files; their names say what they hold and nothing about the patient.

    Raises
    ------
    ConfigurationError
        If highdicom is missing, the maps lie elsewhere than the images, or the folder holds files or cannot
        be written.
    SeriesError
        If the source images are gone or have changed.
    ValueError
        If `content` does not fit `source`.
    """
    require_highdicom()
    target = Path(folder).resolve()
    require_empty(target)
    with quiet():
        workspace = _workspace(content, source)
        with staging_folder(target) as staging:
            try:
                files = list(_files(content, workspace))
                names = [_save(staging, file) for file in reported(files, on_progress)]
                publish(staging, target)
            except OSError as error:
                raise unwritable(target, error) from error
    return tuple(target / name for name in names)


@dataclass(frozen=True)
class _ResultFile:
    name: str
    build: Callable[[], Dataset]


def _files(content: DicomContent, workspace: Workspace) -> Iterator[_ResultFile]:
    """Yield the files of a study in the order of their series."""
    segmentation = build_segmentation(content, workspace)
    yield _ResultFile(SEGMENTATION_FILE, lambda: segmentation)
    for name in content.maps:
        build_map = partial(build_parametric_map, name, content, workspace)
        yield _ResultFile(MAP_FILE.format(name=name), build_map)
    build_report = partial(build_measurement_report, content, workspace, segmentation)
    yield _ResultFile(MEASUREMENTS_FILE, build_report)
    for number in range(1, len(content.pages) + 1):
        build = partial(build_page, number, content, workspace)
        yield _ResultFile(PAGE_FILE.format(number=number), build)


def _save(folder: Path, file: _ResultFile) -> str:
    file.build().save_as(folder / file.name, enforce_file_format=True)
    return file.name


def _workspace(content: DicomContent, source: SourceImages) -> Workspace:
    n_frames, n_slices = source.shape
    if content.shape[0] != n_slices:
        raise ValueError(f"the maps have {content.shape[0]} slices, their source {n_slices}")
    if not 0 <= content.reference_frame < n_frames:
        raise ValueError(f"reference_frame must be 0 to {n_frames - 1}, got {content.reference_frame}")
    require_same_place(content.ijk_to_ras, content.shape, source)
    images = tuple(source.nearest_image(content.reference_frame, index) for index in range(n_slices))
    return Workspace(
        identity=read_identity(images[0]),
        images=images,
        ijk_to_ras=content.ijk_to_ras,
        shape=content.shape,
        digest=content.digest,
        created=content.created,
        version=content.version,
    )
