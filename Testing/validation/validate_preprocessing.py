"""The validation of motion correction, filters, masks, vessels and truncation on heads with known truth.

    python Testing/validation/validate_preprocessing.py [PART ...] [--seeds FIRST-LAST]

Writes docs/preprocessing.md; with parts, only their sections change, each with the commit that made it.
Takes less than 45 minutes on two cores. Seeds from 911 on are used here and for nothing else: tuning used
seeds 100 to 199, with which --seeds prints the tables without writing them.
"""

import argparse
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from preprocessing.phantoms import forget
from provenance import ROOT, commit

PAGE = ROOT / "docs" / "preprocessing.md"
COMMAND = "python Testing/validation/validate_preprocessing.py"

_MARK = "<!-- part: {} -->"


class Tables(Protocol):
    """Returns the lines of a section in Markdown, headings from ### on."""

    def __call__(self, seeds: Sequence[int]) -> list[str]:
        """Make the tables with these seeds."""
        ...


@dataclass(frozen=True)
class Part:
    """A section of the page.

    Attributes
    ----------
    name : str
        Of the module in ``preprocessing`` that makes it.
    title : str
    seeds : range
        For what is reported.
    """

    name: str
    title: str
    seeds: range = range(911, 931)

    def tables(self) -> Tables:
        """Return the function that makes the tables."""
        found: Tables = import_module(f"preprocessing.{self.name}").tables
        return found


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("registration", "Motion correction"),
        Part("filters", "Noise filters"),
        Part("masks", "Masks"),
        Part("vessels", "Arterial input and venous output"),
        Part("truncation", "Truncation"),
        Part("chain", "The whole chain under severe motion", range(1001, 1101)),
        Part("correction", "The core with and without motion correction", range(1001, 1041)),
    )
}
"""All sections in the order of the page."""


def main() -> int:
    """Make the sections that were asked for."""
    options = _parser().parse_args()
    chosen: Sequence[Part] = options.parts or tuple(PARTS.values())
    made_by = commit()
    # All of them before hours of work are lost on one that is missing.
    makers = [part.tables() for part in chosen]
    try:
        for part, make in zip(chosen, makers, strict=True):
            section = _section(part, make, options.seeds or part.seeds, made_by)
            if options.seeds is None:
                page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
                PAGE.write_text(with_section(page, part, section), encoding="utf-8")
            sys.stdout.write(f"\n{section}\n")
            sys.stdout.flush()
    finally:
        forget()
    return 0


def _section(part: Part, make: Tables, seeds: range, made_by: str) -> str:
    sys.stdout.write(f"{part.title}\n")
    started = time.perf_counter()
    lines = make(seeds)
    sys.stdout.write(f"{part.title}: {time.perf_counter() - started:.0f} s\n")
    return "\n".join(
        [
            f"## {part.title}",
            "",
            f"Made by `{COMMAND} {part.name}` at commit {made_by}; seeds {seeds[0]} to {seeds[-1]}.",
            "",
            *lines,
        ]
    ).rstrip()


def with_section(page: str, part: Part, section: str) -> str:
    """Return the page with a section in its place and the others as they are."""
    sections = {**_sections(page), part.name: section}
    blocks = [f"{_MARK.format(name)}\n{sections[name]}" for name in PARTS if name in sections]
    return "\n\n".join([_heading(), *blocks]) + "\n"


def _sections(page: str) -> dict[str, str]:
    """Return the sections of a page by the names of their parts."""
    _, *blocks = re.split(f"^{_MARK.format('([a-z]+)')}$", page, flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(blocks[::2], blocks[1::2], strict=True)}


def _heading() -> str:
    return (
        "# How trustworthy the curves are\n\n"
        f"Made by `{COMMAND}`; each section says at which commit. Research use only.\n\n"
        "All tables compare what was found in simulated heads with what they were simulated with. Heads "
        "differ in anatomy, bolus, residue function, noise and motion by seed; all four scanner schemes take "
        "part. Tuning used seeds 100 to 199; the seeds below served for nothing else."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"{', '.join(PARTS)}; or all")
    parser.add_argument("--seeds", type=seed_range, metavar="FIRST-LAST", help="print tables of these seeds")
    return parser


def _part(text: str) -> Part:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part {text!r}, only {', '.join(PARTS)}")
    return PARTS[text]


def seed_range(text: str) -> range:
    """Parse ``FIRST-LAST``, both included."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST-LAST, such as 100-109")
    return range(int(first), int(last) + 1)


if __name__ == "__main__":
    sys.exit(main())
