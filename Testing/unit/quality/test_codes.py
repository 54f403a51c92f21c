"""Findings made anywhere in the library have codes of one style that mean one thing each."""

import ast
import re
from pathlib import Path

import CTPerfusionLib
from CTPerfusionLib.quality import CORE_VOLUME_RULES, QUALITY_RULES

LIBRARY = Path(CTPerfusionLib.__file__).parent


def written_codes() -> set[str]:
    """Return the codes that code writes down itself, such as those of the import."""
    sources = (path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.py"))
    trees = (ast.parse(source) for source in sources if "Finding(" in source)
    calls = (
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding"
    )
    given = (
        next(
            (word.value for word in call.keywords if word.arg == "code"), call.args[0] if call.args else None
        )
        for call in calls
    )
    return {code.value for code in given if isinstance(code, ast.Constant)}


def test_import_and_segmentation_make_findings_of_their_own():
    assert {"missing_slices", "no_affected_hemisphere"} <= written_codes()


def test_all_codes_are_in_snake_case():
    assert [code for code in written_codes() if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


def test_no_rule_shares_its_code_with_another_finding():
    assert written_codes() & {rule.code for rule in (*QUALITY_RULES, *CORE_VOLUME_RULES)} == set()
