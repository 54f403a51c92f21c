"""Pixel data of DICOM images as HU."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingDecoderError
from .dicom_elements import element_text, element_unsigned
from .jpeg_pixels import JPEG_SYNTAXES, decode_jpeg
from .records import ImageRecord

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

AIR = -1024
"""HU that padding holds, and the least HU that is kept."""

_PIXEL_TAGS: list[str] = [
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
    "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "PixelData",
]  # fmt: skip

_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE_SYNTAXES = frozenset(
    {"", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", _BIG_ENDIAN}
)
"""Transfer syntaxes whose pixels are not compressed (the file as a whole may be)."""

_PACKAGES = "pylibjpeg pylibjpeg-openjpeg"


@dataclass(frozen=True, eq=False)
class StoredFile:
    """The stored values of all images in one file.

    Attributes
    ----------
    values : ndarray, shape (frames, rows, columns)
        As stored, before rescaling.
    unused_bits : int
        High bits of each value that carry no pixel (but overlays, in old images).
    padding : tuple of int or None
        Lowest and highest stored value that mean no data.
    sha256 : bytes
        Digest of the file.
    """

    values: NDArray[Any]
    unused_bits: int
    padding: tuple[int, int] | None
    sha256: bytes

    def hounsfield(self, record: ImageRecord, output: NDArray[Any]) -> None:
        """Rescale the values of one image into `output`, shape (rows, columns), int16 or float32."""
        values = self.values[record.source.frame]
        slope, intercept = rescale(record)
        pixels = values << self.unused_bits >> self.unused_bits if self.unused_bits else values
        if np.issubdtype(output.dtype, np.integer):
            whole = pixels.astype(np.int64 if pixels.dtype.itemsize > 2 else np.int32)
            whole *= int(slope)
            whole += int(intercept)
            np.clip(whole, AIR, np.iinfo(output.dtype).max, out=whole)
            output[...] = whole
        else:
            np.multiply(pixels, slope, out=output, casting="unsafe")
            output += intercept
            np.maximum(output, AIR, out=output)
        if self.padding is not None:  # held against all bits: padding may lie outside of those in use
            output[(values >= self.padding[0]) & (values <= self.padding[1])] = AIR


def read_stored_file(path: str) -> StoredFile:
    """Read and decode the pixels of one DICOM file.

    Raises whatever the decoder raises on broken data; the caller knows which image of the scan it is.
    """
    from pydicom import dcmread

    content = Path(path).read_bytes()
    dataset = dcmread(io.BytesIO(content), specific_tags=_PIXEL_TAGS, force=True)
    values = _stored_values(dataset)
    allocated = values.dtype.itemsize * 8
    unused_bits = allocated - element_unsigned(dataset, "BitsStored", allocated)
    return StoredFile(
        values, max(unused_bits, 0), _padding_range(dataset, values.dtype), hashlib.sha256(content).digest()
    )


def rescale(record: ImageRecord) -> tuple[float, float]:
    """Return slope and intercept; where the header has none, stored values are taken for HU."""
    slope = 1.0 if record.rescale_slope is None else record.rescale_slope
    intercept = 0.0 if record.rescale_intercept is None else record.rescale_intercept
    return slope, intercept


def voxel_type(records: Sequence[ImageRecord]) -> type[np.int16 | np.float32]:
    """Return int16 if it holds the HU of all images exactly, else float32."""
    is_whole = all(number.is_integer() for record in records for number in rescale(record))
    return np.int16 if is_whole else np.float32


def refuse_undecodable(records: Sequence[ImageRecord]) -> None:
    """Raise a MissingDecoderError if no installed package decodes the compression of the images."""
    from pydicom.uid import UID

    for syntax in sorted({record.transfer_syntax for record in records} - _NATIVE_SYNTAXES - JPEG_SYNTAXES):
        if not _is_decodable(UID(syntax)):
            raise MissingDecoderError(
                f"The images are compressed as {UID(syntax).name}, which no installed package decodes",
                f"run 'pip install {_PACKAGES}' or export the study uncompressed",
            )


def _is_decodable(uid: Any) -> bool:
    try:
        from pydicom.pixels.decoders.base import get_decoder
    except ImportError:  # pydicom 2
        from pydicom import config

        handlers = [handler for handler in config.pixel_data_handlers if handler.is_available()]
        return any(handler.supports_transfer_syntax(uid) for handler in handlers)
    try:
        return bool(get_decoder(uid).is_available)
    except NotImplementedError:
        return False


def _stored_values(dataset: Dataset) -> NDArray[Any]:
    """Return the values as stored, shape (frames, rows, columns)."""
    shape = (
        int(element_text(dataset, "NumberOfFrames") or 1),
        element_unsigned(dataset, "Rows"),
        element_unsigned(dataset, "Columns"),
    )
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    if syntax in JPEG_SYNTAXES:
        values = decode_jpeg(dataset)
        if values.shape != shape:  # the compressed pixels have a size of their own
            raise ValueError(f"the pixels have the shape {values.shape}, the header says {shape}")
        return values
    if syntax not in _NATIVE_SYNTAXES:
        return np.asarray(dataset.pixel_array).reshape(shape)
    kind = _binary_type(dataset, element_unsigned(dataset, "BitsAllocated") // 8)
    return np.frombuffer(dataset.PixelData, dtype=kind, count=int(np.prod(shape))).reshape(shape)


def _padding_range(dataset: Dataset, kind: np.dtype[Any]) -> tuple[int, int] | None:
    """Return the least and greatest stored value that mean no data."""
    elements = [
        dataset.get_item(keyword).value
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
        if keyword in dataset
    ]
    binary = _binary_type(dataset, 2)
    values = [
        int(np.frombuffer(element, binary)[0]) if isinstance(element, bytes) else int(element)
        for element in elements
        if element not in (None, b"")
    ]
    return (min(values), max(values)) if values and kind.kind in "iu" else None


def _binary_type(dataset: Dataset, n_bytes: int) -> np.dtype[Any]:
    order = ">" if dataset.file_meta.get("TransferSyntaxUID", "") == _BIG_ENDIAN else "<"
    signed = "i" if element_unsigned(dataset, "PixelRepresentation") else "u"
    return np.dtype(f"{order}{signed}{n_bytes}")
