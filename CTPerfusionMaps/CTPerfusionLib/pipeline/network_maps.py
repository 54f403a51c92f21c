"""Maps of a prepared series by a network, and what their reader has to know."""

from ..devices import Device, resolve_device
from ..kinetics import KineticMethod, PerfusionMaps
from ..networks import DEFAULT_MODEL, MapModel, ModelCard, find_map_method, load_model
from ..networks.predict import predict_maps
from ..networks.predict_fit import require_all_maps, require_fit
from ..progress import ProgressCallback
from ..series import Finding, PerfusionSeries, Severity
from .config import PipelineConfig
from .preparation import PreparedSeries

_COMPARE = "Hold them against those of another method, such as bayes, before relying on them."


def load_network(config: PipelineConfig) -> MapModel | None:
    """Return the model that the configuration names; None where the method is a kinetic one.

    Raises
    ------
    ConfigurationError
        If there is no such model, it does not give all maps of the method, or a package for it is missing.
    """
    if isinstance(find_map_method(config.method), KineticMethod):
        return None
    model = load_model(config.model or DEFAULT_MODEL)
    require_all_maps(model.card)
    return model


def refuse_unsuited(config: PipelineConfig, series: PerfusionSeries) -> None:
    """Refuse before the long work a series that does not suit the network, where the method is one.

    Raises
    ------
    ConfigurationError
        As :func:`load_network`.
    ProcessingError
        If the series does not suit the model.
    """
    model = load_network(config)
    if model is not None:
        require_fit(series, model.card)


def network_maps(
    prepared: PreparedSeries, model: MapModel, device: str, on_progress: ProgressCallback
) -> PerfusionMaps:
    """Compute the maps of a prepared series by a network.

    Raises
    ------
    ProcessingError
        If the series does not suit the model.
    """
    # The network looks at the images themselves: Hounsfield units, not what contrast adds to them.
    return predict_maps(
        prepared.enhancement,
        model,
        device,
        masks=prepared.masks,
        baseline=prepared.baseline.image,
        on_progress=on_progress,
    )


def network_findings(card: ModelCard, used: Device, asked: str) -> tuple[Finding, ...]:
    """Return the findings on maps that come from a network.

    Parameters
    ----------
    card : ModelCard
    used : Device
        Where the maps were computed.
    asked : str
        Where they were to be computed, a name in ``DEVICES`` or ``auto``.
    """
    findings = [_origin(card)]
    if resolve_device(asked).name != used.name:
        findings.append(
            Finding(
                "small_gpu_memory",
                Severity.INFO,
                "The memory of the GPU did not suffice for the network, so the processor computed the maps.",
                "Close other programs that use the GPU; the maps are the same but for rounding.",
            )
        )
    return tuple(findings)


def _origin(card: ModelCard) -> Finding:
    """Say where the maps come from, with what the model cannot do."""
    limits = " ".join(["", *card.limits])
    if card.trained_on_phantoms:
        return Finding(
            "network_maps",
            Severity.WARNING,
            f"These maps come from a neural network ({card.name}) that has never seen a patient.{limits}",
            _COMPARE,
        )
    return Finding(
        "network_maps",
        Severity.INFO,
        f"These maps come from a neural network ({card.name}).{limits}",
        _COMPARE,
    )
