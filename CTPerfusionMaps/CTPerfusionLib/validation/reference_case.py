"""One case held against the reference maps of others: what was compared, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..io.layouts import CohortLayout
from .patient_halves import Half, PatientHalves

Found = TypeVar("Found")
"""What a comparison of one case says."""

COMPARED = ("CBF", "CBV", "Tmax", "MTT", "TTP")
"""Maps that are compared where both sides have them."""


@dataclass(frozen=True)
class MapAgreement:
    """A map against its reference, in the tissue that both define.

    Attributes
    ----------
    n_voxels : int
    r : float or None
        Pearson's correlation of the voxels; None where either map does not vary.
    ratio : float or None
        Median of the map over the median of its reference; None where that is zero.
    """

    n_voxels: int
    r: float | None
    ratio: float | None


@dataclass(frozen=True)
class LesionAgreement:
    """A lesion in the maps against the one in the reference maps, cut by the same thresholds.

    Attributes
    ----------
    found_ml, reference_ml : float
    dice : float or None
        None where both are empty.
    """

    found_ml: float
    reference_ml: float
    dice: float | None


@dataclass(frozen=True)
class DrawnAgreement:
    """Cores against the lesion that people have drawn on diffusion or later images.

    Attributes
    ----------
    own, reference : LesionAgreement
        Of the core in the maps, and of the core in the reference maps; the drawn lesion as it is.
    """

    own: LesionAgreement
    reference: LesionAgreement


@dataclass(frozen=True)
class ReferenceAgreement:
    """What the comparison of one case says.

    Attributes
    ----------
    maps : mapping of str to MapAgreement
        By the names in :data:`COMPARED`, as far as both sides have them.
    late, core : LesionAgreement
        Tissue with Tmax > 6 s, and with relative blood flow < 30 %.
    defuse3, reference_defuse3 : bool
        Whether the volumes meet the criteria of DEFUSE 3, by the maps and by the reference maps.
    shared : float
        Share of the analysed tissue that the reference maps show.
    seconds : float
        Time of the case from motion correction to the lesion.
    reference_frame : int
        Frame on whose grid the maps lie, counted from 0; the reference maps are taken to lie on the first.
    drawn : DrawnAgreement or None
        None where nobody has drawn a lesion.
    """

    maps: Mapping[str, MapAgreement]
    late: LesionAgreement
    core: LesionAgreement
    defuse3: bool
    reference_defuse3: bool
    shared: float
    seconds: float
    reference_frame: int
    drawn: DrawnAgreement | None = None


@dataclass(frozen=True)
class ReferenceCase(Generic[Found]):
    """One case, with what was measured or with why that failed.

    Attributes
    ----------
    number : int
        From 1, in the order of the cohort.
    name, patient : str
        As the folders of the cohort have them.
    half : Half
        Of the patient.
    agreement : object or None
        What was measured; None for a case that failed.
    failure : str
        A sentence; empty where all went well.
    """

    number: int
    name: str
    patient: str
    half: Half
    agreement: Found | None = None
    failure: str = ""


@dataclass(frozen=True)
class ReferenceCohort:
    """All cases of one evaluation.

    Attributes
    ----------
    layout : CohortLayout
    cases : tuple of ReferenceCase
        Of the half that was asked for.
    halves : PatientHalves
        Of all patients of the cohort.
    half : Half or None
        That was asked for; None for all cases.
    settings : mapping
        What was chosen, in the words of the tables.
    tuned_with : int
        Number of these cases that the method was tuned with: what is reported with them is too good.
    """

    layout: CohortLayout
    cases: tuple[ReferenceCase[ReferenceAgreement], ...]
    halves: PatientHalves
    half: Half | None
    settings: Mapping[str, str]
    tuned_with: int = 0

    @property
    def part(self) -> str:
        """Which cases the rows of the tables are of."""
        part = "all" if self.half is None else f"{self.half} half"
        return f"{part}, {self.tuned_with} tuned with" if self.tuned_with else part

    @property
    def agreements(self) -> list[ReferenceAgreement]:
        """Those of the cases that were compared."""
        return [case.agreement for case in self.cases if case.agreement is not None]


def reference_row(case: ReferenceCase[ReferenceAgreement]) -> dict[str, Any]:
    """Return a case as a flat row, without what was not measured."""
    row: dict[str, Any] = {
        "number": case.number, "case": case.name, "patient": case.patient, "half": str(case.half),
    }  # fmt: skip
    found = case.agreement
    if found is not None:
        for name, each in found.maps.items():
            row |= {f"r_{name}": each.r, f"ratio_{name}": each.ratio, f"voxels_{name}": each.n_voxels}
        for name, lesion in (("tmax_6", found.late), ("core", found.core)):
            row |= {
                f"{name}_ml": lesion.found_ml,
                f"reference_{name}_ml": lesion.reference_ml,
                f"dice_{name}": lesion.dice,
            }
        row |= {
            "defuse3": found.defuse3, "reference_defuse3": found.reference_defuse3,
            "shared": found.shared, "seconds": found.seconds, "reference_frame": found.reference_frame,
        }  # fmt: skip
        if found.drawn is not None:
            row |= {
                "drawn_ml": found.drawn.own.reference_ml,
                "dice_drawn": found.drawn.own.dice,
                "reference_dice_drawn": found.drawn.reference.dice,
            }
    return row | {"failure": case.failure}
