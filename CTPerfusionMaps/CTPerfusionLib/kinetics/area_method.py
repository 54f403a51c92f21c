"""A deconvolution as a kinetic method: with the options, the filter and the readings that belong together."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from ..series import TmaxDefinition
from .deconvolution import deconvolve
from .deconvolution_explanation import deconvolution_explainer
from .deconvolution_methods import DECONVOLUTIONS
from .kinetic_method import KineticInput, KineticMethod, KineticValues
from .residue_shape import ResidueShape
from .units import KAPPA, RHO

_MAPS = {"CBF": "cbf", "CBV": "cbv", "MTT": "mtt", "Tmax": "tmax"}


def area_method(
    deconvolution: str,
    flow_readings: Mapping[ResidueShape, float],
    *,
    noise_filter: str,
    name: str | None = None,
    title: str | None = None,
    options: Mapping[str, float] = MappingProxyType({}),
    preset_sha256: str | None = None,
) -> KineticMethod:
    """Return a deconvolution as a kinetic method.

    Parameters
    ----------
    deconvolution : str
        A name in :data:`DECONVOLUTIONS`.
    flow_readings : mapping of ResidueShape to float
        See :class:`MapMethod`.
    noise_filter : str
        The noise filter after which they hold.
    name, title : str, optional
        Those of the deconvolution by default.
    options : mapping of str to float
        Where they differ from the defaults.
    preset_sha256 : str, optional
        Of the file that these values come from.

    Raises
    ------
    ArgumentError
        If there is no such option, or its value is out of range.
    """
    method = DECONVOLUTIONS[deconvolution]
    values = method.values_of(options)
    return KineticMethod(
        name=name or method.name,
        title=title or method.title,
        tmax_definition=TmaxDefinition.ARGMAX,
        maps=tuple(_MAPS),
        quality=("r_squared",),
        parameters={"kappa": KAPPA, "rho_g_per_ml": RHO, **values},
        assumed_residue=None,
        cbv_from_areas=True,
        flow_readings=flow_readings,
        filter=noise_filter,
        preset_sha256=preset_sha256,
        needs_artery=True,
        compute=partial(_compute, deconvolution, values),
        explainer=partial(deconvolution_explainer, method, values),
    )


def _compute(deconvolution: str, options: Mapping[str, float], given: KineticInput) -> KineticValues:
    result = deconvolve(
        given.curves,
        given.sampling,
        given.aif,
        aif_times=given.aif_times,
        method=deconvolution,
        device=given.device,
        on_progress=given.on_progress,
        **options,
    )
    maps = {name: getattr(result, parameter) for name, parameter in _MAPS.items()}
    return KineticValues(maps, {"r_squared": result.r_squared}, result.status)
