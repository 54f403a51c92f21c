"""Slicer module Core Penumbra Segment: from perfusion maps to core, penumbra and their volumes."""

from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule

from CorePenumbraSegmentLib.logic import CorePenumbraSegmentLogic
from CorePenumbraSegmentLib.selfTest import CorePenumbraSegmentTest
from CorePenumbraSegmentLib.terminology import registerTerminology
from CorePenumbraSegmentLib.widget import CorePenumbraSegmentWidget

__all__ = [
    "CorePenumbraSegment",
    "CorePenumbraSegmentLogic",
    "CorePenumbraSegmentTest",
    "CorePenumbraSegmentWidget",
]


class CorePenumbraSegment(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Core Penumbra Segment")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Neuroimaging")]
        parent.dependencies = [
            "CTPerfusionMaps",
            "Segmentations",
            "Terminologies",
            "Tables",
            "Markups",
            "SubjectHierarchy",
        ]
        parent.contributors = ["The SlicerCTPerfusion developers"]
        parent.helpText = _(
            "Segments infarct core, penumbra and hypoperfusion from CT perfusion maps by published or own "
            "thresholds, with blood flow relative to normal tissue and to the mirrored hemisphere, and "
            "measures them while sliders move. "
            "Research use only: not a medical device, not for diagnosis or treatment decisions."
        )
        parent.acknowledgementText = _(
            "The normalisation follows Rau et al. (2024); each threshold protocol names its source."
        )
        slicer.app.connect("startupCompleted()", registerTerminology)
