"""How a scan becomes the input of the core-volume network; stored with every model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...errors import ArgumentError
from ..input_settings import InputSettings


@dataclass(frozen=True)
class CoreVolumeInputSettings:
    """How two slices of a series become the input of a network.

    The defaults are those of Mittermeier et al. 2022 (sections 2.1 and 2.2): 32 frames every 1.5 s, 128 x 128
    pixels over 200 x 200 mm. The paper names no window; 0 to 200 HU holds fluid, tissue and enhanced vessels.

    Attributes
    ----------
    n_frames : int
        T, frames after resampling.
    interval : float
        Seconds between them.
    size : int
        Pixels along each side of a slice.
    field_of_view : float
        mm along each side of a slice.
    window : tuple of float
        HU to which the images are clipped.
    longest_hold : float
        Seconds by which a record may be too short: its last frame is held.
    longest_interval : float
        Seconds between the frames of a series up to which it is interpolated.

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    n_frames: int = 32
    interval: float = 1.5
    size: int = 128
    field_of_view: float = 200.0
    window: tuple[float, float] = (0.0, 200.0)
    longest_hold: float = 3.0
    longest_interval: float = 3.0

    def __post_init__(self) -> None:
        for name, holds, wanted in (
            ("size", self.size >= 1, "at least 1 pixel"),
            ("field_of_view", self.field_of_view > 0, "above 0 mm"),
        ):
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")
        _ = self.sampling  # refuses what it cannot use

    @property
    def sampling(self) -> InputSettings:
        """The times and the window, by the rules of the networks for maps."""
        return InputSettings(
            n_frames=self.n_frames,
            interval=self.interval,
            window=self.window,
            longest_hold=self.longest_hold,
            longest_interval=self.longest_interval,
        )

    @property
    def pixel_size(self) -> float:
        """Size of a pixel in mm."""
        return self.field_of_view / self.size

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON holds them."""
        return {**asdict(self), "window": list(self.window)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "CoreVolumeInputSettings":
        """Return the settings of a record.

        Raises
        ------
        TypeError, KeyError, ValueError
            If the record is not one of settings.
        """
        low, high = record["window"]
        return cls(**{**record, "window": (float(low), float(high))})
