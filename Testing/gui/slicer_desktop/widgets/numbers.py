"""CTK's and qMRML's sliders, ranges and spin boxes."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

from PySide6 import QtCore, QtWidgets

from .scene import HoldsScene

_SLIDER_STEPS = 1000


class _SpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box with the setters that CTK adds."""

    def setValueIfDifferent(self, value: float) -> None:
        """Set the value unless it is already so."""
        if value != self.value():
            self.setValue(value)

    def setValueAlways(self, value: float) -> None:
        """Set the value and tell, also when it is already so."""
        before = self.value()
        self.setValue(value)
        if self.value() == before:
            self.valueChanged.emit(before)


class ctkDoubleSpinBox(_SpinBox):
    """A spin box."""

    invertedControls = QtCore.Property(bool, lambda _: False)


class qMRMLSpinBox(HoldsScene, _SpinBox):
    """A spin box with a unit."""


class ctkDoubleSlider(QtWidgets.QWidget):
    """A slider over real numbers."""

    valueChanged = QtCore.Signal(float)
    sliderMoved = QtCore.Signal(float)
    sliderPressed = QtCore.Signal()
    sliderReleased = QtCore.Signal()
    rangeChanged = QtCore.Signal(float, float)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._minimum, self._maximum, self._value, self._step = 0.0, 99.0, 0.0, 1.0
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _SLIDER_STEPS)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        self._slider.sliderMoved.connect(lambda step: self.setValue(self._value_at(step)))
        self._slider.sliderPressed.connect(self.sliderPressed)
        self._slider.sliderReleased.connect(self.sliderReleased)

    def setValue(self, value: float) -> None:
        """Move to the value, or to the limit that is nearest to it."""
        value = min(max(value, self._minimum), self._maximum)
        changed = value != self._value
        self._value = value
        span = self._maximum - self._minimum
        self._slider.setValue(round(_SLIDER_STEPS * (value - self._minimum) / span) if span > 0 else 0)
        if changed:
            self.valueChanged.emit(value)

    def set_range(self, minimum: float, maximum: float) -> None:
        """Set both limits; a limit that passes the other takes it along."""
        self._minimum, self._maximum = minimum, max(minimum, maximum)
        self.rangeChanged.emit(self._minimum, self._maximum)
        self.setValue(self._value)

    def _value_at(self, step: int) -> float:
        return self._minimum + (self._maximum - self._minimum) * step / _SLIDER_STEPS

    value = QtCore.Property(float, lambda self: self._value, setValue)
    minimum = QtCore.Property(
        float,
        lambda self: self._minimum,
        lambda self, limit: self.set_range(limit, max(limit, self._maximum)),
    )
    maximum = QtCore.Property(
        float,
        lambda self: self._maximum,
        lambda self, limit: self.set_range(min(limit, self._minimum), limit),
    )
    singleStep = QtCore.Property(
        float, lambda self: self._step, lambda self, step: setattr(self, "_step", step)
    )


class ctkSliderWidget(QtWidgets.QWidget):
    """A slider with a spin box; the value is rounded to the decimals of the spin box.

    Without tracking, ``valueChanged`` comes when the mouse lets go of the slider, ``valueIsChanging`` while
    it moves.
    """

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    decimalsChanged = QtCore.Signal(int)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracking = True
        self._page_step = 10.0
        self._slider = ctkDoubleSlider(self)
        self._spin_box = ctkDoubleSpinBox(self)
        self._spin_box.setMaximum(self._slider.maximum)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin_box)
        self._dragging = False
        self._value_before_dragging = 0.0
        self._slider.sliderPressed.connect(self._start_dragging)
        self._slider.sliderReleased.connect(self._stop_dragging)
        self._slider.valueChanged.connect(self._spin_box.setValue)
        self._spin_box.valueChanged.connect(self._change)

    def setValue(self, value: float) -> None:
        """Move to the value, or to the limit that is nearest to it."""
        self._spin_box.setValue(value)

    def reset(self) -> None:
        """Go back to zero, as CTK does."""
        self.setValue(0.0)

    def setDecimals(self, decimals: int) -> None:
        """Set how many digits follow the point."""
        self._spin_box.setDecimals(decimals)
        self.decimalsChanged.emit(decimals)

    def setSpinBoxVisible(self, visible: bool) -> None:
        """Show or hide the spin box."""
        self._spin_box.setVisible(visible)

    def _start_dragging(self) -> None:
        self._dragging, self._value_before_dragging = True, self._spin_box.value()

    def _stop_dragging(self) -> None:
        self._dragging = False
        if not self._tracking and self._spin_box.value() != self._value_before_dragging:
            self.valueChanged.emit(self._spin_box.value())

    def _change(self, value: float) -> None:
        self._slider.setValue(value)
        if self._dragging:
            self.valueIsChanging.emit(value)
        if self._tracking or not self._dragging:
            self.valueChanged.emit(value)

    def _set_minimum(self, minimum: float) -> None:
        self._spin_box.setMinimum(minimum)
        self._slider.set_range(self._spin_box.minimum(), self._spin_box.maximum())
        self._slider.setValue(self._spin_box.value())

    def _set_maximum(self, maximum: float) -> None:
        self._spin_box.setMaximum(maximum)
        self._slider.set_range(self._spin_box.minimum(), self._spin_box.maximum())
        self._slider.setValue(self._spin_box.value())

    value = QtCore.Property(float, lambda self: self._spin_box.value(), setValue)
    minimum = QtCore.Property(float, lambda self: self._spin_box.minimum(), _set_minimum)
    maximum = QtCore.Property(float, lambda self: self._spin_box.maximum(), _set_maximum)
    singleStep = QtCore.Property(
        float, lambda self: self._spin_box.singleStep(), lambda self, step: self._spin_box.setSingleStep(step)
    )
    pageStep = QtCore.Property(
        float, lambda self: self._page_step, lambda self, step: setattr(self, "_page_step", step)
    )
    decimals = QtCore.Property(int, lambda self: self._spin_box.decimals(), setDecimals)
    suffix = QtCore.Property(
        str, lambda self: self._spin_box.suffix(), lambda self, text: self._spin_box.setSuffix(text)
    )
    prefix = QtCore.Property(
        str, lambda self: self._spin_box.prefix(), lambda self, text: self._spin_box.setPrefix(text)
    )
    tracking = QtCore.Property(
        bool, lambda self: self._tracking, lambda self, on: setattr(self, "_tracking", on)
    )
    spinBoxVisible = QtCore.Property(bool, lambda self: not self._spin_box.isHidden(), setSpinBoxVisible)


