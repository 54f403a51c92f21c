"""Small or large: the mean of the networks, the same for a study whatever is beside it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from CTPerfusionLib.errors import ArgumentError, Cancelled, ConfigurationError, ProcessingError
from CTPerfusionLib.networks import AcceptedSeries
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeArchitecture,
    CoreVolumeCard,
    CoreVolumeInputSettings,
    CoreVolumeModel,
    CoreVolumeResult,
    Standardisation,
    Verdict,
    build_core_volume_network,
    choose_slices,
    core_verdict,
    member_answers,
    predict_core_volume,
    prepare_core_volume_input,
    save_core_volume_model,
    standardise,
)

SETTINGS = CoreVolumeInputSettings(n_frames=8, interval=1.5, size=16)


def model_of(networks, architecture, **changes):
    card = CoreVolumeCard(
        name="tiny-core",
        title="Not trained",
        architecture=architecture,
        input=SETTINGS,
        standardisation=Standardisation(40.0, 30.0),
        threshold_ml=32.4,
        n_members=len(networks),
        accepted=AcceptedSeries(pixel_size=(0.3, 5.0)),
    )
    return CoreVolumeModel(replace(card, **changes), tuple(network.eval() for network in networks))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    architecture = CoreVolumeArchitecture()
    return model_of([build_core_volume_network(architecture) for _ in range(3)], architecture)


def constant_model(values, output="class", **changes):
    """Return a model whose networks say the given probabilities or mL of every study."""
    architecture = CoreVolumeArchitecture(output=output)
    networks = []
    for value in values:
        network = build_core_volume_network(architecture)
        with torch.no_grad():
            network.last.weight.zero_()
            number = np.log(np.expm1(value / 30.0)) if output == "volume" else np.log(value / (1.0 - value))
            network.last.bias.fill_(number)
        networks.append(network)
    return model_of(networks, architecture, **changes)


@pytest.fixture
def stacks():
    return np.random.default_rng(0).uniform(0.0, 100.0, (3, 2, 8, 16, 16)).astype(np.float32)


@pytest.fixture
def study(a_head):
    return a_head(10, ventricles=(0, 6))


def test_the_probability_is_the_mean_of_those_of_the_networks(study):
    result = predict_core_volume(study[0], constant_model([0.2, 0.5, 0.95]), "cpu", masks=study[1])

    assert result.members == pytest.approx((0.2, 0.5, 0.95), abs=1e-5)
    assert result.probability_large == pytest.approx(0.55, abs=1e-5)
    assert (result.verdict, result.volume_ml, result.threshold_ml) == (Verdict.LARGE, None, 32.4)
    assert result.score == result.probability_large


def test_a_model_of_volumes_gives_their_mean_and_no_probability(study):
    small = predict_core_volume(study[0], constant_model([10.0, 40.0], "volume"), "cpu", masks=study[1])
    large = predict_core_volume(study[0], constant_model([30.0, 40.0], "volume"), "cpu", masks=study[1])

    assert small.volume_ml == pytest.approx(25.0, abs=1e-3)
    assert (small.probability_large, small.verdict) == (None, Verdict.SMALL)
    assert small.score == small.volume_ml
    assert large.verdict is Verdict.LARGE


@pytest.mark.parametrize(
    ("value", "verdict"), [(32.3, Verdict.SMALL), (32.4, Verdict.LARGE), (32.5, Verdict.LARGE)]
)
def test_a_volume_that_equals_the_threshold_is_large(value, verdict):
    assert core_verdict(value, 32.4) is verdict


def test_an_even_chance_is_a_large_core(study):
    result = predict_core_volume(study[0], constant_model([0.5]), "cpu", masks=study[1])

    assert result.verdict is Verdict.LARGE


def test_the_result_says_what_was_looked_at_and_by_which_model(study, model):
    result = predict_core_volume(*study[:1], model, "cpu", masks=study[1])

    assert isinstance(result, CoreVolumeResult)
    assert result.slices == choose_slices(*study)
    assert result.model == "tiny-core"


def test_the_answer_is_that_of_the_networks_for_the_prepared_and_standardised_study(study, model):
    stack = prepare_core_volume_input(*study, SETTINGS).stack
    given = torch.from_numpy((stack[None] - 40.0) / 30.0)
    with torch.inference_mode():
        expected = [float(torch.sigmoid(network(given))[0]) for network in model.networks]

    assert predict_core_volume(study[0], model, "cpu", masks=study[1]).members == pytest.approx(
        expected, abs=1e-5
    )


def test_slices_of_the_users_choice_are_looked_at(study, model):
    voxels = study[0].voxels + 8.0 * np.arange(10)[None, :, None, None]
    series = study[0].with_voxels(voxels.astype(np.float32))
    named = choose_slices(*study, lower=0, upper=9)

    automatic = predict_core_volume(series, model, "cpu", masks=study[1])
    chosen = predict_core_volume(series, model, "cpu", masks=study[1], slices=named)

    assert chosen.slices == named
    assert chosen.members != automatic.members


def test_the_answer_to_a_study_does_not_depend_on_the_others(model, stacks):
    together = member_answers(model, stacks, "cpu")

    assert together.shape == (3, 3)
    for index in range(3):
        np.testing.assert_allclose(
            member_answers(model, stacks[index : index + 1], "cpu")[:, 0], together[:, index]
        )


def test_a_shared_encoder_gives_the_same_as_each_network_alone(vgg19):
    given = np.random.default_rng(0).uniform(0.0, 90.0, (1, 2, 2, 32, 32)).astype(np.float32)
    card = {"input": CoreVolumeInputSettings(n_frames=2, size=32)}
    twice = model_of([vgg19, vgg19], CoreVolumeArchitecture(encoder="vgg19"), **card)

    with torch.inference_mode():
        alone = torch.sigmoid(vgg19(torch.from_numpy((given - 40.0) / 30.0)))

    np.testing.assert_allclose(member_answers(twice, given, "cpu"), [[float(alone[0])]] * 2, rtol=1e-5)


def test_the_model_may_be_given_by_its_path(study, model, tmp_path):
    save_core_volume_model(tmp_path, model.networks, model.card)

    by_path = predict_core_volume(study[0], tmp_path / "tiny-core.safetensors", "cpu", masks=study[1])

    assert by_path == predict_core_volume(study[0], model, "cpu", masks=study[1])


def test_without_masks_they_are_found(a_patient, a_patients_masks, model):
    found = predict_core_volume(a_patient.series, model, "cpu")

    assert found == predict_core_volume(a_patient.series, model, "cpu", masks=a_patients_masks)


def test_stacks_of_other_settings_are_refused(model, stacks):
    with pytest.raises(ArgumentError, match=r"are not \(patients, 2, 8, 16, 16\)"):
        member_answers(model, stacks[:, :, :7], "cpu")


def test_an_answer_that_is_no_number_is_refused(stacks):
    broken = constant_model([0.5])
    with torch.no_grad():
        broken.networks[0].last.bias.fill_(float("nan"))

    with pytest.raises(ProcessingError, match="gives no number for this study"):
        member_answers(broken, stacks, "cpu")


def test_a_study_that_is_too_short_is_refused(a_head, model):
    series, masks = a_head(10, ventricles=(0, 6), times=np.arange(4) * 1.5)

    with pytest.raises(ProcessingError, match=r"lasts 4\.5 s"):
        predict_core_volume(series, model, "cpu", masks=masks)


def test_a_study_that_the_card_does_not_accept_is_refused(study, model):
    series, masks = study
    strict = replace(model, card=replace(model.card, accepted=AcceptedSeries()))

    with pytest.raises(ProcessingError, match="of pixels of 4 mm, and the model tiny-core is for"):
        predict_core_volume(series, strict, "cpu", masks=masks)


def test_a_device_that_does_not_exist_is_refused(study, model):
    with pytest.raises(ConfigurationError, match="no device 'abacus'"):
        predict_core_volume(study[0], model, "abacus", masks=study[1])


def test_progress_rises_to_the_end_and_can_stop_the_work(study, model):
    seen = []
    predict_core_volume(study[0], model, "cpu", masks=study[1], on_progress=seen.append)

    def stop(fraction):
        if fraction >= 0.5:
            raise Cancelled

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    with pytest.raises(Cancelled):
        predict_core_volume(study[0], model, "cpu", masks=study[1], on_progress=stop)


def test_a_batch_is_standardised_by_itself_or_by_the_numbers_of_a_model(stacks):
    by_batch = standardise(stacks)
    frozen = standardise(stacks, Standardisation(40.0, 30.0))

    assert by_batch.mean() == pytest.approx(0.0, abs=1e-5)
    assert by_batch.std() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(frozen * 30.0 + 40.0, stacks, atol=1e-4)
    np.testing.assert_allclose(standardise(torch.from_numpy(stacks)).numpy(), by_batch, atol=1e-5)


def test_a_batch_of_a_single_value_cannot_be_standardised():
    with pytest.raises(ArgumentError, match="more than one value"):
        standardise(np.full((1, 2, 3, 4, 4), 7.0, dtype=np.float32))
