"""Pages that are made from the code say what the code says."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from CTPerfusionLib.cohort.columns import LABELS, RESULT_COLUMNS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rules_page(monkeypatch) -> Iterator[str]:
    """Return the page of findings as its script would write it."""
    monkeypatch.syspath_prepend(str(ROOT / "Testing" / "validation"))
    import quality_rules

    yield quality_rules.page()
    for name in ("quality_rules", "provenance", "preprocessing", "preprocessing.markdown"):
        sys.modules.pop(name, None)


def test_the_page_of_findings_is_up_to_date(rules_page):
    remedy = "run python Testing/validation/quality_rules.py"
    assert (ROOT / "docs" / "quality.md").read_text(encoding="utf-8") == rules_page, remedy


def test_the_page_of_cohorts_names_every_column_of_the_table():
    page = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
    listed = re.search(r"<!-- columns: [^>]*-->\n(.*?)\n<!-- end of columns -->", page, re.DOTALL)[1]
    rows = [("column", "type", "unit", "what it holds", "where it is read", "")]
    rows += [("---",) * 6]
    rows += [(f"`{label.name}`", "text", "", label.title, "", "") for label in LABELS]
    rows += [
        (
            f"`{column.name}`",
            column.kind.name.lower(),
            column.unit,
            column.title,
            column.source,
            "varies" if column.is_timing else "",
        )
        for column in RESULT_COLUMNS
    ]
    assert listed == "\n".join("| " + " | ".join(row) + " |" for row in rows)
