"""Choices about a computation that one study and a whole cohort have in common."""

import argparse
from collections.abc import Mapping
from typing import Any

from ..devices import DEVICES
from ..errors import ArgumentError
from ..kinetics import preset_names
from ..lesion import CounterpartBlur, FlowReference, protocol_names
from ..networks import DEFAULT_MODEL, ModelCard, available_map_methods, available_models
from ..networks.core_volume import CoreVolumeCard, available_core_volume_models
from ..pipeline import (
    AUTOMATIC_FILTER,
    NO_CORE_VOLUME_MODEL,
    NORMALISATIONS,
    REGISTRATIONS,
    PipelineConfig,
    RegisteredFormat,
)
from ..preprocessing import FILTERS, REGISTRATION_METHODS, noise_filter
from ..vessels import ARTERIAL_INPUT_METHODS

_DEFAULTS = PipelineConfig()


def add_computation_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is computed and how, from the method to what is written."""
    add_method(parser)
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help=f"network for --method unet: a file of weights (.safetensors) or an installed one; "
        f"{_titles(available_models())} "
        f"(default: {DEFAULT_MODEL})",
    )
    _add_core_volume_model(parser)
    parser.add_argument(
        "--normalisation",
        choices=NORMALISATIONS,
        default=_DEFAULTS.normalisation,
        help="reference of relative CBF: median of normal tissue (global), mirrored hemisphere "
        "(local), or both (default: %(default)s)",
    )
    parser.add_argument(
        "--reference",
        choices=[str(each) for each in FlowReference],
        default=str(_DEFAULTS.reference),
        help="what the global normalisation refers to: median of tissue with normal Tmax, or mean or median "
        "of the unaffected hemisphere (default: %(default)s)",
    )
    parser.add_argument(
        "--local-blur",
        choices=[str(each) for each in CounterpartBlur],
        default=str(_DEFAULTS.local_blur),
        help="how the mirrored map is blurred for the local normalisation: over tissue only, or plainly over "
        "the whole image, which darkens the rim of the brain (default: %(default)s)",
    )
    parser.add_argument(
        "--protocol",
        choices=protocol_names(),
        default=_DEFAULTS.protocol,
        help="thresholds for core and hypoperfusion (default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default=_DEFAULTS.device,
        help="where to compute (default: %(default)s)",
    )
    _add_preparation(parser)
    parser.add_argument(
        "--seed",
        type=int,
        default=_DEFAULTS.seed,
        help="seed of the random sampling in motion correction (default: %(default)s)",
    )
    parser.add_argument(
        "--dicom",
        action="store_true",
        help="write segments, maps, measurements and report pages also as DICOM, as new series of the study; "
        "they carry the patient's identity",
    )
    parser.add_argument(
        "--registered",
        choices=[str(each) for each in RegisteredFormat],
        help="write the motion-corrected frames, before the filter, in this format (default: not written)",
    )


def add_method(parser: argparse.ArgumentParser) -> None:
    """Add how the maps are computed: ``method``."""
    methods = available_map_methods()
    titles = "; ".join(f"{name}: {method.title}" for name, method in methods.items())
    parser.add_argument(
        "--method",
        choices=(*methods, *(name for name in preset_names() if name not in methods)),
        default=_DEFAULTS.method,
        # A percent sign would be taken for a placeholder.
        help=f"how the maps are computed: {titles.replace('%', '%%')} (default: %(default)s)",
    )


def chosen_computation(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of :class:`PipelineConfig` that these arguments choose."""
    names = (
        "method", "model", "core_volume_model", "normalisation", "protocol", "device", "registration",
        "filter", "arterial_input", "seed", "dicom",
    )  # fmt: skip
    return {
        **{name: getattr(options, name) for name in names},
        "reference": FlowReference(options.reference),
        "local_blur": CounterpartBlur(options.local_blur),
        "registered": options.registered and RegisteredFormat(options.registered),
    }


def _add_core_volume_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--core-volume-model",
        metavar="NAME|FILE|none",
        help="network that says whether the core is large: a file of weights (.safetensors), an installed "
        f"one, or {NO_CORE_VOLUME_MODEL}; {_titles(available_core_volume_models())} (default: the first "
        "installed one, where torch is installed)",
    )


def _titles(cards: Mapping[str, ModelCard] | Mapping[str, CoreVolumeCard]) -> str:
    """Return what is installed, in one line."""
    titles = "; ".join(f"{name}: {card.title}" for name, card in cards.items())
    # A percent sign would be taken for a placeholder.
    return (titles or "none is installed").replace("%", "%%")


def _add_preparation(parser: argparse.ArgumentParser) -> None:
    registration = _with_none(parser, "registration")
    registration.add_argument(
        "--registration",
        choices=REGISTRATIONS,
        default=_DEFAULTS.registration,
        help="how head motion is corrected: "
        + "; ".join(f"{key}: {entry.title}" for key, entry in REGISTRATION_METHODS.items())
        + " (default: %(default)s)",
    )
    noise = _with_none(parser, "filter")
    noise.add_argument(
        "--filter",
        type=_filter_name,
        default=_DEFAULTS.filter,
        metavar="NAME[:MM]",
        help="how noise is filtered: "
        + "; ".join(f"{key}: {entry.title}" for key, entry in FILTERS.items())
        + f"; with another spatial SD as gaussian:4; {AUTOMATIC_FILTER}: what the method was calibrated with "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--arterial-input",
        choices=ARTERIAL_INPUT_METHODS,
        default=_DEFAULTS.arterial_input,
        help="how the artery is found: "
        + "; ".join(f"{key}: {entry.title}" for key, entry in ARTERIAL_INPUT_METHODS.items())
        + " (default: %(default)s)",
    )


def _with_none(parser: argparse.ArgumentParser, name: str) -> argparse._MutuallyExclusiveGroup:
    """Add ``--no-NAME`` to a group that the option of that name belongs to."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        f"--no-{name}",
        dest=name,
        action="store_const",
        const="none",
        # Of two options for one choice, argparse takes the default of the first.
        default=getattr(_DEFAULTS, name),
        help=f"the same as --{name} none",
    )
    return choice


def _filter_name(text: str) -> str:
    if text != AUTOMATIC_FILTER:
        try:
            noise_filter(text)
        except ArgumentError as error:
            raise argparse.ArgumentTypeError(f"{error.reason}; {error.remedy}") from error
    return text
