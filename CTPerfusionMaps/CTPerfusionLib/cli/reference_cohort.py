"""A public cohort with reference maps as commands take it."""

import argparse
from pathlib import Path

from ..devices import DEVICES
from ..io.layouts import LAYOUTS
from ..pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig
from .arguments import count, positive
from .evaluation_run import add_output

_DEFAULTS = PipelineConfig()


def add_reference_cohort(parser: argparse.ArgumentParser) -> None:
    """Add where a cohort is, what it is and how it is computed: ``root``, ``layout``, ``output``, ..."""
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of the cohort, as it is given out")
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        required=True,
        help="which cohort it is: "
        + "; ".join(f"{name}: {each.title}, {each.reference} maps" for name, each in LAYOUTS.items()),
    )
    add_output(parser)
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="by which patients are divided into halves (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=positive,
        metavar="S",
        help="seconds between frames (default: "
        + ", ".join(
            f"{each.frame_interval:g} for {name}" for name, each in LAYOUTS.items() if each.frame_interval
        )
        + ", else as the files say)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default=_DEFAULTS.device,
        help="where to compute (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="cases side by side, each in a process on one core; 1 takes all cores for each (default: "
        "%(default)s)",
    )


def reference_config(options: argparse.Namespace, method: str) -> PipelineConfig:
    """Return how the cases are computed."""
    return PipelineConfig(
        method=method,
        core_volume_model=NO_CORE_VOLUME_MODEL,
        device=options.device,
        frame_interval=options.interval,
    )
