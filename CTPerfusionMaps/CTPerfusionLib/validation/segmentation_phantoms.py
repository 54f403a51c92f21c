"""Head phantoms as cases: which heads, their analysis, and their segments held against the truth."""

import time
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ..lesion import CoreNormalisation, LesionAnalysis, ThresholdProtocol, segment
from ..phantom import SCANNER_SCHEMES, Phantom, head_phantom
from ..pipeline import PipelineConfig, StageClock, StudyAnalysis, analyse_series
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import voxel_volume_ml
from ..statistics import dice
from .segmentation_case import GRADES, AgainstTruth, CaseLabels, Measured, SegmentationCase, group_of
from .segmentation_midline import midline_plane, mirror_plane, plane_error

LESION_CYCLE = ("m1", "none", "m2", "none")
"""Half of the heads have a stroke, as in the paper (47 to 52 %)."""

MOTION = "mild"
"""Of all heads; severe motion is what the study leaves out, as the paper does."""

_BALANCED = len(GRADES) * len(LESION_CYCLE)
"""Heads after which every grade was combined with every lesion."""

_MOVED_CUTS = (0.25, 0.35, 0.40)
"""Thresholds of relative flow with which the time of a cut is measured."""


@dataclass(frozen=True)
class PhantomHead:
    """One simulated patient.

    Attributes
    ----------
    number, seed, grade : int
    lesion, scanner : str
    """

    number: int
    seed: int
    grade: int
    lesion: str
    scanner: str

    @property
    def labels(self) -> CaseLabels:
        """What is known of the head."""
        return CaseLabels(
            number=self.number,
            study=f"head {self.seed}",
            group=group_of(self.grade),
            grade=self.grade,
            stroke=self.lesion != "none",
            seed=self.seed,
            scanner=self.scanner,
            lesion=self.lesion,
        )


def phantom_heads(n: int, first_seed: int) -> list[PhantomHead]:
    """Return `n` heads, each with a seed of its own from `first_seed` on.

    Every 16 heads hold each grade with M1, M2 and twice no occlusion, and every scanner once with each
    grade; from one 16 to the next the scanners move on, so that 64 heads hold each combination of grade,
    occlusion and scanner once (twice without occlusion).
    """
    scanners = tuple(SCANNER_SCHEMES)
    heads = []
    for index in range(n):
        block, place = divmod(index, _BALANCED)
        lesion_place, grade = divmod(place, len(GRADES))
        scanner = scanners[(grade + lesion_place + block) % len(scanners)]
        heads.append(
            PhantomHead(index + 1, first_seed + index, GRADES[grade], LESION_CYCLE[lesion_place], scanner)
        )
    return heads


def measure_head(
    head: PhantomHead,
    *,
    size: str,
    config: PipelineConfig,
    on_progress: ProgressCallback = ignore_progress,
) -> SegmentationCase:
    """Simulate a head with the noise of its scanner, analyse it and hold the result against the truth.

    Raises
    ------
    CTPerfusionError
        If it cannot be simulated or analysed.
    """
    phantom = head_phantom(
        seed=head.seed, scanner=head.scanner, lesion=head.lesion, microangiopathy=head.grade,
        motion=MOTION, size=size, on_progress=part_of(on_progress, 0.0, 0.5),
    )  # fmt: skip
    report = part_of(on_progress, 0.5, 1.0)
    clock = StageClock(lambda _title, fraction: report(fraction))
    analysis = analyse_series(phantom.series, config, clock)
    measured = replace(
        measured_of(analysis.lesion),
        lesion_seconds=clock.seconds["lesion"],
        cut_milliseconds=_cut_milliseconds(analysis.lesion),
    )
    return SegmentationCase(head.labels, measured, against_truth(analysis, phantom))


def measured_of(lesion: LesionAnalysis) -> Measured:
    """Return the volumes of an analysis with both normalisations."""
    volumes = lesion.volumes.volumes_ml
    voxel_ml = voxel_volume_ml(lesion.maps.ijk_to_ras)
    raw = {
        name: float(np.count_nonzero(each.core_raw)) * voxel_ml for name, each in lesion.segmentations.items()
    }
    known = {name: float(value) for name, value in volumes.items() if value is not None}
    return Measured(
        core_global=known["core_global"],
        core_local=known["core_local"],
        core_global_raw=raw[CoreNormalisation.GLOBAL],
        core_local_raw=raw[CoreNormalisation.LOCAL],
        hypoperfusion=known["hypoperfusion"],
        penumbra=known["penumbra"],
        tmax_6=known["tmax_6"],
        side=str(lesion.affected.side),
        counted=str(lesion.counted),
    )


def against_truth(analysis: StudyAnalysis, phantom: Phantom) -> AgainstTruth:
    """Hold the segments and the mid-sagittal plane of an analysis against the truth of its phantom."""
    lesion, truth = analysis.lesion, phantom.truth
    voxel_ml = voxel_volume_ml(phantom.series.ijk_to_ras)
    core_global, core_local = (lesion.segmentations[each].core for each in CoreNormalisation)
    to_midline, to_mirror = (
        plane_error(lesion.plane, true(phantom), phantom) for true in (midline_plane, mirror_plane)
    )

    def volume(mask: NDArray[np.bool_]) -> float:
        return float(np.count_nonzero(mask)) * voxel_ml

    return AgainstTruth(
        true_core=volume(truth.core),
        true_hypoperfusion=volume(truth.hypoperfusion),
        true_side=truth.side,
        dice_global=dice(core_global, truth.core),
        dice_local=dice(core_local, truth.core),
        dice_hypoperfusion=dice(lesion.segmentation.hypoperfusion, truth.hypoperfusion),
        false_global=volume(core_global & ~truth.core),
        false_local=volume(core_local & ~truth.core),
        missed_global=volume(truth.core & ~core_global),
        missed_local=volume(truth.core & ~core_local),
        plane_angle=to_midline.angle,
        plane_distance=to_midline.distance,
        mirror_angle=to_mirror.angle,
        mirror_distance=to_mirror.distance,
    )


def _cut_milliseconds(lesion: LesionAnalysis) -> float:
    """Return the median time of segmenting anew with a core threshold that moved."""
    times = []
    for threshold in _MOVED_CUTS:
        protocol = _with_core_threshold(lesion.protocol, threshold)
        started = time.perf_counter()
        segment(lesion.maps, protocol)
        times.append(1000.0 * (time.perf_counter() - started))
    return median(times)


def _with_core_threshold(protocol: ThresholdProtocol, threshold: float) -> ThresholdProtocol:
    core = tuple(replace(each, value=threshold) if each.map == "rCBF" else each for each in protocol.core)
    return replace(protocol, core=core)
