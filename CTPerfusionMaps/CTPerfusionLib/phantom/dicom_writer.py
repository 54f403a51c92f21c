"""Writes a phantom as a CT Image Storage study, laid out as its scanner does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import RESEARCH_USE, __version__
from ..errors import ConfigurationError
from ..progress import ProgressCallback, ignore_progress
from ..series import RAS_TO_LPS, PerfusionSeries
from .dicom_conventions import (
    DICOM_CONVENTIONS,
    STUDY_START,
    DicomConvention,
    ImageMoment,
    StoredValues,
    date_text,
    time_text,
)
from .phantom import Phantom
from .scanner_scheme import SCANNER_SCHEMES
from .tiles import TILE_SCHEME

if TYPE_CHECKING:
    from pydicom import Dataset

_PADDING_HU = -1024.0
_TUBE_CURRENT_MA = 200
_SCHEMES = {**SCANNER_SCHEMES, TILE_SCHEME.name: TILE_SCHEME}


def write_dicom_study(
    phantom: Phantom, folder: Path, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write one Explicit VR Little Endian file per slice and frame into `folder`.

    Parameters
    ----------
    phantom : Phantom
        Its `scanner` names the convention. HU are rounded to what the vendor's rescaling can hold; voxels at
        or below -1024 HU count as outside the field of view.
    folder : Path
        Must exist; files are put into one sub-folder per series.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If no convention is known for the scanner.
    """
    if phantom.scanner not in DICOM_CONVENTIONS:
        raise ConfigurationError(
            f"Nothing is known about how {phantom.scanner} writes DICOM",
            f"use NIfTI or one of {', '.join(DICOM_CONVENTIONS)}",
        )
    convention = DICOM_CONVENTIONS[phantom.scanner]
    identity = _identity(phantom)
    common = _common_attributes(phantom, convention, identity)
    positions = _slice_positions(phantom.series)
    total = phantom.series.n_frames * phantom.series.n_slices
    for count, moment in enumerate(_moments(phantom.series, convention)):
        on_progress(count / total)
        image = phantom.series.voxels[moment.frame, moment.slice_index]
        dataset = _image_dataset(common, moment, convention, identity, phantom.series.n_slices)
        dataset.ImagePositionPatient = [_decimal(value) for value in positions[moment.slice_index]]
        dataset.SliceLocation = _decimal(positions[moment.slice_index, 2])
        dataset.PixelData = _stored(image, convention.stored_values).tobytes()
        path = folder / f"S{dataset.SeriesNumber:04d}" / f"I{moment.instance_number:05d}.dcm"
        path.parent.mkdir(exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
    on_progress(1.0)


def _identity(phantom: Phantom) -> list[str]:
    """Return what makes this phantom this one: equal phantoms get equal UIDs."""
    parameters = json.dumps(dict(phantom.truth.parameters), sort_keys=True)
    shape = "x".join(map(str, phantom.series.voxels.shape))
    return ["ctperfusion", __version__, phantom.scanner, shape, str(phantom.truth.seed), parameters]


def _uid(identity: list[str], *role: object) -> str:
    from pydicom.uid import generate_uid

    return generate_uid(entropy_srcs=["/".join([*identity, *map(str, role)])])


def _moments(series: PerfusionSeries, convention: DicomConvention) -> Iterator[ImageMoment]:
    """Yield every image in the order of its number."""
    times = np.broadcast_to(series.times.reshape(series.n_frames, -1), (series.n_frames, series.n_slices))
    order = np.indices(times.shape).reshape(2, -1).T
    if convention.slice_major:
        order = order[np.lexsort((order[:, 0], order[:, 1]))]
    per_series = series.n_slices if convention.series_per_frame else len(order)
    for position, (frame, slice_index) in enumerate(order.tolist()):
        yield ImageMoment(
            frame=frame,
            slice_index=slice_index,
            instance_number=position % per_series + 1,
            seconds=float(times[frame, slice_index]),
            frame_seconds=float(times[frame].min()),
            duration=float(times.max()),
        )


def _common_attributes(phantom: Phantom, convention: DicomConvention, identity: list[str]) -> Dataset:
    from pydicom import Dataset

    dataset = Dataset()
    for keyword, value in {
        **_study_attributes(identity),
        **_scanner_attributes(phantom, convention),
        **_plane_attributes(phantom.series),
        **_pixel_attributes(convention.stored_values),
    }.items():
        setattr(dataset, keyword, value)
    if convention.stored_values.padding is not None:
        dataset.add_new((0x0028, 0x0120), "SS", convention.stored_values.padding)
    return dataset


def _study_attributes(identity: list[str]) -> dict[str, object]:
    from pydicom.uid import CTImageStorage

    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "SOPClassUID": CTImageStorage,
        "PatientName": "Phantom^Head",
        "PatientID": f"PHANTOM-{_uid(identity, 'patient')[-8:]}",
        "PatientBirthDate": "",
        "PatientSex": "O",
        "StudyInstanceUID": _uid(identity, "study"),
        "StudyDate": date_text(STUDY_START),
        "StudyTime": time_text(STUDY_START),
        "StudyID": "1",
        "StudyDescription": "CT perfusion of the head (simulated)",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "FrameOfReferenceUID": _uid(identity, "frame of reference"),
        "PositionReferenceIndicator": "",
        "ImageComments": f"Simulated by ctperfusion {__version__}. {RESEARCH_USE}",
    }


