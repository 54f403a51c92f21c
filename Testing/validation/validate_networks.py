"""Write docs/networks.md: the shipped network on simulated heads that it does not know.

    python Testing/validation/validate_networks.py [--model NAME|PATH ...]

Takes about an hour on two cores. The seeds served for nothing else: networks are trained and chosen with
seeds 2001 to 2999, and their reading of flow is measured with seeds 100 to 199. Whoever changes a network
after looking at this page takes new seeds: 3001 to 3064 and 3101 to 3116 were used up by earlier versions.
"""

import argparse
import shutil
import sys
from dataclasses import dataclass

from evaluation_page import evaluated, figures, tables_without_title
from provenance import ROOT, commit

PAGE = ROOT / "docs" / "networks.md"
PICTURES = ROOT / "docs" / "networks"
NUMBERS = ROOT / "build" / "networks"
"""The tables of each cohort as JSON, for ship_network.py."""

SHOWN = {
    "example_1": "Maps of a patient with a stroke: reference, network and kinetic methods, on common "
    "colour scales",
    "difference": "Map of the network, reference and their difference (figure 3 of Gava et al. 2023)",
    "worst": "The patient in whom the network does worst",
    "density": "Values of the network against those of the reference",
    "volumes": "Volumes of core and hypoperfused tissue by both readers (figures 5 and 6)",
    "bland_altman": "Differences of the volumes against their means (figure 7)",
    "frames": "Correlation and error by number of frames",
}
"""Figures of the page, of the first cohort."""


@dataclass(frozen=True)
class Cohort:
    """Heads that are evaluated together."""

    title: str
    seeds: str
    size: str
    conditions: int

    @property
    def options(self) -> list[str]:
        """What the command is given besides the models."""
        other = ["--conditions", str(self.conditions)] if self.conditions else []
        return ["maps", f"phantoms:{self.seeds}", "--size", self.size, *other]


COHORTS = (
    Cohort("8 heads of clinical size (512 x 512)", "3117-3124", "clinical", 0),
    Cohort("32 small heads (128 x 128), six of them under other conditions", "3065-3096", "tiny", 6),
)


def main() -> int:
    """Evaluate all cohorts and write the page with the figures of the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", nargs="+", default=[], metavar="NAME|PATH", help="default: the shipped one"
    )
    names = parser.parse_args().model
    models = ["--model", *names] if names else []
    parts = [_heading()]
    for cohort in COHORTS:
        with evaluated([*cohort.options, *models]) as output:
            parts += [f"# {cohort.title}\n", f"`ctperfusion evaluate {' '.join(cohort.options)}`\n"]
            if cohort is COHORTS[0]:
                parts += figures(output / "figures", PICTURES, SHOWN)
            parts.append(tables_without_title(output))
            NUMBERS.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(output / "tables.json", NUMBERS / f"{cohort.size}.json")
        PAGE.write_text("\n".join(parts), encoding="utf-8")  # after each cohort, since the next takes long
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


def _heading() -> str:
    return (
        "# Maps by networks, without arterial input\n\n"
        f"Made by `python Testing/validation/validate_networks.py` at commit {commit()}. Research use "
        f"only.\n\n"
        "How to read it: [evaluation.md](evaluation.md). The heads served for nothing else: neither for "
        "training nor for choosing a network. They are simulated as those of the training data are, with "
        "other seeds, so other anatomies, vessels, lesions, boluses and noise; nothing here tells how "
        "the network does on patients.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
