"""Commands of ``ctperfusion`` and parsers that load a command's module when it is called."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .. import RESEARCH_USE


@dataclass(frozen=True)
class Command:
    """A command, or a group of commands.

    Attributes
    ----------
    name, summary, description : str
        As shown by ``--help``.
    module : str
        Of this package; its function ``add_arguments`` adds them to a parser. Empty for a group.
    parts : tuple of Command
        The commands of a group.
    metavar : str
        What the choice among the parts is called.
    """

    name: str
    summary: str
    description: str
    module: str = ""
    parts: tuple["Command", ...] = ()
    metavar: str = ""


class CommandParser(argparse.ArgumentParser):
    """A parser whose arguments are added when they are needed.

    A command imports what it computes with, a second of loading that all others are spared.
    """

    _command: Command | None = None

    def takes(self, command: Command) -> None:
        """Let the parser be that of `command`."""
        self._command = command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the arguments, then parse."""
        self.complete()
        return super().parse_known_args(args, namespace)

    def complete(self) -> None:
        """Add the arguments, unless it has them."""
        command, self._command = self._command, None
        if command is not None and command.parts:
            self.add_commands(command.parts, command.metavar)
        elif command is not None:
            import_module(f"{__package__}.{command.module}").add_arguments(self)

    def add_commands(self, commands: Sequence[Command], metavar: str) -> None:
        """Let the next word choose one of `commands`."""
        choice = self.add_subparsers(required=True, metavar=metavar, parser_class=CommandParser)
        for command in commands:
            parser = choice.add_parser(
                command.name, help=command.summary, description=command.description, epilog=RESEARCH_USE
            )
            parser.takes(command)
