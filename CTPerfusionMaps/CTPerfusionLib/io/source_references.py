"""From the records of headers to the source images of a series."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..series import SourceFile, SourceImages
from ..series.source_images import NO_IMAGE
from .frame_table import MISSING, FrameTable
from .records import ImageRecord

MULTI_FRAME_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT Image Storage
        "1.2.840.10008.5.1.4.1.1.2.2",  # Legacy Converted Enhanced CT Image Storage
    }
)
"""SOP classes whose files hold many images, so that one of them is named by its frame number."""


def source_images(
    images: Sequence[ImageRecord], table: FrameTable, ijk_to_ras: NDArray[np.float64]
) -> SourceImages:
    """Return which image shows which slice in which frame.

    Parameters
    ----------
    images : sequence of ImageRecord
    table : FrameTable
        Indices into `images`, shape (T, Z).
    ijk_to_ras : ndarray, shape (4, 4)
        Of the images.
    """
    files: dict[str, int] = {}
    described: list[SourceFile] = []
    file_index = np.full(table.images.shape, NO_IMAGE, dtype=np.int32)
    frame_numbers = np.zeros(table.images.shape, dtype=np.int32)
    for cell, image in np.ndenumerate(table.images):
        if image == MISSING:
            continue
        record = images[int(image)]
        path, frame = record.source
        if path not in files:
            files[path] = len(described)
            described.append(_described(record))
        file_index[cell] = files[path]
        frame_numbers[cell] = frame + 1 if record.sop_class_uid in MULTI_FRAME_CLASSES else 0
    return SourceImages(tuple(described), file_index, frame_numbers, ijk_to_ras)


def _described(record: ImageRecord) -> SourceFile:
    uid = record.instance_uid
    return SourceFile(
        path=record.source.path,
        sop_class_uid=record.sop_class_uid,
        sop_instance_uid="" if uid == record.source.path else uid,
        series_instance_uid=record.series_uid,
    )
