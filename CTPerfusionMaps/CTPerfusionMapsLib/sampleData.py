"""A head with a stroke, simulated on this computer: sample data that nobody's privacy is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from .dependencies import SAMPLE_REQUIREMENTS, ensureDependencies

SAMPLE_NAME = "CTPerfusionHead"
CATEGORY = "CT Perfusion"
SAMPLE_SEED = 42

_THUMBNAIL = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "CTPerfusionHead.png"


def registerSampleData() -> None:
    """Offer the sample head in Slicer's module Sample Data."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        uris="",  # nothing is downloaded
        fileNames="",
        nodeNames=SAMPLE_NAME,
        thumbnailFileName=str(_THUMBNAIL),
        customDownloader=lambda _source: [addSampleHead()],
    )


def addSampleHead() -> Any:
    """Simulate the sample head, add it to the scene and return its vtkMRMLSequenceNode.

    Raises
    ------
    ConfigurationError
        If the user does not want the package to be installed that the anatomy comes with.
    """
    ensureDependencies(_("The sample head"), SAMPLE_REQUIREMENTS)
    from CTPerfusionLib.mrml import add_sequence
    from CTPerfusionLib.phantom import head_phantom

    phantom = head_phantom(seed=SAMPLE_SEED, size="tiny")
    return add_sequence(slicer.mrmlScene, phantom.series, _("Simulated head")).sequence
