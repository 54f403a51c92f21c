"""The names of core, penumbra and hypoperfusion in Slicer's terminology selector."""

import slicer


def registerTerminology() -> None:
    """Offer the segment types of CT perfusion wherever Slicer asks for a terminology."""
    from CTPerfusionLib.resources import resource_path

    path = resource_path("Terminology", "SegmentationCategoryTypeModifier-CTPerfusion.term.json")
    slicer.modules.terminologies.logic().LoadTerminologyFromFile(str(path))
