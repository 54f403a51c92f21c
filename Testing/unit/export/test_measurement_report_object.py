"""Volumes and indices as a structured report, read again by highdicom."""

import highdicom
import pytest
from pydicom import dcmread

from CTPerfusionLib.export import write_dicom_results

ORDER = ("core", "penumbra", "hypoperfusion")
VOLUME_TERMS = {
    "VOL_CORE_GLOBAL": "core_global",
    "VOL_CORE_LOCAL": "core_local",
    "VOL_HYPOPERF": "hypoperfusion",
    "VOL_PENUMBRA": "penumbra",
    "VOL_TMAX_4": "tmax_4",
    "VOL_TMAX_6": "tmax_6",
    "VOL_TMAX_8": "tmax_8",
    "VOL_TMAX_10": "tmax_10",
    "VOL_RCBF_20": "rcbf_20",
    "VOL_RCBF_30": "rcbf_30",
    "VOL_RCBF_34": "rcbf_34",
    "VOL_RCBF_38": "rcbf_38",
}
INDEX_TERMS = {
    "MISMATCH_RATIO": "mismatch_ratio",
    "HIR": "hypoperfusion_intensity_ratio",
    "CBV_INDEX": "cbv_index",
}


@pytest.fixture
def write(series, make_content, tmp_path):
    """Write the results of a summary with some numbers changed, and return the report and its folder."""

    def write_with(**changes):
        summary = {**make_content(series).summary, **changes}
        write_dicom_results(tmp_path / "dicom", make_content(series, summary=summary), series.sources)
        return highdicom.sr.srread(tmp_path / "dicom" / "measurements.dcm"), tmp_path / "dicom"

    return write_with


def lesion_group(report):
    (group,) = report.content.get_image_measurement_groups()
    return group


def numbers(report):
    return {
        measurement.name.value: (measurement.value, measurement.unit.value)
        for measurement in lesion_group(report).get_measurements()
    }


def answers(report):
    return {
        evaluation.name.value: evaluation.value
        for evaluation in lesion_group(report).get_qualitative_evaluations()
    }


def test_every_number_is_that_of_the_summary(write, series, make_content):
    summary = make_content(series).summary

    report, _ = write()

    found = numbers(report)
    expected = {term: (summary["volumes_ml"][name], "mL") for term, name in VOLUME_TERMS.items()}
    expected |= {term: (summary[name], "{ratio}") for term, name in INDEX_TERMS.items()}
    expected["VOL_MISMATCH"] = (75.67, "mL")
    assert found == expected


def test_each_segment_has_its_volume_and_is_referred_to(write, series, make_content):
    volumes = make_content(series).summary["volumes_ml"]

    report, folder = write()

    segmentation = dcmread(folder / "segmentation.dcm")
    groups = report.content.get_volumetric_roi_measurement_groups()
    assert [group.tracking_identifier for group in groups] == list(ORDER)
    for number, (group, name) in enumerate(zip(groups, ORDER, strict=True), start=1):
        (measurement,) = group.get_measurements()
        segment = group.referenced_segment
        assert measurement.value == volumes["core_global" if name == "core" else name]
        assert (measurement.name.value, measurement.unit.value) == ("118565006", "mL")
        assert segment.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        assert segment.referenced_segment_numbers == [number]
        assert group.tracking_uid == segmentation.SegmentSequence[number - 1].TrackingUID
        assert group.finding_type.value == name


def test_the_core_of_the_segment_is_the_one_that_counts(write, series, make_content):
    report, _ = write(mismatch_core="local")

    core = report.content.get_volumetric_roi_measurement_groups()[0]
    assert core.get_measurements()[0].value == make_content(series).summary["volumes_ml"]["core_local"]
    assert numbers(report)["VOL_MISMATCH"] == (77.51, "mL")
    assert answers(report)["MISMATCH_CORE"].value == "CORE_LOCAL"


def test_numbers_that_are_not_known_are_left_out(write, series, make_content, faults):
    volumes = {**make_content(series).summary["volumes_ml"], "core_local": None}

    report, folder = write(volumes_ml=volumes, mismatch_ratio=None, cbv_index=None)

    assert {"VOL_CORE_LOCAL", "MISMATCH_RATIO", "CBV_INDEX"}.isdisjoint(numbers(report))
    assert "VOL_CORE_GLOBAL" in numbers(report)
    assert faults(folder / "measurements.dcm") == []


@pytest.mark.parametrize(("side", "code"), [("left", "7771000"), ("right", "24028007"), ("none", "NO_SIDE")])
def test_the_affected_side_is_coded(write, faults, side, code):
    report, folder = write(affected_hemisphere=side)

    (site,) = lesion_group(report).finding_sites
    assert answers(report)["272741003"].value == code
    assert (None if site.laterality is None else site.laterality.value) == (None if side == "none" else code)
    assert faults(folder / "measurements.dcm") == []


@pytest.mark.parametrize(("definition", "code"), [("centre", "TMAX_CENTRE"), ("argmax", "TMAX_ARGMAX")])
def test_the_definition_of_tmax_is_coded(write, definition, code):
    report, _ = write(tmax_definition=definition)

    assert answers(report)["TMAX_DEFINITION"].value == code


def test_method_and_thresholds_are_told_in_words_and_research_use_in_a_code(write):
    report, folder = write()

    texts = [
        element.value
        for element in dcmread(folder / "measurements.dcm").iterall()
        if element.keyword == "TextValue"
    ]
    assert {"Core: relative CBF < 30 %", "Slices: 4 × 5 mm"} <= set(texts)
    assert answers(report)["INTENDED_USE"].value == "RESEARCH_ONLY"
    assert (report.VerificationFlag, report.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")


def test_all_that_is_referred_to_stands_in_the_evidence(write, series):
    report, folder = write()

    evidence = {
        item.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for part in study.ReferencedSeriesSequence
        for item in part.ReferencedSOPSequence
    }
    sources = {series.sources.image(0, index).file.sop_instance_uid for index in range(series.n_slices)}
    assert evidence == sources | {dcmread(folder / "segmentation.dcm").SOPInstanceUID}
