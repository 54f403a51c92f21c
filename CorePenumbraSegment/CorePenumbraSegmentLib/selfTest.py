"""The module's self test, for a Slicer with or without a window."""

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic
from CTPerfusionMapsLib.sampleData import addSampleHead

from .logic import CorePenumbraSegmentLogic


class CorePenumbraSegmentTest(ScriptedLoadableModuleTest):
    """From the maps of the sample head to segments and volumes."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self, **_kwargs: object) -> None:
        """Run all parts."""
        self.setUp()
        self.test_segmentsOfTheSampleHead()

    def test_segmentsOfTheSampleHead(self) -> None:
        """There are three segments; a lower threshold makes a smaller core in the same nodes."""
        maps = CTPerfusionMapsLogic().computeMaps(addSampleHead())
        logic = CorePenumbraSegmentLogic()
        segmentation, table = logic.segment(maps["CBF"], maps["Tmax"])
        self.assertEqual(3, segmentation.GetSegmentation().GetNumberOfSegments())
        self.assertGreater(table.GetNumberOfRows(), 0)
        self.delayDisplay("Core and penumbra are segmented")

        again, sameTable = logic.segment(maps["CBF"], maps["Tmax"], protocol="rcbf-38")
        self.assertIs(segmentation, again)
        self.assertIs(table, sameTable)
        self.delayDisplay("Another protocol updates the same nodes")
