"""Compressed transfer syntaxes, transcoded from a plain study."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import gdcm
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import DeflatedExplicitVRLittleEndian, HTJ2KLossless, RLELossless

from CTPerfusionLib.io import SeriesError, load_series
from CTPerfusionLib.io.dicom_pixels import read_stored_file

LIBRARY = Path(__file__).resolve().parents[3] / "CTPerfusionMaps"
JPEG_SYNTAXES = {
    "JPEG lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    "JPEG lossless process 14": gdcm.TransferSyntax.JPEGLosslessProcess14,
    "JPEG-LS": gdcm.TransferSyntax.JPEGLSLossless,
    "JPEG 2000": gdcm.TransferSyntax.JPEG2000Lossless,
}
GDCM_SYNTAXES = {
    **JPEG_SYNTAXES,
    "RLE": gdcm.TransferSyntax.RLELossless,
    "big endian": gdcm.TransferSyntax.ExplicitVRBigEndian,
    "implicit": gdcm.TransferSyntax.ImplicitVRLittleEndian,
}
LOSSY_SYNTAXES = {
    "JPEG extended": gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    "JPEG-LS near-lossless": gdcm.TransferSyntax.JPEGLSNearLossless,
    "JPEG 2000 lossy": gdcm.TransferSyntax.JPEG2000,
}
WITHOUT_GDCM = """
import hashlib, json, sys
sys.modules["gdcm"] = None
sys.path.insert(0, sys.argv[1])
from pydicom.uid import JPEGLosslessSV1
from pydicom.pixels import get_decoder
from CTPerfusionLib.io import load_series
digests = [hashlib.sha256(load_series(folder).voxels.tobytes()).hexdigest() for folder in sys.argv[2:]]
print(json.dumps([get_decoder(JPEGLosslessSV1).is_available, digests]))
"""


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


@st.composite
def stored_images(draw):
    """Return stored values of random kind and number of bits, shape (frames, rows, columns)."""
    kind = draw(st.sampled_from(["<u2", "<i2"]))
    bits = draw(st.sampled_from([10, 12, 16]))
    shape = (draw(st.integers(1, 3)), draw(st.integers(16, 40)), draw(st.integers(16, 40)))
    least = -(1 << bits - 1) if kind == "<i2" else 0
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise = random.integers(least, least + (1 << bits), shape)
    smooth = least + np.add.outer(
        np.arange(shape[0]) * 7, np.add.outer(np.arange(shape[1]), np.arange(shape[2]))
    )
    return (noise if draw(st.booleans()) else smooth).astype(kind), bits


@pytest.mark.parametrize("syntax", JPEG_SYNTAXES.values(), ids=JPEG_SYNTAXES.keys())
@given(
    images=stored_images(), intercept=st.sampled_from([0, -1024, -8192]), slope=st.sampled_from([1, 0.5, 2])
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_values_come_back_to_the_bit_and_as_through_gdcm(
    study, tmp_path, syntax, images, intercept, slope
):
    stored, bits = images
    dataset = study.dataset(0, 0)
    study.set_pixels(dataset, stored)
    dataset.NumberOfFrames = len(stored)
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.RescaleIntercept, dataset.RescaleSlope = intercept, slope
    path = tmp_path / "image.dcm"
    dataset.save_as(path, enforce_file_format=True)
    transcode(path, syntax)

    values = read_stored_file(str(path)).values

    assert values.dtype == stored.dtype
    np.testing.assert_array_equal(values, stored)
    np.testing.assert_array_equal(values, dcmread(path).pixel_array.reshape(stored.shape))


def test_studies_load_alike_where_gdcm_cannot_be_imported(study, tmp_path):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    folders = []
    for name, syntax in GDCM_SYNTAXES.items():
        folders.append(tmp_path / name)
        for path in study.write(folders[-1]):
            transcode(path, syntax)
    command = [sys.executable, "-c", WITHOUT_GDCM, str(LIBRARY), *map(str, folders)]

    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert result.returncode == 0, result.stderr
    pydicom_decodes_jpeg, digests = json.loads(result.stdout)
    assert not pydicom_decodes_jpeg
    assert set(digests) == {hashlib.sha256(study.voxels.tobytes()).hexdigest()}


@pytest.mark.parametrize("syntax", JPEG_SYNTAXES.values(), ids=JPEG_SYNTAXES.keys())
def test_every_frame_of_an_enhanced_file_keeps_its_place_and_its_own_intercept(
    study, multi_frame_dataset, tmp_path, syntax
):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    cells = [(frame, index) for frame in range(12) for index in range(4)]
    dataset = multi_frame_dataset(study, cells)
    for number, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        group.PixelValueTransformationSequence[0].RescaleIntercept = study.intercept + number
    path = tmp_path / "all.dcm"
    dataset.save_as(path, enforce_file_format=True)
    transcode(path, syntax)
    compressed = dcmread(path)
    dataset.PixelData = compressed.PixelData  # gdcm makes all frames share what the first one says
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = compressed.file_meta.TransferSyntaxUID
    dataset.save_as(path, enforce_file_format=True)

    voxels = load_series(tmp_path).voxels

    np.testing.assert_array_equal(voxels, study.voxels + np.arange(48).reshape(12, 4, 1, 1))


@pytest.mark.parametrize("syntax", JPEG_SYNTAXES.values(), ids=JPEG_SYNTAXES.keys())
def test_padding_is_air_and_slopes_apply_once_in_compressed_images(study, tmp_path, syntax):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    study.slope, study.intercept, study.stored_type = 0.5, -500.0, "<i2"

    def padded(dataset, frame, _):
        stored = np.frombuffer(dataset.PixelData, "<i2").reshape(48, 64).copy()
        stored[:3] = -3000
        dataset.PixelData = stored.tobytes()
        dataset.PixelPaddingValue = -3000
        dataset.PhotometricInterpretation = "MONOCHROME1" if frame % 2 else "MONOCHROME2"

    for path in study.write(tmp_path, padded):
        transcode(path, syntax)

    voxels = load_series(tmp_path).voxels

    assert voxels.dtype == np.float32
    assert np.all(voxels[:, :, :3] == -1024)
    np.testing.assert_array_equal(voxels[:, :, 3:], study.voxels[:, :, 3:])


@pytest.mark.parametrize("syntax", LOSSY_SYNTAXES.values(), ids=LOSSY_SYNTAXES.keys())
def test_lossy_images_of_12_bits_come_close(study, tmp_path, syntax):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))

    def of_12_bits(dataset, *_):
        dataset.BitsStored, dataset.HighBit = 12, 11

    for path in study.write(tmp_path, of_12_bits):
        transcode(path, syntax)

    np.testing.assert_allclose(load_series(tmp_path).voxels, study.voxels, atol=3)


@pytest.mark.parametrize("syntax", JPEG_SYNTAXES.values(), ids=JPEG_SYNTAXES.keys())
@pytest.mark.parametrize("part", [0.99, 0.5])
def test_damaged_compressed_pixels_are_refused(study, tmp_path, syntax, part):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    paths = study.write(tmp_path)
    transcode(paths[7], syntax)
    dataset = dcmread(paths[7])
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([frame[: int(part * len(frame))]])
    dataset.save_as(paths[7])

    with pytest.raises(SeriesError, match=r"image 8 of 48 .* cannot be read"):
        load_series(tmp_path)


@pytest.mark.parametrize("syntax", JPEG_SYNTAXES.values(), ids=JPEG_SYNTAXES.keys())
@pytest.mark.parametrize("rows", [49, 96])
def test_compressed_pixels_that_do_not_fill_the_image_are_refused(study, tmp_path, syntax, rows):
    study.voxels = np.tile(study.voxels, (1, 1, 8, 8))
    path = study.write(tmp_path)[0]
    transcode(path, syntax)
    dataset = dcmread(path)
    dataset.Rows = rows
    dataset.save_as(path)

    with pytest.raises((RuntimeError, ValueError)):
        read_stored_file(str(path))
