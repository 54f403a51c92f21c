"""Many studies: a row for each of them, the table of all rows and the page that shows it."""

from .columns import LABELS, RESULT_COLUMNS, TIMING_COLUMNS, Column
from .page import write_page
from .study_row import StudyRow, StudyStatus, as_json, from_json, row_of_result
from .tables import read_table, write_tables
from .thumbnail import write_thumbnail

__all__ = [
    "LABELS",
    "RESULT_COLUMNS",
    "TIMING_COLUMNS",
    "Column",
    "StudyRow",
    "StudyStatus",
    "as_json",
    "from_json",
    "read_table",
    "row_of_result",
    "write_page",
    "write_tables",
    "write_thumbnail",
]
