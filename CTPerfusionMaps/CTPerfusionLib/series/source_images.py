"""Which DICOM images a series was made of, so that results can refer to them.

Only identifiers and places of files are kept, in two small tables: one row per file, one number per frame and
slice. Who the patient is stays in the files; it is read from there when results are written as DICOM.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NO_IMAGE = -1


class SourceFile(NamedTuple):
    """One DICOM file: its path and the identifiers by which other objects refer to it.

    Attributes
    ----------
    path : str
    sop_class_uid, sop_instance_uid, series_instance_uid : str
        Empty where the header has none.
    """

    path: str
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str


class SourceImage(NamedTuple):
    """One image: a file, or one frame of a multi-frame file.

    Attributes
    ----------
    file : SourceFile
    frame_number : int or None
        Counted from 1; None in a file of one image.
    """

    file: SourceFile
    frame_number: int | None


@dataclass(frozen=True, eq=False, repr=False)
class SourceImages:
    """The source image of each frame and slice of a series.

    Attributes
    ----------
    files : tuple of SourceFile
    file_index : ndarray of int, shape (T, Z)
        Index into `files`; `NO_IMAGE` where the image was missing and interpolated.
    frame_numbers : ndarray of int, shape (T, Z)
        Frame in its file, counted from 1; 0 in a file of one image.
    ijk_to_ras : ndarray of float64, shape (4, 4)
        Where the images lie: maps (column, row, slice, 1) to RAS mm.
    """

    files: tuple[SourceFile, ...]
    file_index: NDArray[np.integer[Any]]
    frame_numbers: NDArray[np.integer[Any]]
    ijk_to_ras: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.file_index.ndim != 2 or self.file_index.shape != self.frame_numbers.shape:
            raise ValueError(
                "file_index and frame_numbers must both be (frame, slice), got "
                f"{self.file_index.shape} and {self.frame_numbers.shape}"
            )

    def __repr__(self) -> str:
        """Say how many images there are, and nothing else: paths may hold a patient's name."""
        n_frames, n_slices = self.shape
        return f"SourceImages({n_frames} frames of {n_slices} slices in {len(self.files)} files)"

    @property
    def shape(self) -> tuple[int, int]:
        """Number of frames and slices (T, Z)."""
        n_frames, n_slices = self.file_index.shape
        return n_frames, n_slices

    def image(self, frame: int, slice_index: int) -> SourceImage | None:
        """Return the image of a frame and slice; None where it was missing."""
        is_missing = self.file_index[frame, slice_index] == NO_IMAGE
        return None if is_missing else self._present_image(frame, slice_index)

    def nearest_image(self, frame: int, slice_index: int) -> SourceImage:
        """Return the image of a frame and slice, or where it was missing, of the nearest frame that has it.

        Raises
        ------
        ValueError
            If no frame has an image of the slice.
        """
        present = np.flatnonzero(self.file_index[:, slice_index] != NO_IMAGE)
        if not present.size:
            raise ValueError(f"no frame has an image of slice {slice_index}")
        return self._present_image(int(present[np.argmin(np.abs(present - frame))]), slice_index)

    def with_frames(self, used: NDArray[np.bool_]) -> "SourceImages":
        """Return the source images of some of the frames.

        Parameters
        ----------
        used : ndarray of bool, shape (T,)
        """
        return replace(self, file_index=self.file_index[used], frame_numbers=self.frame_numbers[used])

    def _present_image(self, frame: int, slice_index: int) -> SourceImage:
        number = int(self.frame_numbers[frame, slice_index])
        return SourceImage(self.files[int(self.file_index[frame, slice_index])], number or None)
