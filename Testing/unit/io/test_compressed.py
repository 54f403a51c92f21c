"""Compressed transfer syntaxes, transcoded from a plain study."""

import gdcm
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, HTJ2KLossless, RLELossless

from CTPerfusionLib.io import SeriesError, load_series

GDCM_SYNTAXES = {
    "JPEG lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    "JPEG lossless process 14": gdcm.TransferSyntax.JPEGLosslessProcess14,
    "JPEG-LS": gdcm.TransferSyntax.JPEGLSLossless,
    "JPEG 2000": gdcm.TransferSyntax.JPEG2000Lossless,
    "big endian": gdcm.TransferSyntax.ExplicitVRBigEndian,
    "implicit": gdcm.TransferSyntax.ImplicitVRLittleEndian,
}


def transcode(path, syntax):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(path))
    assert writer.Write()


@pytest.fixture(params=["<u2", "<i2"])
def larger_study(study, request):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    study.stored_type = request.param
    return study


@pytest.mark.parametrize("syntax", GDCM_SYNTAXES.values(), ids=GDCM_SYNTAXES.keys())
def test_transcoded_studies_give_the_same_hounsfield_units(larger_study, tmp_path, syntax):
    for path in larger_study.write(tmp_path):
        transcode(path, syntax)
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, larger_study.voxels)
    np.testing.assert_allclose(series.times, larger_study.times, atol=1e-5)


@pytest.mark.parametrize("uid", [RLELossless, DeflatedExplicitVRLittleEndian])
def test_syntaxes_of_pydicom_give_the_same_hounsfield_units(larger_study, tmp_path, uid):
    for path in larger_study.write(tmp_path):
        dataset = dcmread(path)
        if uid == RLELossless:
            dataset.compress(uid)
        else:
            dataset.file_meta.TransferSyntaxUID = uid
        dataset.save_as(path)
    np.testing.assert_array_equal(load_series(tmp_path).voxels, larger_study.voxels)


def test_a_truncated_compressed_image_is_refused_by_position_and_time(study, tmp_path):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    paths = study.write(tmp_path)
    for path in paths:
        transcode(path, GDCM_SYNTAXES["JPEG lossless"])
    broken = paths[study.path_index(4, 2)]
    broken.write_bytes(broken.read_bytes()[:-400])
    with pytest.raises(SeriesError, match=r"image 19 of 48 \(slice at 45\.0 mm, 6\.0 s\) cannot be read"):
        load_series(tmp_path)


def test_a_syntax_that_nothing_decodes_is_refused_by_name(study, tmp_path):
    def compressed(dataset, *_):
        dataset.PixelData = encapsulate([dataset.PixelData])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = HTJ2KLossless

    study.write(tmp_path, compressed)
    with pytest.raises(
        SeriesError, match=r"High-Throughput JPEG 2000.* which no installed package decodes; run 'pip"
    ):
        load_series(tmp_path)
