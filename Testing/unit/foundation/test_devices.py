import pytest

from CTPerfusionLib.devices import DEVICES, Device, resolve_device
from CTPerfusionLib.errors import ConfigurationError


def present(name: str) -> bool:
    import torch

    return {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[name]


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_resolves_exactly_where_the_machine_has_it(name):
    if present(name):
        assert resolve_device(name).name == name
        return
    with pytest.raises(
        ConfigurationError, match=rf"device '{name}' .* is not available .*; install the driver"
    ):
        resolve_device(name)


def test_auto_is_the_last_device_that_the_machine_has():
    assert resolve_device("auto").name == [name for name in DEVICES if present(name)][-1]


def test_an_unknown_device_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match=r"no device 'abacus'; choose one of: auto, cpu, cuda, mps"):
        resolve_device("abacus")


def test_a_device_may_be_given_itself():
    device = Device("torch on the processor", "the GPU code path", "cpu")
    assert resolve_device(device) is device
    assert str(device.torch_device) == "cpu"
    assert DEVICES["cpu"].torch_device is None
