"""Writes a phantom as study and truth: what a scanner would give, and what is known behind it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from .. import RESEARCH_USE, __version__
from ..errors import ConfigurationError
from ..io import write_nifti, write_nifti_series
from ..progress import ProgressCallback, ignore_progress, part_of, reported
from ..series import voxel_volume_ml
from ..staging import publish, staging_folder, unwritable
from .dicom_writer import write_dicom_study
from .phantom import Phantom, PhantomTruth

STUDY_FOLDER = "study"
TRUTH_FOLDER = "truth"
TRUTH_FILE = "truth.json"


def write_phantom(
    phantom: Phantom,
    folder: Path | str,
    *,
    format: str = "dicom",  # noqa: A002 - what the command line calls it
    on_progress: ProgressCallback = ignore_progress,
) -> None:
    """Write ``study/`` and ``truth/`` into `folder`, whole or not at all.

    ``study/`` holds DICOM files or ``series.nii.gz`` with ``times.csv``; ``truth/`` the maps (float32, NaN
    outside perfused tissue), labels and masks as NIfTI and ``truth.json``.

    Parameters
    ----------
    phantom : Phantom
    folder : path
        Is created. An earlier phantom there is replaced.
    format : str
        A key of `STUDY_FORMATS`.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If the format is unknown, or `folder` can't be written or holds anything but an earlier phantom.
    """
    if format not in STUDY_FORMATS:
        raise ConfigurationError(
            f"There is no study format {format!r}", f"choose one of {', '.join(STUDY_FORMATS)}"
        )
    target = Path(folder).resolve()
    _check_target(target)
    with staging_folder(target) as staging:
        try:
            study, truth = staging / STUDY_FOLDER, staging / TRUTH_FOLDER
            study.mkdir()
            truth.mkdir()
            _write_truth(phantom, truth, part_of(on_progress, 0.0, 0.1))
            STUDY_FORMATS[format](phantom, study, part_of(on_progress, 0.1, 1.0))
            publish(staging, target)
        except OSError as error:
            raise unwritable(target, error) from error


def _check_target(target: Path) -> None:
    """Refuse to mix a phantom with other files; whatever else lies beside an earlier phantom stays."""
    if not target.exists() or (target / TRUTH_FOLDER / TRUTH_FILE).is_file():
        return
    if not target.is_dir():
        raise ConfigurationError(f"The output {target} is a file", "name a folder")
    if any(target.iterdir()):
        raise ConfigurationError(
            f"The folder {target} holds files that are not a phantom", "name a new or an empty folder"
        )


def _write_dicom(phantom: Phantom, study: Path, on_progress: ProgressCallback) -> None:
    write_dicom_study(phantom, study, on_progress=on_progress)


def _write_nifti(phantom: Phantom, study: Path, on_progress: ProgressCallback) -> None:
    write_nifti_series(study, phantom.series, on_progress=on_progress)


STUDY_FORMATS: Mapping[str, Callable[[Phantom, Path, ProgressCallback], None]] = MappingProxyType(
    {"dicom": _write_dicom, "nifti": _write_nifti}
)
"""What writes the study in each form."""


def _write_truth(phantom: Phantom, folder: Path, on_progress: ProgressCallback) -> None:
    truth, ijk_to_ras = phantom.truth, phantom.series.ijk_to_ras
    images: dict[str, NDArray[Any]] = {
        **truth.maps,
        "labels": truth.labels,
        "core": truth.core,
        "hypoperfusion": truth.hypoperfusion,
    }
    for name in reported(list(images), on_progress):
        write_nifti(folder / f"{name}.nii.gz", images[name], ijk_to_ras)
    summary = _summary(truth, phantom.scanner, voxel_volume_ml(ijk_to_ras))
    text = json.dumps(summary, indent=2, allow_nan=False) + "\n"
    (folder / TRUTH_FILE).write_text(text, encoding="utf-8")


def _summary(truth: PhantomTruth, scanner: str, voxel_ml: float) -> dict[str, Any]:
    return {
        "research_use": RESEARCH_USE,
        "software": f"ctperfusion {__version__}",
        "scanner": scanner,
        "seed": truth.seed,
        "side": truth.side,
        "core_ml": float(truth.core.sum() * voxel_ml),
        "hypoperfusion_ml": float(truth.hypoperfusion.sum() * voxel_ml),
        "label_names": {str(label): name for label, name in truth.label_names.items()},
        "parameters": dict(truth.parameters),
        "times_s": truth.times.tolist(),
        "aif_hu": truth.aif.tolist(),
        "vof_hu": truth.vof.tolist(),
        "motion_convention": "translation x, y, z in mm, then rotation about x, y, z in degrees",
        "motion": truth.motion.tolist(),
    }
