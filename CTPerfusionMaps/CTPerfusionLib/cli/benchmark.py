"""``ctperfusion benchmark``: side-by-side timings as ratios."""

import argparse
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .. import RESEARCH_USE
from ..devices import DEVICES
from ..kinetics.curves import MINIMUM_FRAMES
from ..networks import ARCHITECTURES
from ..phantom import SIZES, head_phantom
from ..progress import StageProgress
from ..validation import (
    TUNING_SEED,
    CurveSet,
    KineticsBenchmark,
    PipelineBenchmark,
    PreprocessingBenchmark,
    benchmark_kinetics,
    benchmark_pipeline,
    benchmark_preprocessing,
    benchmark_record,
    benchmark_text,
    pipeline_record,
    pipeline_text,
    preprocessing_record,
    preprocessing_text,
)
from ..validation.unet_benchmark import UnetBenchmark, benchmark_unet
from ..validation.unet_report import unet_record, unet_text
from .arguments import count, on_call
from .interruptible import run_with_progress, stage_reporter
from .json_output import add_json_argument, json_output

SMALLEST_IMAGE = 32
"""Pixels of a side that the deepest network can halve to its end."""


@dataclass(frozen=True)
class Benchmark:
    """A part of the software that can be timed.

    Attributes
    ----------
    name, summary, description : str
    add_arguments : callable
    execute : callable
    """

    name: str
    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], None]


def _add_kinetics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--size",
        type=curve_set,
        nargs="+",
        default=(),
        metavar="VOXELSxFRAMES",
        help="numbers of curves and of their samples (default: 69864x60 500000x89; on a GPU also 2000000x60)",
    )
    _add_rounds(parser, 5)
    _add_device(parser, "where the methods compute")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the simulated curves (default: %(default)s)"
    )
    add_json_argument(parser)


def _add_preprocessing(parser: argparse.ArgumentParser) -> None:
    _add_size(parser, "of the simulated head")
    _add_rounds(parser, 3)
    parser.add_argument(
        "--seed",
        type=int,
        default=TUNING_SEED,
        help="seed of the simulated head (default: %(default)s)",
    )
    add_json_argument(parser)


def _add_pipeline(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--study",
        type=Path,
        metavar="FOLDER",
        help="run this study, whatever ctperfusion run takes (default: a simulated head as DICOM)",
    )
    _add_size(source, "of the simulated head")
    _add_rounds(parser, 3)
    add_json_argument(parser)


def _add_unet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--architecture",
        choices=ARCHITECTURES,
        nargs="+",
        default=list(ARCHITECTURES),
        help="networks to time (default: all)",
    )
    parser.add_argument(
        "--size",
        type=image_size,
        default=512,
        metavar="N",
        help="pixels of a side of the slices; targets hold for %(default)s (default: %(default)s)",
    )
    _add_rounds(parser, 3)
    _add_device(parser, "where the networks compute")
    add_json_argument(parser)


def _add_device(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--device", choices=("auto", *DEVICES), default="auto", help=f"{what} (default: %(default)s)"
    )


def _add_rounds(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--rounds",
        type=count,
        default=default,
        metavar="N",
        help="how often each is timed; medians are shown (default: %(default)s)",
    )


def _add_size(parser: argparse._ActionsContainer, of_what: str) -> None:
    parser.add_argument(
        "--size",
        choices=SIZES,
        default="clinical",
        help=f"{of_what}: clinical, 512x512 pixels, for which targets hold; or tiny, 128x128 "
        "(default: %(default)s)",
    )


def curve_set(text: str) -> CurveSet:
    """Parse ``VOXELSxFRAMES``."""
    voxels, _, frames = text.partition("x")
    try:
        return CurveSet(int(voxels), int(frames))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not VOXELSxFRAMES, such as 69864x60, with {MINIMUM_FRAMES} frames or more"
        ) from None


