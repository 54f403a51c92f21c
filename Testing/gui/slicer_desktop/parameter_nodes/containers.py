"""Lists and packs of parameters; changing one of their elements writes it to the node."""

# ruff: noqa: N802 - the names are those of Qt, CTK and Slicer

import typing
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any

from slicer.util import NodeModify

from .storage import Storage, default_of, storage_for
from .validators import Default, Validator


class ObservedList(MutableSequence):
    """A list that writes itself to the node when it changes."""

    def __init__(self, values: list[Any], save: Callable[[list[Any]], None]) -> None:
        self._values, self._save = values, save

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._values[index] = value
        self._save(self._values)

    def __delitem__(self, index: Any) -> None:
        del self._values[index]
        self._save(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, ObservedList) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ObservedList({self._values})"

    def insert(self, index: int, value: Any) -> None:
        """Insert a value before the index."""
        self._values.insert(index, value)
        self._save(self._values)


class ListStorage(Storage):
    """A list of values of one type."""

    def __init__(self, validators: tuple[Validator, ...], element: Storage) -> None:
        super().__init__(validators)
        self._element = element

    def default(self) -> list[Any]:
        """Return an empty list."""
        return []

    def validate(self, value: Iterable[Any]) -> None:
        """Raise TypeError or ValueError if one of the elements is not allowed."""
        super().validate(value)
        for element in value:
            self._element.validate(element)

    def is_in(self, node: Any, name: str) -> bool:
        """Return whether the node has the length of the list."""
        return bool(node.HasParameter(f"{name}.len"))

    def write(self, node: Any, name: str, value: Iterable[Any]) -> None:
        """Write the elements and the length."""
        elements = list(value)
        self.validate(elements)
        with NodeModify(node):
            self.remove(node, name)
            for index, element in enumerate(elements):
                self._element.write(node, f"{name}.{index}", element)
            node.SetParameter(f"{name}.len", str(len(elements)))

    def read(self, node: Any, name: str) -> ObservedList:
        """Return the elements, as a list that writes itself back."""
        elements = [self._element.read(node, f"{name}.{index}") for index in range(self._length(node, name))]
        return ObservedList(elements, lambda values: self.write(node, name, values))

    def remove(self, node: Any, name: str) -> None:
        """Take the elements and the length out of the node."""
        for index in range(self._length(node, name)):
            self._element.remove(node, f"{name}.{index}")
        node.UnsetParameter(f"{name}.len")

    def _length(self, node: Any, name: str) -> int:
        return int(node.GetParameter(f"{name}.len")) if self.is_in(node, name) else 0


