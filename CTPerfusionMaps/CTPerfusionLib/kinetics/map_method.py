"""What there is to say of any way to perfusion maps, whether it fits curves or not."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..series import TmaxDefinition
from .residue_shape import ResidueShape


@dataclass(frozen=True)
class MapMethod:
    """A way to perfusion maps, as users and reports know it.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    tmax_definition : TmaxDefinition
    maps, quality : tuple of str
        Names of the maps and of the quality measures that it gives.
    parameters : mapping of str to float
        What the maps are computed with, for the manifest.
    assumed_residue : ResidueShape or None
        The residue function that the method takes for given; None where it assumes none.
    cbv_from_areas : bool
        Whether CBV is the ratio of measured areas, which end with the record and need the zero of the curves.
    flow_readings : mapping of ResidueShape to float
        Relative CBF that the method reads, after `filter`, where the true one is 30 % of normal, over 30 %,
        by the residue function of the tissue. Thresholds of relative flow are multiplied by it; measured on
        tuning phantoms, docs/calibration.md, or fitted to reference maps.
    filter : str
        The noise filter that it was calibrated with, as :func:`CTPerfusionLib.preprocessing.noise_filter`
        takes it.
    preset_sha256 : str or None
        Of the file that the method was read from; None for those of the software.
    needs_artery : bool
        Whether the maps depend on the arterial input function.
    """

    name: str
    title: str
    tmax_definition: TmaxDefinition
    maps: tuple[str, ...]
    quality: tuple[str, ...]
    parameters: Mapping[str, float]
    assumed_residue: ResidueShape | None
    cbv_from_areas: bool
    flow_readings: Mapping[ResidueShape, float]
    filter: str
    preset_sha256: str | None
    needs_artery: bool
