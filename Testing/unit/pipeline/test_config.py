"""A configuration is checked before any work is done."""

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.pipeline import NORMALISATIONS, PipelineConfig


@pytest.mark.parametrize("name", ["method", "normalisation", "protocol", "device"])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(ConfigurationError, match=rf"There is no {name} called 'magic'; choose one of: \w+"):
        PipelineConfig(**{name: "magic"})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_every_registered_name_is_accepted(method, normalisation):
    config = PipelineConfig(method=method, normalisation=normalisation)

    assert (config.method, config.normalisation) == (method, normalisation)