def _scanner_attributes(phantom: Phantom, convention: DicomConvention) -> dict[str, object]:
    scheme = _SCHEMES[phantom.scanner]
    return {
        "Modality": "CT",
        "Manufacturer": scheme.manufacturer,
        "ManufacturerModelName": scheme.model,
        "SoftwareVersions": convention.software,
        "InstitutionName": "",
        "SeriesDescription": convention.series_description,
        "ProtocolName": "Brain Perfusion",
        "BodyPartExamined": "HEAD",
        "PatientPosition": "HFS",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ScanOptions": convention.scan_options,
        "KVP": _decimal(scheme.kvp),
        "ExposureTime": round(1000 * scheme.exposure_time),
        "XRayTubeCurrent": _TUBE_CURRENT_MA,
        "Exposure": round(_TUBE_CURRENT_MA * scheme.exposure_time),
        "ConvolutionKernel": convention.kernel,
        "GantryDetectorTilt": "0",
        "TableHeight": "150",
        "RotationDirection": "CW",
        "SliceThickness": _decimal(scheme.slice_thickness),
        "ContrastBolusAgent": "Iodinated contrast",
        "ContrastBolusRoute": "IV",
    }


def _plane_attributes(series: PerfusionSeries) -> dict[str, object]:
    column_step, row_step, slice_step = series.spacing
    directions = (RAS_TO_LPS @ series.ijk_to_ras)[:3, :2] / np.array([column_step, row_step])
    return {
        "Rows": series.shape[1],
        "Columns": series.shape[2],
        "PixelSpacing": [_decimal(row_step), _decimal(column_step)],
        "SpacingBetweenSlices": _decimal(slice_step),
        "ImageOrientationPatient": [_decimal(value) for value in directions.T.ravel()],
        "ReconstructionDiameter": _decimal(column_step * series.shape[2]),
    }


def _pixel_attributes(values: StoredValues) -> dict[str, object]:
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": values.bits,
        "HighBit": values.bits - 1,
        "PixelRepresentation": int(values.signed),
        "RescaleSlope": _decimal(values.slope),
        "RescaleIntercept": _decimal(values.intercept),
        "RescaleType": "HU",
        "WindowCenter": "40",
        "WindowWidth": "80",
    }


def _image_dataset(
    common: Dataset, moment: ImageMoment, convention: DicomConvention, identity: list[str], n_slices: int
) -> Dataset:
    """Return the attributes of one image except its position and pixels."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    series_number = 3 + (moment.frame if convention.series_per_frame else 0)
    dataset = Dataset()
    dataset.update(common)
    dataset.SeriesNumber = series_number
    dataset.SeriesInstanceUID = _uid(identity, "series", series_number)
    dataset.SOPInstanceUID = _uid(identity, "image", moment.frame, moment.slice_index)
    dataset.InstanceNumber = moment.instance_number
    dataset.AcquisitionNumber = convention.acquisition_number(moment, n_slices)
    convention.write_times(dataset, moment)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _slice_positions(series: PerfusionSeries) -> NDArray[np.float64]:
    """Return the centre of the first voxel of every slice in LPS mm, shape (Z, 3)."""
    indices = np.zeros((4, series.n_slices))
    indices[2] = np.arange(series.n_slices)
    indices[3] = 1.0
    return np.asarray((RAS_TO_LPS @ series.ijk_to_ras @ indices)[:3].T)


def _stored(image: NDArray[np.generic], values: StoredValues) -> NDArray[np.generic]:
    hounsfield = image.astype(np.float32)
    stored = np.rint((hounsfield - values.intercept) / values.slope).clip(*values.limits)
    if values.padding is not None:
        stored[hounsfield <= _PADDING_HU] = values.padding
    return np.asarray(stored.astype("<i2" if values.signed else "<u2"))


def _decimal(value: float) -> str:
    """Return a DICOM DS value: at most 16 characters, to a nanometre and better."""
    return f"{round(float(value), 9) + 0.0:.10g}"
