"""Numbers become JSON: rounded, and null where they could not be determined."""

import pytest

from CTPerfusionLib.pipeline.summary import describe_finding, rounded
from CTPerfusionLib.series import Finding, Severity


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf")])
def test_what_is_not_a_number_becomes_null(value):
    assert rounded(value, 2) is None


def test_numbers_are_rounded():
    assert rounded(12.3456, 2) == 12.35


def test_a_finding_keeps_all_that_was_said():
    finding = Finding("weak_aif", Severity.WARNING, "It is weak.", "Choose another.", 80.0, 100.0)

    assert describe_finding(finding) == {
        "code": "weak_aif",
        "severity": "warning",
        "value": 80.0,
        "limit": 100.0,
        "message": "It is weak.",
        "remedy": "Choose another.",
    }
