"""Other people's packages that compute the same maps and can be installed by pip."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .machine_facts import installed_version
from .side_by_side import Contestant, Role, Task

Array = NDArray[np.float64]

Prepare = Callable[[str, NDArray[np.float32], Array, Array], Task]
"""Called with the peer's name of a method, curves (N, T) in HU, times (T,) in seconds and the input (T,)."""


@dataclass(frozen=True)
class Peer:
    """A package and what it offers.

    Attributes
    ----------
    distribution : str
        What pip calls it.
    install : str
        The command that installs it, with what it needs.
    methods : tuple of str
        As the package calls them.
    prepare : callable
        See :data:`Prepare`; imports the package.
    """

    distribution: str
    install: str
    methods: tuple[str, ...]
    prepare: Prepare

    @property
    def is_installed(self) -> bool:
        """Whether the package is there."""
        return installed_version(self.distribution) is not None

    def contestants(self, curves: NDArray[np.float32], times: Array, aif: Array) -> Iterator[Contestant]:
        """Yield every method with the threads that linear algebra uses by default, and with one.

        One thread is the better case for most peers, whose matrices are small.
        """
        for method in self.methods:
            task = self.prepare(method, curves, times, aif)
            title = f"{self.distribution} {installed_version(self.distribution)} {method}"
            name = f"{self.distribution}-{method.lower()}"
            yield Contestant(name, title, Role.PEER, task)
            yield Contestant(f"{name}-one-thread", f"{title}, one BLAS thread", Role.PEER, task, 1)


def _prepare_osipy(method: str, curves: NDArray[np.float32], times: Array, aif: Array) -> Task:
    from osipy.dsc.parameters import compute_perfusion_maps

    def run(n_voxels: int) -> object:
        volume = curves[:n_voxels].reshape(n_voxels, 1, 1, -1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compute_perfusion_maps(volume, aif, times, deconvolution_method=method)

    return run


PEERS: tuple[Peer, ...] = (
    Peer(
        "osipy",
        "pip install osipy (Python 3.12 or later)",
        ("sSVD", "cSVD", "oSVD", "tikhonov"),
        _prepare_osipy,
    ),
)
"""All peers; the benchmark measures those that are installed and names the others."""
