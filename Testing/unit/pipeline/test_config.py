"""A configuration is checked before any work is done."""

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks import MAP_METHODS
from CTPerfusionLib.pipeline import NORMALISATIONS, REGISTRATIONS, PipelineConfig
from CTPerfusionLib.preprocessing import FILTERS


@pytest.mark.parametrize("name", ["method", "normalisation", "protocol", "device", "registration", "filter"])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(ConfigurationError, match=rf"There is no {name} called 'magic'; choose one of: \w+"):
        PipelineConfig(**{name: "magic"})


def test_an_unknown_way_to_find_the_artery_is_refused():
    with pytest.raises(ConfigurationError, match="There is no arterial input called 'magic'; choose one of"):
        PipelineConfig(arterial_input="magic")


@pytest.mark.parametrize("registration", REGISTRATIONS)
@pytest.mark.parametrize("name", FILTERS)
def test_every_registration_and_filter_is_accepted(registration, name):
    config = PipelineConfig(registration=registration, filter=name)

    assert (config.registration, config.filter) == (registration, name)


@pytest.mark.parametrize("method", MAP_METHODS)
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_every_registered_name_is_accepted(method, normalisation):
    config = PipelineConfig(method=method, normalisation=normalisation)

    assert (config.method, config.normalisation) == (method, normalisation)


def test_a_model_is_refused_for_a_method_that_uses_none():
    assert PipelineConfig(method="unet", model="any").model == "any"
    with pytest.raises(ConfigurationError, match="The method bayes uses no model; choose the method unet"):
        PipelineConfig(method="bayes", model="any")
