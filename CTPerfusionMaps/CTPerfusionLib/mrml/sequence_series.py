"""The series in a sequence of a scene, whoever made the sequence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..io.grid_series import as_hounsfield
from ..io.sequence_times import SLICE_TIMES_ATTRIBUTE, SequenceIndex, sequence_times
from ..io.series_checks import (
    refuse_constant_images,
    refuse_few_frames,
    refuse_sheared_grid,
    shared_times,
    timing_findings,
)
from ..io.user_times import TimesInput, UserTimes, user_times
from ..progress import ProgressCallback, ignore_progress, reported
from ..series import Finding, PerfusionSeries, TimeSource
from .geometry import matrix_to_world, volume_matrix
from .proxies import proxies_of
from .series_attributes import read_findings, read_metadata, read_time_source
from .vtk_arrays import values_of

_SAME_PLACE = 0.05
"""mm by which the corners of two frames may differ if they lie in the same place."""

_IRREGULAR = "irregular_frames"
"""The finding of `timing_findings`, which is made anew from the times that are used."""

_FRAMES_REMEDY = "import the scan again, or leave that frame out of the sequence"

_ATTRIBUTES_READ = ("MultiVolume.FrameLabels", "MultiVolume.FrameIdentifyingDICOMTagUnits")


def series_from_sequence(
    sequence: Any,
    *,
    frame_interval: float | None = None,
    times: TimesInput | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> PerfusionSeries:
    """Return the series that a sequence of volumes holds.

    The frames are read from the sequence itself, without stepping its browser. A linear transform that the
    shown volume is under becomes a part of ``ijk_to_ras``, so that results lie where the user sees the
    scan.

    Parameters
    ----------
    sequence : vtkMRMLSequenceNode
        Made by :func:`add_sequence`, by Slicer's own import of DICOM, or loaded from ``.seq.nrrd``.
    frame_interval : float, optional
        Seconds between frames; takes precedence over what the sequence says.
    times : path-like or array-like, optional
        A times file, or times in seconds of shape (T,) or (T, Z); takes precedence over the sequence.
    on_progress : callable, optional

    Raises
    ------
    SeriesError
        If it is no perfusion scan, its frames do not lie in one place, or its index is not time in a known
        unit and no times are given.
    ValueError
        If both `frame_interval` and `times` are given.
    """
    given = user_times(frame_interval, times)
    volumes = _volumes(sequence)
    refuse_few_frames(len(volumes))
    ijk_to_ras = _common_matrix(sequence, volumes)
    refuse_sheared_grid(ijk_to_ras)
    slices, *_ = values_of(volumes[0].GetImageData()).shape
    frame_times, source, findings = _times(sequence, volumes, slices, given)
    voxels = _voxels(volumes, on_progress)
    refuse_constant_images(voxels)
    renewed = {_IRREGULAR} | {finding.code for finding in findings}
    stored = [finding for finding in read_findings(sequence.GetAttribute) if finding.code not in renewed]
    return PerfusionSeries(
        voxels=voxels,
        times=frame_times,
        ijk_to_ras=ijk_to_ras,
        time_source=source,
        metadata=read_metadata(sequence.GetAttribute),
        findings=(*stored, *findings, *timing_findings(frame_times)),
    )


def grid_of_sequence(sequence: Any) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Return ``ijk_to_ras`` and shape (Z, Y, X) of the series that a sequence holds.

    Parameters
    ----------
    sequence : vtkMRMLSequenceNode

    Raises
    ------
    SeriesError
        If it holds no frames, or these do not lie in one place.
    """
    volumes = _volumes(sequence)
    refuse_few_frames(len(volumes))
    slices, rows, columns = values_of(volumes[0].GetImageData()).shape
    return _common_matrix(sequence, volumes), (slices, rows, columns)


