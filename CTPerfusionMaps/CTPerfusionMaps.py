"""Slicer module CT Perfusion Maps: from a 4D CT perfusion series to maps of flow, volume and times."""

from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule

from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic
from CTPerfusionMapsLib.sampleData import registerSampleData
from CTPerfusionMapsLib.sceneLayouts import offerLayouts
from CTPerfusionMapsLib.selfTest import CTPerfusionMapsTest
from CTPerfusionMapsLib.widget import CTPerfusionMapsWidget

__all__ = ["CTPerfusionMaps", "CTPerfusionMapsLogic", "CTPerfusionMapsTest", "CTPerfusionMapsWidget"]


class CTPerfusionMaps(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("CT Perfusion Maps")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Neuroimaging")]
        parent.dependencies = ["Sequences", "Markups", "Plots", "Tables", "Colors", "SubjectHierarchy"]
        parent.contributors = ["The SlicerCTPerfusion developers"]
        parent.helpText = _(
            "Computes maps of cerebral blood flow, blood volume and transit times from a CT perfusion scan "
            "of the head: motion correction, noise filter, arterial input and a kinetic model, with every "
            "step open to inspection. "
            "Research use only: not a medical device, not for diagnosis or treatment decisions."
        )
        parent.acknowledgementText = _(
            "The methods follow Bennink et al. (2016), Ostergaard et al. (1996), Wu et al. (2003), "
            "Gava et al. (2023) and Rau et al. (2024); the documentation names the source of each."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)
        slicer.app.connect("startupCompleted()", offerLayouts)
