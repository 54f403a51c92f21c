"""Labels, the course of a fold, its settings and its tables."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError, CTPerfusionError
from CTPerfusionLib.networks.core_volume import CoreVolumeArchitecture
from CTPerfusionLib.training import Schedule
from CTPerfusionLib.training.core_volume import (
    CORE_PRESETS,
    CoreEpoch,
    CoreFold,
    CorePrediction,
    CoreVolumeStudy,
    CoreVolumeTraining,
    StandardisedBy,
)
from CTPerfusionLib.training.core_volume.course import CoreCourse
from CTPerfusionLib.training.core_volume.fold_files import fold_rows, fold_table, write_fold_files
from CTPerfusionLib.training.core_volume.labels import core_labels
from CTPerfusionLib.training.core_volume.learning_curve import write_core_learning_curve


def course_of(losses):
    return CoreCourse(
        tuple(CoreEpoch(number, 1e-3, loss, loss, 0.5, 1.0) for number, loss in enumerate(losses, start=1))
    )


def study_of(tmp_path, *folds, gives_volume=False):
    """Each fold as (part, is_large, core_ml, score) of its patients."""
    finished = tuple(
        CoreFold(
            number, course_of([0.5, 0.4]).epochs, 2,
            tuple(
                CorePrediction(f"P{place}", part, core_ml, is_large, score)
                for place, (part, is_large, core_ml, score) in enumerate(patients)
            ),
        )
        for number, patients in enumerate(folds, start=1)
    )  # fmt: skip
    return CoreVolumeStudy(tmp_path, tmp_path / "model.safetensors", 30.0, gives_volume, finished)


def test_half_of_an_odd_cohort_and_the_median_itself_are_large():
    labels = core_labels("abcde", (10.0, 50.0, 32.4, 0.0, 90.0), "median")

    assert labels.threshold_ml == 32.4
    assert labels.large == (False, True, True, False, True)


@given(st.lists(st.floats(0.0, 300.0, width=32), min_size=2, max_size=30))
def test_the_median_divides_a_cohort_unless_half_of_it_shares_the_smallest_core(volumes):
    names = [f"P{place}" for place in range(len(volumes))]
    try:
        labels = core_labels(names, volumes, "median")
    except CTPerfusionError:
        assert sorted(volumes)[len(volumes) // 2] == min(volumes)  # also where all are equal
        return
    assert 0 < sum(labels.large) < len(volumes)
    assert 2 * sum(labels.large) >= len(volumes)


def test_cores_of_phantoms_without_a_stroke_are_small():
    assert core_labels("ab", (0.0, 71.0), 70.0).large == (False, True)


@pytest.mark.parametrize(
    ("volumes", "threshold", "sentence"),
    [
        ((1.0, None, None), "median", "2 of 3 patients have no core volume: b, c"),
        ((5.0, 5.0, 5.0), "median", "All labels are equal: the cores of all 3 patients are at least 5 mL"),
        ((0.0, 0.0, 9.0), "median", "at least 0 mL"),
        ((1.0, 2.0, 3.0), 70.0, "below 70 mL"),
        ((1.0, -2.0, 3.0), 70.0, "core volume of b is negative or no number"),
        ((1.0, 2.0, math.nan), "median", "core volume of c is negative or no number"),
    ],
)
def test_labels_that_nothing_can_be_learned_from_are_refused(volumes, threshold, sentence):
    with pytest.raises(CTPerfusionError, match=sentence):
        core_labels("abc", volumes, threshold)


def test_of_many_unlabelled_patients_some_are_named():
    names = [f"P{place}" for place in range(9)]

    with pytest.raises(CTPerfusionError, match="P0, P1, P2, P3, P4 and 4 more"):
        core_labels(names, [None] * 9, "median")


def test_the_best_epoch_is_the_first_with_the_lowest_loss():
    course = course_of([0.5, 0.2, 0.3, 0.2])

    assert (course.best_epoch, course.best_loss) == (2, 0.2)
    assert (CoreCourse().best_epoch, CoreCourse().best_loss) == (0, math.inf)


def test_a_fold_ends_with_its_last_epoch_or_when_patience_does():
    course = course_of([0.5, 0.2, 0.3, 0.3])

    assert course.is_done(epochs=4, patience=9)
    assert course.is_done(epochs=9, patience=2)
    assert not course.is_done(epochs=9, patience=3)
    assert not CoreCourse().is_done(epochs=1, patience=1)


def test_a_course_survives_its_checkpoint():
    course = course_of([0.5, 0.2])

    assert CoreCourse.from_state(course.as_state()) == course


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", 0.0),
        ("threshold", math.inf),
        ("threshold", "mean"),
        ("n_augmentations", 0),
        ("batch_size", 0),
        ("learning_rate", math.nan),
        ("schedule", Schedule.PLATEAU),
        ("epochs", 0),
        ("patience", 0),
        ("seed", -1),
    ],
)
def test_settings_that_cannot_be_used_are_refused(name, value):
    with pytest.raises(ArgumentError, match=name):
        CoreVolumeTraining(CoreVolumeArchitecture(), **{name: value})


def test_variants_that_are_kept_have_no_batch_to_be_standardised_by():
    with pytest.raises(ArgumentError, match="standardised_by"):
        CoreVolumeTraining(
            CoreVolumeArchitecture(encoder="vgg19"), n_augmentations=4, standardised_by=StandardisedBy.BATCH
        )


def test_the_preset_of_the_paper_is_the_paper():
    """Mittermeier et al. 2022, sections 2.2 to 2.4; the optimiser is the published code's."""
    settings = CORE_PRESETS["paper"].settings

    assert settings.architecture == CoreVolumeArchitecture("vgg19", "both", "class", 0.5)
    assert (settings.augmentation.rotation, settings.augmentation.shift) == (15.0, 10.0)
    assert (settings.batch_size, settings.epochs, settings.patience) == (12, 500, 200)
    assert (settings.optimiser, settings.learning_rate) == ("rmsprop", 1e-3)
    assert settings.threshold == "median"


