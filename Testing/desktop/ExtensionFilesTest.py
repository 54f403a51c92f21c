"""In Slicer: what CMake put into the extension's folder is complete and starts quickly."""

# ruff: noqa: PT009 - run by unittest, whose assertions show what they saw

import sys
import unittest
from pathlib import Path

import slicer

MODULES = ("ctperfusionmaps", "corepenumbrasegment", "dicomctperfusionplugin")
NOT_AT_START = (
    "torch",
    "numba",
    "matplotlib",
    "nibabel",
    "nilearn",
    "CTPerfusionLib.io",
    "CTPerfusionLib.mrml",
)


class ExtensionFilesTest(unittest.TestCase):
    """The folder of the extension as Slicer sees it."""

    def test_all_modules_are_loaded_from_one_folder(self):
        """Together with the library and its data."""
        folders = {Path(getattr(slicer.modules, name).path).resolve().parent for name in MODULES}
        (folder,) = folders

        self.assertTrue((folder / "CTPerfusionLib" / "__init__.py").is_file())

    def test_every_data_file_is_found_beside_the_modules(self):
        """Report, terminology and protocols."""
        from CTPerfusionLib.resources import resource_path

        folder = Path(slicer.modules.ctperfusionmaps.path).resolve().parent
        for name in ("Protocols", "Report", "Terminology"):
            self.assertEqual(resource_path(name), folder / "Resources" / name)
            self.assertTrue(list(resource_path(name).iterdir()))

    def test_nothing_heavy_was_imported_at_start(self):
        """Before anything of the extension is used."""
        self.assertEqual([name for name in NOT_AT_START if name in sys.modules], [])
