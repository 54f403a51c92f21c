"""The volume of the core of a simulated stroke, where it is asked for."""

from dataclasses import replace

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom

TWO_FRAMES = replace(SCANNER_SCHEMES["ge-cine"], n_frames=2)
"""A slab of 40 mm; what is known of the head does not depend on how long it is looked at."""


def stroke_with(core_ml: float) -> Phantom:
    return head_phantom(seed=302, scanner=TWO_FRAMES, size="tiny", motion="none", noise=0.0, core_ml=core_ml)


@pytest.fixture(scope="module")
def strokes() -> dict[float, Phantom]:
    """The same patient with less and less collateral blood."""
    return {core_ml: stroke_with(core_ml) for core_ml in (0.0, 15.0, 45.0)}


def volume_ml(head: Phantom, lesion: str) -> float:
    return float(getattr(head.truth, lesion).sum() * head.series.voxel_volume_ml)


def test_a_core_has_about_the_volume_that_is_asked_for(strokes):
    assert volume_ml(strokes[0.0], "core") < 2.0
    assert volume_ml(strokes[15.0], "core") == pytest.approx(15.0, rel=0.4)
    assert volume_ml(strokes[45.0], "core") == pytest.approx(45.0, rel=0.4)


def test_a_larger_core_holds_the_smaller_one_and_leaves_the_underperfused_tissue_as_it_is(strokes):
    small, large = strokes[15.0].truth, strokes[45.0].truth

    assert (small.core & ~large.core).sum() < 0.02 * small.core.sum()
    assert volume_ml(strokes[45.0], "hypoperfusion") == pytest.approx(
        volume_ml(strokes[0.0], "hypoperfusion"), rel=0.03
    )
    assert large.parameters["core_ml"] == 45.0


@pytest.mark.parametrize("core_ml", [-1.0, float("nan"), 5000.0])
def test_a_volume_that_no_core_has_is_refused(core_ml):
    with pytest.raises(ConfigurationError, match="core cannot have"):
        stroke_with(core_ml)
