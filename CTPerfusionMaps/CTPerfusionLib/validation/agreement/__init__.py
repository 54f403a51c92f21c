"""Agreement of two sets of results of the same studies: tables, or folders of maps and segments."""

from .compared import ComparedSets
from .folder_comparison import compare_folders
from .output import agreement_record, agreement_report
from .table_comparison import KEY, compare_tables

__all__ = [
    "KEY",
    "ComparedSets",
    "agreement_record",
    "agreement_report",
    "compare_folders",
    "compare_tables",
]