@pytest.mark.parametrize("preset", CORE_PRESETS.values(), ids=CORE_PRESETS)
def test_the_device_is_no_part_of_what_defines_weights(preset):
    record = preset.settings.as_json()

    assert record == replace(preset.settings, device="cpu").as_json()
    assert record["architecture"]["encoder"] == preset.settings.architecture.encoder


def test_areas_are_averaged_over_folds_that_have_both_kinds(tmp_path):
    study = study_of(
        tmp_path,
        [("test", True, 40.0, 0.9), ("test", False, 10.0, 0.1), ("validation", True, 40.0, 0.2)],
        [("test", True, 40.0, 0.4), ("test", False, 10.0, 0.4)],
        [("test", False, 10.0, 0.4)],
    )

    assert [fold.auc("test") for fold in study.folds] == [1.0, 0.5, None]
    assert (study.auc("test").n, study.auc("test").mean) == (2, 0.75)
    assert study.auc("validation").mean is None


def test_the_table_prints_the_mean_as_the_paper_does_and_dashes_where_nothing_can_be_said(tmp_path):
    study = study_of(
        tmp_path,
        [("test", True, 40.0, 0.9), ("test", False, 10.0, 0.1)],
        [("test", True, 40.0, 0.4), ("test", False, 10.0, 0.4)],
    )

    rows = fold_rows(study)

    assert rows[0] == ("1", "2", "2", "0.4000", "–", "1.000")
    assert rows[-1][-2:] == ("–", "0.75 (0.35)")
    assert "| 0.75 (0.11) | 0.72 (0.10) |" in fold_table(study)


def test_networks_that_give_volumes_have_their_error_in_the_table(tmp_path):
    patients = [("test", True, 40.0, 50.0), ("test", False, 10.0, 14.0), ("validation", False, 0.0, 3.0)]
    study = study_of(tmp_path, patients, gives_volume=True)

    assert study.mean_absolute_error("test").mean == 7.0
    assert fold_rows(study)[0][-2:] == ("3.0", "7.0")
    write_fold_files(study)
    assert (tmp_path / "predictions.csv").read_text().splitlines()[1] == "1,test,P0,40.000,yes,50"


def test_a_fold_survives_its_record(tmp_path):
    fold = study_of(tmp_path, [("test", True, 40.0, 0.9), ("validation", False, 10.0, 0.1)]).folds[0]

    assert CoreFold.from_json(fold.as_json()) == fold
    assert fold.seconds == 2.0


def test_learning_curves_can_be_drawn_where_a_fold_has_no_area(tmp_path):
    study = study_of(tmp_path, [("test", True, 40.0, 0.9)], [("test", False, 10.0, 0.1)])
    epochs = tuple(replace(epoch, validation_auc=None) for epoch in study.folds[0].epochs)
    study = replace(study, folds=(replace(study.folds[0], epochs=epochs), study.folds[1]))

    write_core_learning_curve(tmp_path / "curve.png", study)

    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
