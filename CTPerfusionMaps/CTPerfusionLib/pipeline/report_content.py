"""What the report says of a study: its maps, its numbers, and how they were made, in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .. import __version__
from ..io import describe_series
from ..lesion import FlowReference, ThresholdProtocol
from ..networks import find_map_method
from ..preprocessing import REGISTRATION_METHODS, noise_filter
from ..progress import ProgressCallback, ignore_progress
from ..report import ReportContent, explore_thresholds
from ..series import TMAX_QUANTITIES, TmaxDefinition
from .analysis import StudyAnalysis
from .config import NO_REGISTRATION, PipelineConfig
from .curves import head_motion, study_curves
from .result_maps import result_maps
from .scene_content import lesion_masks
from .stages import Stage
from .summary import summarise


def report_content(
    analysis: StudyAnalysis,
    config: PipelineConfig,
    seconds: Mapping[str, float] = MappingProxyType({}),
    on_progress: ProgressCallback = ignore_progress,
) -> ReportContent:
    """Return everything that the report of a study shows.

    Parameters
    ----------
    analysis : StudyAnalysis
        For a lesion that was found apart from a run, as in the window, of :func:`with_lesion`.
    config : PipelineConfig
        What the study was computed with.
    seconds : mapping of str to float
        Seconds that each stage took, by the names of :class:`Stage` in small letters.
    on_progress : callable
    """
    return ReportContent(
        scan=describe_series(analysis.prepared.series),
        baseline=analysis.prepared.baseline.image,
        ijk_to_ras=analysis.prepared.series.ijk_to_ras,
        maps=result_maps(analysis),
        quality=analysis.maps.quality,
        status=analysis.maps.status,
        tissue=analysis.prepared.masks.tissue,
        masks=lesion_masks(analysis.lesion),
        curves=study_curves(analysis),
        motion=head_motion(analysis.prepared),
        findings=analysis.findings,
        summary=summarise(analysis),
        counted_core=str(analysis.lesion.counted),
        protocol=analysis.lesion.protocol,
        stages={Stage[name.upper()].title: value for name, value in seconds.items()},
        parameters=_parameters(analysis, config),
        version=__version__,
        core_volume_images=None if analysis.core_volume is None else analysis.core_volume.images,
        what_if=explore_thresholds(analysis.lesion, on_progress=on_progress),
    )


def _parameters(analysis: StudyAnalysis, config: PipelineConfig) -> dict[str, Any]:
    """Return what was chosen, in the words and the order of the report."""
    prepared, protocol = analysis.prepared, analysis.lesion.protocol
    vessels = prepared.vessels
    definition = analysis.maps.tmax_definition
    return {
        "Method": find_map_method(analysis.maps.method).title,
        **_model_rows(analysis),
        "Computed on": analysis.maps.device.title,
        "Baseline": f"{analysis.prepared.baseline.n_frames} frames"
        + ("; the zero of each curve is fitted" if analysis.maps.offset_marginalised else ""),
        "Residue function": "not known without an artery"
        if analysis.residue is None
        else f"{analysis.residue} (of the mean curve of normal tissue)",
        "Motion correction": "off"
        if config.registration == NO_REGISTRATION
        else REGISTRATION_METHODS[config.registration].title,
        "Noise filter": noise_filter(config.applied_filter).title,
        "Arterial input": _arterial_input(analysis),
        "Venous output": "not found" if vessels.vof is None else vessels.vof.reason,
        "Partial volume": vessels.scale.reason,
        "Threshold protocol": f"{protocol.title} ({protocol.source})",
        "Core": "; ".join(filter(None, (protocol.core_text(definition), protocol.readings_text()))),
        "Hypoperfusion": protocol.hypoperfusion_text(definition),
        "Reference CBF": f"{analysis.lesion.rcbf_global.reference:.1f} mL/100 g/min "
        f"({_reference_text(analysis.lesion.maps.reference, definition, protocol)})",
        "Seed": config.seed,
    }


def _model_rows(analysis: StudyAnalysis) -> dict[str, str]:
    """Return which networks were used."""
    cards = {
        "Model": analysis.model,
        "Core-volume network": None if analysis.core_volume is None else analysis.core_volume.card,
    }
    return {
        title: f"{card.name}: {card.title} (SHA-256 {card.sha256})"
        for title, card in cards.items()
        if card is not None
    }


def _arterial_input(analysis: StudyAnalysis) -> str:
    aif = analysis.prepared.vessels.aif
    if aif is None:
        return "not found, and not used by this method"
    if find_map_method(analysis.maps.method).needs_artery:
        return aif.reason
    return f"not used by this method; shown for comparison: {aif.reason}"


def _reference_text(reference: FlowReference, definition: TmaxDefinition, protocol: ThresholdProtocol) -> str:
    if reference.is_contralateral:
        average = "mean" if reference is FlowReference.CONTRALATERAL_MEAN else "median"
        return f"{average} of the unaffected hemisphere"
    return f"median where {TMAX_QUANTITIES[definition].short_title} <= {protocol.reference_tmax_at_most:g} s"
