"""Real studies: the list of groups, results that are there already, studies that fail."""

import json

import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.pipeline import PipelineConfig
from CTPerfusionLib.validation.segmentation_case import Group
from CTPerfusionLib.validation.segmentation_evaluation import evaluate_studies
from CTPerfusionLib.validation.segmentation_studies import read_groups

SUMMARY = {
    "volumes_ml": {
        "core_global": 20.5,
        "core_local": 15.25,
        "hypoperfusion": 80.0,
        "penumbra": 59.5,
        "tmax_6": 79.0,
    },
    "volumes_raw_ml": {"core_global": 22.0, "core_local": 16.0},
    "affected_hemisphere": "left",
    "mismatch_core": "global",
}


@pytest.fixture
def folder(tmp_path):
    """Two results, one of them without a local core, and a folder without a study."""
    studies = tmp_path / "studies"
    for name, summary in (
        ("first", SUMMARY),
        ("second", SUMMARY | {"volumes_ml": SUMMARY["volumes_ml"] | {"core_local": None}}),
    ):
        (studies / name).mkdir(parents=True)
        (studies / name / "summary.json").write_text(json.dumps(summary))
    (studies / "empty").mkdir()
    return studies


@pytest.fixture
def write_groups(tmp_path):
    def write(text: str):
        path = tmp_path / "groups.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_grades_and_names_of_groups_are_read(write_groups, folder):
    path = write_groups(
        "age,study,microangiopathy,stroke\n70,first,0,yes\n80,second,3,No\n,empty,ma,1\n,other,NoMA,false\n"
    )

    labels = read_groups(path, folder)

    assert [(each.study, each.group, each.grade, each.stroke) for each in labels] == [
        ("first", Group.NO_MICROANGIOPATHY, 0, True),
        ("second", Group.MICROANGIOPATHY, 3, False),
        ("empty", Group.MICROANGIOPATHY, None, True),
        ("other", Group.NO_MICROANGIOPATHY, None, False),
    ]
    assert [each.number for each in labels] == [1, 2, 3, 4]


def test_a_file_that_a_spreadsheet_has_saved_with_a_mark_in_front_is_read(write_groups, folder):
    path = write_groups("\ufeffstudy,microangiopathy,stroke\nfirst,1,yes\n")

    assert read_groups(path, folder)[0].grade == 1


@pytest.mark.parametrize("study", ["../secret", "/etc", "first/../../secret", ".", ""])
def test_a_study_outside_the_folder_is_refused(write_groups, folder, study):
    path = write_groups(f"study,microangiopathy,stroke\n{study},1,yes\n")

    with pytest.raises(ConfigurationError, match=r"Row 1 .* below that folder only"):
        read_groups(path, folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(write_groups, folder, tmp_path):
    (tmp_path / "secret").mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    path = write_groups("study,microangiopathy,stroke\nlink,1,yes\n")

    with pytest.raises(ConfigurationError, match="below that folder only"):
        read_groups(path, folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("study,stroke\nfirst,yes\n", "no column microangiopathy"),
        ("study,microangiopathy,stroke\n", "names no study"),
        ("", "no column study"),
        ("study,microangiopathy,stroke\nfirst,4,yes\n", "'4' under microangiopathy"),
        ("study,microangiopathy,stroke\nfirst,1,perhaps\n", "'perhaps' under stroke"),
        ("study,microangiopathy,stroke\nfirst,1\n", "'' under stroke"),
        ("study,microangiopathy,stroke\nfirst,1,yes\nfirst,2,no\n", "names first twice"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_the_reason(write_groups, folder, text, reason):
    with pytest.raises(ConfigurationError, match=reason):
        read_groups(write_groups(text), folder)


def test_a_list_that_is_not_there_or_no_text_is_refused(folder, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_groups(tmp_path / "nowhere.csv", folder)
    (tmp_path / "image.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_groups(tmp_path / "image.csv", folder)


def test_results_are_taken_as_they_are_and_failures_keep_their_row(write_groups, folder):
    path = write_groups("study,microangiopathy,stroke\nfirst,0,yes\nsecond,3,yes\nempty,1,no\nnowhere,1,no\n")
    reports = []

    cohort = evaluate_studies(
        folder, path, config=PipelineConfig(), progress=lambda title, _: reports.append(title)
    )

    first, second, empty, nowhere = cohort.cases
    assert first.measured.core_local == 15.25
    assert first.measured.core_global_raw == 22.0
    assert first.measured.change == pytest.approx(-5.25)
    assert second.measured is None
    assert "both normalisations" in second.failure
    assert empty.measured is None
    assert empty.failure
    assert nowhere.failure == "There is no such study; check its path."
    assert not cohort.simulated
    assert set(reports) <= {f"Study {number} of 4" for number in range(1, 5)}


def test_a_protocol_whose_core_has_no_relative_flow_is_refused(write_groups, folder):
    path = write_groups("study,microangiopathy,stroke\nfirst,0,yes\n")

    with pytest.raises(ConfigurationError, match="does not depend on the normalisation"):
        evaluate_studies(folder, path, config=PipelineConfig(protocol="syngo-like"), progress=lambda *_: None)


def test_stopping_is_passed_through_and_no_failure_of_a_case(write_groups, folder):
    def stop(_title: str, _fraction: float) -> None:
        raise Cancelled

    path = write_groups("study,microangiopathy,stroke\nempty,0,yes\n")

    with pytest.raises(Cancelled):
        evaluate_studies(folder, path, config=PipelineConfig(), progress=stop)
