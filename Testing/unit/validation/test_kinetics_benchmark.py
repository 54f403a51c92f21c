"""Who takes part, what is said about the machine, and what must move through a GPU's memory."""

import platform
from types import SimpleNamespace

import numpy as np
import pytest

from CTPerfusionLib.devices import DEVICES, Device
from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.validation.benchmark_curves import CurveSet, benchmark_curves
from CTPerfusionLib.validation.device_time import DeviceTime, busy_time, copy_bandwidth
from CTPerfusionLib.validation.kinetics_benchmark import bytes_to_move
from CTPerfusionLib.validation.kinetics_contestants import (
    FLOOR,
    NELDER_MEAD,
    YARDSTICK,
    kinetics_contestants,
)
from CTPerfusionLib.validation.machine_facts import machine_facts
from CTPerfusionLib.validation.peers import PEERS, Peer
from CTPerfusionLib.validation.side_by_side import Role

TORCH_ON_THE_PROCESSOR = Device("torch on the processor", "torch, for tests", "cpu")


@pytest.fixture(scope="module")
def given():
    return benchmark_curves(CurveSet(40, 20), seed=1)


def contestants(given, device):
    return {each.name: each for each in kinetics_contestants(given, device, ignore_progress)}


def test_every_registered_method_takes_part(given):
    found = contestants(given, DEVICES["cpu"])

    assert {name for name, each in found.items() if each.role is Role.OURS} == set(METHODS)
    assert {YARDSTICK, FLOOR, NELDER_MEAD} <= found.keys()


def test_the_yardstick_has_two_columns_for_each_frame_and_the_floor_sixteen(given):
    found = contestants(given, DEVICES["cpu"])

    assert found[YARDSTICK].run(40).shape == (40, 2 * 20)
    assert found[FLOOR].run(7).shape == (7, 16)


def test_products_are_computed_by_torch_where_the_methods_are(given):
    found = contestants(given, TORCH_ON_THE_PROCESSOR)

    found[YARDSTICK].run(40)
    assert found[YARDSTICK].role is Role.YARDSTICK


def test_a_peer_is_timed_with_the_usual_threads_and_with_one():
    given = np.zeros((3, 9), dtype=np.float32), np.arange(9.0), np.ones(9)
    peer = Peer("numpy", "pip install numpy", ("mean",), lambda *_: lambda n_voxels: n_voxels)

    usual, single = peer.contestants(*given)

    assert peer.is_installed
    assert (usual.blas_threads, single.blas_threads) == (None, 1)
    assert usual.run(3) == single.run(3) == 3
    assert usual.name != single.name


def test_a_peer_that_is_not_there_is_not_installed():
    assert not Peer("ctperfusion-no-such-peer", "", (), lambda *_: None).is_installed


def test_every_peer_says_how_it_is_installed():
    assert all(peer.install.startswith(f"pip install {peer.distribution}") for peer in PEERS)


def test_facts_name_the_processor_and_its_libraries_but_not_the_machine():
    facts = machine_facts(DEVICES["cpu"])

    assert facts["cores"] >= 1
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["blas"]
    assert platform.node() not in str(facts).split()


def test_curves_maps_and_quality_must_move():
    method = METHODS["bsvd"]

    moved = bytes_to_move(method, CurveSet(1000, 60))

    assert moved == 4 * 1000 * (60 + len(method.maps) + len(method.quality))


def event(name, processor, microseconds, *, is_user_annotation=False):
    """An event as torch's profiler lists it."""
    return SimpleNamespace(
        name=name,
        device_type=SimpleNamespace(name=processor),
        is_user_annotation=is_user_annotation,
        self_device_time_total=microseconds,
    )


def test_kernels_and_transfers_of_the_gpu_are_added_up_apart():
    spent = busy_time(
        [
            event("Memcpy HtoD (Pageable -> Device)", "CUDA", 1000.0),
            event("fit_kernel", "CUDA", 250.0),
            event("ampere_sgemm", "CUDA", 250.0),
            event("aten::mm", "CPU", 9000.0),
            event("a range that the user named", "CUDA", 9000.0, is_user_annotation=True),
        ]
    )

    assert spent == DeviceTime(kernels=pytest.approx(5e-4), transfers=pytest.approx(1e-3))


def test_the_profiler_sees_no_gpu_in_work_of_the_processor():
    import torch
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        torch.ones(8, 8) @ torch.ones(8, 8)

    assert profiler.events()
    assert busy_time(profiler.events()) == DeviceTime(0.0, 0.0)


def test_the_bandwidth_of_a_copy_is_that_of_some_memory():
    import torch

    assert 1e8 < copy_bandwidth(torch.device("cpu"), 1 << 20) < 1e14
