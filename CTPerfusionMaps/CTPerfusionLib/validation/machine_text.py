"""The facts about a machine as lines above the tables of a benchmark."""

from collections.abc import Iterable, Mapping
from typing import Any

FIRST_CALL_MEANING = "loads compiled code, or compiles it after an installation: run again to see the former"

_NAME_WIDTH = 11
_QUIET = 0.5
"""Busy processes for each core above which ratios are not to be trusted."""


def fact_lines(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each fact: its name, then what it is."""
    return [f"{name:<{_NAME_WIDTH}}{value}" for name, value in rows]


def machine_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return what :func:`machine_facts` found out about processor, load and software."""
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    load = facts["load_average"]
    return fact_lines(
        (
            ("Processor", f"{facts['processor']}, {facts['cores']} cores"),
            ("Load", "unknown" if load is None else f"{load:g} busy processes on average before the start"),
            ("Software", f"ctperfusion {facts['ctperfusion']}, Python {facts['python']}, {packages}"),
        )
    )


def busy_lines(facts: Mapping[str, Any], most_affected: str) -> list[str]:
    """Return a warning where other work kept the machine busy, which `most_affected` suffer from most."""
    load = facts["load_average"]
    if load is None or load <= _QUIET * facts["cores"]:
        return []
    return [
        "",
        f"The machine was busy with other work: {most_affected} suffer most, and ratios with them.",
    ]
