"""The registration methods answer alike; what is missing or unknown is said."""

import sys

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.preprocessing import REGISTRATION_METHODS, estimate_motion, register_frames


def test_three_methods_are_offered():
    assert list(REGISTRATION_METHODS) == ["gauss-newton", "simpleitk", "elastix"]


@pytest.mark.parametrize("method", ["gauss-newton", "simpleitk"])
def test_methods_agree_on_where_the_head_is(a_moving_head, mean_error, method):
    series, motion = a_moving_head
    some = np.isin(np.arange(8), [0, 3, 5])
    measured = estimate_motion(series.with_frames(some), method=method)[0]
    assert mean_error(series, measured, motion[some]).max() < 0.5


def test_simpleitk_reports_and_can_be_stopped_between_frames(a_moving_head):
    def cancel(fraction):
        if fraction > 0.0:
            raise Cancelled

    with pytest.raises(Cancelled):
        estimate_motion(a_moving_head[0], method="simpleitk", on_progress=cancel)


def test_a_missing_package_is_named_with_the_way_to_install_it(a_moving_head, monkeypatch):
    monkeypatch.setitem(sys.modules, "itk", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'ctperfusion\[elastix\]'"):
        register_frames(a_moving_head[0], method="elastix")


def test_an_unknown_method_is_refused_with_the_known_ones(a_moving_head):
    with pytest.raises(ConfigurationError, match="choose one of gauss-newton, simpleitk, elastix"):
        register_frames(a_moving_head[0], method="ants")
