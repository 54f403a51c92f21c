"""Write docs/segmentation.md: core by global and local normalisation on simulated heads whose truth is known.

    python Testing/validation/validate_segmentation.py

Takes about half an hour on two cores. The seeds served for nothing else: tuning used seeds 100 to 199.
"""

import sys
from dataclasses import dataclass

from evaluation_page import evaluated, figures, tables_without_title
from provenance import ROOT, commit

PAGE = ROOT / "docs" / "segmentation.md"
PICTURES = ROOT / "docs" / "segmentation"
SHOWN = {
    "correlation": "Core volume by local on that by global normalisation, with the least-squares lines",
    "bland_altman": "Difference of the two volumes on their mean, with bias and 95 % limits of agreement",
    "false_core": "False core by grade of microangiopathy",
}
"""Figures of the page."""


@dataclass(frozen=True)
class Cohort:
    """Heads that are evaluated together."""

    title: str
    heads: int
    first_seed: int
    size: str

    @property
    def options(self) -> list[str]:
        """What the command is given."""
        return [
            "--phantoms", str(self.heads), "--first-seed", str(self.first_seed), "--size", self.size,
        ]  # fmt: skip


COHORTS = (
    Cohort("128 small heads (128 x 128)", 128, 1101, "tiny"),
    Cohort("16 heads of clinical size (512 x 512)", 16, 1301, "clinical"),
)


def main() -> int:
    """Evaluate all cohorts and write the page with the figures of the first."""
    parts = [_heading()]
    for cohort in COHORTS:
        with evaluated(["segmentation", *cohort.options]) as output:
            parts += [
                f"# {cohort.title}\n",
                f"`ctperfusion evaluate segmentation {' '.join(cohort.options)}`\n",
            ]
            if cohort is COHORTS[0]:
                parts += figures(output / "figures", PICTURES, SHOWN)
            parts.append(tables_without_title(output))
        PAGE.write_text("\n".join(parts), encoding="utf-8")  # after each cohort, since the next takes long
    sys.stdout.write(f"Written to {PAGE.relative_to(ROOT)}\n")
    return 0


def _heading() -> str:
    return (
        "# Core by global and by local normalisation\n\n"
        f"Made by `python Testing/validation/validate_segmentation.py` at commit {commit()}. Research use "
        "only.\n\nHow to read it: [evaluation.md](evaluation.md). Seeds 100 to 199 served for tuning, those "
        "below for nothing else.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
