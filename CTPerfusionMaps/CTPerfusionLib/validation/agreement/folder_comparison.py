"""Two folders of maps and segments of the same studies."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import ConfigurationError, CTPerfusionError
from ...progress import StageProgress, ignore_stages
from .compared import ComparedSets, LeftOut, MapPair, Overlap, SegmentPair, Strata
from .groups import group_by
from .image_comparison import StudyComparison, compare_images
from .result_table import read_table
from .set_names import set_names
from .study_images import ImageReaders, find_studies, image_readers
from .table_comparison import KEY

TABLES = ("cohort.parquet", "cohort.csv")
"""Tables in a folder that may tell the groups of its studies."""


def compare_folders(
    first: Path | str,
    second: Path | str,
    *,
    by: str | None = None,
    progress: StageProgress = ignore_stages,
) -> ComparedSets:
    """Pair the maps and segments of two folders by study and name, see :func:`find_studies`.

    What is left out is listed with the reason: studies and images in one folder alone, images that cannot
    be read, and studies whose images lie on different grids.

    Parameters
    ----------
    first, second : Path or str
    by : str, optional
        Column of ``cohort.csv`` or ``cohort.parquet`` in either folder that divides the studies into groups.
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    ConfigurationError
        If a folder holds no images, no study can be compared, or the groups are not known or too many.
    """
    first, second = Path(first), Path(second)
    sets = set_names(first, second)
    files, others = find_studies(first), find_studies(second)
    shared = [study for study in files if study in others]
    left_out = [
        *(LeftOut(study, f"only in {sets[0]}") for study in files if study not in others),
        *(LeftOut(study, f"only in {sets[1]}") for study in others if study not in files),
    ]
    readers = _Readers()
    compared: dict[str, StudyComparison] = {}
    for index, study in enumerate(shared):
        progress(f"Study {index + 1} of {len(shared)}", index / len(shared))
        try:
            compared[study] = compare_images(*readers.of(study, files[study], others[study]))
        except (CTPerfusionError, OSError) as error:
            left_out.append(LeftOut(study, _reason(error)))
    if not compared:
        why = left_out[-1].reason if shared else "they have no study of one name"
        raise ConfigurationError(
            f"No study of {sets[0]} and {sets[1]} can be compared: {why}",
            "give two folders with the same studies, maps and grids",
        )
    studies = tuple(compared.values())
    overlaps = _overlaps(studies)
    return ComparedSets(
        names=sets,
        settings={"first set": f"{sets[0]}, a folder", "second set": f"{sets[1]}, a folder"},
        studies=tuple(compared),
        measures=tuple(overlap.volumes for overlap in overlaps),
        maps=_maps(studies),
        overlaps=overlaps,
        strata=None if by is None else _strata((first, second), tuple(compared), by),
        left_out_studies=tuple(left_out),
        left_out_columns=(*readers.left_out(sets), *_empty_labels(studies)),
    )


class _Readers:
    """What reads the images of a study in both sets; remembers which images there are."""

    def __init__(self) -> None:
        self._first: set[str] = set()
        self._second: set[str] = set()

    def of(
        self, study: str, first: Sequence[Path], second: Sequence[Path]
    ) -> tuple[ImageReaders, ImageReaders]:
        """Return the readers of a study, by the names of its images."""
        one, other = image_readers(study, first), image_readers(study, second)
        self._first |= set(one)
        self._second |= set(other)
        return one, other

    def left_out(self, sets: tuple[str, str]) -> list[LeftOut]:
        """Return the images that no study of the other set has."""
        return [
            *(LeftOut(name, f"only in {sets[0]}") for name in sorted(self._first - self._second)),
            *(LeftOut(name, f"only in {sets[1]}") for name in sorted(self._second - self._first)),
        ]


def _reason(error: CTPerfusionError | OSError) -> str:
    return error.reason if isinstance(error, CTPerfusionError) else f"it cannot be read ({error.strerror})"


def _maps(studies: Sequence[StudyComparison]) -> tuple[MapPair, ...]:
    names = dict.fromkeys(name for study in studies for name in study.maps)
    return tuple(MapPair(name, tuple(study.maps.get(name) for study in studies)) for name in names)


def _overlaps(studies: Sequence[StudyComparison]) -> tuple[Overlap, ...]:
    """Return all labels that any study has; where another one lacks it, both segments are empty."""
    labels = sorted(
        {(name, label) for study in studies for name in study.labels for label in study.labels[name]}
    )
    empty = SegmentPair(0.0, 0.0, None)
    return tuple(
        Overlap(
            name if label == 1 else f"{name} {label}",
            tuple(
                study.labels[name].get(label, empty) if name in study.labels else None for study in studies
            ),
        )
        for name, label in labels
    )


def _empty_labels(studies: Sequence[StudyComparison]) -> list[LeftOut]:
    """Return the label images that hold no label in any study."""
    names = dict.fromkeys(name for study in studies for name in study.labels)
    known = {name for study in studies for name, labels in study.labels.items() if labels}
    known |= {name for study in studies for name in study.maps}
    return [LeftOut(name, "empty in all studies") for name in names if name not in known]


def _strata(folders: tuple[Path, Path], studies: Sequence[str], by: str) -> Strata:
    paths = [folder / name for folder in folders for name in TABLES if (folder / name).is_file()]
    for path in paths:
        table = read_table(path)
        if by not in table.columns:
            continue
        rows, _ = table.rows_of_studies(KEY)
        column = table.column(by)
        return group_by(by, [column[rows[study]] if study in rows else None for study in studies])
    raise ConfigurationError(
        f"No table in these folders has a column {by}",
        f"put {TABLES[-1]} with the columns {KEY} and {by} into the first one",
    )
