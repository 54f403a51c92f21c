import sys

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.phantom.templates import load_templates


def test_missing_nilearn_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load_templates.cache_clear()
    monkeypatch.setitem(sys.modules, "nilearn", None)
    with pytest.raises(ConfigurationError, match=r"nilearn.*pip install 'ctperfusion\[phantom\]'"):
        load_templates()


def test_templates_are_probabilities_on_ascending_ras_axes() -> None:
    templates = load_templates()
    for field in (templates.grey, templates.white, templates.t1):
        assert field.values.shape == (189, 233, 197)
        assert 0.0 <= field.values.min() < field.values.max() <= 1.0
        assert field.step == 1.0
    # The cerebellum lies behind and below, the frontal lobe in front.
    _, _, z = templates.grey.axes()
    assert templates.grey.values[(z < -40).ravel()][:, 40:90].sum() > 0
