"""Where the series and the maps of a patient lie in a folder of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...io.dicom_headers import holds_dicom
from ...io.nifti import nifti_header
from ...phantom.phantom_files import STUDY_FOLDER, TRUTH_FILE, TRUTH_FOLDER

REGISTERED_FOLDER = "registered"
"""What a run calls the series that it has corrected for motion."""

MAP_FOLDERS = ("maps", TRUTH_FOLDER, "")
"""Where maps may lie, in the order in which they are taken: of a run, of a phantom, beside the series."""

_NIFTI = (".nii.gz", ".nii")
_SEQUENCE = ".seq.nrrd"


@dataclass(frozen=True)
class PatientFolder:
    """The files of one patient.

    Attributes
    ----------
    series : Path
        What :func:`CTPerfusionLib.io.load_series` is given.
    is_registered : bool
        Whether the series has been corrected for motion.
    maps : mapping of str to Path
    truth : Path or None
        What is known of a phantom.
    """

    series: Path
    is_registered: bool
    maps: Mapping[str, Path]
    truth: Path | None


def find_patient(folder: Path, targets: Sequence[str]) -> PatientFolder | str:
    """Return the files of a patient, or a few words about what is missing.

    The series is looked for in ``registered``, in ``study`` and in the folder itself: a Slicer sequence, a 4D
    NIfTI or DICOM files. The maps are NIfTI files with the names of the targets, such as ``CBF.nii.gz``, all
    in ``maps``, all in ``truth`` or all in the folder itself.

    Parameters
    ----------
    folder : Path
        Of one patient.
    targets : sequence of str
        Maps that have to be there.
    """
    places = [folder / REGISTERED_FOLDER, folder / STUDY_FOLDER, folder]
    place = next((each for each in places if _holds_series(each)), None)
    if place is None:
        return "there is no series"
    maps = max((_maps_in(folder / name, targets) for name in MAP_FOLDERS), key=len)
    missing = [name for name in targets if name not in maps]
    if missing:
        return f"there is no map of {' and of '.join(missing)}"
    truth = folder / TRUTH_FOLDER / TRUTH_FILE
    return PatientFolder(
        _series_in(place), place.name == REGISTERED_FOLDER, maps, truth if truth.is_file() else None
    )


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_file()) if place.is_dir() else []


def _series_in(place: Path) -> Path:
    """Return the one Slicer sequence of a folder, else the folder."""
    sequences = [path for path in _files(place) if path.name.endswith(_SEQUENCE)]
    return sequences[0] if len(sequences) == 1 else place


def _holds_series(place: Path) -> bool:
    files = _files(place)
    has_file = any(path.name.endswith(_SEQUENCE) or _is_dynamic_nifti(path) for path in files)
    return has_file or (place.is_dir() and holds_dicom(place))


def _is_dynamic_nifti(path: Path) -> bool:
    return path.name.endswith(_NIFTI) and nifti_header(path).time_step is not None


def _maps_in(place: Path, targets: Sequence[str]) -> dict[str, Path]:
    candidates = {name: [place / f"{name}{suffix}" for suffix in _NIFTI] for name in targets}
    found = {
        name: next((path for path in paths if path.is_file()), None) for name, paths in candidates.items()
    }
    return {name: path for name, path in found.items() if path is not None}
