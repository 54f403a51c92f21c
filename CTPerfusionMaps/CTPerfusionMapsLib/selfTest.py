"""The module's self test, for a Slicer with or without a window."""

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from .logic import CTPerfusionMapsLogic
from .sampleData import addSampleHead


class CTPerfusionMapsTest(ScriptedLoadableModuleTest):
    """From the sample head to maps, and again with another method."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self, **_kwargs: object) -> None:
        """Run all parts."""
        self.setUp()
        self.test_mapsOfTheSampleHead()

    def test_mapsOfTheSampleHead(self) -> None:
        """Maps have the units and the range of brain, and a second run updates the same nodes."""
        logic = CTPerfusionMapsLogic()
        sequence = addSampleHead()
        self.delayDisplay("The sample head is loaded")

        maps = logic.computeMaps(sequence)
        self.assertEqual({"CBF", "CBV", "MTT", "TTP", "Tmax", "Delay"}, set(maps))
        flow = slicer.util.arrayFromVolume(maps["CBF"])
        median = float(sorted(flow[flow > 0].tolist())[int((flow > 0).sum()) // 2])
        self.assertTrue(10 < median < 80, f"the median CBF is {median:.0f} mL/100 g/min")
        self.delayDisplay("Maps are computed")

        again = logic.computeMaps(sequence, method="bsvd")
        self.assertIs(maps["CBF"], again["CBF"])
        self.assertNotIn("Delay", again)
        self.delayDisplay("A second method updates the same maps")
