"""In Slicer: the module finds the library and the data files that it shares with the other module."""

import unittest
from pathlib import Path

import slicer


class CorePenumbraSegmentFilesTest(unittest.TestCase):
    """Both modules lie in one folder, and what they share beside them."""

    def test_threshold_protocols_can_be_read(self):
        """All that are shipped."""
        from CTPerfusionLib.lesion import load_protocol, protocol_names

        names = protocol_names()

        self.assertTrue(names)
        for name in names:
            self.assertTrue(load_protocol(name))

    def test_the_terminology_of_core_and_penumbra_can_be_loaded(self):
        """By Slicer's own reader."""
        from CTPerfusionLib.resources import resource_path

        (path,) = resource_path("Terminology").glob("*.term.json")
        logic = slicer.modules.terminologies.logic()

        self.assertTrue(logic.LoadTerminologyFromFile(str(path)))

    def test_the_form_and_the_icon_are_there(self):
        """In the folder that Slicer loads the module from."""
        folder = Path(slicer.modules.corepenumbrasegment.path).parent / "Resources"

        self.assertTrue(slicer.util.loadUI(str(folder / "UI" / "CorePenumbraSegment.ui")))
        self.assertFalse(slicer.modules.corepenumbrasegment.icon.isNull())
