"""Entry point: parses the arguments, runs one command, turns errors into sentences and exit codes."""

import sys
from collections.abc import Sequence

from .. import RESEARCH_USE, __version__
from ..errors import Cancelled, CTPerfusionError
from .command import CommandParser
from .commands import COMMANDS
from .interruptible import EXIT_CANCELLED, NOTHING_WRITTEN

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


def build_parser() -> CommandParser:
    """Return the parser with all commands."""
    parser = CommandParser(
        prog="ctperfusion",
        description="CT perfusion of the brain: from a 4D scan to perfusion maps, core and penumbra.",
        epilog=RESEARCH_USE,
    )
    parser.add_argument("--version", action="version", version=f"ctperfusion {__version__}")
    parser.add_commands(COMMANDS, "COMMAND")
    return parser


def _sentence(error: CTPerfusionError | OSError) -> str:
    if isinstance(error, CTPerfusionError):
        return str(error)
    return f"{error.strerror or error}: {error.filename}; check the disk and the permissions, then run again."
