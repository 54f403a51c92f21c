"""Many studies: computed side by side, a row for each of them, their table and the page that shows it."""

from .cohort_run import CohortConfig, CohortResult, run_cohort
from .columns import LABELS, RESULT_COLUMNS, TIMING_COLUMNS, Column
from .find_studies import find_studies
from .found_study import FoundStudy
from .page import write_page
from .study_row import StudyRow, StudyStatus, as_json, from_json, row_of_result
from .tables import read_table, write_tables
from .thumbnail import write_thumbnail
from .workers import LocalWorkers, local_workers

__all__ = [
    "LABELS",
    "RESULT_COLUMNS",
    "TIMING_COLUMNS",
    "CohortConfig",
    "CohortResult",
    "Column",
    "FoundStudy",
    "LocalWorkers",
    "StudyRow",
    "StudyStatus",
    "as_json",
    "find_studies",
    "from_json",
    "local_workers",
    "read_table",
    "row_of_result",
    "run_cohort",
    "write_page",
    "write_tables",
    "write_thumbnail",
]