def _volumes(sequence: Any) -> list[Any]:
    """Return the nodes of all frames, after looking that each holds an image."""
    volumes = [sequence.GetNthDataNode(index) for index in range(sequence.GetNumberOfDataNodes())]
    for number, volume in enumerate(volumes, 1):
        if volume is None or not volume.IsA("vtkMRMLScalarVolumeNode"):
            raise SeriesError(
                f"Frame {number} of the sequence {sequence.GetName()} is no volume",
                "choose the sequence of CT volumes of the perfusion scan",
            )
        image = volume.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None or image.GetNumberOfPoints() == 0:
            raise SeriesError(f"Frame {number} of the sequence {sequence.GetName()} is empty", _FRAMES_REMEDY)
        if image.GetNumberOfScalarComponents() != 1:
            raise SeriesError(
                f"Frame {number} of the sequence {sequence.GetName()} is a colour picture",
                "choose the sequence of CT volumes of the perfusion scan",
            )
    return volumes


def _common_matrix(sequence: Any, volumes: Sequence[Any]) -> NDArray[np.float64]:
    """Return the ijk_to_ras of all frames, with the transform that the shown frame is under."""
    matrix, size = volume_matrix(volumes[0]), volumes[0].GetImageData().GetDimensions()
    corners = np.array([[0, 0, 0, 1], [size[0], 0, 0, 1], [0, size[1], 0, 1], [0, 0, size[2], 1]]).T
    for number, volume in enumerate(volumes, 1):
        if volume.GetImageData().GetDimensions() != size:
            raise SeriesError(f"Frame {number} has another size than the first", _FRAMES_REMEDY)
        if np.abs((volume_matrix(volume) - matrix) @ corners).max() > _SAME_PLACE:
            raise SeriesError(f"Frame {number} lies in another place than the first", _FRAMES_REMEDY)
    for shown in proxies_of(sequence):
        to_world = matrix_to_world(shown)
        if to_world is None:
            raise SeriesError(
                f"The sequence {sequence.GetName()} is shown under a transform that is not linear",
                "take the shown volume out of the transform, or harden it into a new sequence",
            )
        return np.asarray(to_world @ matrix)
    return matrix


def _times(
    sequence: Any, volumes: Sequence[Any], n_slices: int, given: UserTimes | None
) -> tuple[NDArray[np.float64], TimeSource, tuple[Finding, ...]]:
    index = SequenceIndex(
        name=sequence.GetIndexName() or "",
        unit=sequence.GetIndexUnit() or "",
        values=[sequence.GetNthIndexValue(frame) for frame in range(len(volumes))],
        attributes={name: sequence.GetAttribute(name) or "" for name in _ATTRIBUTES_READ},
        slice_times=[volume.GetAttribute(SLICE_TIMES_ATTRIBUTE) or "" for volume in volumes],
    )
    stated, source = sequence_times(index, len(volumes), n_slices)
    if given is not None:
        times = shared_times(given.for_frames(len(volumes), n_slices))
        if stated is not None and stated.ndim == 1:
            stated = np.repeat(stated[:, None], n_slices, axis=1)
        return times, given.source, (given.finding(stated),)
    if stated is None:
        raise SeriesError(
            f"The index of the sequence {sequence.GetName()} is not time in a known unit ({index.words})",
            "give the seconds between frames",
        )
    return shared_times(stated), read_time_source(sequence.GetAttribute, source), ()


def _voxels(volumes: Sequence[Any], on_progress: ProgressCallback) -> NDArray[Any]:
    """Return the voxels (T, Z, Y, X) in HU: int16 where all frames hold integers, else float32."""
    first = values_of(volumes[0].GetImageData())
    kinds = {values_of(volume.GetImageData()).dtype.kind for volume in volumes}
    dtype = np.dtype(np.float32) if "f" in kinds else np.dtype(np.int16)
    voxels = np.empty((len(volumes), *first.shape), dtype=dtype)
    for frame, volume in enumerate(reported(volumes, on_progress)):
        values = values_of(volume.GetImageData())
        voxels[frame] = as_hounsfield(values.astype(dtype) if dtype.kind == "f" else values)
    return voxels
