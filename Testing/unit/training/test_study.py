"""Presets, networks for each map, and the table of a cross-validation."""

from dataclasses import replace
from pathlib import Path

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.training import (
    PRESETS,
    PartErrors,
    Phase,
    Region,
    TrainingResult,
    is_first_process,
    require_free,
    train_study,
)
from CTPerfusionLib.training.fold_table import fold_rows, fold_table
from CTPerfusionLib.training.loop.map_module import BETAS


def test_the_paper_preset_is_that_of_the_paper():
    """Gava et al. 2023, section 2.3."""
    paper = PRESETS["paper"]

    assert not paper.joint
    assert [(phase.size, phase.epochs) for phase in paper.settings.phases] == [(128, 250), (None, 50)]
    assert {phase.learning_rate for phase in paper.settings.phases} == {1e-5}
    assert {phase.batch_size for phase in paper.settings.phases} == {8}
    assert BETAS == (0.9, 0.999)
    assert paper.settings.region is Region.IMAGE
    assert paper.settings.targets == ("CBV", "CBF", "TTP")


def test_maps_with_networks_of_their_own_lie_in_folders_of_their_own(
    source, split, short_training, tmp_path, progress
):
    settings = replace(short_training, phases=(Phase(epochs=1),))

    trained = train_study(source, tmp_path / "out", settings, joint=False, split=split, on_progress=progress)

    assert [network.name for network in trained] == ["CBV", "TTP"]
    for network in trained:
        assert network.result.model == tmp_path / "out" / network.name / "model.safetensors"
        assert network.result.model.exists()
        assert list(network.result.parts["test"].maps) == [network.name]
    assert progress.reports[-1][1] == 1.0
    assert any(title.startswith("TTP: Phase 1") for title, _ in progress.reports)
    with pytest.raises(ConfigurationError, match="holds a training"):
        require_free(tmp_path / "out")


def test_patients_kept_for_the_test_stay_out_of_a_cross_validation(make_source, short_training, tmp_path):
    from CTPerfusionLib.training.datasets import Split, read_split

    source = make_source(n_patients=6, n_slices=1)
    settings = replace(short_training, phases=(Phase(epochs=1, size=16),))
    division = Split(("P0", "P1", "P2", "P3"), ("P4",), ("P5",))

    train_study(source, tmp_path, settings, joint=True, n_folds=2, split=division)

    splits = [read_split(tmp_path / f"fold-{fold}" / "split.json") for fold in (1, 2)]
    assert all("P5" not in each.patients for each in splits)
    assert sorted(patient for each in splits for patient in each.test) == ["P0", "P1", "P2", "P3", "P4"]
    assert (tmp_path / "folds.md").exists()


def test_the_table_of_folds_holds_errors_psnr_and_means():
    def result(train, held_out):
        parts = {"train": PartErrors(train, {"CBF": train}), "test": PartErrors(held_out, {"CBF": held_out})}
        return TrainingResult(Path(), Path(), (), 1, parts)

    folds = [(1, result(0.01, 0.02)), (2, result(0.001, 0.01))]

    assert fold_rows(folds) == [
        ("CBF", "1", "0.01000", "0.02000", "20.0", "17.0"),
        ("CBF", "2", "0.00100", "0.01000", "30.0", "20.0"),
        ("CBF", "mean", "0.00550", "0.01500", "22.6", "18.2"),
    ]
    assert "| CBF | mean | 0.00550 |" in fold_table(folds)


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({}, True),
        ({"LOCAL_RANK": "1"}, False),
        ({"NODE_RANK": "1"}, False),
        ({"NODE_RANK": "0", "LOCAL_RANK": "0"}, True),
        ({"RANK": "0", "GROUP_RANK": "0"}, True),
        ({"RANK": "3", "LOCAL_RANK": "0"}, False),
        ({"SLURM_PROCID": "2"}, False),
    ],
)
def test_one_process_writes_and_talks(environment, first, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert is_first_process(2) is first
    assert is_first_process(1)
