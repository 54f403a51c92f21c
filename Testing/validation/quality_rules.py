"""Write docs/quality.md: every finding with its severity, limit, sentence and remedy.

    python Testing/validation/quality_rules.py

The rules describe themselves; findings of import, lesion and scene are read from where they are made.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from preprocessing.markdown import table
from provenance import ROOT

from CTPerfusionLib.quality import describe_rules

PAGE = ROOT / "docs" / "quality.md"
LIBRARY = ROOT / "CTPerfusionMaps" / "CTPerfusionLib"

HEADING = """# Findings

Made by `python Testing/validation/quality_rules.py`. Research use only.

A finding is something about a study that its reader has to know: code, severity, measured value, limit,
one sentence and a remedy. All findings of a study stand in its `summary.json` and in the report; those of
the import also in `ctperfusion info`. A value that equals its limit gives no finding.
"""


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


def page() -> str:
    """Return the page."""
    rules = [
        (f"`{row.code}`", str(row.severity), row.condition, row.sentence, row.remedy)
        for row in describe_rules()
    ]
    others = sorted(set(_findings(LIBRARY)))
    lines = [
        HEADING,
        "## What is measured along the chain\n",
        *table(("code", "severity", "limit", "sentence", "remedy"), rules),
        "## What import and segmentation report\n",
        *table(("code", "severity", "from", "sentence"), others),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _findings(library: Path) -> Iterator[Sequence[str]]:
    """Yield code, severity, package and sentence of each finding that code makes by itself."""
    for path in sorted(library.rglob("*.py")):
        package = path.relative_to(library).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                given = dict(zip(("code", "severity", "message"), node.args, strict=False))
                given |= {word.arg: word.value for word in node.keywords if word.arg}
                if "code" not in given:  # a finding that is read back from where it was kept
                    continue
                code = given["code"]
                if isinstance(code, ast.Constant):
                    severity = " or ".join(_severities(given["severity"]))
                    yield f"`{code.value}`", severity, f"`{package}`", _sentence(given["message"])


def _severities(node: ast.expr) -> list[str]:
    found = [each.attr.lower() for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    return sorted(set(found), reverse=True)


def _sentence(node: ast.expr) -> str:
    """Return a literal sentence with ellipses where values will stand."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "…"


if __name__ == "__main__":
    sys.exit(main())
