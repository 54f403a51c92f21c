"""Files to a DICOM node (C-STORE)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, CTPerfusionError
from ..progress import ProgressCallback, ignore_progress, reported
from .node import DicomNode
from .requirements import require_pynetdicom
from .workspace import quiet

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pynetdicom.ae import ApplicationEntity
    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

_CONNECTION_TIMEOUT = 10.0
"""Seconds to wait for a node that does not answer at all."""

_ANSWER_TIMEOUT = 60.0
"""Seconds to wait for an answer: archives that write to tape are slow."""

_ATTEMPTS = 5
_PAUSE = 0.2
"""How often a node is asked that closes the connection without an answer, and seconds in between."""

_MOST_CONTEXTS = 128
"""Kinds of object that one association can carry (DICOM PS3.8, 9.3.2)."""

_META_TAGS = ["SOPClassUID", "SOPInstanceUID"]


class SendingError(CTPerfusionError):
    """Files could not be sent, or not all of them."""


@dataclass(frozen=True)
class _Outgoing:
    """A file and what has to be agreed upon before it is sent."""

    path: Path
    sop_class: str
    transfer_syntax: str


def send_files(
    paths: Sequence[Path | str], node: DicomNode, *, on_progress: ProgressCallback = ignore_progress
) -> int:
    """Send DICOM files to a node, one after another, and return how many it stored.

    Parameters
    ----------
    paths : sequence of Path or str
    node : DicomNode
    on_progress : callable
        Called with the fraction done; may raise to cancel, and the node keeps what it has stored by then.

    Raises
    ------
    ConfigurationError
        If pynetdicom is missing, or there is nothing to send.
    SendingError
        If the node cannot be reached, does not accept this software or the kind of a file, or refuses to
        store one.
    """
    require_pynetdicom()
    if not paths:
        raise ConfigurationError("There are no DICOM files to send", "name a folder that holds some")
    with quiet():
        files = [_outgoing(Path(path)) for path in paths]
        with _association(node, files) as association:
            _require_accepted(association, node, files)
            for number, file in enumerate(reported(files, on_progress)):
                _store(association, node, file, f"after {number} of {len(files)} files")
    return len(files)


def _outgoing(path: Path) -> _Outgoing:
    from pydicom import dcmread

    try:
        header = dcmread(path, specific_tags=_META_TAGS, stop_before_pixels=True)
        syntax = str(header.file_meta.TransferSyntaxUID)
        return _Outgoing(path, str(header.SOPClassUID), syntax)
    except OSError as error:
        raise SendingError(
            f"{path.name} cannot be read ({error.strerror})", "check its access rights"
        ) from error
    except Exception as error:  # the parser fails on foreign bytes in many ways, all with the same meaning
        raise SendingError(f"{path.name} is no DICOM file", "name files that are") from error


@contextmanager
def _association(node: DicomNode, files: Sequence[_Outgoing]) -> Iterator[Association]:
    """Agree with the node on what will be sent; ended in order, or at once where something goes wrong."""
    from pynetdicom import AE

    entity = AE(ae_title=node.calling_title)
    entity.connection_timeout = _CONNECTION_TIMEOUT
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = _ANSWER_TIMEOUT
    association = _associate(entity, node, _contexts(files))
    try:
        yield association
        association.release()
    finally:
        if association.is_established:
            association.abort()


def _associate(
    entity: ApplicationEntity, node: DicomNode, contexts: list[PresentationContext]
) -> Association:
    """Return an association that is established.

    A node that is busy, or closes before its answer was read, may leave a connection without an answer; it
    gets another chance then.

    Raises
    ------
    SendingError
        If the node is not there, or declines.
    """
    from pynetdicom import evt

    for _ in range(_ATTEMPTS):
        opened: list[bool] = []
        started = time.monotonic()
        association = entity.associate(
            node.host,
            node.port,
            contexts=contexts,
            ae_title=node.title,
            evt_handlers=[(evt.EVT_CONN_OPEN, lambda _event, opened=opened: opened.append(True))],
        )
        if association.is_established:
            return association
        if association.is_rejected or association.acceptor.primitive is not None or not opened:
            raise _not_associated(association, node)
        if time.monotonic() - started > _CONNECTION_TIMEOUT:
            break  # it was silent and would be so again
        time.sleep(_PAUSE)
    raise SendingError(
        f"The node {node} gives no answer to the request for an association",
        "check that it is a DICOM node and that it is not overloaded",
    )


def _contexts(files: Sequence[_Outgoing]) -> list[PresentationContext]:
    from pynetdicom import build_context

    pairs = dict.fromkeys((file.sop_class, file.transfer_syntax) for file in files)
    if len(pairs) > _MOST_CONTEXTS:
        raise SendingError(
            f"The files are of {len(pairs)} kinds, more than the {_MOST_CONTEXTS} that can be sent at once",
            "send them in parts",
        )
    return [build_context(sop_class, syntax) for sop_class, syntax in pairs]


def _not_associated(association: Association, node: DicomNode) -> SendingError:
    if association.is_rejected:
        answer = association.acceptor.primitive
        reason = getattr(answer, "reason_str", "").lower() or "no reason given"
        return SendingError(
            f"The node {node} refuses the connection ({reason})",
            f"check its title and whether it knows the calling title '{node.calling_title}'",
        )
    if association.acceptor.primitive is not None:
        return SendingError(
            f"The node {node} accepts none of the kinds of object that are to be sent",
            "ask its administrator to accept them",
        )
    return SendingError(
        f"The node {node} cannot be reached", "check host and port, the network, and that it is running"
    )


def _require_accepted(association: Association, node: DicomNode, files: Sequence[_Outgoing]) -> None:
    """Refuse to send a part of a study to a node that does not take all of it."""
    accepted = {
        (str(context.abstract_syntax), str(context.transfer_syntax[0]))
        for context in association.accepted_contexts
    }
    for file in files:
        if (file.sop_class, file.transfer_syntax) not in accepted:
            raise SendingError(
                f"The node {node} does not accept {_kind(file)} ({file.path.name}); nothing was sent",
                "ask its administrator to accept them",
            )


def _store(association: Association, node: DicomNode, file: _Outgoing, progress: str) -> None:
    from pydicom import dcmread

    if not association.is_established:
        raise _connection_lost(node, progress)
    try:
        status = association.send_c_store(dcmread(file.path))
    except ValueError as error:  # the kind of object was agreed upon; so it is the object that has no form
        raise SendingError(f"{file.path.name} is damaged and cannot be sent", "write it again") from error
    except RuntimeError as error:
        raise _connection_lost(node, progress) from error
    if "Status" not in status:
        raise _connection_lost(node, progress)
    if not _is_stored(status):
        raise SendingError(
            f"The node {node} refuses to store {file.path.name} ({_meaning(status)}), {progress}",
            "look into the log of the node",
        )


def _connection_lost(node: DicomNode, progress: str) -> SendingError:
    return SendingError(f"The node {node} stopped answering {progress}", "check the network and send again")


def _is_stored(status: Dataset) -> bool:
    """Return whether the node has the object: warnings say that it has, somehow changed."""
    from pynetdicom.status import code_to_category

    return code_to_category(status.Status) in ("Success", "Warning")


def _meaning(status: Dataset) -> str:
    """Return the status with the reason that the node gives; it says nothing about the patient."""
    from pynetdicom.status import STORAGE_SERVICE_CLASS_STATUS

    _, description = STORAGE_SERVICE_CLASS_STATUS.get(status.Status, ("", ""))
    return ", ".join(filter(None, (f"status {status.Status:04X}", description)))


def _kind(file: _Outgoing) -> str:
    from pydicom.uid import UID

    return f"objects of the kind {UID(file.sop_class).name} in {UID(file.transfer_syntax).name}"
