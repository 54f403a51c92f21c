"""Where the times of a DICOM study come from."""

import struct

import numpy as np
import pytest

from CTPerfusionLib.io import SeriesError, load_series, write_times
from CTPerfusionLib.series import Severity, TimeSource


def clock(seconds):
    seconds = round(seconds % 86400, 3)
    return f"{int(seconds // 3600):02d}{int(seconds // 60 % 60):02d}{seconds % 60:06.3f}"


def without_times(dataset, *_):
    del dataset.AcquisitionTime, dataset.AcquisitionDate


def one_file_time(dataset, *_):
    dataset.AcquisitionTime = "100000"


def by_code(series):
    return {finding.code: finding for finding in series.findings}


def test_slices_of_a_shuttle_keep_their_own_times(shuttle_study, tmp_path):
    shuttle_study.write(tmp_path)
    series = load_series(tmp_path)
    assert series.has_slice_times
    np.testing.assert_allclose(series.times, shuttle_study.times, atol=1e-5)
    np.testing.assert_array_equal(series.voxels, shuttle_study.voxels)


def test_two_table_positions_keep_their_own_times(study, tmp_path):
    study.times = study.times[:, None] * 2 + np.array([0, 0, 1.5, 1.5])
    study.write(tmp_path)
    np.testing.assert_allclose(load_series(tmp_path).times, study.times, atol=1e-5)


def test_acquisition_datetime_is_trusted_before_acquisition_time(study, tmp_path):
    def later(dataset, frame, _index):
        dataset.AcquisitionDateTime = f"20240229{clock(36000 + 2 * frame)}+0100"

    study.write(tmp_path, later)
    series = load_series(tmp_path)
    assert series.time_source is TimeSource.ACQUISITION_DATETIME
    assert series.interval == pytest.approx(2)


@pytest.mark.parametrize("dates", ["same", "turning", "absent", "late", "invalid"])
def test_a_scan_across_midnight_keeps_its_order(study, tmp_path, dates):
    study.start = 86400 - 6

    def dated(dataset, frame, _index):
        is_next_day = study.start + 1.5 * (frame - (dates == "late")) >= 86400
        dataset.AcquisitionDate = "20240301" if is_next_day and dates in ("turning", "late") else "20240229"
        if dates == "absent":
            del dataset.AcquisitionDate
        if dates == "invalid":
            dataset.add_new("AcquisitionDate", "LO", "10102")

    study.write(tmp_path, dated)
    series = load_series(tmp_path)
    np.testing.assert_allclose(series.times, study.times, atol=1e-5)
    np.testing.assert_array_equal(series.voxels, study.voxels)


def test_an_acquisition_datetime_across_midnight_keeps_its_order(study, tmp_path):
    def dated(dataset, frame, _index):
        dataset.AcquisitionDateTime = f"20240229{clock(86395 + 1.5 * frame)}"

    study.write(tmp_path, dated)
    np.testing.assert_allclose(load_series(tmp_path).times, study.times, atol=1e-3)


def test_content_time_serves_where_acquisition_time_stands_still(study, tmp_path):
    def content(dataset, frame, _index):
        one_file_time(dataset)
        dataset.ContentTime = clock(36000 + 1.5 * frame)

    study.write(tmp_path, content)
    series = load_series(tmp_path)
    assert series.time_source is TimeSource.CONTENT_TIME
    np.testing.assert_allclose(series.times, study.times, atol=1e-3)
    finding = by_code(series)["time_source"]
    assert "since AcquisitionTime does not change from frame to frame" in finding.message


def test_content_time_of_derived_images_is_not_their_acquisition_time(study, tmp_path):
    def processed(dataset, frame, _index):
        one_file_time(dataset)
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        dataset.ContentTime = clock(36000 + 1.5 * frame)

    study.write(tmp_path, processed)
    with pytest.raises(SeriesError, match="no usable acquisition times"):
        load_series(tmp_path)


