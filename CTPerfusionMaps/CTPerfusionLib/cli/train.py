"""``ctperfusion train``: networks from data."""

import argparse

from .. import RESEARCH_USE
from .command import Command
from .train_core_volume import TRAIN_CORE_VOLUME
from .train_maps import add_train_maps

TRAININGS: tuple[Command, ...] = (
    Command(
        "maps",
        "train a U-Net for perfusion maps without an arterial input function",
        "Train networks that give perfusion maps from registered, filtered series, on simulated or real "
        "patients: the method of Gava et al. 2023, or a joint network of this project. The fast preset takes "
        "about an hour on two cores; the paper's takes a GPU.",
        add_train_maps,
    ),
    TRAIN_CORE_VOLUME,
)
"""All networks that can be trained; a new one is added here."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(required=True, metavar="NETWORK")
    for training in TRAININGS:
        part = parts.add_parser(
            training.name, help=training.summary, description=training.description, epilog=RESEARCH_USE
        )
        training.add_arguments(part)


TRAIN = Command(
    "train",
    "train a network",
    "Train networks, and say what they reach on patients that they have not seen.",
    _add_arguments,
)
