"""``ctperfusion evaluate``: studies that say how far results can be trusted."""

import argparse

from .. import RESEARCH_USE
from .command import Command
from .evaluate_core_volume import EVALUATE_CORE_VOLUME
from .evaluate_maps import EVALUATE_MAPS
from .evaluate_segmentation import EVALUATE_SEGMENTATION

EVALUATIONS: tuple[Command, ...] = (EVALUATE_MAPS, EVALUATE_CORE_VOLUME, EVALUATE_SEGMENTATION)
"""All evaluations; a new one is added here."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(required=True, metavar="PART")
    for evaluation in EVALUATIONS:
        part = parts.add_parser(
            evaluation.name, help=evaluation.summary, description=evaluation.description, epilog=RESEARCH_USE
        )
        evaluation.add_arguments(part)


EVALUATE = Command(
    "evaluate",
    "say how far results can be trusted",
    "Hold results against known truth, or against each other.",
    _add_arguments,
)
