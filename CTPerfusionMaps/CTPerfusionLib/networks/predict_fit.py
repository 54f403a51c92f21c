"""Whether a series is one that a model was made for: refused with a reason where it is not."""

from ..errors import ConfigurationError, ProcessingError
from ..series import PerfusionSeries
from .model_card import AcceptedSeries, ModelCard
from .model_input import require_sampling
from .predict_method import UNET

_TOLERANCE = 0.02
"""Share by which a size may pass its limit, since headers round."""

_SOURCES = {"CBF": ("CBF",), "CBV": ("CBV",), "MTT": ("MTT", "CBV"), "TTP": ("TTP",), "Tmax": ("TTP",)}
"""Targets of a network of which one suffices for a map: MTT also comes from CBV and CBF."""


def require_all_maps(card: ModelCard) -> None:
    """Refuse a model that does not give all maps of the method, as those that give one map each.

    Raises
    ------
    ConfigurationError
    """
    missing = [name for name in UNET.maps if not set(_SOURCES[name]) & set(card.target_names)]
    if missing:
        raise ConfigurationError(
            f"The model {card.name} gives {', '.join(card.target_names)} only, and an analysis also needs "
            f"{', '.join(missing)}",
            "choose a joint model",
        )


def require_fit(series: PerfusionSeries, card: ModelCard) -> None:
    """Refuse a series that a model for maps was neither trained nor tested for.

    Parameters
    ----------
    series : PerfusionSeries
        Its times and its geometry are looked at, not its voxels.
    card : ModelCard

    Raises
    ------
    ProcessingError
        As :func:`require_accepted`, or if frames are too far apart or the record is too short.
    """
    require_accepted(series, card.accepted, card.name)
    require_sampling(series, card.input)


def require_accepted(series: PerfusionSeries, accepted: AcceptedSeries, name: str) -> None:
    """Refuse a series whose scan or geometry lies outside of what a model accepts.

    Parameters
    ----------
    series : PerfusionSeries
        A tube voltage that is not known passes.
    accepted : AcceptedSeries
    name : str
        Of the model.

    Raises
    ------
    ProcessingError
        If tube voltage, distance of slices, size of pixels or coverage lie outside.
    """
    kvp = series.metadata.kvp
    column_step, row_step, slice_step = series.spacing
    if kvp is not None:
        _require_within(kvp, accepted.kvp, "scanned at", "kV", name)
    _require_within(slice_step, accepted.slice_thickness, "of slices", "mm apart", name)
    for step in (column_step, row_step):
        _require_within(step, accepted.pixel_size, "of pixels of", "mm", name)
    coverage = series.n_slices * slice_step
    if coverage < accepted.smallest_coverage * (1.0 - _TOLERANCE):
        raise ProcessingError(
            f"This series covers {coverage:.0f} mm of the head, and the model {name} needs at least "
            f"{accepted.smallest_coverage:.0f} mm",
            _REMEDY,
        )


_REMEDY = "use another method, or a model that was trained for such scans"


def _require_within(value: float, limits: tuple[float, float], what: str, unit: str, name: str) -> None:
    lowest, highest = limits
    if lowest * (1.0 - _TOLERANCE) <= value <= highest * (1.0 + _TOLERANCE):
        return
    raise ProcessingError(
        f"This series is {what} {value:.3g} {unit}, and the model {name} is for {lowest:g} to {highest:g}",
        _REMEDY,
    )
