"""How well values agree with their truth, as cells of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fitters import PARAMETERS

UNITS = {"CBF": "mL/100 g/min", "CBV": "mL/100 g", "MTT": "s", "TTP": "s"}
_DIGITS = {"CBF": 2, "CBV": 3, "MTT": 2, "TTP": 2}


@dataclass(frozen=True)
class Verdict:
    """Whether a target is reached, and by what value."""

    value: str
    reached: bool

    def __str__(self) -> str:
        """Return the value, bold where it reaches the target."""
        return f"**{self.value}**" if self.reached else self.value


@dataclass(frozen=True)
class Target:
    """What correlation and mean absolute error have to reach."""

    r: float
    error: float

    def reached_by(self, agreement: "Agreement") -> bool:
        """Say whether both are reached, by the values before rounding, and no value is missing."""
        return agreement.r >= self.r and agreement.error <= self.error and agreement.missing == 0.0


TARGETS = {
    "CBF": Target(0.97, 3.8),
    "CBV": Target(0.998, 0.05),
    "MTT": Target(0.982, 1.0),
    "TTP": Target(0.993, 0.37),
}
"""For tile medians at 1 HU, all three residue functions of the tile phantom together."""


@dataclass(frozen=True)
class Agreement:
    """Pearson's correlation with the truth, mean absolute error, and which share of values was missing."""

    r: float
    error: float
    missing: float

    @classmethod
    def of(cls, pairs: NDArray[np.float64]) -> "Agreement":
        """Compare values with their truth, shape (2, N)."""
        known = np.isfinite(pairs[0])
        values, truth = pairs[:, known]
        r = float(np.corrcoef(values, truth)[0, 1])
        return cls(r, float(np.abs(values - truth).mean()), float(np.mean(~known)))

    def error_text(self, parameter: str) -> str:
        """Return the error with the digits that suit the parameter."""
        return f"{self.error:.{_DIGITS[parameter]}f}"

    def text(self, parameter: str) -> str:
        """Return ``r / error``, with the share of missing values where there are any."""
        without = f" ({100.0 * self.missing:.1f} %)" if self.missing else ""
        return f"{self.r:.4f} / {self.error_text(parameter)}{without}"


def agreements(pairs: Mapping[str, NDArray[np.float64]]) -> dict[str, Agreement]:
    """Return the agreement of each parameter."""
    return {name: Agreement.of(pairs[name]) for name in PARAMETERS}


def agreement_header(*first: str) -> list[str]:
    """Return the titles of the columns."""
    return [*first, *(f"{name}: r / MAE {UNITS[name]}" for name in PARAMETERS)]


def agreement_cells(found: Mapping[str, Agreement], *, gives_ttp: bool, mark: bool = False) -> list[str]:
    """Return one cell for each parameter; bold where the target is reached, if they are to be marked."""
    cells = []
    for name in PARAMETERS:
        text = str(Verdict(found[name].text(name), mark and TARGETS[name].reached_by(found[name])))
        cells.append(text if gives_ttp or name != "TTP" else f"{text} (Tmax)")
    return cells


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
