"""``ctperfusion run``: a study to maps, core and penumbra."""

import argparse
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..devices import DEVICES
from ..lesion import CounterpartBlur, FlowReference, protocol_names
from ..networks import DEFAULT_MODEL, MAP_METHODS, ModelCard, available_models
from ..networks.core_volume import CoreVolumeCard, available_core_volume_models
from ..pipeline import (
    NO_CORE_VOLUME_MODEL,
    NORMALISATIONS,
    PipelineConfig,
    RegisteredFormat,
    RunResult,
    run_study,
)
from ..preprocessing import FILTERS, REGISTRATION_METHODS
from ..progress import StageProgress
from ..vessels import ARTERIAL_INPUT_METHODS
from .arguments import add_study_arguments, non_negative, on_call, slice_index, voxel
from .interruptible import run_with_progress

_DEFAULTS = PipelineConfig()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``run``."""
    add_study_arguments(parser)
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the result; files of an earlier run there are removed first",
    )
    parser.add_argument(
        "--method",
        choices=MAP_METHODS,
        default=_DEFAULTS.method,
        help="how the maps are computed: "
        + "; ".join(f"{name}: {method.title}" for name, method in MAP_METHODS.items())
        + " (default: %(default)s)",
    )
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help=f"network for --method unet: a file of weights (.safetensors) or an installed one; "
        f"{_titles(available_models())} "
        f"(default: {DEFAULT_MODEL})",
    )
    _add_core_volume(parser)
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
    parser.add_argument("--age", type=non_negative, metavar="N", help="age in years, for the trial criteria")
    parser.add_argument(
        "--nihss", type=non_negative, metavar="N", help="NIH Stroke Scale, for the trial criteria"
    )
    parser.add_argument(
        "--hours", type=non_negative, metavar="N", help="hours since last known well, for the trial criteria"
    )
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
    on_call(parser, _run)


def _add_core_volume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--core-volume-model",
        metavar="NAME|FILE|none",
        help="network that says whether the core is large: a file of weights (.safetensors), an installed "
        f"one, or {NO_CORE_VOLUME_MODEL}; {_titles(available_core_volume_models())} (default: the first "
        "installed one, where torch is installed)",
    )
    parser.add_argument(
        "--core-volume-slices",
        type=slice_index,
        nargs=2,
        metavar=("LOWER", "UPPER"),
        help="zero-based slices that it looks at: at the basal ganglia and above them (default: found)",
    )


def _titles(cards: Mapping[str, ModelCard] | Mapping[str, CoreVolumeCard]) -> str:
    """Return what is installed, in one line."""
    titles = "; ".join(f"{name}: {card.title}" for name, card in cards.items())
    # A percent sign would be taken for a placeholder.
    return (titles or "none is installed").replace("%", "%%")


def _add_preparation(parser: argparse.ArgumentParser) -> None:
    for name, titles, what in (
        ("registration", REGISTRATION_METHODS, "head motion is corrected"),
        ("filter", FILTERS, "noise is filtered"),
    ):
        choice = parser.add_mutually_exclusive_group()
        default = getattr(_DEFAULTS, name)
        choice.add_argument(
            f"--{name}",
            choices=list(dict.fromkeys([*titles, "none"])),
            default=default,
            help=f"how {what}: "
            + "; ".join(f"{key}: {entry.title}" for key, entry in titles.items() if key != "none")
            + f" (default: {default})",
        )
        choice.add_argument(
            f"--no-{name}", dest=name, action="store_const", const="none", help=f"the same as --{name} none"
        )
    parser.add_argument(
        "--arterial-input",
        choices=ARTERIAL_INPUT_METHODS,
        default=_DEFAULTS.arterial_input,
        help="how the artery is found: "
        + "; ".join(f"{key}: {entry.title}" for key, entry in ARTERIAL_INPUT_METHODS.items())
        + " (default: %(default)s)",
    )
    for name, title in (("aif", "arterial input"), ("vof", "venous output")):
        parser.add_argument(
            f"--{name}",
            type=voxel,
            action="append",
            metavar="I,J,K",
            help=f"voxel of the {title}: zero-based column,row,slice, averaged with its neighbours; given "
            "several times, exactly these voxels are averaged (default: found)",
        )


def _run(options: argparse.Namespace) -> None:
    config = PipelineConfig(
        method=options.method, model=options.model, core_volume_model=options.core_volume_model,
        core_volume_slices=options.core_volume_slices and tuple(options.core_volume_slices),
        normalisation=options.normalisation,
        reference=FlowReference(options.reference), local_blur=CounterpartBlur(options.local_blur),
        protocol=options.protocol, device=options.device, registration=options.registration,
        filter=options.filter, arterial_input=options.arterial_input,
        aif=options.aif and tuple(options.aif), vof=options.vof and tuple(options.vof),
        frame_interval=options.interval, times=options.times,
        age=options.age, nihss=options.nihss, hours=options.hours, seed=options.seed,
        dicom=options.dicom, registered=options.registered and RegisteredFormat(options.registered),
    )  # fmt: skip

    def work(progress: StageProgress, cancel: threading.Event) -> RunResult:
        return run_study(options.study, options.output, config, progress, cancel)

    sys.stdout.write(describe_result(run_with_progress(work)))


def describe_result(result: RunResult) -> str:
    """Return the lines that a run ends with: volumes, side, findings, place of the report."""
    summary = result.summary
    volumes = summary["volumes_ml"]
    ratio = summary["mismatch_ratio"]
    rows = [
        ("Core (global normalisation)", _millilitres(volumes["core_global"])),
        ("Core (local normalisation)", _millilitres(volumes["core_local"])),
        ("Hypoperfusion", _millilitres(volumes["hypoperfusion"])),
        ("Penumbra", _millilitres(volumes["penumbra"])),
        ("Mismatch ratio", "n/a (no core)" if ratio is None else f"{ratio:.1f}"),
        ("Affected hemisphere", summary["affected_hemisphere"]),
    ]
    lines = [f"{name:<30}{value:>14}" for name, value in rows]
    lines += _describe_answer(summary["core_volume_classifier"])
    lines += [f"{finding['severity']}: {finding['message']}" for finding in summary["quality"]]
    lines += [
        f"Report: {result.folder / 'report.html'}",
        f"Time: {sum(result.seconds.values()):.0f} s",
        summary["notice"],
    ]
    return "\n".join(lines) + "\n"


def _describe_answer(answer: Mapping[str, Any] | None) -> list[str]:
    """Return the line of the core-volume network, where it says anything."""
    if answer is None:
        return []
    probability = answer["probability_large"]
    found = (
        _millilitres(answer["volume_ml"])
        if probability is None
        else f"probability of large {probability:.2f}"
    )
    slices = answer["slices"]
    looked_at = f"slices {slices['lower']} and {slices['upper']}"
    meaning = f"{found}, large from {answer['threshold_ml']:.1f} mL on; {looked_at}"
    return [f"Core by the network {answer['model']}: {answer['verdict']} ({meaning})"]


def _millilitres(volume: float | None) -> str:
    return "not computed" if volume is None else f"{volume:.1f} mL"
