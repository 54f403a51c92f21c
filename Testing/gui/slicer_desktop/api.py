"""What the classes of a real Slicer 5.8 desktop offer to Python, read from ``slicer-widget-api.json``."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "slicer-widget-api.json"
_SLOT = re.compile(r"^(\w+)\((.*)\) -> ")


@dataclass(frozen=True)
class ClassApi:
    """Names that a class offers, those it inherits from QWidget and QObject included.

    Attributes
    ----------
    properties : dict
        C++ type by name.
    slots : dict
        By name the C++ types of the arguments, one tuple for each overload.
    signals : dict
        By name the signatures, such as ``clicked(bool)``.
    methods : frozenset
        Other methods and enum values; their arguments are not recorded.
    """

    properties: dict[str, str] = field(default_factory=dict)
    slots: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    signals: dict[str, list[str]] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        return name in self.properties or name in self.slots or name in self.signals or name in self.methods


@cache
def class_api(name: str) -> ClassApi | None:
    """Return the API of the class, or None for a class that is not recorded."""
    record = _records().get(name)
    if record is None:
        return None
    inherited = class_api(record["inherits"]) or ClassApi()
    slots: dict[str, list[tuple[str, ...]]] = {"help": [()], "className": [()]}
    for slot in record.get("slots", ()):
        if match := _SLOT.match(slot):
            types = tuple(argument.split(" ")[0] for argument in match[2].split(", ") if argument)
            slots.setdefault(match[1], []).append(types)
    signals: dict[str, list[str]] = {}
    for signature in record.get("signals", ()):
        signals.setdefault(signature.partition("(")[0], []).append(signature)
    return ClassApi(
        properties=inherited.properties | record.get("properties", {}),
        slots=inherited.slots | slots,
        signals=inherited.signals | signals,
        methods=inherited.methods | frozenset(record.get("other_names", ())),
    )


@cache
def _records() -> dict[str, dict]:
    return json.loads(_FILE.read_text(encoding="utf-8"))["classes"]
