"""How Slicer writes typed values into a ``vtkMRMLScriptedModuleNode``; it can read what is written here.

A number, text, path, truth value or enum is one parameter of that name; a node is an empty parameter and a
node reference of that name; the elements of a list are ``name.0``, ``name.1`` ... and its length is
``name.len``; alternative number i of a union is ``name.i``; a member of a pack is ``name.member``.
"""

import enum
import pathlib
import types
import typing
from collections.abc import Callable
from typing import Any

import slicer
from slicer.util import NodeModify

from .validators import Default, IsInstance, NotNone, Validator, first_of


class Storage:
    """Writes values of one type and reads them back.

    Parameters
    ----------
    validators : tuple of Validator
        What values are allowed.
    """

    def __init__(self, validators: tuple[Validator, ...] = ()) -> None:
        self.validators = validators

    def validate(self, value: Any) -> None:
        """Raise TypeError or ValueError if the value is not allowed."""
        for validator in self.validators:
            validator.validate(value)

    def default(self) -> Any:
        """Return the value of a parameter without a default of its own."""
        raise NotImplementedError

    def is_in(self, node: Any, name: str) -> bool:
        """Return whether the node has a value of that name."""
        return bool(node.HasParameter(name))

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write a value that was validated."""
        raise NotImplementedError

    def read(self, node: Any, name: str) -> Any:
        """Return the value."""
        raise NotImplementedError

    def remove(self, node: Any, name: str) -> None:
        """Take the value out of the node."""
        node.UnsetParameter(name)


class TextStorage(Storage):
    """Anything that one line of text holds."""

    def __init__(
        self,
        validators: tuple[Validator, ...],
        default: Any,
        encode: Callable[[Any], str],
        decode: Callable[[str], Any],
    ) -> None:
        super().__init__(validators)
        self._default, self._encode, self._decode = default, encode, decode

    def default(self) -> Any:
        """Return zero, the empty text or path, False, or the first member of an enum."""
        return self._default

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write the text."""
        node.SetParameter(name, self._encode(value))

    def read(self, node: Any, name: str) -> Any:
        """Return the value that the text stands for."""
        return self._decode(node.GetParameter(name))


class NodeStorage(Storage):
    """A node of the scene, or None."""

    def default(self) -> None:
        """Return None."""

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write a reference."""
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        """Return the node that is referred to."""
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        """Take the reference out of the node."""
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


class NoneStorage(Storage):
    """None, as one alternative of a union."""

    def default(self) -> None:
        """Return None."""

    def write(self, node: Any, name: str, _value: None) -> None:
        """Write that it is None."""
        node.SetParameter(name, "True")

    def read(self, _node: Any, _name: str) -> None:
        """Return None."""


class UnionStorage(Storage):
    """One of several types."""

    def __init__(self, validators: tuple[Validator, ...], alternatives: list[tuple[Any, Storage]]) -> None:
        super().__init__(validators)
        self._alternatives = alternatives

    def default(self) -> Any:
        """Return None for ``Optional``, else the default of the first type."""
        if len(self._alternatives) == 2 and self._alternatives[1][0] is type(None):
            return None
        return self._alternatives[0][1].default()

    def validate(self, value: Any) -> None:
        """Raise TypeError if the value is of none of the types."""
        super().validate(value)
        self._index_for(value)

    def is_in(self, node: Any, name: str) -> bool:
        """Return whether the node has a value of any of the types."""
        return any(
            storage.is_in(node, f"{name}.{index}") for index, (_, storage) in enumerate(self._alternatives)
        )

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write the value as the first type that takes it."""
        index = self._index_for(value)
        with NodeModify(node):
            self.remove(node, name)
            self._alternatives[index][1].write(node, f"{name}.{index}", value)

    def read(self, node: Any, name: str) -> Any:
        """Return the value."""
        for index, (_, storage) in enumerate(self._alternatives):
            if storage.is_in(node, f"{name}.{index}"):
                return storage.read(node, f"{name}.{index}")
        raise KeyError(name)

    def remove(self, node: Any, name: str) -> None:
        """Take the value out of the node, whatever its type."""
        for index, (_, storage) in enumerate(self._alternatives):
            storage.remove(node, f"{name}.{index}")

    def _index_for(self, value: Any) -> int:
        for index, (kind, storage) in enumerate(self._alternatives):
            if isinstance(value, typing.get_origin(kind) or kind):
                storage.validate(value)
                return index
        raise TypeError(f"{value!r} is of none of the types {[kind for kind, _ in self._alternatives]}")


def storage_for(annotated: Any) -> tuple[Storage, tuple[Any, ...]]:
    """Return the storage for a type, which may be annotated, and the annotations that are not validators.

    Raises
    ------
    TypeError
        If Slicer 5.8 cannot store the type.
    """
    kind, annotations = split(annotated)
    validators = tuple(each for each in annotations if isinstance(each, Validator))
    others = tuple(each for each in annotations if not isinstance(each, Validator))
    return _storage(kind, validators), others


def split(annotated: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the bare type and its annotations."""
    if typing.get_origin(annotated) is typing.Annotated:
        kind, *annotations = typing.get_args(annotated)
        return kind, tuple(annotations)
    return annotated, ()


def is_node_type(kind: Any) -> bool:
    """Return whether values are nodes of a scene."""
    return isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode)


def default_of(holder: type, name: str, storage: Storage, annotations: tuple[Any, ...]) -> Default:
    """Return the default given by assignment, else that of the annotations, else that of the type."""
    unknown = [each for each in annotations if not type(each).__module__.startswith(__package__ or "")]
    if unknown:
        raise TypeError(f"{holder.__name__}.{name}: Slicer makes nothing of {unknown}")
    if name in vars(holder):
        return Default(vars(holder)[name])
    return first_of(annotations, Default) or Default(generator=storage.default)


def _storage(kind: Any, validators: tuple[Validator, ...]) -> Storage:
    from .containers import ListStorage, PackStorage

    if isinstance(kind, types.UnionType):
        raise TypeError(f"Slicer 5.8 does not store {kind}; write typing.Optional or typing.Union")
    if typing.get_origin(kind) is typing.Union:
        alternatives = [(split(each)[0], storage_for(each)[0]) for each in typing.get_args(kind)]
        return UnionStorage(validators, alternatives)
    if typing.get_origin(kind) is list:
        return ListStorage(validators, storage_for(typing.get_args(kind)[0])[0])
    if hasattr(kind, "allParameters"):
        return PackStorage((NotNone(), IsInstance(kind), *validators), kind)
    if is_node_type(kind):
        return NodeStorage((IsInstance(kind), *validators))
    if kind is type(None):
        return NoneStorage(validators)
    checks = (NotNone(), IsInstance((int, float) if kind is float else kind), *validators)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return TextStorage(checks, next(iter(kind)), lambda value: value.name, lambda text: kind[text])
    if kind is bool:
        return TextStorage(checks, False, str, lambda text: text == "True")
    if kind in (int, float, str) or (isinstance(kind, type) and issubclass(kind, pathlib.PurePath)):
        return TextStorage(checks, 0 if kind is float else kind(), str, kind)
    raise TypeError(f"the stand-in does not store {kind}")