def test_content_time_against_the_numbering_of_images_is_not_used(study, tmp_path):
    made = np.random.default_rng(0).permutation(12)

    def scrambled(dataset, frame, _index):
        one_file_time(dataset)
        dataset.ContentTime = clock(36000 + 1.5 * made[frame])

    study.write(tmp_path, scrambled)
    with pytest.raises(SeriesError, match="ContentTime does not follow the numbering of the images"):
        load_series(tmp_path)


def test_acquisition_time_wins_over_the_numbering_with_a_warning(study, tmp_path):
    numbers = np.random.default_rng(0).permutation(12)
    study.write(tmp_path, lambda dataset, frame, _: setattr(dataset, "InstanceNumber", int(numbers[frame])))
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert by_code(series)["frame_order"].severity is Severity.WARNING


def test_trigger_time_counts_milliseconds(study, tmp_path):
    def triggered(dataset, frame, _index):
        without_times(dataset)
        dataset.TriggerTime = str(1500 * frame)

    study.write(tmp_path, triggered)
    series = load_series(tmp_path)
    assert series.time_source is TimeSource.TRIGGER_TIME
    np.testing.assert_allclose(series.times, study.times)


@pytest.mark.parametrize("form", ["text", "double"])
def test_ge_midscan_time_is_read_as_text_and_as_a_mislabelled_double(study, tmp_path, form):
    def ge(dataset, frame, index):
        without_times(dataset)
        dataset.add_new((0x0019, 0x0010), "LO", "GEMS_ACQU_01")
        dataset.add_new((0x0019, 0x1024), "DS", f"{470.0 + study.time(frame, index):08.4f}"[:8])

    for path in study.write(tmp_path, ge):
        if form == "double":
            content = path.read_bytes()
            start = content.index(b"\x19\x00\x24\x10DS\x08\x00") + 8
            seconds = float(content[start : start + 8])
            path.write_bytes(content[:start] + struct.pack("<d", seconds) + content[start + 8 :])
    series = load_series(tmp_path)
    assert series.time_source is TimeSource.GE_MIDSCAN_TIME
    np.testing.assert_allclose(series.times, study.times, atol=1e-3)


def test_the_private_element_of_another_vendor_is_no_time(study, tmp_path):
    def siemens(dataset, frame, index):
        without_times(dataset)
        dataset.Manufacturer = "SIEMENS"
        dataset.add_new((0x0019, 0x0010), "LO", "SIEMENS CT VA0  COAD")
        dataset.add_new((0x0019, 0x1024), "DS", str(470 + study.time(frame, index)))

    study.write(tmp_path, siemens)
    with pytest.raises(SeriesError, match="no usable acquisition times"):
        load_series(tmp_path)


@pytest.mark.filterwarnings("ignore:Invalid value for VR TM")
def test_a_time_that_lost_its_leading_zero_is_read(study, tmp_path):
    study.start = 7 * 3600.0

    def mangled(dataset, *_):
        dataset.AcquisitionTime = dataset.AcquisitionTime.removeprefix("0")

    study.write(tmp_path, mangled)
    np.testing.assert_allclose(load_series(tmp_path).times, study.times, atol=1e-5)


def test_times_too_coarse_for_the_frames_are_not_used(study, tmp_path):
    study.times = np.arange(12) * 0.5
    study.write(
        tmp_path, lambda dataset, *_: setattr(dataset, "AcquisitionTime", dataset.AcquisitionTime[:6])
    )
    with pytest.raises(SeriesError, match="AcquisitionTime repeats itself in 24 of 48 images"):
        load_series(tmp_path)


def test_a_span_that_no_scan_has_is_not_believed(study, tmp_path):
    study.times = study.times * 100
    study.write(tmp_path)
    with pytest.raises(SeriesError, match=r"AcquisitionTime spans 1650\.0 s where 5 to 300 s are plausible"):
        load_series(tmp_path)


