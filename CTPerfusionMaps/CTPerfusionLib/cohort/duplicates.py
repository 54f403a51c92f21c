"""Studies that are in a cohort twice: each is counted once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from .study_row import StudyRow, StudyStatus


def without_duplicates(rows: Sequence[StudyRow], study_uids: Mapping[str, str]) -> tuple[StudyRow, ...]:
    """Return rows in which each study is done once; the first one by name stays.

    Parameters
    ----------
    rows : sequence of StudyRow
    study_uids : mapping of str to str
        DICOM's number of a study by its name, empty where it has none. Two places with the same number and
        other images hold parts of one study, of which neither is the whole.
    """
    done = sorted((row for row in rows if row.status is StudyStatus.DONE), key=lambda row: row.study)
    changed: dict[str, StudyRow] = {}
    by_images: defaultdict[object, list[StudyRow]] = defaultdict(list)
    for row in done:
        by_images[row.values["input_sha256"]].append(row)
    for first, *others in by_images.values():
        changed |= {other.study: _duplicate(other, first) for other in others}
    by_number: defaultdict[str, list[StudyRow]] = defaultdict(list)
    for row in done:
        if row.study not in changed and study_uids.get(row.study):
            by_number[study_uids[row.study]].append(row)
    for parts in by_number.values():
        if len(parts) > 1:
            changed |= {part.study: _part(part, parts) for part in parts}
    return tuple(changed.get(row.study, row) for row in rows)


def _duplicate(row: StudyRow, first: StudyRow) -> StudyRow:
    return StudyRow(
        row.study,
        StudyStatus.DUPLICATE,
        f"The same images as the study {first.study}",
        "remove one of them from the folder",
    )


def _part(row: StudyRow, parts: Sequence[StudyRow]) -> StudyRow:
    others = ", ".join(part.study for part in parts if part is not row)
    return StudyRow(
        row.study,
        StudyStatus.FAILED,
        f"The same DICOM study as {others}, with other images",
        "put all images of a study into one folder",
    )
