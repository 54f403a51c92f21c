"""Finding the studies of a cohort: in the layout of a public one, or in any tree of folders."""

from pathlib import Path

from ..errors import SeriesError
from ..io.layouts import LAYOUTS, SERIES, CohortCase, CohortLayout
from .found_study import FoundStudy
from .study_tree import studies_in_tree


def find_studies(root: Path, left_out: Path | None = None) -> tuple[FoundStudy, ...]:
    """Return the studies in a folder.

    Parameters
    ----------
    root : Path
        A folder in the layout of a public cohort (see :data:`CTPerfusionLib.io.layouts.LAYOUTS`), or any tree
        with studies in DICOM or NIfTI files or Slicer sequences.
    left_out : Path, optional
        A folder that is not searched, such as that of the output.

    Raises
    ------
    SeriesError
        If there is no such folder, it cannot be read, or no study is in it.
    """
    _check(root)
    for layout in LAYOUTS.values():
        try:
            cases = layout.cases(root)
        except SeriesError:
            continue
        studies = (_study_of_case(case, layout, root) for case in cases)
        return tuple(study for study in studies if study.path != left_out)
    found = studies_in_tree(root, left_out)
    if not found:
        raise SeriesError(
            f"The folder {root} holds no study",
            "name a folder with studies in DICOM or 4D NIfTI files or Slicer sequences",
        )
    return found


def _check(root: Path) -> None:
    try:
        next(root.iterdir(), None)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SeriesError(f"There is no folder {root}", "name the folder that holds the studies") from error
    except OSError as error:
        raise SeriesError(
            f"The folder {root} cannot be read ({error.strerror})", "check its access rights"
        ) from error


def _study_of_case(case: CohortCase, layout: CohortLayout, root: Path) -> FoundStudy:
    path = case.files.get(SERIES)
    problem = None
    if path is None:
        reason = f"Of the case {case.lack_of(SERIES)}"
        problem = SeriesError(f"{reason[:1].upper()}{reason[1:]}", "add it, or leave the case out")
    origin = case.name if path is None else path.relative_to(root).as_posix()
    return FoundStudy(
        origin,
        root if path is None else path,
        public_name=case.name,
        patient=case.patient,
        frame_interval=layout.frame_interval,
        problem=problem,
    )
