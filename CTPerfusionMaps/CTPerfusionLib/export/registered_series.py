"""The motion-corrected series as DICOM: one derived CT image per frame and slice.

The result loads again like any study, with the same times and the same grid, and other software can analyse
it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..progress import ProgressCallback, ignore_progress, reported
from ..series import PerfusionSeries, SourceImages
from ..staging import publish, staging_folder, unwritable
from .acquisition_clock import acquisition_clock
from .identity import read_identity, read_source_header
from .registered_image import RegisteredImages
from .requirements import require_highdicom
from .source_check import require_same_place
from .stored_values import rescaling_of
from .target_folder import require_empty
from .workspace import quiet


def write_registered_dicom(
    folder: Path | str,
    registered: PerfusionSeries,
    source: SourceImages,
    *,
    created: datetime | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> tuple[Path, ...]:
    """Write a motion-corrected series as DICOM images of the source's study, whole or not at all.

    HU are rounded to whole ones where the series holds integers, else to 1/16 HU.

    Parameters
    ----------
    folder : Path or str
        New or empty; made if needed.
    registered : PerfusionSeries
        Its frames may be some of those that were scanned; slices ascend along row x column direction.
    source : SourceImages
        Of exactly these frames and slices: ``registered.sources``.
    created : datetime, optional
        When the images were made; now by default. The same series and moment give the same bytes.
    on_progress : callable
        Called with the fraction done; may raise to cancel.

    Returns
    -------
    tuple of Path
        The files in the order of frames and slices.

    Raises
    ------
    ConfigurationError
        If highdicom is missing, the series lies elsewhere than the images, or the folder holds files or
        cannot be written.
    SeriesError
        If the source images are gone or have changed.
    ValueError
        If `source` is of other frames or slices.
    """
    require_highdicom()
    if source.shape != (registered.n_frames, registered.n_slices):
        raise ValueError(
            f"the source images are of {source.shape} frames and slices, the series has "
            f"{(registered.n_frames, registered.n_slices)}"
        )
    require_same_place(registered.ijk_to_ras, registered.shape, source)
    target = Path(folder).resolve()
    require_empty(target)
    with quiet(), staging_folder(target) as staging:
        images = _images(registered, source, created or datetime.now())
        names = []
        try:
            for frame, index in reported(list(np.ndindex(*source.shape)), on_progress):
                names.append(f"frame_{frame + 1:03d}_slice_{index + 1:03d}.dcm")
                images.image(frame, index).save_as(staging / names[-1], enforce_file_format=True)
            publish(staging, target)
        except OSError as error:
            raise unwritable(target, error) from error
    return tuple(target / name for name in names)


def _images(series: PerfusionSeries, source: SourceImages, created: datetime) -> RegisteredImages:
    read_header = lru_cache(maxsize=1)(read_source_header)  # the frames of one file follow each other
    times: NDArray[np.float64] = np.broadcast_to(
        series.times.reshape(series.n_frames, -1), (series.n_frames, series.n_slices)
    )
    earliest = np.unravel_index(np.argmin(times), times.shape)
    frame, index = int(earliest[0]), int(earliest[1])
    first = source.nearest_image(frame, index)
    identity = read_identity(first)
    digest = sha256(np.ascontiguousarray(series.voxels).data)
    digest.update(f"{identity.study_instance_uid} {created.isoformat()} {__version__}".encode())

    def uid(*role: object) -> str:
        from pydicom.uid import generate_uid

        return generate_uid(entropy_srcs=["ctperfusion", digest.hexdigest(), *map(str, role)])

    return RegisteredImages(
        series=series,
        source=source,
        identity=identity,
        clock=acquisition_clock(read_header(first.file), first.frame_number, float(times[frame, index])),
        rescaling=rescaling_of(series.voxels),
        created=created,
        uid=uid,
        read_header=read_header,
    )
