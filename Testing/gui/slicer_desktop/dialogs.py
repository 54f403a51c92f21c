"""Dialogs that would wait for the user: what they said is recorded, and they are answered by the test."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6 import QtWidgets


@dataclass(frozen=True)
class ShownDialog:
    """A dialog that the user has seen.

    Attributes
    ----------
    kind : str
        Class of the dialog, such as ``QMessageBox``, or function, such as ``QFileDialog.getOpenFileName``.
    title : str
    text : str
        With the informative and the detailed text, each on its own lines.
    """

    kind: str
    title: str
    text: str


@dataclass
class Dialogs:
    """What was shown to the user and what the user will answer.

    A message with a single button needs no answer. Any other dialog takes the next answer: the value to
    return, or a function of the dialog that acts on its widgets and returns the value. A dialog without an
    answer fails the test.
    """

    shown: list[ShownDialog] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)

    def will_answer(self, *answers: Any) -> None:
        """Answer the next dialogs, each by a button such as ``qt.QMessageBox.Yes``, a path or a function."""
        self.answers.extend(answers)

    @property
    def texts(self) -> list[str]:
        """Texts of the dialogs shown so far."""
        return [dialog.text for dialog in self.shown]

    def show(self, dialog: ShownDialog, subject: Any, only: Any = None) -> Any:
        """Record a dialog and return the user's answer, or the only one there is."""
        self.shown.append(dialog)
        if only is not None:
            return only
        if not self.answers:
            raise AssertionError(f"The user was asked something that the test does not answer: {dialog}")
        answer = self.answers.popleft()
        return answer(subject) if callable(answer) else answer


DIALOGS = Dialogs()


def answer_dialog(wrapper: Any) -> Any:
    """Return what ``exec_`` of a dialog returns."""
    raw = wrapper._raw
    if not isinstance(raw, QtWidgets.QMessageBox):
        return DIALOGS.show(ShownDialog(type(raw).__name__, raw.windowTitle(), ""), wrapper)
    parts = (raw.text(), raw.informativeText(), raw.detailedText())
    shown = ShownDialog(type(raw).__name__, raw.windowTitle(), "\n".join(filter(None, parts)))
    details = QtWidgets.QMessageBox.ButtonRole.ActionRole  # of the button that shows the details
    buttons = [button for button in raw.buttons() if raw.buttonRole(button) != details]
    only = int(raw.standardButton(buttons[0]).value) if len(buttons) == 1 else None
    return DIALOGS.show(shown, wrapper, only)


def _message(function: str, needs_answer: bool) -> Callable[..., Any]:
    def show(_parent: Any, title: str, text: str, *buttons: Any) -> Any:
        shown = ShownDialog(f"QMessageBox.{function}", title, text)
        ok = int(QtWidgets.QMessageBox.StandardButton.Ok.value)
        return DIALOGS.show(shown, None, None if needs_answer or buttons else ok)

    return show


def _question(function: str) -> Callable[..., Any]:
    def show(_parent: Any = None, title: str = "", text: str = "", *_: Any) -> Any:
        return DIALOGS.show(ShownDialog(function, title, str(text)), None)

    return show


STATIC_DIALOGS: dict[tuple[str, str], Callable[..., Any]] = {
    ("QMessageBox", "question"): _message("question", needs_answer=True),
    **{
        ("QMessageBox", name): _message(name, needs_answer=False)
        for name in ("information", "warning", "critical", "about")
    },
    **{
        ("QFileDialog", name): _question(f"QFileDialog.{name}")
        for name in ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName")
    },
    **{
        ("QInputDialog", name): _question(f"QInputDialog.{name}")
        for name in ("getText", "getItem", "getInt", "getDouble")
    },
}
