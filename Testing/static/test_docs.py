"""Pages that are made from the code say what the code says."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
