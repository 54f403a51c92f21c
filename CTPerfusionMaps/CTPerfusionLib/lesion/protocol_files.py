"""The installed threshold protocols: JSON files in ``Resources/Protocols``."""

import json
from dataclasses import fields
from typing import Any

from ..errors import ConfigurationError
from ..resources import resource_path
from .criterion import Criterion, Relation
from .protocol import CUSTOM_PROTOCOL, CoreNormalisation, ThresholdProtocol

DEFAULT_PROTOCOL = "rapid-like"
"""The protocol that is used when none is named."""

_CRITERIA = ("core", "hypoperfusion")


def protocol_names() -> tuple[str, ...]:
    """Return the names of all installed protocols, the default first, the others by alphabet."""
    names = {path.stem for path in resource_path("Protocols").glob("*.json")} - {CUSTOM_PROTOCOL}
    return tuple(sorted(names, key=lambda name: (name != DEFAULT_PROTOCOL, name)))


def load_protocol(name: str = DEFAULT_PROTOCOL) -> ThresholdProtocol:
    """Return the installed protocol called `name`.

    Raises
    ------
    ConfigurationError
        If there is none of that name, or its file is not valid.
    """
    if name not in protocol_names():
        raise ConfigurationError(
            f"There is no threshold protocol called {name}", f"choose one of {', '.join(protocol_names())}"
        )
    try:
        content = json.loads(resource_path("Protocols", f"{name}.json").read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"The threshold protocol {name} is not valid JSON (line {error.lineno})", "mend its file"
        ) from error
    return parse_protocol(name, content)


def parse_protocol(name: str, content: Any) -> ThresholdProtocol:
    """Return the protocol that a JSON value describes.

    Parameters
    ----------
    name : str
    content : object with the fields of :class:`ThresholdProtocol`
        ``core`` and ``hypoperfusion`` are lists of objects such as ``{"map": "Tmax", "above": 6.0}``.

    Raises
    ------
    ConfigurationError
        If a field is missing, unknown or has a value that it can't have.
    """
    if not isinstance(content, dict):
        raise ConfigurationError(f"The threshold protocol {name} is not a JSON object", "mend its file")
    expected = {field.name for field in fields(ThresholdProtocol)} - {"name", "flow_reading"}
    for field in sorted(expected - content.keys()):
        raise ConfigurationError(f"The threshold protocol {name} lacks {field}", "add it")
    for field in sorted(content.keys() - expected):
        raise ConfigurationError(f"The threshold protocol {name} has the unknown field {field}", "remove it")
    if content["mismatch_core"] in tuple(CoreNormalisation):
        content = {**content, "mismatch_core": CoreNormalisation(content["mismatch_core"])}
    criteria = {field: _criteria(name, field, content[field]) for field in _CRITERIA}
    return ThresholdProtocol(name=name, **{**content, **criteria})


def protocol_content(protocol: ThresholdProtocol) -> dict[str, Any]:
    """Return the JSON value that :func:`parse_protocol` reads as `protocol`, apart from its flow reading."""
    values = {
        field.name: getattr(protocol, field.name)
        for field in fields(protocol)
        if field.name not in ("name", "flow_reading")
    }
    values |= {
        field: [{"map": each.map, str(each.relation): each.value} for each in getattr(protocol, field)]
        for field in _CRITERIA
    }
    return {**values, "mismatch_core": str(protocol.mismatch_core)}


def _criteria(name: str, field: str, content: Any) -> tuple[Criterion, ...]:
    try:
        return tuple(_criterion(each) for each in content)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"The threshold protocol {name} has an unusable {field}: {error.reason}", error.remedy
        ) from error
    except TypeError as error:
        raise ConfigurationError(
            f"The threshold protocol {name} has {field} = {content!r}", "give a list of criteria"
        ) from error


def _criterion(content: Any) -> Criterion:
    relations = [relation for relation in Relation if isinstance(content, dict) and relation in content]
    if len(relations) != 1 or content.keys() != {"map", relations[0]}:
        raise ConfigurationError(
            f"{json.dumps(content)} is no criterion", 'write it like {"map": "Tmax", "above": 6.0}'
        )
    return Criterion(content["map"], relations[0], content[relations[0]])
