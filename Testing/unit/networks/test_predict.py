"""Maps by a network: physical units on the grid of the series, and nothing where nothing can be told."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import ArgumentError, Cancelled, ConfigurationError, ProcessingError
from CTPerfusionLib.kinetics import FitStatus
from CTPerfusionLib.networks import (
    MAP_METHODS,
    MAP_TARGETS,
    AcceptedSeries,
    InputSettings,
    MapModel,
    ModelCard,
    build_network,
    load_model,
    predict_batches,
    prepare_input,
)
from CTPerfusionLib.networks.predict import predict_maps
from CTPerfusionLib.networks.predict_fit import require_all_maps, require_fit
from CTPerfusionLib.preprocessing import TissueMasks
from CTPerfusionLib.series import SeriesMetadata, TmaxDefinition

TIMES = np.arange(89) * 0.5
NORMAL = {"CBV": 2.0, "CBF": 24.0, "TTP": 3.0, "MTT": 4.0}
ANY = {"card": {"accepted": AcceptedSeries(smallest_coverage=5.0)}}


@pytest.fixture(scope="session")
def series(study):
    return study(TIMES)


@pytest.fixture(scope="session")
def masks(brain, gains):
    vessels, nothing = gains > 100.0, np.zeros_like(brain)
    return TissueMasks(brain, brain, nothing, vessels, nothing, nothing, brain & ~vessels)


@pytest.fixture
def predict(series, masks, save_constant_model, tmp_path):
    """Give the maps of the study by a network that shows the same values everywhere."""

    def predicted(**values):
        model = save_constant_model(tmp_path, **ANY, **values)
        return predict_maps(series, model, "cpu", masks=masks)

    return predicted


@pytest.fixture(scope="module")
def network():
    """A network that has learned nothing but looks at the images."""
    torch.manual_seed(0)
    settings, targets = InputSettings(), tuple(MAP_TARGETS.values())
    card = ModelCard("untrained", "Untrained", "bolus-unet", targets, settings, **ANY["card"])
    return MapModel(card, build_network("bolus-unet", settings, tuple(MAP_TARGETS)).eval())


@pytest.fixture(scope="module")
def usual(series, masks, network):
    """What it gives of the study."""
    return predict_maps(series, network, "cpu", masks=masks)


def test_enhancement_with_its_baseline_gives_the_same_maps(series, masks, network, usual):
    baseline = series.voxels[:4].mean(axis=0)
    enhancement = series.with_voxels(series.voxels - baseline)

    result = predict_maps(enhancement, network, "cpu", masks=masks, baseline=baseline)

    for name, image in usual.maps.items():
        np.testing.assert_allclose(result.maps[name], image, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(result.status, usual.status)
    with pytest.raises(ArgumentError, match="masks are missing"):
        predict_maps(enhancement, network, "cpu", baseline=baseline)


def test_maps_are_in_physical_units_inside_the_tissue_and_unknown_outside(predict, masks):
    result = predict(**NORMAL)

    assert tuple(result.maps) == MAP_METHODS["unet"].maps
    for name, value in {**NORMAL, "Tmax": NORMAL["TTP"]}.items():
        image = result.maps[name]
        assert image.dtype == np.float32
        np.testing.assert_allclose(image[masks.tissue], value, rtol=1e-4)
        assert np.isnan(image[~masks.tissue]).all()
    assert set(np.unique(result.status[masks.tissue])) == {FitStatus.OK}
    assert set(np.unique(result.status[~masks.tissue])) == {FitStatus.OUTSIDE}


def test_the_result_says_how_it_was_made(predict):
    result = predict(**NORMAL)

    assert result.method == "unet"
    assert result.tmax_definition is TmaxDefinition.CENTRE
    assert (result.device.name, result.device.title) == ("cpu", "all processor cores, by torch")
    assert (dict(result.quality), dict(result.learned)) == ({}, {})


def test_without_an_mtt_of_its_own_the_central_volume_theorem_gives_it(predict, masks):
    result = predict(CBV=2.0, CBF=24.0, TTP=3.0)

    np.testing.assert_allclose(result.maps["MTT"][masks.tissue], 60.0 * 2.0 / 24.0, rtol=1e-4)


def test_tissue_in_which_nothing_enhances_is_dead_whatever_the_network_says(
    series, masks, save_constant_model, tmp_path
):
    model = save_constant_model(tmp_path, **ANY, **NORMAL)
    dead = np.zeros_like(masks.tissue)
    dead[1, 14:17, 10:13] = True
    voxels = series.voxels.copy()
    voxels[:, dead] = 30.0 + np.random.default_rng(0).normal(0.0, 0.5, (len(voxels), dead.sum()))

    result = predict_maps(series.with_voxels(voxels), model, "cpu", masks=masks)

    assert (result.status[masks.tissue & ~dead] == FitStatus.OK).all()
    assert (result.status[dead] == FitStatus.NO_ENHANCEMENT).all()
    for name, image in result.maps.items():
        assert np.isnan(image[dead]).all() if name in ("MTT", "TTP", "Tmax") else (image[dead] == 0.0).all()
        assert np.isfinite(image[masks.tissue & ~dead]).all()


def test_a_model_of_one_map_gives_that_map_and_no_analysis(predict, masks, tmp_path):
    result = predict(CBV=2.0)

    assert tuple(result.maps) == ("CBV",)
    np.testing.assert_allclose(result.maps["CBV"][masks.tissue], 2.0, rtol=1e-4)
    with pytest.raises(
        ConfigurationError, match="gives CBV only, and an analysis also needs CBF, TTP, Tmax; "
    ):
        require_all_maps(load_model(tmp_path / "constant.safetensors").card)


def test_maps_are_what_the_network_makes_of_the_prepared_slices(series, masks, brain, network, usual):
    model = network
    given = prepare_input(series, brain, model.card.input)
    with torch.inference_mode():
        stack, context = torch.from_numpy(given.stack), torch.from_numpy(given.context)
        expected = model.network(stack, context.expand(len(stack), -1, -1)).numpy()

    for channel, target in enumerate(model.card.targets):
        found = usual.maps[target.name][masks.tissue]
        np.testing.assert_allclose(found, target.physical(expected[:, channel])[masks.tissue], rtol=1e-3)
        assert np.ptp(found) > 1e-3 * target.high


@pytest.mark.parametrize("pixels", [1, 1 << 20])
def test_the_size_of_batches_changes_nothing(series, masks, network, usual, pixels, monkeypatch):
    monkeypatch.setattr(predict_batches, "CPU_BATCH_PIXELS", pixels)

    again = predict_maps(series, network, "cpu", masks=masks)

    for name, image in usual.maps.items():
        np.testing.assert_allclose(again.maps[name], image, rtol=1e-4)


def test_the_position_of_the_head_in_a_larger_image_changes_nothing(series, masks, network):
    """Beside the brain there is air up to the border of the box, in both images."""
    around = ((0, 0), (48, 64), (32, 80))
    larger = series.with_voxels(np.pad(series.voxels, ((0, 0), *around), constant_values=-1000.0))
    wider = TissueMasks(*(np.pad(mask, around) for mask in vars(masks).values()))

    shifted = series.with_voxels(np.roll(larger.voxels, (16, -16), axis=(2, 3)))
    moved = TissueMasks(*(np.roll(mask, (16, -16), axis=(1, 2)) for mask in vars(wider).values()))
    first = predict_maps(larger, network, "cpu", masks=wider)
    second = predict_maps(shifted, network, "cpu", masks=moved)

    for name, image in first.maps.items():
        np.testing.assert_allclose(np.roll(image, (16, -16), axis=(1, 2)), second.maps[name], rtol=1e-4)


def test_slices_without_brain_are_unknown_and_do_not_change_the_others(series, masks, network, usual):
    air = np.full_like(series.voxels[:, :1], -1000.0)
    taller = series.with_voxels(np.concatenate([air, series.voxels], axis=1))
    without = TissueMasks(*(np.concatenate([mask[:1] & False, mask]) for mask in vars(masks).values()))

    result = predict_maps(taller, network, "cpu", masks=without)

    assert np.isnan(result.maps["CBF"][0]).all()
    np.testing.assert_allclose(result.maps["CBF"][1:], usual.maps["CBF"], rtol=1e-4)


def test_the_model_may_be_given_by_its_path(series, masks, save_constant_model, tmp_path):
    path = save_constant_model(tmp_path, **ANY, **NORMAL)

    by_path = predict_maps(series, path, "cpu", masks=masks)
    loaded = predict_maps(series, load_model(path), "cpu", masks=masks)

    np.testing.assert_array_equal(by_path.maps["CBF"], loaded.maps["CBF"])


def with_pixels(series, column, row, slice_step):
    return replace(series, ijk_to_ras=np.diag([-column, -row, slice_step, 1.0]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: replace(s, metadata=SeriesMetadata(kvp=140.0)), "scanned at 140 kV.* for 70 to 100"),
        (lambda s: with_pixels(s, 1.0, 1.0, 1.0), "slices 1 mm apart.* for 2.5 to 10"),
        (lambda s: with_pixels(s, 1.0, 1.0, 20.0), "slices 20 mm apart"),
        (lambda s: with_pixels(s, 4.0, 4.0, 5.0), "pixels of 4 mm"),
        (lambda s: with_pixels(s, 1.0, 0.1, 5.0), "pixels of 0.1 mm"),
        (lambda s: with_pixels(s, 1.0, 1.0, 2.5), r"covers 5 mm of the head.* at least 10 mm"),
        (lambda s: s.with_frames(TIMES % 4.0 == 0.0), "4.00 s apart"),
        (lambda s: s.with_frames(TIMES < 30.0), r"lasts 29.5 s"),
    ],
)
def test_a_series_that_does_not_suit_the_model_is_refused_with_a_reason(
    series, masks, network, change, words
):
    card = replace(network.card, accepted=AcceptedSeries(smallest_coverage=10.0))
    require_fit(series, card)

    with pytest.raises(ProcessingError, match=rf"{words}.*; use another method"):
        predict_maps(change(series), MapModel(card, network.network), "cpu", masks=masks)


def test_values_that_are_no_numbers_are_refused_in_the_brain_and_do_not_matter_outside(
    series, masks, network, usual
):
    broken = series.voxels.copy()
    broken[3, 1, 12, 12] = np.nan

    with pytest.raises(ProcessingError, match="slice 1 are not numbers"):
        predict_maps(series.with_voxels(broken), network, "cpu", masks=masks)
    invalid = np.zeros_like(masks.invalid)
    invalid[1, 12, 12] = True
    known = replace(masks, invalid=invalid, tissue=masks.tissue & ~invalid)
    result = predict_maps(series.with_voxels(broken), network, "cpu", masks=known)

    assert np.isnan(result.maps["CBF"][1, 12, 12])
    far = np.zeros_like(invalid)
    far[0] = masks.tissue[0]
    np.testing.assert_allclose(result.maps["CBF"][far], usual.maps["CBF"][far], rtol=0.05)


def test_masks_of_another_grid_are_refused(series, masks, network):
    others = TissueMasks(*(mask[:, 1:] for mask in vars(masks).values()))

    with pytest.raises(ArgumentError, match=r"masks of shape .* do not match"):
        predict_maps(series, network, "cpu", masks=others)


def test_progress_rises_to_the_end_and_can_stop_the_work(series, masks, network):
    seen = []
    predict_maps(series, network, "cpu", masks=masks, on_progress=seen.append)

    def stop(fraction):
        if fraction > 0.5:
            raise Cancelled

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    with pytest.raises(Cancelled):
        predict_maps(series, network, "cpu", masks=masks, on_progress=stop)


class Greedy(torch.nn.Module):
    """A network that fits into memory after some attempts, or with few slices at once."""

    def __init__(self, network, most_slices=8, refused=0):
        super().__init__()
        self.network, self.most_slices, self.refused = network, most_slices, [refused]

    def __deepcopy__(self, memo):
        return self

    def forward(self, stack, context):
        if self.refused[0] or len(stack) > self.most_slices:
            self.refused[0] = max(self.refused[0] - 1, 0)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.network(stack, context)


A_GPU = Device("cuda", "a GPU", "cpu")
"""Stands for one, on the processor: what counts is what happens when its memory is short."""


def test_where_memory_is_short_fewer_slices_are_computed_at_once(series, masks, network, usual):
    greedy = MapModel(network.card, Greedy(network.network, most_slices=1))

    result = predict_maps(series, greedy, A_GPU, masks=masks)

    assert result.device.name == "cuda"
    np.testing.assert_allclose(result.maps["TTP"], usual.maps["TTP"], rtol=1e-4)


def test_where_a_gpu_is_too_small_the_processor_takes_over(series, masks, network, usual, caplog):
    greedy = MapModel(network.card, Greedy(network.network, refused=2))

    result = predict_maps(series, greedy, A_GPU, masks=masks)

    assert result.device.name == "cpu"
    assert "memory of the GPU" in caplog.text
    np.testing.assert_allclose(result.maps["TTP"], usual.maps["TTP"], rtol=1e-4)


def test_where_the_processor_has_too_little_memory_one_sentence_says_so(series, masks, network):
    greedy = MapModel(network.card, Greedy(network.network, most_slices=0))

    with pytest.raises(ProcessingError, match="memory of this machine does not suffice"):
        predict_maps(series, greedy, "cpu", masks=masks)


def test_the_number_of_threads_stays_as_it_was(series, masks, network):
    before = torch.get_num_threads()

    predict_maps(series, network, "cpu", masks=masks)

    assert torch.get_num_threads() == before
