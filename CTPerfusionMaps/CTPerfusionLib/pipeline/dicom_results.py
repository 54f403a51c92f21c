"""A study as DICOM objects: what they hold, and the images that they refer to."""

from ..errors import ConfigurationError
from ..export import DicomContent
from ..report import ReportContent, report_pages
from ..series import PerfusionSeries, SourceImages
from .analysis import StudyAnalysis
from .result_maps import result_maps
from .scene_content import lesion_masks


def dicom_content(analysis: StudyAnalysis, report: ReportContent) -> DicomContent:
    """Return what the DICOM objects of a study hold.

    Parameters
    ----------
    analysis : StudyAnalysis
    report : ReportContent
        Of the same study: its numbers, its words, and its pages as pictures.
    """
    registration = analysis.prepared.registration
    return DicomContent(
        ijk_to_ras=report.ijk_to_ras,
        maps=result_maps(analysis),
        quantities=report.quantities,
        masks=lesion_masks(analysis.lesion),
        summary=report.summary,
        parameters={name: str(value) for name, value in report.parameters.items()},
        pages=report_pages(report),
        reference_frame=0 if registration is None else registration.reference,
        version=report.version,
    )


def source_images(series: PerfusionSeries) -> SourceImages:
    """Return the DICOM images of a series.

    Raises
    ------
    ConfigurationError
        If it came from another format.
    """
    if series.sources is None:
        raise ConfigurationError(
            "This scan did not come from DICOM images, so there is no study to add results to",
            "run on the DICOM study, or write NIfTI instead",
        )
    return series.sources