class PackStorage(Storage):
    """A pack of named parameters."""

    def __init__(self, validators: tuple[Validator, ...], kind: Any) -> None:
        super().__init__(validators)
        self._kind = kind

    def default(self) -> Any:
        """Return a pack of defaults."""
        return self._kind()

    def is_in(self, node: Any, name: str) -> bool:
        """Return whether the node has the first member."""
        member, parameter = next(iter(self._kind.allParameters.items()))
        return parameter.storage.is_in(node, f"{name}.{member}")

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write all members."""
        with NodeModify(node):
            for member, parameter in self._kind.allParameters.items():
                parameter.storage.write(node, f"{name}.{member}", getattr(value, member))

    def read(self, node: Any, name: str) -> Any:
        """Return a pack that writes itself back when a member changes."""
        members = {
            member: parameter.storage.read(node, f"{name}.{member}")
            for member, parameter in self._kind.allParameters.items()
        }
        pack = self._kind.__new__(self._kind)
        pack.__dict__.update(members)
        pack.__dict__["_save"] = lambda: self.write(node, name, pack)
        return pack

    def remove(self, node: Any, name: str) -> None:
        """Take all members out of the node."""
        for member, parameter in self._kind.allParameters.items():
            parameter.storage.remove(node, f"{name}.{member}")


class Parameter(typing.NamedTuple):
    """One typed member of a pack or a parameter node."""

    storage: Storage
    default: Default
    annotated_type: Any


def parameters_of(holder: type) -> dict[str, Parameter]:
    """Return the typed members of a class, in their order."""
    found = {}
    for name, annotated in typing.get_type_hints(holder, include_extras=True).items():
        storage, annotations = storage_for(annotated)
        found[name] = Parameter(storage, default_of(holder, name, storage, annotations), annotated)
    return found


def parameterPack(holder: Any = None) -> Any:
    """Make a class with typed members one value of a parameter node."""
    if holder is None:
        return parameterPack
    parameters = parameters_of(holder)
    for parameter in parameters.values():
        parameter.storage.validate(parameter.default.value)
    holder.allParameters = parameters
    own_init = holder.__dict__.get("__init__")
    holder.__init__ = _pack_init if own_init is None else _defaults_before(own_init)
    holder.__setattr__ = _set_pack_member
    holder.__eq__ = _packs_equal
    holder.__hash__ = None
    holder.getValue, holder.setValue, holder.dataType = _get_value, _set_value, classmethod(data_type)
    return holder


def data_type(holder: Any, name: str) -> Any:
    """Return the annotated type of a parameter, the name of which may be dotted.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    top, _, rest = name.partition(".")
    if top not in holder.allParameters:
        raise ValueError(f"{holder} has no parameter {top!r}; it has {', '.join(holder.allParameters)}")
    annotated = holder.allParameters[top].annotated_type
    if not rest:
        return annotated
    kind = typing.get_args(annotated)[0] if typing.get_origin(annotated) is typing.Annotated else annotated
    if not hasattr(kind, "allParameters"):
        raise ValueError(f"{top!r} is no parameter pack, so it has no {rest!r}")
    return data_type(kind, rest)


def _pack_init(self: Any, *values: Any, **named: Any) -> None:
    for name, parameter in self.allParameters.items():
        self.__dict__[name] = parameter.default.value
    given = dict(zip(self.allParameters, values, strict=False)) | named
    if len(values) > len(self.allParameters):
        raise TypeError(f"{type(self).__name__} has {len(self.allParameters)} members")
    for name, value in given.items():
        setattr(self, name, value)


def _defaults_before(own_init: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *values: Any, **named: Any) -> None:
        _pack_init(self)
        own_init(self, *values, **named)

    return init


def _set_pack_member(self: Any, name: str, value: Any) -> None:
    if name not in self.allParameters:
        if isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
            return
        raise AttributeError(f"{type(self).__name__} has no member {name!r}")
    self.allParameters[name].storage.validate(value)
    self.__dict__[name] = value
    if "_save" in self.__dict__:
        self._save()


def _packs_equal(self: Any, other: object) -> bool:
    if type(self) is not type(other):
        return False
    return all(getattr(self, name) == getattr(other, name) for name in self.allParameters)


def _get_value(self: Any, name: str) -> Any:
    top, _, rest = name.partition(".")
    return getattr(self, top).getValue(rest) if rest else getattr(self, top)


def _set_value(self: Any, name: str, value: Any) -> None:
    top, _, rest = name.partition(".")
    if rest:
        pack = getattr(self, top)
        pack.setValue(rest, value)
        setattr(self, top, pack)
    else:
        setattr(self, top, value)


@parameterPack
class FloatRange:
    """Two numbers, the smaller first."""

    _minimum: float
    _maximum: float

    def __init__(self, minimum: float = 0.0, maximum: float = 0.0) -> None:
        self.setRange(minimum, maximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        """Set both numbers."""
        if not minimum <= maximum:
            raise ValueError(f"{minimum} is more than {maximum}")
        self._minimum, self._maximum = minimum, maximum

    minimum = property(lambda self: self._minimum, lambda self, value: self.setRange(value, self._maximum))
    maximum = property(lambda self: self._maximum, lambda self, value: self.setRange(self._minimum, value))
