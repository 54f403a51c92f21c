"""Public cohorts: which cases are found, what they lack, and which files belong to them."""

import pytest

from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.io.layouts import LAYOUTS, LESION, SERIES, UniToBrainStage, find_unitobrain

KINDS = ("CT", "CT_4DPWI", "CT_CBF", "CT_CBV", "CT_MTT", "CT_Tmax", "OT")
MAPS = ("cbf", "cbv", "mtt", "tmax")


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def isles2018(place, number, kinds=KINDS):
    """Write a case with each image in a folder of its own."""
    for offset, kind in enumerate(kinds):
        name = f"SMIR.Brain.XX.O.{kind}.{1000 * number + offset}"
        touch(place / f"case_{number}" / name / f"{name}.nii")


def isles2024(root, subject, *, session="ses-01", maps=MAPS, space="derivatives"):
    raw, derived = (root / part / subject / session for part in ("raw_data", "derivatives"))
    touch(raw / f"{subject}_{session}_ctp.nii.gz")
    touch(raw / f"{subject}_{session}_ncct.nii.gz")
    for name in maps:
        touch(derived / "perfusion-maps" / f"{subject}_{session}_space-ncct_{name}.nii.gz")
        if space == "raw":
            touch(raw / "perfusion-maps" / f"{subject}_{session}_{name}.nii.gz")
    later = session[:-1] + "2"
    touch(root / "derivatives" / subject / later / f"{subject}_{later}_lesion-msk.nii.gz")


def names(cases):
    return [case.name for case in cases]


def test_cases_of_isles_2018_have_their_scan_maps_and_lesion(tmp_path):
    isles2018(tmp_path / "TRAINING", 3)

    (case,) = LAYOUTS["isles2018"].cases(tmp_path)

    assert (case.name, case.patient, case.missing) == ("case_3", "case_3", {})
    assert case.files[SERIES].name == "SMIR.Brain.XX.O.CT_4DPWI.3001.nii"
    assert case.files[LESION].name == "SMIR.Brain.XX.O.OT.3006.nii"
    maps = {name: path.name.split(".")[4] for name, path in case.reference_maps.items()}
    assert maps == {"CBF": "CT_CBF", "CBV": "CT_CBV", "MTT": "CT_MTT", "Tmax": "CT_Tmax"}


def test_images_of_isles_2018_may_lie_in_the_folder_of_the_case_itself(tmp_path):
    for number, kind in enumerate(KINDS):
        touch(tmp_path / "case_1" / f"SMIR.Brain.XX.O.{kind}.{number}.nii")
    touch(tmp_path / "case_1" / "SMIR.Brain.XX.O.CT_CBF.77.txt")

    (case,) = LAYOUTS["isles2018"].cases(tmp_path)

    assert case.missing == {}
    assert case.files["CBF"] == tmp_path / "case_1" / "SMIR.Brain.XX.O.CT_CBF.2.nii"


def test_cases_are_in_the_order_of_their_numbers_and_incomplete_ones_say_what_they_lack(tmp_path):
    isles2018(tmp_path, 10)
    isles2018(tmp_path, 9, [kind for kind in KINDS if kind not in ("CT_CBF", "OT")])
    isles2018(tmp_path, 2, ["CT", "OT"])
    touch(tmp_path / "case_10" / "SMIR.Brain.XX.O.CT_Tmax.5.nii")

    cases = LAYOUTS["isles2018"].cases(tmp_path)
    needed = LAYOUTS["isles2018"].needed

    assert names(cases) == ["case_2", "case_9", "case_10"]
    assert [case.lack_of(*needed) for case in cases] == [
        "there is no CT_4DPWI",
        "there is no CT_CBF",
        "there is more than one CT_Tmax",
    ]
    assert cases[1].lack_of(LESION) == "there is no lesion (OT), as in the cases of the test"


def test_two_slabs_belong_to_one_patient_where_the_list_says_so(tmp_path):
    for number in (1, 2, 3):
        isles2018(tmp_path / "TRAINING", number)
    (tmp_path / "TRAINING" / "patients.csv").write_text("case,patient\ncase_1,P7\ncase_3, P7\n")

    cases = LAYOUTS["isles2018"].cases(tmp_path)

    assert [case.patient for case in cases] == ["P7", "case_2", "P7"]


@pytest.mark.parametrize("text", ["case;patient\ncase_1;P7\n", "case,patient\ncase_1,A\ncase_1,B\n"])
def test_a_list_of_slabs_that_cannot_be_used_is_refused(tmp_path, text):
    isles2018(tmp_path, 1)
    (tmp_path / "patients.csv").write_text(text)

    with pytest.raises(SeriesError, match=r"patients\.csv of slabs of one patient"):
        LAYOUTS["isles2018"].cases(tmp_path)


