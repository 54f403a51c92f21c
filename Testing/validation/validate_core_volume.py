"""Write docs/core-volume-results.md: the core-volume networks on heads that they do not know.

    python Testing/validation/validate_core_volume.py [--trainings DIR]

Trains the published network, its two ablations and the one for volumes on 217 simulated heads, ten folds
each, and evaluates them on 100 heads of the same scanner and 100 of others. Trainings that lie in DIR are
gone on with. Takes an hour on two cores. The seeds served for nothing else: networks are trained
and chosen with seeds 2001 to 2999. Whoever changes a network after looking at this page takes new seeds.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from evaluation_page import evaluated, figures, tables_without_title
from provenance import ROOT, commit

PAGE = ROOT / "docs" / "core-volume-results.md"
PICTURES = ROOT / "docs" / "core-volume"
WORK = ROOT / "build" / "core-volume"
"""Trainings, prepared heads and, for ship_core_volume.py, the tables as JSON."""

TRAININGS = {
    "full": [],
    "local": ["--pathways", "local"],
    "global": ["--pathways", "global"],
    "volume": ["--output-kind", "volume"],
}
"""What `ctperfusion train core-volume phantoms` is given besides folders."""

EVALUATION = [
    "core-volume",
    *TRAININGS,
    "--held-out",
    "phantoms:4001-4100",
    "--external",
    "phantoms:4201-4300",
]

SHOWN = {
    "roc_test_folds": "ROC curves of the ten test folds, mean and SD (figure 3 of Mittermeier et al. 2022)",
    "roc_new_patients": "ROC curves of the ten networks and of their ensemble on new heads",
    "areas": "Areas of the full network and of its ablations",
    "probability": "Probability of a large core against the true core volume",
    "volume": "Volumes of the network for volumes against the true ones",
}


def main() -> int:
    """Train what is not trained yet, evaluate, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainings", type=Path, default=WORK, metavar="DIR", help="default: %(default)s")
    folder = parser.parse_args().trainings
    for name, options in TRAININGS.items():
        places = ["--cache", str(folder / "data"), "--output", str(folder / name), "--resume"]
        _run(["train", "core-volume", "phantoms", *options, *places])
    with evaluated(
        [*_placed(EVALUATION, folder), "--cache", str(folder / "new"), "--workers", "2"]
    ) as output:
        parts = [_heading(), f"`ctperfusion evaluate {' '.join(EVALUATION)}`\n"]
        parts += figures(output / "figures", PICTURES, SHOWN)
        parts.append(tables_without_title(output))
        WORK.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(output / "tables.json", WORK / "tables.json")
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


def _run(options: Sequence[str]) -> None:
    subprocess.run([sys.executable, "-m", "CTPerfusionLib.cli", *options], check=True)  # noqa: S603


def _placed(options: Sequence[str], folder: Path) -> list[str]:
    """Return options with the folders of the trainings in the place of their names."""
    return [str(folder / each) if each in TRAININGS else each for each in options]


def _heading() -> str:
    return (
        "# Large and small cores by networks\n\n"
        f"Made by `python Testing/validation/validate_core_volume.py` at commit {commit()}. Research use "
        f"only.\n\n"
        "How the networks work and are used: [core-volume.md](core-volume.md). All heads are simulated; "
        "those on which they are tried served for nothing else and have other seeds, so other anatomies, "
        "vessels, lesions, boluses and noise; nothing here tells how the networks do on patients.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