def test_without_usable_times_the_sentence_names_the_options(study, tmp_path):
    study.write(tmp_path, without_times)
    with pytest.raises(SeriesError) as refusal:
        load_series(tmp_path)
    assert str(refusal.value) == (
        "The headers hold no usable acquisition times; give the seconds between frames with --interval or a "
        "times file with --times."
    )


def test_irregular_frames_are_reported(study, tmp_path):
    study.times = np.concatenate([np.arange(8) * 1.5, 12 + np.arange(4) * 4.0])
    study.write(tmp_path)
    series = load_series(tmp_path)
    np.testing.assert_allclose(series.times, study.times, atol=1e-5)
    assert by_code(series)["irregular_frames"].message.startswith("Frames are 1.50 to 4.00 s apart")


@pytest.mark.parametrize("numbering", ["InstanceNumber", "AcquisitionNumber", "TemporalPositionIdentifier"])
def test_an_interval_orders_frames_by_the_numbers_in_the_headers(study, tmp_path, numbering):
    def numbered(dataset, frame, _index):
        without_times(dataset)
        del dataset.InstanceNumber
        setattr(dataset, numbering, frame + 1)

    study.write(tmp_path, numbered)
    series = load_series(tmp_path, frame_interval=2.0)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    np.testing.assert_allclose(series.times, np.arange(12) * 2.0)
    assert series.time_source is TimeSource.USER_INTERVAL


def test_an_interval_needs_some_order_of_frames(study, tmp_path):
    def unordered(dataset, *_):
        without_times(dataset)
        del dataset.InstanceNumber

    study.write(tmp_path, unordered)
    with pytest.raises(SeriesError, match="neither when the images were acquired nor in which order"):
        load_series(tmp_path, frame_interval=2.0)


def test_given_times_take_precedence_and_a_contradiction_is_a_warning(study, tmp_path):
    study.write(tmp_path)
    series = load_series(tmp_path, frame_interval=3.0)
    assert series.interval == pytest.approx(3)
    finding = by_code(series)["user_times"]
    assert finding.severity is Severity.WARNING
    assert "33.0 s from first to last sample, where the headers say 16.5 s" in finding.message
    agreeing = load_series(tmp_path, frame_interval=1.5)
    assert by_code(agreeing)["user_times"].severity is Severity.INFO


def test_times_may_be_given_as_array_or_file_per_frame_or_slice(study, shuttle_study, tmp_path):
    study.write(tmp_path / "still", without_times)
    given = study.times**1.1
    np.testing.assert_allclose(load_series(tmp_path / "still", times=given).times, given)
    shuttle_study.write(tmp_path / "shuttle", without_times)
    write_times(tmp_path / "times.csv", shuttle_study.times)
    series = load_series(tmp_path / "shuttle", times=tmp_path / "times.csv")
    np.testing.assert_allclose(series.times, shuttle_study.times, atol=1e-6)
    assert series.time_source is TimeSource.TIMES_FILE


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"frame_interval": 1500.0}, r"would last 16500\.0 s, where 5 to 300 s are plausible"),
        ({"frame_interval": -1.0}, "frame interval -1 s is not positive"),
        ({"times": np.arange(11.0)}, "11 times were given, and the series has 12 frames of 4 slices"),
        ({"times": np.zeros(12)}, "do not increase from frame to frame"),
        ({"times": "no-such-file.csv"}, "times file no-such-file.csv cannot be read"),
    ],
)
def test_unfitting_given_times_are_refused(study, tmp_path, options, reason):
    study.write(tmp_path)
    with pytest.raises(SeriesError, match=reason):
        load_series(tmp_path, **options)


def test_interval_and_times_exclude_each_other(tmp_path):
    with pytest.raises(ValueError, match="not both"):
        load_series(tmp_path, frame_interval=1.0, times=[0.0, 1.0])