@pytest.mark.parametrize(
    ("subject", "session"), [("sub-stroke0003", "ses-01"), ("sub-strokecase0003", "ses-0001")]
)
def test_subjects_of_isles_2024_have_their_scan_maps_and_final_lesion(tmp_path, subject, session):
    isles2024(tmp_path, subject, session=session)

    (case,) = LAYOUTS["isles2024"].cases(tmp_path)

    assert (case.name, case.missing) == (subject, {})
    assert case.files[SERIES].name.endswith("_ctp.nii.gz")
    assert case.files["Tmax"].name == f"{subject}_{session}_space-ncct_tmax.nii.gz"
    assert case.files[LESION].name.endswith("_lesion-msk.nii.gz")


def test_maps_in_the_space_of_the_scan_are_preferred_to_registered_ones(tmp_path):
    isles2024(tmp_path, "sub-stroke0001", space="raw")

    (case,) = LAYOUTS["isles2024"].cases(tmp_path)

    assert case.files["CBF"].name == "sub-stroke0001_ses-01_cbf.nii.gz"
    assert len(case.reference_maps) == 4


def test_a_subject_with_derivatives_alone_is_listed_without_a_scan(tmp_path):
    isles2024(tmp_path, "sub-stroke0002", maps=("cbf",))
    isles2024(tmp_path, "sub-stroke0001")
    for path in (tmp_path / "raw_data" / "sub-stroke0001" / "ses-01").iterdir():
        path.unlink()

    first, second = LAYOUTS["isles2024"].cases(tmp_path)

    assert first.lack_of(SERIES, "CBF", "Tmax") == "there is no ctp"
    assert second.lack_of(SERIES, "CBF", "Tmax") == "there is no tmax"


def test_unitobrain_gives_the_stage_that_is_asked_for_with_all_maps(tmp_path):
    for folder in ("MOL-002", "MOL-002_Registered_Filtered_3mm_20HU"):
        touch(tmp_path / folder / "IM00001.dcm")
    for name in ("CBF", "TTP"):
        touch(tmp_path / "MOL-002_Registered_Filtered_3mm_20HU_Maps" / f"NLR_{name}" / "a.dcm")

    (raw,) = LAYOUTS["unitobrain"].cases(tmp_path)
    (registered,) = find_unitobrain(tmp_path, UniToBrainStage.REGISTERED)

    assert raw.files[SERIES] == tmp_path / "MOL-002"
    assert list(raw.reference_maps) == ["CBF", "TTP"]
    assert raw.lack_of("CBV", "MTT") == "there is no NLR_CBV and no NLR_MTT"
    assert registered.lack_of(SERIES) == "there is no registered series"


def test_links_that_lead_out_of_the_cohort_are_not_followed(tmp_path):
    root, elsewhere = tmp_path / "cohort", tmp_path / "elsewhere"
    isles2018(root, 1, [kind for kind in KINDS if kind != "CT_CBF"])
    isles2018(elsewhere, 2)
    secret = touch(elsewhere / "secret.nii")
    name = "SMIR.Brain.XX.O.CT_CBF.5"
    (root / "case_1" / name).mkdir()
    (root / "case_1" / name / f"{name}.nii").symlink_to(secret)
    (root / "case_2").symlink_to(elsewhere / "case_2")

    (case,) = LAYOUTS["isles2018"].cases(root)

    assert case.lack_of("CBF") == "there is no CT_CBF"


def test_a_link_below_a_folder_of_dicom_files_leaves_the_series_out(tmp_path):
    secret = touch(tmp_path / "elsewhere" / "a.dcm")
    root = tmp_path / "cohort"
    for folder in ("MOL-1", "MOL-1_Registered"):
        touch(root / folder / "IM1.dcm")
    (root / "MOL-1" / "IM2.dcm").symlink_to(secret)

    (case,) = LAYOUTS["unitobrain"].cases(root)

    assert case.lack_of(SERIES) == "there is no raw series"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_of_something_else_is_refused_with_what_to_give(tmp_path, name):
    (tmp_path / "pictures").mkdir()

    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            SeriesError, match=f"does not hold cases of {LAYOUTS[name].title}; give the folder"
        ):
            LAYOUTS[name].cases(folder)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
def test_every_layout_states_the_units_of_what_it_needs(layout):
    assert {"CBF", "CBV", "MTT", layout.late_map} <= set(layout.units)
