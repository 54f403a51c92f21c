"""``ctperfusion train core-volume``: from options to settings, and from a data set to what is printed."""

import argparse

import pytest

from CTPerfusionLib.cli.train_core_volume import add_arguments
from CTPerfusionLib.errors import ConfigurationError, CTPerfusionError
from CTPerfusionLib.networks.core_volume import CoreVolumeInputSettings, load_core_volume_model


@pytest.fixture
def train(tmp_path):
    """Runs the command on a data set with an output and options."""

    def run(dataset, *options):
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        chosen = parser.parse_args([str(dataset), "--output", str(tmp_path / "out"), *map(str, options)])
        chosen.execute(chosen)
        return tmp_path / "out"

    return run


@pytest.mark.parametrize(
    "options",
    [
        ("--threshold", "0"),
        ("--threshold", "mean"),
        ("--pathways", "none"),
        ("--preset", "slow"),
        ("--folds", "0"),
        ("--patients", "3"),
    ],
)
def test_options_that_cannot_be_meant_are_wrong_usage(train, tmp_path, options, capsys):
    with pytest.raises(SystemExit) as ended:
        train(tmp_path, *options)

    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_a_missing_data_set_and_a_folder_in_use_are_refused(train, tmp_path):
    with pytest.raises(CTPerfusionError, match="no data set"):
        train(tmp_path / "nowhere")
    fold = tmp_path / "out" / "fold-1"
    fold.mkdir(parents=True)
    (fold / "training.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="holds a training"):
        train(tmp_path / "nowhere")


def test_options_reach_the_card_and_the_result_is_printed(train, core_phantom_cache, tmp_path, capsys):
    output = train(
        core_phantom_cache, "--folds", 4, "--epochs", 1, "--threshold", 20, "--pathways", "global",
        "--output-kind", "volume", "--seed", 3, "--device", "cpu", "--cache", tmp_path / "shared",
    )  # fmt: skip

    card = load_core_volume_model(output / "model.safetensors").card
    assert (card.architecture.pathways, card.architecture.output) == ("global", "volume")
    assert (card.threshold_ml, card.n_members) == (20.0, 4)
    assert card.schedule["seed"] == 3
    assert card.input == CoreVolumeInputSettings()
    assert not (output / "data").exists()
    assert not (output / "variants").exists()
    assert len(list((tmp_path / "shared" / "variants").iterdir())) == 6
    printed = capsys.readouterr().out
    assert "Large core: 20.0 mL or more" in printed
    assert "Mean absolute error of the volume" in printed
    assert "research" in printed.lower()
