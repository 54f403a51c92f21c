"""Which studies are of one patient: they are no independent observations."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .study_row import StudyRow, StudyStatus


def with_patients(rows: Sequence[StudyRow], patients: Mapping[str, str]) -> tuple[StudyRow, ...]:
    """Return rows that name their patients, so that statistics can count each of them once.

    A patient is named for one of the studies: the first one by name, of those that are done if any is. So
    the name tells nothing about the patient, which a hash of a number with few digits would, and the studies
    called as their patients are one of each.

    Parameters
    ----------
    rows : sequence of StudyRow
    patients : mapping of str to str
        What stands for the patient of a study, by the study's name; empty where nothing is known. Such a
        study names no patient.
    """
    by_patient: defaultdict[str, list[StudyRow]] = defaultdict(list)
    for row in rows:
        by_patient[patients[row.study]].append(row)
    by_patient.pop("", None)
    names = {patient: min(own, key=_rank).study for patient, own in by_patient.items()}
    return tuple(replace(row, patient=names.get(patients[row.study])) for row in rows)


def _rank(row: StudyRow) -> tuple[bool, str]:
    return row.status is not StudyStatus.DONE, row.study


def results_by_patient(rows: Sequence[StudyRow]) -> Mapping[str, int]:
    """Return how many studies with a result each patient has, by the patient's name."""
    return Counter(row.patient for row in rows if row.status is StudyStatus.DONE and row.patient is not None)


def patients_sentence(rows: Sequence[StudyRow]) -> str:
    """Return a sentence about patients with several results; empty where none is known to have them."""
    counts = results_by_patient(rows)
    shared = sum(count for count in counts.values() if count > 1)
    if not shared:
        return ""
    unknown = sum(row.status is StudyStatus.DONE and row.patient is None for row in rows)
    patients = "1 patient" if len(counts) == 1 else f"{len(counts)} patients"
    known = f"{sum(counts.values())} results of {patients}; {shared} of them share their patient with another"
    return f"{known}; of {unknown} more the patient is not known." if unknown else f"{known}."
