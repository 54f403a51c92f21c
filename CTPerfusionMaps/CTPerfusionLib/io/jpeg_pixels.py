"""Pixels compressed by one of the methods of the JPEG group, decoded by SimpleITK.

SimpleITK is part of 3D Slicer and decodes all these methods, several images at a time. pydicom would need
a package for each of them, and the one that has them all, python-gdcm, brings a second copy of a library
that is loaded in Slicer already, after which Slicer aborts when it is closed.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

JPEG_SYNTAXES = frozenset(
    {
        "1.2.840.10008.1.2.4.50",  # JPEG baseline, 8 bits
        "1.2.840.10008.1.2.4.51",  # JPEG extended, 12 bits
        "1.2.840.10008.1.2.4.57",  # JPEG lossless
        "1.2.840.10008.1.2.4.70",  # JPEG lossless, first-order prediction
        "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
        "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
        "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
        "1.2.840.10008.1.2.4.91",  # JPEG 2000
    }
)
"""Transfer syntaxes that are decoded here."""

_ELEMENTS = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
             "SamplesPerPixel", "NumberOfFrames", "PixelData")  # fmt: skip


def decode_jpeg(dataset: Dataset) -> NDArray[Any]:
    """Decode the images of a data set.

    Parameters
    ----------
    dataset : Dataset
        With its pixels and what describes them, in one of the `JPEG_SYNTAXES`.

    Returns
    -------
    ndarray, shape (frames, rows, columns)
        Stored values, before rescaling.

    Raises
    ------
    RuntimeError
        If the pixels are damaged.
    """
    from SimpleITK import GetArrayFromImage, ImageFileReader

    reader = ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with TemporaryDirectory() as folder:
        path = str(Path(folder, "pixels.dcm"))
        _write_pixels(dataset, path)
        reader.SetFileName(path)
        values: NDArray[Any] = np.asarray(GetArrayFromImage(reader.Execute()))
    return values


def _write_pixels(dataset: Dataset, path: str) -> None:
    """Write a file of the pixels alone.

    From the original file SimpleITK would return HU, rescaled as the header of its first image says,
    inverted or not, without a way back to the stored values with which padding is marked.
    """
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import MultiFrameGrayscaleWordSecondaryCaptureImageStorage as PixelsOnly

    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0  # counted when written
    meta.MediaStorageSOPClassUID = PixelsOnly  # has neither rescaling nor geometry
    meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    pixels = Dataset()
    for keyword in _ELEMENTS:
        if keyword in dataset:
            pixels.add(dataset[keyword])
    pixels.PhotometricInterpretation = "MONOCHROME2"
    FileDataset(path, pixels, b"\0" * 128, meta, is_implicit_VR=False).save_as(path)
