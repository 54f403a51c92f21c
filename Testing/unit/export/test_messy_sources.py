"""Sources as archives hold them: incomplete, old, invalid, gone."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import generate_uid

from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.export import write_dicom_results


def set_raw(dataset, keyword, value):
    """Set an element to text that is not valid for it, as old archives hold it."""
    raw = value.encode("latin-1")
    raw += b" " * (len(raw) % 2)
    tag = Tag(tag_for_keyword(keyword))
    dataset[tag] = RawDataElement(tag, dictionary_VR(tag), len(raw), raw, 0, False, True)


def without(*keywords):
    def edit(dataset):
        for keyword in keywords:
            delattr(dataset, keyword)

    return edit


def with_name(character_set, name):
    def edit(dataset):
        dataset.SpecificCharacterSet, dataset.PatientName = character_set, name

    return edit


def name_without_character_set(dataset):
    del dataset.SpecificCharacterSet


def with_values(**values):
    def edit(dataset):
        for keyword, value in values.items():
            set_raw(dataset, keyword, value)

    return edit


MESSY = {
    "no frame of reference": (without("FrameOfReferenceUID"), {}),
    "no study ID, accession number, referring physician": (
        without("StudyID", "AccessionNumber", "ReferringPhysicianName"),
        {"StudyID": "", "AccessionNumber": "", "ReferringPhysicianName": ""},
    ),
    "no patient at all": (
        without("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge"),
        {"PatientID": "", "PatientName": "", "PatientBirthDate": "", "PatientSex": ""},
    ),
    "a Japanese name": (
        with_name(["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        {"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    ),
    "a Cyrillic name": (with_name("ISO_IR 144", "Иванов^Иван"), {"PatientName": "Иванов^Иван"}),
    "a name without a character set": (name_without_character_set, {"PatientName": "Müller^Jörg"}),
    "a name without a caret": (with_values(PatientName="Madonna"), {"PatientName": "Madonna"}),
    "an impossible birth date and sex": (
        with_values(PatientBirthDate="19500000", PatientSex="W"),
        {"PatientBirthDate": "", "PatientSex": ""},
    ),
    "old dates and times": (
        with_values(StudyDate="2024.02.29", StudyTime="10:11:12.5"),
        {"StudyDate": "20240229", "StudyTime": "101112.500000"},
    ),
    "a decimal string that is too long": (
        with_values(PatientWeight="70.123456789012345678"),
        {"PatientWeight": 70.12345679},
    ),
    "a tilted gantry": (with_values(GantryDetectorTilt="-12.5"), {}),
    "an anonymised study that does not say how": (
        with_values(PatientIdentityRemoved="YES"),
        {"PatientIdentityRemoved": "YES", "DeidentificationMethod": "Not stated by the source"},
    ),
    "images that were compressed with loss": (
        with_values(
            LossyImageCompression="01", LossyImageCompressionRatio="12.5",
            LossyImageCompressionMethod="ISO_10918_1",
        ),
        {},
    ),
}  # fmt: skip


STEMS_FROM_SOURCE = {
    "no study ID, accession number, referring physician": r"StudyID.* needed to build DICOMDIR",
    "no patient at all": r"PatientID.* needed to build DICOMDIR",
    "a name without a caret": r"PatientName.* Retired Person Name form",
}
"""What dciodvfy says of attributes that are copied as they are."""


@pytest.mark.parametrize("mess", MESSY)
def test_a_messy_source_gives_valid_objects(
    small_study, loaded, make_content, tmp_path, faults, recwarn, caplog, mess
):
    edit, expected = MESSY[mess]
    series = loaded(small_study(edit=edit))
    recwarn.clear()

    paths = write_dicom_results(tmp_path / "dicom", make_content(series, ["CBF"]), series.sources)

    objects = [dcmread(path) for path in paths]
    found = {path.name: faults(path, STEMS_FROM_SOURCE.get(mess)) for path in paths}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert len({dataset.FrameOfReferenceUID for dataset in objects if "FrameOfReferenceUID" in dataset}) == 1
    for dataset in objects:
        for keyword, value in expected.items():
            assert (dataset[keyword].value or "") == value, keyword
    assert [str(warning.message) for warning in recwarn] == []
    assert caplog.text == ""


def test_lossy_compression_of_the_source_is_told(small_study, loaded, make_content, tmp_path):
    edit, _ = MESSY["images that were compressed with loss"]
    series = loaded(small_study(edit=edit))

    write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)

    for name in ("segmentation.dcm", "map_CBF.dcm"):
        dataset = dcmread(tmp_path / "dicom" / name)
        assert dataset.LossyImageCompression == "01"
        assert dataset.LossyImageCompressionRatio == 12.5


@pytest.mark.filterwarnings("ignore:The value length")
def test_an_accession_number_that_is_too_long_stays_whole(small_study, loaded, make_content, tmp_path):
    series = loaded(small_study(edit=with_values(AccessionNumber="12345678901234567890")))

    paths = write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)

    assert {dcmread(path).AccessionNumber for path in paths} == {"12345678901234567890"}


def test_source_images_that_are_gone_are_named_as_the_reason(small_study, loaded, make_content, tmp_path):
    series = loaded(small_study())
    for file in series.sources.files:
        Path(file.path).unlink()

    with pytest.raises(SeriesError, match=r"no longer where they were loaded from.*; put the study back"):
        write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)

    assert list(tmp_path.iterdir()) == []


def test_source_images_that_were_replaced_are_not_taken_for_the_study(
    small_study, loaded, make_content, tmp_path
):
    series = loaded(small_study())
    for file in series.sources.files:
        dataset = dcmread(file.path)
        dataset.SOPInstanceUID = generate_uid()
        dataset.PatientName = "Somebody^Else"
        dataset.save_as(file.path)

    with pytest.raises(SeriesError, match="have changed since they were loaded"):
        write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_a_study_without_identifiers_is_refused(small_study, loaded, make_content, tmp_path, keyword):
    series = loaded(small_study(edit=without(keyword)))

    with pytest.raises(SeriesError, match="lack the identifiers by which results refer to them; export"):
        write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)
