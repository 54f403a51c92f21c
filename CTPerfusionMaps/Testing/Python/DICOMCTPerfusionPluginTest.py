"""In Slicer: the DICOM module prefers our plugin for a perfusion scan, and loads it with its true times."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import pydicom
import slicer
from DICOMLib import DICOMUtils

N_FRAMES, N_SLICES, SIZE = 12, 3, 16
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
STUDY, SERIES, ANGIOGRAPHY, FRAME_OF_REFERENCE = (pydicom.uid.generate_uid() for _ in range(4))


def clock(seconds):
    """Return seconds after ten o'clock as a DICOM TM."""
    return f"10{int(seconds) // 60:02d}{seconds % 60:09.6f}"


def image(series, number, position, seconds, value):
    """Return a CT image of one value but for a corner."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT_LITTLE_ENDIAN
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CT_IMAGE
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = pydicom.uid.generate_uid()
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, series
    dataset.FrameOfReferenceUID = FRAME_OF_REFERENCE
    dataset.PatientID, dataset.PatientName = "CTP1", "Perfusion^Test"
    dataset.Modality, dataset.Manufacturer, dataset.KVP = "CT", "GE MEDICAL SYSTEMS", 80
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SeriesNumber, dataset.SeriesDescription = (4, "CTP") if series == SERIES else (5, "CTA")
    dataset.InstanceNumber = number
    dataset.StudyDate = dataset.AcquisitionDate = "20240229"
    dataset.StudyTime, dataset.AcquisitionTime = clock(0), clock(seconds)
    dataset.ImagePositionPatient = [-4.0, -4.0, float(position)]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 5.0
    dataset.Rows = dataset.Columns = SIZE
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    pixels = np.full((SIZE, SIZE), value, dtype="<i2")
    pixels[0, 0] = 0
    dataset.PixelData = pixels.tobytes()
    return dataset


def write_study(folder):
    """Write a shuttle scan, each slice at a time of its own, and an angiography."""
    for frame in range(N_FRAMES):
        for index in range(N_SLICES):
            seconds = 2.0 * frame + 0.4 * (index if frame % 2 == 0 else N_SLICES - 1 - index)
            number = 1 + frame * N_SLICES + index
            dataset = image(SERIES, number, 5.0 * index, seconds, 10 * frame + index)
            pydicom.dcmwrite(folder / f"p{number:03d}.dcm", dataset, write_like_original=False)
    for index in range(20):
        dataset = image(ANGIOGRAPHY, 1 + index, index, 300.0, 40)
        pydicom.dcmwrite(folder / f"a{index:03d}.dcm", dataset, write_like_original=False)


class DICOMCTPerfusionPluginTest(unittest.TestCase):
    """From files in the DICOM database to nodes in the scene."""

    def setUp(self):
        """Import a small study into a database of its own."""
        slicer.mrmlScene.Clear(0)
        study = tempfile.TemporaryDirectory()
        self.addCleanup(study.cleanup)
        write_study(Path(study.name))
        database = DICOMUtils.TemporaryDICOMDatabase()
        database.__enter__()
        self.addCleanup(database.__exit__, None, None, None)
        DICOMUtils.importDicom(study.name)
        self.files = [list(slicer.dicomDatabase.filesForSeries(series)) for series in (SERIES, ANGIOGRAPHY)]

    def test_the_perfusion_scan_alone_is_offered(self):
        """One item for the scan; nothing for the angiography."""
        plugin = slicer.modules.dicomPlugins["DICOMCTPerfusionPlugin"]()

        loadables = plugin.examineForImport(self.files)

        self.assertEqual([loadable.name for loadable in loadables], ["4: CTP"])
        self.assertEqual(set(loadables[0].files), set(self.files[0]))
        self.assertGreater(loadables[0].confidence, 1)

    def test_it_is_loaded_as_a_sequence_with_its_times_in_its_study(self):
        """All plugins are asked, and ours is chosen."""
        loadables, _enabled = DICOMUtils.getLoadablesFromFileLists(self.files[:1])
        DICOMUtils.selectHighestConfidenceLoadables(loadables)
        DICOMUtils.loadLoadables(loadables)

        (sequence,) = slicer.util.getNodesByClass("vtkMRMLSequenceNode")
        (browser,) = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
        times = [float(sequence.GetNthIndexValue(n)) for n in range(sequence.GetNumberOfDataNodes())]
        self.assertEqual((sequence.GetIndexName(), sequence.GetIndexUnit()), ("time", "s"))
        np.testing.assert_allclose(np.diff(times), 2.0, atol=1e-3)
        frame = slicer.util.arrayFromVolume(sequence.GetNthDataNode(5))
        self.assertEqual(frame[:, 1, 1].tolist(), [50, 51, 52])

        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        study = hierarchy.GetItemByUID(slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMUIDName(), STUDY)
        for node in (sequence, browser.GetProxyNode(sequence)):
            item = hierarchy.GetItemByDataNode(node)
            self.assertEqual(hierarchy.GetItemParent(item), study, node.GetName())

    def test_the_times_of_each_slice_survive(self):
        """The series that is read back from the scene has a time for each slice."""
        from CTPerfusionLib.mrml import series_from_sequence

        plugin = slicer.modules.dicomPlugins["DICOMCTPerfusionPlugin"]()
        sequence = plugin.load(plugin.examineForImport(self.files)[0])

        series = series_from_sequence(sequence)

        self.assertEqual(series.times.shape, (N_FRAMES, N_SLICES))
        np.testing.assert_allclose(series.times[1], [2.8, 2.4, 2.0], atol=1e-3)