class qMRMLSliderWidget(HoldsScene, ctkSliderWidget):
    """A slider with a unit."""


class ctkRangeWidget(QtWidgets.QWidget):
    """Two values, the smaller first."""

    valuesChanged = QtCore.Signal(float, float)
    minimumValueChanged = QtCore.Signal(float)
    maximumValueChanged = QtCore.Signal(float)
    rangeChanged = QtCore.Signal(float, float)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = QtWidgets.QDoubleSpinBox(self), QtWidgets.QDoubleSpinBox(self)
        self._high.setValue(self._high.maximum())
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._low)
        layout.addWidget(QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self), 1)
        layout.addWidget(self._high)
        self._low.valueChanged.connect(self.setMinimumValue)
        self._high.valueChanged.connect(self.setMaximumValue)
        self._values = (self._low.value(), self._high.value())

    def setValues(self, low: float, high: float) -> None:
        """Set both values, one after the other as CTK does."""
        low, high = sorted((low, high))
        if low > self._high.value():
            self.setMaximumValue(high)
            self.setMinimumValue(low)
        else:
            self.setMinimumValue(low)
            self.setMaximumValue(high)

    def setMinimumValue(self, value: float) -> None:
        """Set the smaller value; it cannot pass the larger."""
        with QtCore.QSignalBlocker(self._low):
            self._low.setValue(min(value, self._high.value()))
        self._tell()

    def setMaximumValue(self, value: float) -> None:
        """Set the larger value; it cannot pass the smaller."""
        with QtCore.QSignalBlocker(self._high):
            self._high.setValue(max(value, self._low.value()))
        self._tell()

    def _tell(self) -> None:
        before, self._values = self._values, (self._low.value(), self._high.value())
        if self._values[0] != before[0]:
            self.minimumValueChanged.emit(self._values[0])
        if self._values[1] != before[1]:
            self.maximumValueChanged.emit(self._values[1])
        if self._values != before:
            self.valuesChanged.emit(*self._values)

    def setRange(self, minimum: float, maximum: float) -> None:
        """Set the limits of both values."""
        values = self._values
        for box in (self._low, self._high):
            with QtCore.QSignalBlocker(box):
                box.setRange(minimum, maximum)
        self.rangeChanged.emit(minimum, maximum)
        self.setValues(*values)

    def setDecimals(self, decimals: int) -> None:
        """Set how many digits follow the point."""
        self._low.setDecimals(decimals)
        self._high.setDecimals(decimals)

    def _set_both(self, setter: str, value: Any) -> None:
        getattr(self._low, setter)(value)
        getattr(self._high, setter)(value)

    minimumValue = QtCore.Property(float, lambda self: self._low.value(), setMinimumValue)
    maximumValue = QtCore.Property(float, lambda self: self._high.value(), setMaximumValue)
    minimum = QtCore.Property(
        float, lambda self: self._low.minimum(), lambda self, limit: self.setRange(limit, self._low.maximum())
    )
    maximum = QtCore.Property(
        float, lambda self: self._low.maximum(), lambda self, limit: self.setRange(self._low.minimum(), limit)
    )
    decimals = QtCore.Property(int, lambda self: self._low.decimals(), setDecimals)
    singleStep = QtCore.Property(
        float, lambda self: self._low.singleStep(), lambda self, step: self._set_both("setSingleStep", step)
    )
    suffix = QtCore.Property(
        str, lambda self: self._low.suffix(), lambda self, text: self._set_both("setSuffix", text)
    )


class ctkDoubleRangeSlider(ctkRangeWidget):
    """Two values on one slider."""


class qMRMLRangeWidget(HoldsScene, ctkRangeWidget):
    """Two values with a unit."""
