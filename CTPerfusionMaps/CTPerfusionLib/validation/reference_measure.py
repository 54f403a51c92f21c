"""One case of a public cohort through the pipeline, and held against its reference maps."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lesion import (
    LesionAnalysis,
    LesionMaps,
    NormalisationChoice,
    SymmetryPlane,
    ThresholdProtocol,
    load_protocol,
    prepare_lesion,
    segment,
)
from ..pipeline import (
    PreparedSeries,
    Stage,
    StageClock,
    compute_study_maps,
    prepare_series,
)
from ..progress import ProgressCallback, part_of
from ..series import PerfusionSeries, voxel_volume_ml
from ..statistics import dice, pearson_correlation
from .reference_case import COMPARED, DrawnAgreement, LesionAgreement, MapAgreement, ReferenceAgreement
from .reference_maps import ReferenceMaps
from .reference_task import CaseTask, common_tissue

DEFUSE3_HOURS = 12.0
"""Hours since last known well, within the 6 to 16 of DEFUSE 3: cohorts do not tell them, volumes decide."""

_STAGES = (
    Stage.REGISTER, Stage.MASKS, Stage.VESSELS, Stage.FILTER, Stage.MAPS, Stage.LESION,
)  # fmt: skip


@dataclass(frozen=True)
class CaseComparison(CaseTask[ReferenceAgreement]):
    """Holds maps and lesions of a case against those of the reference, computed as a run would.

    Attributes
    ----------
    layout_name, config
        As in :class:`CaseTask`; lesions are cut from either maps by the protocol of the configuration.
    """

    def measure(
        self, series: PerfusionSeries, reference: ReferenceMaps, on_progress: ProgressCallback
    ) -> ReferenceAgreement:
        """Return how maps and lesions of a scan agree with those of the reference."""
        clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=_STAGES)
        started = time.perf_counter()
        study = compute_study_maps(prepare_series(series, self.config, clock), self.config, clock)
        tissue = study.prepared.masks.tissue & np.isfinite(study.maps.maps["CBF"])
        common = common_tissue(tissue, reference.shown)
        protocol = load_protocol(self.config.protocol)
        own = protocol.read_by(study.flow_reading)
        with clock.stage(Stage.LESION) as report:
            both = lesion_maps(
                study.prepared, study.maps.maps, self.lesion_reference(reference), common, protocol, report
            )
        found, expected = cut_lesion(both.found, own), cut_lesion(both.expected, protocol)
        voxel_ml = voxel_volume_ml(series.ijk_to_ras)
        registration = study.prepared.registration
        return ReferenceAgreement(
            maps=_map_agreements(study.maps.maps, reference.maps, common),
            late=lesion_agreement(_late(found), _late(expected), voxel_ml),
            core=lesion_agreement(found.segmentation.core, expected.segmentation.core, voxel_ml),
            defuse3=bool(found.criteria.defuse3),
            reference_defuse3=bool(expected.criteria.defuse3),
            shared=float(np.count_nonzero(common) / np.count_nonzero(tissue)),
            seconds=round(time.perf_counter() - started, 3),
            reference_frame=0 if registration is None else registration.reference,
            drawn=drawn_agreement(
                found.segmentation.core, expected.segmentation.core, reference.drawn, voxel_ml
            ),
        )


@dataclass(frozen=True, eq=False)
class BothLesionMaps:
    """The maps of a scan and those of the reference, normalised in the same tissue and about one plane."""

    found: LesionMaps
    expected: LesionMaps


def lesion_maps(
    prepared: PreparedSeries,
    maps: Mapping[str, NDArray[np.float32]],
    reference: Mapping[str, NDArray[np.float32]],
    tissue: NDArray[np.bool_],
    protocol: ThresholdProtocol,
    on_progress: ProgressCallback,
) -> BothLesionMaps:
    """Normalise maps of a scan, shape (Z, Y, X), and the reference maps within the same tissue."""
    found = _normalised(prepared, maps, tissue, protocol, None, part_of(on_progress, 0.0, 0.8))
    expected = _normalised(prepared, reference, tissue, protocol, found.plane, part_of(on_progress, 0.8, 1.0))
    return BothLesionMaps(found, expected)


def cut_lesion(maps: LesionMaps, protocol: ThresholdProtocol) -> LesionAnalysis:
    """Cut the lesion from normalised maps."""
    return segment(maps, protocol, normalisation=NormalisationChoice.GLOBAL, hours=DEFUSE3_HOURS)


def _normalised(
    prepared: PreparedSeries,
    maps: Mapping[str, NDArray[np.float32]],
    tissue: NDArray[np.bool_],
    protocol: ThresholdProtocol,
    plane: SymmetryPlane | None,
    on_progress: ProgressCallback,
) -> LesionMaps:
    return prepare_lesion(
        maps, tissue, prepared.baseline.image, prepared.enhancement.ijk_to_ras,
        reference_tmax_at_most=protocol.reference_tmax_at_most, local=False, plane=plane,
        on_progress=on_progress,
    )  # fmt: skip


def _map_agreements(
    maps: Mapping[str, NDArray[np.float32]],
    reference: Mapping[str, NDArray[np.float32]],
    tissue: NDArray[np.bool_],
) -> dict[str, MapAgreement]:
    both = (name for name in COMPARED if name in maps and name in reference)
    return {name: map_agreement(maps[name], reference[name], tissue) for name in both}


def _late(lesion: LesionAnalysis) -> NDArray[np.bool_]:
    """Return what is late by its own threshold, cleaned, without the core that hypoperfusion contains."""
    return lesion.segmentation.box.whole(lesion.segmentation.late_part)


def map_agreement(
    values: NDArray[np.float32], reference: NDArray[np.float32], tissue: NDArray[np.bool_]
) -> MapAgreement:
    """Hold a map against its reference, shape (Z, Y, X), in the tissue where both are known."""
    known = tissue & np.isfinite(values) & np.isfinite(reference)
    own, others = values[known].astype(np.float64), reference[known].astype(np.float64)
    middle = float(np.median(others)) if others.size else 0.0
    return MapAgreement(
        n_voxels=int(own.size),
        r=pearson_correlation(own, others).r,
        ratio=None if middle == 0.0 else float(np.median(own)) / middle,
    )


def drawn_agreement(
    found: NDArray[np.bool_], expected: NDArray[np.bool_], drawn: NDArray[np.bool_] | None, voxel_ml: float
) -> DrawnAgreement | None:
    """Hold the core and that of the reference, shape (Z, Y, X), against a drawn lesion, if there is one."""
    if drawn is None:
        return None
    return DrawnAgreement(
        own=lesion_agreement(found, drawn, voxel_ml), reference=lesion_agreement(expected, drawn, voxel_ml)
    )


def lesion_agreement(
    found: NDArray[np.bool_], expected: NDArray[np.bool_], voxel_ml: float
) -> LesionAgreement:
    """Hold a lesion against that of the reference, shape (Z, Y, X); `voxel_ml` is the size of a voxel."""
    return LesionAgreement(
        found_ml=float(np.count_nonzero(found)) * voxel_ml,
        reference_ml=float(np.count_nonzero(expected)) * voxel_ml,
        dice=dice(found, expected),
    )
