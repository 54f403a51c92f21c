"""The regularisations and smoothings among which a calibration of a deconvolution chooses."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from ..kinetics import DECONVOLUTIONS, KineticMethod, MethodPreset, ResidueShape, area_method
from ..preprocessing import DEFAULT_FILTER, noise_filter

SMOOTHINGS = (
    "none", "gaussian:2", "gaussian:3", "gaussian:4", "gaussian:6",
    "joint-bilateral:2", DEFAULT_FILTER, "joint-bilateral:4",
)  # fmt: skip
"""Noise filters that are tried; widths in mm."""


@dataclass(frozen=True)
class Candidate:
    """A deconvolution with its values and the filter before it.

    Attributes
    ----------
    deconvolution : str
        A name in :data:`CTPerfusionLib.kinetics.DECONVOLUTIONS`.
    options : tuple of (str, float)
        All of them.
    filter : str
        As :func:`CTPerfusionLib.preprocessing.noise_filter` takes it.
    """

    deconvolution: str
    options: tuple[tuple[str, float], ...]
    filter: str

    @property
    def regularisation(self) -> str:
        """The options in words."""
        return ", ".join(f"{name} {value:g}" for name, value in self.options)

    @property
    def ends(self) -> tuple[str, ...]:
        """Options with the least or the greatest value that is tried: a better one may lie beyond."""
        known = DECONVOLUTIONS[self.deconvolution].options
        return tuple(
            name for name, value in self.options if value in (min(known[name].tried), max(known[name].tried))
        )

    @property
    def smoothing(self) -> str:
        """The filter in words."""
        return noise_filter(self.filter).title

    @property
    def method(self) -> KineticMethod:
        """The kinetic method, without a calibration of relative flow."""
        return area_method(
            self.deconvolution,
            dict.fromkeys(ResidueShape, 1.0),
            noise_filter=self.filter,
            options=dict(self.options),
        )

    def preset(
        self, name: str, *, title: str, source: str, flow_reading: float, tuned_with: tuple[str, ...]
    ) -> MethodPreset:
        """Return these values as a preset; see :class:`MethodPreset`."""
        return MethodPreset(
            name=name,
            title=title,
            source=source,
            deconvolution=self.deconvolution,
            options=dict(self.options),
            filter=self.filter,
            flow_reading=flow_reading,
            tuned_with=tuned_with,
        )


def default_candidate(deconvolution: str) -> Candidate:
    """Return what the software takes where nothing is calibrated."""
    return Candidate(deconvolution, _ordered(DECONVOLUTIONS[deconvolution].values_of({})), DEFAULT_FILTER)


def candidates(deconvolution: str) -> tuple[Candidate, ...]:
    """Return all combinations that are tried, filter by filter; the defaults are among them."""
    options = DECONVOLUTIONS[deconvolution].options
    tried = [
        _ordered(dict(zip(options, values, strict=True)))
        for values in product(*(sorted({*each.tried, each.default}) for each in options.values()))
    ]
    return tuple(Candidate(deconvolution, values, each) for each in SMOOTHINGS for values in tried)


def _ordered(values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(values.items())
