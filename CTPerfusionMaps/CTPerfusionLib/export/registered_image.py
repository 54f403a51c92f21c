"""One motion-corrected image as a derived CT image.

Position and time are those of the series; what else describes the scan is copied from the source image of the
same frame and slice, by name from a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import RESEARCH_USE, __version__
from ..series import CodedConcept, PerfusionSeries, SourceFile, SourceImage, SourceImages
from . import attribute_values as values
from .acquisition_clock import AcquisitionClock
from .concepts import MODIFYING_EQUIPMENT, SOURCE_IMAGE, SPATIAL_RESAMPLING
from .identity import StudyIdentity, known_attributes, set_text
from .series_kinds import MANUFACTURER, MODEL, SERIES_KINDS
from .stored_values import Rescaling
from .workspace import plane_attributes, reference

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_DERIVATION = f"All frames aligned rigidly with one of them. {RESEARCH_USE}"

_KEPT: Mapping[str, values.Clean] = MappingProxyType(
    {
        "Manufacturer": values.text,
        "ManufacturerModelName": values.text,
        "SoftwareVersions": values.text,
        "ProtocolName": values.text,
        "BodyPartExamined": values.code,
        "PatientPosition": values.code,
        "PositionReferenceIndicator": values.text,
        "ScanOptions": values.code,
        "KVP": values.decimals,
        "DataCollectionDiameter": values.decimals,
        "ReconstructionDiameter": values.decimals,
        "GantryDetectorTilt": values.decimals,
        "TableHeight": values.decimals,
        "RotationDirection": values.code,
        "ExposureTime": values.integer,
        "XRayTubeCurrent": values.integer,
        "Exposure": values.integer,
        "FilterType": values.text,
        "GeneratorPower": values.integer,
        "FocalSpots": values.decimals,
        "ConvolutionKernel": values.text,
        "ContrastBolusAgent": values.text,
        "ContrastBolusRoute": values.text,
        "ContrastBolusVolume": values.decimals,
        "ContrastFlowRate": values.decimals,
    }
)
"""What is copied from the source image: the scanner and how it scanned, nothing about people or places."""

_EMPTY_WHERE_UNKNOWN = ("Manufacturer", "PatientPosition", "PositionReferenceIndicator", "KVP")
"""Attributes that a CT image always has (type 2)."""

_FIXED: Mapping[str, str] = MappingProxyType(
    {
        "SOPClassUID": _CT_IMAGE,
        "Modality": "CT",
        "ImageType": "DERIVED\\PRIMARY\\AXIAL",
        "PhotometricInterpretation": "MONOCHROME2",
        "RescaleType": "HU",
        "WindowCenter": "40",
        "WindowWidth": "80",
        "BurnedInAnnotation": "NO",
        "DerivationDescription": _DERIVATION,
        "ImageComments": RESEARCH_USE,
    }
)


@dataclass(frozen=True, eq=False)
class RegisteredImages:
    """The images of a registered series, made one at a time.

    Attributes
    ----------
    series : PerfusionSeries
    source : SourceImages
        Of the same frames and slices.
    identity : StudyIdentity
    clock : AcquisitionClock
    rescaling : Rescaling
    created : datetime
    uid : callable
        Makes an identifier from a role in this export.
    read_header : callable
        Returns the header of a source file.
    """

    series: PerfusionSeries
    source: SourceImages
    identity: StudyIdentity
    clock: AcquisitionClock
    rescaling: Rescaling
    created: datetime
    uid: Callable[..., str]
    read_header: Callable[[SourceFile], Dataset]

    def image(self, frame: int, index: int) -> Dataset:
        """Return the image of a frame and slice.

        Where the source image was missing, the nearest one of the slice stands for it.
        """
        from pydicom import Dataset
        from pydicom.dataset import FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian

        image = self.source.nearest_image(frame, index)
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        self.identity.apply(dataset)
        texts = {**_FIXED, **self._scan(image), **self._place_in_series(frame, index), **self.identity.lossy}
        for keyword, value in texts.items():
            set_text(dataset, keyword, value)
        for keyword, numbers in plane_attributes(self.series.ijk_to_ras, index).items():
            setattr(dataset, keyword, numbers)
        dataset.SliceLocation = dataset.ImagePositionPatient[2]
        dataset.DerivationCodeSequence = [_code_item(SPATIAL_RESAMPLING)]
        dataset.SourceImageSequence = [_source_item(image)]
        dataset.ContributingEquipmentSequence = [self._equipment()]
        self._write_pixels(dataset, self.series.voxels[frame, index])
        return dataset

    def _scan(self, image: SourceImage) -> dict[str, str]:
        found = dict.fromkeys(_EMPTY_WHERE_UNKNOWN, "") | {"BodyPartExamined": "HEAD"}
        if self.series.metadata.kvp is not None:
            found["KVP"] = values.decimal(self.series.metadata.kvp)
        return found | known_attributes(self.read_header(image.file), _KEPT)

    def _place_in_series(self, frame: int, index: int) -> dict[str, str]:
        """Return identifiers, numbers and times."""
        kind = SERIES_KINDS["registered"]
        day, moment = f"{self.created:%Y%m%d}", f"{self.created:%H%M%S.%f}"
        return {
            "SOPInstanceUID": self.uid("image", frame, index),
            "SeriesInstanceUID": self.uid("series", kind.name),
            "FrameOfReferenceUID": self.identity.frame_of_reference_uid,
            "SeriesNumber": str(kind.number),
            "SeriesDescription": kind.description,
            "InstanceNumber": str(frame * self.series.n_slices + index + 1),
            "AcquisitionNumber": str(frame + 1),
            "SeriesDate": day,
            "SeriesTime": moment,
            "ContentDate": day,
            "ContentTime": moment,
            "InstanceCreationDate": day,
            "InstanceCreationTime": moment,
            **self.clock.attributes(float(self.series.slice_times(index)[frame])),
        }

    def _equipment(self) -> Dataset:
        from pydicom import Dataset

        item = Dataset()
        item.PurposeOfReferenceCodeSequence = [_code_item(MODIFYING_EQUIPMENT)]
        item.Manufacturer = MANUFACTURER
        item.ManufacturerModelName = MODEL
        item.SoftwareVersions = __version__
        item.ContributionDateTime = f"{self.created:%Y%m%d%H%M%S.%f}"
        item.ContributionDescription = _DERIVATION
        return item

    def _write_pixels(self, dataset: Dataset, hounsfield: NDArray[np.generic]) -> None:
        stored = self.rescaling.stored(hounsfield)
        dataset.Rows, dataset.Columns = stored.shape
        dataset.SamplesPerPixel = 1
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit = 15
        dataset.PixelRepresentation = 0
        dataset.PixelPaddingValue = 0
        dataset.RescaleSlope = values.decimal(self.rescaling.slope)
        dataset.RescaleIntercept = values.decimal(self.rescaling.intercept)
        dataset.PixelData = stored.tobytes()


def _source_item(image: SourceImage) -> Dataset:
    item = reference([image])
    item.PurposeOfReferenceCodeSequence = [_code_item(SOURCE_IMAGE)]
    return item


def _code_item(concept: CodedConcept) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.CodeValue = concept.value
    item.CodingSchemeDesignator = concept.scheme
    item.CodeMeaning = concept.meaning
    return item
