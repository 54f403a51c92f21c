"""Pages of docs that are made of what ``ctperfusion evaluate`` writes."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

WIDEST = 1100
"""Pixels; wider figures are drawn smaller on pages of docs, a third of the size."""


@contextmanager
def evaluated(options: Sequence[str]):
    """Run ``ctperfusion evaluate`` with `options`; give the folder of its files, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "evaluation"
        command = [sys.executable, "-m", "CTPerfusionLib.cli", "evaluate"]
        subprocess.run([*command, *options, "--output", str(output)], check=True)  # noqa: S603
        yield output


def figures(source: Path, pictures: Path, shown: Mapping[str, str]) -> list[str]:
    """Copy the figures that there are into a folder beside the page; return the lines that show them."""
    pictures.mkdir(exist_ok=True)
    present = {name: words for name, words in shown.items() if (source / f"{name}.png").is_file()}
    for name in present:
        with Image.open(source / f"{name}.png") as figure:
            figure.thumbnail((WIDEST, 2 * WIDEST))
            figure.save(pictures / f"{name}.png", optimize=True)
    return [f"![{words}]({pictures.name}/{name}.png)\n" for name, words in present.items()]


def tables_without_title(output: Path) -> str:
    """Return the tables without their first two paragraphs: title and notice."""
    _title, _notice, rest = (output / "tables.md").read_text(encoding="utf-8").split("\n\n", 2)
    return rest
