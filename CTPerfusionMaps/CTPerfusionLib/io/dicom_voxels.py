"""The voxels of a series, read once from its DICOM files straight into their place."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import Finding, Severity
from .completion import CompleteTable
from .dicom_pixels import StoredFile, read_stored_file, voxel_type
from .frame_table import MISSING
from .records import ImageRecord
from .threads import map_files

_COPY_REMEDY = "copy or export the study again"

Cell = tuple[int, int]
Content = list[tuple[ImageRecord, Cell]]


@dataclass(frozen=True, eq=False)
class ReadingPlan:
    """What is to be read, and where it belongs.

    Attributes
    ----------
    images : sequence of ImageRecord
    whole : CompleteTable
        Indices into `images`.
    positions : ndarray, shape (Z,)
        Slice positions in mm, for messages.
    repeats : sequence of (ImageRecord, int)
        Images that should equal another one, and the index of that one.
    """

    images: Sequence[ImageRecord]
    whole: CompleteTable
    positions: NDArray[np.float64]
    repeats: Sequence[tuple[ImageRecord, int]]

    @cached_property
    def cells(self) -> dict[int, Cell]:
        """The frame and slice of each image of the series, in this order."""
        table = self.whole.table.images
        return {int(table[cell]): cell for cell in np.ndindex(*table.shape) if table[cell] != MISSING}

    @property
    def files(self) -> Mapping[str, Content]:
        """The images of each file, in the order of frames and slices."""
        return _by_path((self.images[image], cell) for image, cell in self.cells.items())

    @property
    def repeated_files(self) -> Mapping[str, Content]:
        """The repeated images of each file, with the cells that should hold the same."""
        return _by_path((record, self.cells[of]) for record, of in self.repeats if of in self.cells)

    def place(self, cell: Cell) -> str:
        """Return where a cell lies in space and time, for messages."""
        return f"slice at {self.positions[cell[1]]:.1f} mm, {self.whole.table.times[cell]:.1f} s"

    def number(self, cell: Cell) -> str:
        """Return the number of a cell's image in the series, for messages."""
        image = int(self.whole.table.images[cell])
        return f"{list(self.cells).index(image) + 1} of {len(self.cells)}"


@dataclass(frozen=True, eq=False)
class ReadVoxels:
    """HU, shape (T, Z, Y, X), int16 or float32, and the digest of all files in order of frame and slice."""

    voxels: NDArray[Any]
    sha256: str
    findings: tuple[Finding, ...]


def read_voxels(plan: ReadingPlan, *, on_progress: ProgressCallback = ignore_progress) -> ReadVoxels:
    """Read all images of a series.

    Raises
    ------
    SeriesError
        If an image cannot be decoded, or images that should be equal differ.
    """
    some = plan.images[0]
    voxels = np.empty((*plan.whole.table.images.shape, some.rows, some.columns), voxel_type(plan.images))
    files, repeated = plan.files, plan.repeated_files
    share = len(files) / (len(files) + len(repeated))
    digests = map_files(
        partial(_fill_cells, plan, voxels), list(files.items()), on_progress=part_of(on_progress, 0.0, share)
    )
    map_files(
        partial(_compare_cells, plan, voxels),
        list(repeated.items()),
        on_progress=part_of(on_progress, share, 1.0),
    )
    for frame, index in plan.whole.filled:
        _interpolate(voxels, plan.whole.table.times[:, index], frame, index)
    n_repeats = sum(len(content) for content in repeated.values())
    return ReadVoxels(voxels, sha256(b"".join(digests)).hexdigest(), _repeat_findings(n_repeats))


def _by_path(content: Any) -> dict[str, Content]:
    files: defaultdict[str, Content] = defaultdict(list)
    for record, cell in content:
        files[record.source.path].append((record, cell))
    return files


def _fill_cells(plan: ReadingPlan, voxels: NDArray[Any], item: tuple[str, Content]) -> bytes:
    path, content = item
    stored = _read(plan, path, content)
    for record, cell in content:
        stored.hounsfield(record, voxels[cell])
    return stored.sha256


def _compare_cells(plan: ReadingPlan, voxels: NDArray[Any], item: tuple[str, Content]) -> None:
    path, content = item
    stored = _read(plan, path, content)
    for record, cell in content:
        repeat = np.empty_like(voxels[cell])
        stored.hounsfield(record, repeat)
        if not np.array_equal(repeat, voxels[cell]):
            raise SeriesError(
                f"Two different images claim the same slice and time ({plan.place(cell)})",
                "give a folder that holds one reconstruction of the scan, or give the times with --interval",
            )


def _read(plan: ReadingPlan, path: str, content: Content) -> StoredFile:
    record, cell = content[0]
    try:
        stored = read_stored_file(path)
        fits = stored.values.shape[1:] == (record.rows, record.columns)
    except MemoryError:
        raise
    except Exception as error:  # decoders fail on broken data in many ways, all with the same meaning
        raise SeriesError(
            f"The pixels of image {plan.number(cell)} ({plan.place(cell)}) cannot be read, the file is "
            "damaged or incomplete",
            _COPY_REMEDY,
        ) from error
    if not fits or max(record.source.frame for record, _ in content) >= len(stored.values):
        raise SeriesError(
            f"Image {plan.number(cell)} ({plan.place(cell)}) changed while it was read", _COPY_REMEDY
        )
    return stored


def _interpolate(voxels: NDArray[Any], times: NDArray[np.float64], frame: int, index: int) -> None:
    """Fill one missing image linearly in time from the frames before and after."""
    weight = (times[frame] - times[frame - 1]) / (times[frame + 1] - times[frame - 1])
    between = (1.0 - weight) * voxels[frame - 1, index] + weight * voxels[frame + 1, index]
    voxels[frame, index] = np.rint(between) if voxels.dtype.kind == "i" else between


def _repeat_findings(n_repeats: int) -> tuple[Finding, ...]:
    if not n_repeats:
        return ()
    return (
        Finding(
            "duplicate_slices",
            Severity.INFO,
            f"{n_repeats} image{'s are' if n_repeats > 1 else ' is'} present more than once, with the same "
            "pixels; one of each was used.",
            "Nothing to do.",
            value=float(n_repeats),
        ),
    )
