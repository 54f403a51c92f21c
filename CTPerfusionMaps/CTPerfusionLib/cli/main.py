"""Entry point: parses the arguments, runs one command, turns errors into sentences and exit codes."""

import argparse
import sys
from collections.abc import Sequence

from .. import RESEARCH_USE, __version__
from ..errors import Cancelled, CTPerfusionError
from .benchmark import BENCHMARK
from .calibrate import CALIBRATE
from .command import Command
from .evaluate import EVALUATE
from .info import INFO
from .interruptible import EXIT_CANCELLED, NOTHING_WRITTEN
from .phantom import PHANTOM
from .run import RUN
from .send import SEND
from .train import TRAIN

COMMANDS: tuple[Command, ...] = (PHANTOM, RUN, SEND, INFO, CALIBRATE, TRAIN, EVALUATE, BENCHMARK)

EXIT_DONE = 0
EXIT_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``ctperfusion`` with `arguments` (default: those of the process) and return its exit code.

    0: done. 1: the study cannot be processed, with one sentence on stderr. 2: wrong usage. 130: cancelled.
    """
    options = build_parser().parse_args(arguments)
    try:
        options.execute(options)
    except Cancelled as cancelled:
        sys.stderr.write(f"{str(cancelled) or NOTHING_WRITTEN}\n")
        return EXIT_CANCELLED
    except (CTPerfusionError, OSError) as error:
        if options.debug:
            raise
        sys.stderr.write(f"ctperfusion: {_sentence(error)}\n")
        return EXIT_FAILED
    return EXIT_DONE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="ctperfusion",
        description="CT perfusion of the brain: from a 4D scan to perfusion maps, core and penumbra.",
        epilog=RESEARCH_USE,
    )
    parser.add_argument("--version", action="version", version=f"ctperfusion {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub_parser = commands.add_parser(
            command.name, help=command.summary, description=command.description, epilog=RESEARCH_USE
        )
        command.add_arguments(sub_parser)
    return parser


def _sentence(error: CTPerfusionError | OSError) -> str:
    if isinstance(error, CTPerfusionError):
        return str(error)
    return f"{error.strerror or error}: {error.filename}; check the disk and the permissions, then run again."
