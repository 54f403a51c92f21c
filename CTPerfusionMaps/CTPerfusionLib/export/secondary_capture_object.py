"""Pages of the report as secondary capture images, which every archive and viewer can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import RESEARCH_USE
from .content import DicomContent
from .workspace import Workspace

if TYPE_CHECKING:
    from highdicom.sc import SCImage

KIND = "summary"


def build_page(number: int, content: DicomContent, workspace: Workspace) -> SCImage:
    """Return page `number`, counted from 1, as one true-colour image."""
    from highdicom.sc import SCImage

    arguments = workspace.arguments(KIND, f"page {number}", number)
    dataset = SCImage(
        pixel_array=content.pages[number - 1],
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "P"),
        study_instance_uid=workspace.identity.study_instance_uid,
        **arguments,
    )
    dataset.PatientOrientation = []  # a page shows many directions at once
    dataset.BurnedInAnnotation = "NO"
    dataset.RecognizableVisualFeatures = "NO"
    dataset.ImageComments = RESEARCH_USE
    dataset.DateOfSecondaryCapture = dataset.ContentDate
    dataset.TimeOfSecondaryCapture = dataset.ContentTime
    dataset.SourceImageSequence = []  # filled with the others' references
    workspace.finish(dataset)
    return dataset
