"""One case of a public cohort through the pipeline, and held against its reference maps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, CTPerfusionError, ProcessingError
from ..io import load_series
from ..io.layouts import LAYOUTS, SERIES, CohortCase, CohortLayout
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
    PipelineConfig,
    Stage,
    StageClock,
    StudyMaps,
    compute_study_maps,
    prepare_series,
)
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries, voxel_volume_ml
from ..statistics import dice, pearson_correlation
from .reference_case import COMPARED, LesionAgreement, MapAgreement, ReferenceAgreement, ReferenceCase
from .reference_maps import ReferenceMaps, read_reference_maps

LEAST_SHARED = 0.1
"""Share of the analysed tissue that the reference maps must show to be of the same scan."""

DEFUSE3_HOURS = 12.0
"""Hours since last known well, within the 6 to 16 of DEFUSE 3: cohorts do not tell them, volumes decide."""

_TOO_LARGE = "The case needs more memory than there is; run it with fewer workers, or on a larger machine."

_STAGES = (
    Stage.LOAD, Stage.REGISTER, Stage.MASKS, Stage.VESSELS, Stage.FILTER, Stage.MAPS, Stage.LESION,
)  # fmt: skip


@dataclass(frozen=True)
class CaseComparison:
    """Compares cases of one cohort; what is wrong with a case is its row.

    Attributes
    ----------
    layout_name : str
        A key of :data:`CTPerfusionLib.io.layouts.LAYOUTS`.
    config : PipelineConfig
        With the protocol by which lesions are cut from either maps.
    """

    # By its name, since a layout holds functions and cannot be sent to a worker process.
    layout_name: str
    config: PipelineConfig

    @property
    def layout(self) -> CohortLayout:
        """The layout of the cohort."""
        return LAYOUTS[self.layout_name]

    def __call__(
        self, work: tuple[ReferenceCase, CohortCase], on_progress: ProgressCallback = ignore_progress
    ) -> ReferenceCase:
        """Return a case with what was measured, or with why that failed.

        Parameters
        ----------
        work : tuple of ReferenceCase and CohortCase
            The case without result, and its files.
        on_progress : callable

        Raises
        ------
        ConfigurationError
            What is wrong with the configuration would be wrong with every case.
        """
        case, files = work
        lack = files.lack_of(*self.layout.needed)
        if lack:
            return replace(case, failure=f"{lack[0].upper()}{lack[1:]}.")
        try:
            return replace(case, agreement=self._compare(files, on_progress))
        except ConfigurationError:
            raise
        except (CTPerfusionError, OSError) as error:
            return replace(case, failure=str(error))
        except MemoryError:
            return replace(case, failure=_TOO_LARGE)

    def _compare(self, files: CohortCase, on_progress: ProgressCallback) -> ReferenceAgreement:
        clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=_STAGES)
        with clock.stage(Stage.LOAD) as report:
            series = self._series(files, report)
        # Before the long work, which a map that cannot be used would waste.
        reference = read_reference_maps(files.reference_maps, series)
        study = compute_study_maps(prepare_series(series, self.config, clock), self.config, clock)
        tissue = study.prepared.masks.tissue & np.isfinite(study.maps.maps["CBF"])
        common = _common_tissue(tissue, reference.shown)
        with clock.stage(Stage.LESION) as report:
            found, expected = self._lesions(study, reference, common, report)
        voxel_ml = voxel_volume_ml(series.ijk_to_ras)
        registration = study.prepared.registration
        return ReferenceAgreement(
            maps=_map_agreements(study.maps.maps, reference.maps, common),
            late=lesion_agreement(_late(found), _late(expected), voxel_ml),
            core=lesion_agreement(found.segmentation.core, expected.segmentation.core, voxel_ml),
            defuse3=bool(found.criteria.defuse3),
            reference_defuse3=bool(expected.criteria.defuse3),
            shared=float(np.count_nonzero(common) / np.count_nonzero(tissue)),
            seconds=round(sum(clock.seconds.values()), 3),
            reference_frame=0 if registration is None else registration.reference,
        )

    def _series(self, files: CohortCase, on_progress: ProgressCallback) -> PerfusionSeries:
        """Load the scan, with the times of its files where the cohort's have them."""
        interval = self.config.frame_interval or self.layout.frame_interval
        return load_series(files.files[SERIES], frame_interval=interval, on_progress=on_progress)

    def _lesions(
        self,
        study: StudyMaps,
        reference: ReferenceMaps,
        tissue: NDArray[np.bool_],
        on_progress: ProgressCallback,
    ) -> tuple[LesionAnalysis, LesionAnalysis]:
        """Cut the lesion from either maps, in the same tissue and by the same thresholds."""
        protocol = load_protocol(self.config.protocol)
        own = protocol.read_by(study.flow_reading)
        found = _prepared(study, study.maps.maps, tissue, own, None, part_of(on_progress, 0.0, 0.8))
        late = {**reference.maps, "Tmax": reference.maps[self.layout.late_map]}
        expected = _prepared(study, late, tissue, protocol, found.plane, part_of(on_progress, 0.8, 1.0))
        return _segmented(found, own), _segmented(expected, protocol)


def _prepared(
    study: StudyMaps,
    maps: Mapping[str, NDArray[np.float32]],
    tissue: NDArray[np.bool_],
    protocol: ThresholdProtocol,
    plane: SymmetryPlane | None,
    on_progress: ProgressCallback,
) -> LesionMaps:
    """Normalise maps on the grid of a study; both sets of maps share one mid-sagittal plane."""
    return prepare_lesion(
        maps, tissue, study.prepared.baseline.image, study.prepared.enhancement.ijk_to_ras,
        reference_tmax_at_most=protocol.reference_tmax_at_most, local=False, plane=plane,
        on_progress=on_progress,
    )  # fmt: skip


def _segmented(maps: LesionMaps, protocol: ThresholdProtocol) -> LesionAnalysis:
    return segment(maps, protocol, normalisation=NormalisationChoice.GLOBAL, hours=DEFUSE3_HOURS)


def _common_tissue(tissue: NDArray[np.bool_], shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return analysed tissue that the reference maps show, if that is enough to be of the same scan."""
    common = tissue & shown
    shared = float(np.count_nonzero(common) / max(int(np.count_nonzero(tissue)), 1))
    if shared < LEAST_SHARED:
        raise ProcessingError(
            f"The reference maps show {shared:.0%} of the brain tissue of the scan",
            "check that maps and scan are of one patient and lie in one space",
        )
    return common


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


def lesion_agreement(
    found: NDArray[np.bool_], expected: NDArray[np.bool_], voxel_ml: float
) -> LesionAgreement:
    """Hold a lesion against that of the reference, shape (Z, Y, X); `voxel_ml` is the size of a voxel."""
    return LesionAgreement(
        found_ml=float(np.count_nonzero(found)) * voxel_ml,
        reference_ml=float(np.count_nonzero(expected)) * voxel_ml,
        dice=dice(found, expected),
    )
