"""The library runs with the oldest numpy that it asks for, which Slicer 5.8 has."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("CTPerfusionMaps", "CorePenumbraSegment")
SINCE_NUMPY_2 = {
    *[
        "acos",
        "acosh",
        "asin",
        "asinh",
        "astype",
        "atan",
        "atan2",
        "atanh",
        "bitwise_count",
        "bitwise_invert",
    ],
    *["bitwise_left_shift", "bitwise_right_shift", "concat", "cumulative_prod", "cumulative_sum", "isdtype"],
    *["matrix_transpose", "matvec", "permute_dims", "pow", "trapezoid", "unique_all", "unique_counts"],
    *["unique_inverse", "unique_values", "unstack", "vecdot", "vecmat"],
}
"""Functions of numpy's namespace that 1.26 does not have (release notes of 2.0, 2.1 and 2.2)."""

FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def numpy_functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np"
    }


def test_there_is_numpy_to_check():
    assert any("array" in numpy_functions(path) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_newer_than_the_oldest_numpy(path):
    assert numpy_functions(path) & SINCE_NUMPY_2 == set()
