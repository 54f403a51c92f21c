"""Targets are judged by what was measured, and left out where nothing was."""

import pytest

from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.validation.benchmark_curves import CurveSet
from CTPerfusionLib.validation.device_time import DeviceTime
from CTPerfusionLib.validation.kinetics_benchmark import SetResult
from CTPerfusionLib.validation.kinetics_contestants import NELDER_MEAD, YARDSTICK
from CTPerfusionLib.validation.side_by_side import Contestant, Role, Timing
from CTPerfusionLib.validation.speed_targets import target_outcomes

STANDARD = CurveSet(1000, 60)


def result(curves=STANDARD, device_times=None, is_first=True, **microseconds):
    roles = {YARDSTICK: Role.YARDSTICK, NELDER_MEAD: Role.REFERENCE, "peer": Role.PEER, "other": Role.PEER}
    timings = {
        name: Timing(
            Contestant(name, name, roles.get(name, Role.OURS), lambda _: None),
            1000,
            0.5,
            (value * 1e-3,),
        )
        for name, value in microseconds.items()
    }
    return SetResult(curves, timings, is_first, device_times or {})


def outcomes(measured, device="cpu"):
    return {
        (each.target.subject, each.target.quantity): each
        for each in target_outcomes(measured, DEVICES[device])
    }


def test_a_ratio_below_its_limit_is_reached_and_one_above_is_not():
    judged = outcomes(result(**{YARDSTICK: 1.0, "nlr": 3.9, "bsvd": 3.1}))

    assert judged["nlr", "times matrix product"].is_reached
    assert judged["nlr", "times matrix product"].value == pytest.approx(3.9)
    assert not judged["bsvd", "times matrix product"].is_reached


@pytest.mark.parametrize(("microseconds", "reached"), [(2999.0, False), (3001.0, True)])
def test_the_speed_over_nelder_mead_must_be_at_least_its_limit(microseconds, reached):
    judged = outcomes(result(**{NELDER_MEAD: microseconds, "nlr": 1.0}))

    assert judged["nlr", "times faster than Nelder-Mead"].is_reached is reached


def test_bayes_is_judged_by_microseconds():
    judged = outcomes(result(nlr=1.5, bayes=20.0))
    assert judged["bayes", "us per voxel"].value == pytest.approx(20.0)
    assert not judged["bayes", "us per voxel"].is_reached


def test_the_first_call_of_each_method_is_judged():
    judged = outcomes(result(nlr=1.0, bsvd=1.0))

    assert {name for name, quantity in judged if quantity == "s for the first call"} == {"nlr", "bsvd"}


def test_later_calls_are_no_first_calls():
    judged = outcomes(result(is_first=False, nlr=1.0))

    assert all(quantity != "s for the first call" for _, quantity in judged)


def test_what_was_not_measured_is_not_judged():
    judged = outcomes(result(**{YARDSTICK: 1.0}))

    assert judged == {}


@pytest.mark.parametrize("n_voxels", [1000, 2000000])
def test_device_time_is_judged_with_two_million_voxels_only(n_voxels):
    spent = {"nlr": DeviceTime(kernels=0.06, transfers=1.0)}
    judged = outcomes(result(CurveSet(n_voxels, 60), spent, nlr=1.0), "cuda")

    assert (("nlr", "ms of device time") in judged) is (n_voxels == 2000000)
    if n_voxels == 2000000:
        assert judged["nlr", "ms of device time"].value == pytest.approx(60.0)


def test_targets_for_the_processor_do_not_hold_on_a_gpu():
    judged = outcomes(result(**{YARDSTICK: 1.0, "nlr": 3.0}), "cuda")

    assert set(judged) == {("nlr", "s for the first call")}


def test_the_fastest_peer_is_the_one_with_the_least_time_for_each_voxel():
    measured = result(nlr=1.0, peer=9.0, other=3.0)

    assert measured.fastest_peer.contestant.name == "other"
    assert result(nlr=1.0).fastest_peer is None
