"""The studies in a tree of folders, however they are arranged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SeriesError
from ..io.dicom_elements import patient_id_digest
from ..io.dicom_headers import has_dicom_mark
from ..io.layouts.inside import is_file_inside
from ..io.nifti import nifti_header
from .found_study import FoundStudy

_NIFTI_ENDINGS = (".nii", ".nii.gz")
_SEQUENCE_ENDING = ".seq.nrrd"
_DICOM_ENDING = ".dcm"
_RESULT = ("run.json", "summary.json")
"""Files by which the result of an earlier run is known."""

_READ = ("Modality", "StudyInstanceUID", "PatientID", "IssuerOfPatientID")
"""Elements of a DICOM file that are looked at."""


@dataclass
class _Content:
    """What lies in a folder and below it.

    Attributes
    ----------
    folder : Path
        The lowest one that holds all of them.
    patients : mapping of str to str
        Of DICOM studies with CT images that are not among `studies` yet, by their UIDs.
    studies : list of FoundStudy
        Those that are settled.
    """

    folder: Path
    patients: dict[str, str] = field(default_factory=dict)
    studies: list[FoundStudy] = field(default_factory=list)


def studies_in_tree(root: Path, left_out: Path | None = None) -> tuple[FoundStudy, ...]:
    """Return all studies below a folder in the order of their places.

    A DICOM study is the highest folder that holds no other one. Of each folder with DICOM files the first and
    the last one are looked at. A 4D NIfTI or a sequence is a study by itself. Links to folders, links out of
    the tree, hidden folders and results of earlier runs are passed over.

    Parameters
    ----------
    root : Path
    left_out : Path, optional
        A folder that is not searched, such as that of the output.
    """
    top = _content(root, root, None if left_out is None else left_out.resolve())
    _settle(top, root)
    return tuple(sorted(top.studies, key=lambda study: study.origin))


def _content(folder: Path, root: Path, left_out: Path | None) -> _Content:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        reason = f"The folder cannot be read ({error.strerror})"
        problem = SeriesError(reason, "check its access rights")
        return _Content(folder, studies=[_study(folder, root, problem=problem)])
    files = [entry for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    files = [file for file in files if not file.is_symlink() or is_file_inside(file, root)]
    if {file.name for file in files}.issuperset(_RESULT):
        return _Content(folder)
    below = [
        _content(entry, root, left_out)
        for entry in entries
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith(".")
        if entry.resolve() != left_out
    ]
    return _joined(folder, root, files, below)


def _joined(folder: Path, root: Path, files: Sequence[Path], below: Sequence[_Content]) -> _Content:
    """Return the content of a folder from its files and the contents of its folders."""
    single = [_study(file, root, problem) for file, problem in _single_file_studies(files)]
    studies = [*single, *(study for content in below for study in content.studies)]
    own, doubtful = _dicom_content(folder, root, files)
    studies += doubtful
    open_ones = [content for content in below if content.patients]
    patients = dict(pair for content in open_ones for pair in content.patients.items()) | own
    if len(patients) <= 1:
        lowest = open_ones[0].folder if len(open_ones) == 1 and not own else folder
        return _Content(lowest, patients, studies)
    for content in open_ones:
        _settle(content, root)
        studies += [study for study in content.studies if study not in studies]
    if own:
        problem = SeriesError(
            "The folder holds DICOM files of one study beside other studies",
            "give each study a folder of its own",
        )
        studies.append(_study(folder, root, problem))
    return _Content(folder, studies=studies)


def _settle(content: _Content, root: Path) -> None:
    """Make the DICOM files of a folder, of one study, a study."""
    if content.patients:
        uid, patient = content.patients.popitem()
        content.studies.append(_study(content.folder, root, uid=uid, patient=patient))


def _single_file_studies(files: Sequence[Path]) -> list[tuple[Path, SeriesError | None]]:
    """Return files that are studies, with the reason where that cannot even be found out."""
    found: list[tuple[Path, SeriesError | None]] = []
    for file in files:
        name = file.name.lower()
        if name.endswith(_SEQUENCE_ENDING):
            found.append((file, None))
        elif name.endswith(_NIFTI_ENDINGS):
            try:
                if nifti_header(file).time_step is not None:
                    found.append((file, None))
            except SeriesError as error:
                found.append((file, error))
    return found


def _dicom_content(
    folder: Path, root: Path, files: Sequence[Path]
) -> tuple[dict[str, str], list[FoundStudy]]:
    """Return the CT studies that files belong to, with patients, and what only loading can tell about."""
    try:
        own = _ct_studies(files)
        doubtful = not own and _lack_mark(files)
    except SeriesError as error:
        return {}, [_study(folder, root, error)]
    return own, [_study(folder, root)] if doubtful else []


def _lack_mark(files: Sequence[Path]) -> bool:
    """Return whether files are named as DICOM and none has its mark: damaged, or of an old program."""
    is_named = any(file.suffix.lower() == _DICOM_ENDING for file in files)
    return is_named and not any(map(has_dicom_mark, files))


def _ct_studies(files: Sequence[Path]) -> dict[str, str]:
    """Return the studies of CT images that the first and the last DICOM file belong to, with patients."""
    marked = _first_and_last([file for file in files if not file.name.lower().endswith(_NIFTI_ENDINGS)])
    return dict(study for file in marked if (study := _ct_study(file)))


def _first_and_last(files: Sequence[Path]) -> tuple[Path, ...]:
    first = next((file for file in files if has_dicom_mark(file)), None)
    if first is None:
        return ()
    return first, next(file for file in reversed(files) if has_dicom_mark(file))


def _ct_study(file: Path) -> tuple[str, str] | None:
    """Return the study of a CT image, and its patient; None for everything else."""
    from pydicom import dcmread

    try:
        dataset = dcmread(file, stop_before_pixels=True, specific_tags=list(_READ))
        if dataset.get("Modality") != "CT":
            return None
        return str(dataset.get("StudyInstanceUID") or file.parent), patient_id_digest(dataset)
    except Exception:  # the parser fails on foreign bytes in many ways; loading the study tells the reason
        return str(file.parent), ""


def _study(
    path: Path, root: Path, problem: SeriesError | None = None, uid: str = "", patient: str = ""
) -> FoundStudy:
    origin = path.relative_to(root).as_posix()
    return FoundStudy(origin, path, study_uid=uid, patient=patient, problem=problem)
