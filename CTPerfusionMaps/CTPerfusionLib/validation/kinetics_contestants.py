"""Who takes part in the benchmark of the kinetic methods."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..devices import Device
from ..kinetics import METHODS, KineticInput, KineticMethod
from ..progress import ProgressCallback
from .benchmark_curves import BenchmarkCurves
from .device_time import synchronise
from .peers import PEERS
from .side_by_side import Contestant, Role, Task

YARDSTICK = "matrix-2t"
"""Product of the curves with a matrix of 2 T columns: about what one linear deconvolution must compute."""

FLOOR = "matrix-16"
"""Product with 16 columns: about what it takes to read the curves and to describe them."""

NELDER_MEAD = "nelder-mead"
"""The box model as it was published, fitted voxel by voxel."""

_FLOOR_COLUMNS = 16


def kinetics_contestants(
    given: BenchmarkCurves, device: Device, on_progress: ProgressCallback
) -> Iterator[Contestant]:
    """Yield the yardsticks, all of :data:`METHODS`, the reference and the peers that are installed.

    Parameters
    ----------
    given : BenchmarkCurves
    device : Device
        Where methods and yardsticks compute.
    on_progress : callable
        Given to the methods and to the reference.
    """
    yield from _matrix_products(given.curves, device)
    for method in METHODS.values():
        yield Contestant(method.name, method.title, Role.OURS, _fit(method, given, device, on_progress))
    yield _nelder_mead(given, on_progress)
    for peer in PEERS:
        if peer.is_installed:
            yield from peer.contestants(given.curves, given.times, given.aif)


def _matrix_products(curves: NDArray[np.float32], device: Device) -> Iterator[Contestant]:
    n_frames = curves.shape[1]
    multiplier = _numpy_multiplier(curves) if device.torch_name is None else _torch_multiplier(curves, device)
    for name, columns, shown in ((YARDSTICK, 2 * n_frames, "2T"), (FLOOR, _FLOOR_COLUMNS, "16")):
        matrix = np.random.default_rng(columns).standard_normal((n_frames, columns), dtype=np.float32)
        yield Contestant(name, f"matrix product, T x {shown}", Role.YARDSTICK, multiplier(matrix))


def _numpy_multiplier(curves: NDArray[np.float32]) -> Callable[[NDArray[np.float32]], Task]:
    """Return what makes a task of a matrix; the product has its place before the task runs."""

    def task(matrix: NDArray[np.float32]) -> Task:
        product = np.zeros((len(curves), matrix.shape[1]), dtype=np.float32)
        return lambda n_voxels: np.matmul(curves[:n_voxels], matrix, out=product[:n_voxels])

    return task


def _torch_multiplier(curves: NDArray[np.float32], device: Device) -> Callable[[NDArray[np.float32]], Task]:
    """Return the same for a GPU, where the curves lie already."""
    import torch

    place = torch.device(str(device.torch_name))
    samples = torch.from_numpy(curves).to(place)

    def task(matrix: NDArray[np.float32]) -> Task:
        columns = torch.from_numpy(matrix).to(place)
        product = torch.zeros((len(curves), matrix.shape[1]), dtype=torch.float32, device=place)

        def run(n_voxels: int) -> None:
            torch.mm(samples[:n_voxels], columns, out=product[:n_voxels])
            synchronise(place)

        return run

    return task


def _fit(
    method: KineticMethod, given: BenchmarkCurves, device: Device, on_progress: ProgressCallback
) -> Task:
    def run(n_voxels: int) -> object:
        curves = given.curves[:n_voxels]
        return method.compute(
            KineticInput.of(
                curves, given.times, given.aif, given.times, device=device, on_progress=on_progress
            )
        )

    return run


def _nelder_mead(given: BenchmarkCurves, on_progress: ProgressCallback) -> Contestant:
    from .nelder_mead import fit_nelder_mead

    def run(n_voxels: int) -> object:
        return fit_nelder_mead(given.curves[:n_voxels], given.times, given.aif, on_progress=on_progress)

    return Contestant(NELDER_MEAD, "box model as published, Nelder-Mead by scipy", Role.REFERENCE, run)