def image_size(text: str) -> int:
    """Parse the pixels of a side of a slice."""
    size = count(text)
    if size < SMALLEST_IMAGE:
        raise argparse.ArgumentTypeError(f"{text!r} is too small; give at least {SMALLEST_IMAGE} pixels")
    return size


def _time_kinetics(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> KineticsBenchmark:
        report = stage_reporter(progress, cancel, "Timing kinetic methods", 0.0, 1.0)
        return benchmark_kinetics(
            options.size, rounds=options.rounds, device=options.device, seed=options.seed, on_progress=report
        )

    with json_output(options.json) as write:
        benchmark = run_with_progress(work)
        write(benchmark_record(benchmark))
    sys.stdout.write(benchmark_text(benchmark))


def _time_preprocessing(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> PreprocessingBenchmark:
        simulating = stage_reporter(progress, cancel, "Simulating", 0.0, 0.1)
        simulating(0.0)
        phantom = head_phantom(seed=options.seed, size=options.size, on_progress=simulating)
        report = stage_reporter(progress, cancel, "Timing preprocessing", 0.1, 1.0)
        return benchmark_preprocessing(phantom, rounds=options.rounds, on_progress=report)

    with json_output(options.json) as write:
        benchmark = run_with_progress(work)
        write(preprocessing_record(benchmark))
    sys.stdout.write(preprocessing_text(benchmark))


def _time_pipeline(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> PipelineBenchmark:
        report = stage_reporter(progress, cancel, "Timing whole runs", 0.0, 1.0)
        return benchmark_pipeline(options.study, size=options.size, rounds=options.rounds, on_progress=report)

    with json_output(options.json) as write:
        benchmark = run_with_progress(work)
        write(pipeline_record(benchmark))
    sys.stdout.write(pipeline_text(benchmark))


def _time_unet(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> UnetBenchmark:
        report = stage_reporter(progress, cancel, "Timing networks", 0.0, 1.0)
        return benchmark_unet(
            options.architecture,
            size=options.size,
            rounds=options.rounds,
            device=options.device,
            on_progress=report,
        )

    with json_output(options.json) as write:
        benchmark = run_with_progress(work)
        write(unet_record(benchmark))
    sys.stdout.write(unet_text(benchmark))


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        "kinetics",
        "time the kinetic methods",
        "Time every kinetic method side by side with matrix products of the same curves, a plain Nelder-Mead "
        "fit and other packages that are installed. Takes about two minutes on two cores.",
        _add_kinetics,
        _time_kinetics,
    ),
    Benchmark(
        "preprocessing",
        "time registration, filter, masks and vessels",
        "Time what prepares a series for the kinetics side by side with one resampling of its frames by "
        "SimpleITK, other registrations that are installed and the exact noise filter, on a simulated head. "
        "Takes about five minutes and 5 GB of memory on two cores.",
        _add_preprocessing,
        _time_preprocessing,
    ),
    Benchmark(
        "pipeline",
        "time whole runs, stage by stage",
        "Time runs of a study from its files to its report, each in a process of its own, side by side with "
        "one resampling of its frames by SimpleITK. Takes about three minutes on two cores.",
        _add_pipeline,
        _time_pipeline,
    ),
    Benchmark(
        "unet",
        "time networks: inference and training",
        "Time every network at giving the maps of a study and at learning, side by side with a matrix "
        "product of the same device, whose speed is the peak that shares refer to. Takes about five minutes "
        "and 4 GB of memory on two cores.",
        _add_unet,
        _time_unet,
    ),
)
"""All benchmarks; a new one is added here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``benchmark``."""
    parts = parser.add_subparsers(required=True, metavar="PART")
    for benchmark in BENCHMARKS:
        part = parts.add_parser(
            benchmark.name, help=benchmark.summary, description=benchmark.description, epilog=RESEARCH_USE
        )
        benchmark.add_arguments(part)
        on_call(part, benchmark.execute)
