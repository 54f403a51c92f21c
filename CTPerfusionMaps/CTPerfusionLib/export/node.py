"""The address of a DICOM node: an archive, a workstation."""

import re
from dataclasses import dataclass

from ..errors import ConfigurationError

CALLING_TITLE = "CTPERFUSION"
"""The title by which this software calls others, unless the user names one."""

_ADDRESS = re.compile(r"(?P<title>[^@]+)@(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:\s\[\]]+):(?P<port>\d{1,5})")
_TITLE = re.compile(r"[ -\[\]-~]{1,16}")
"""Printable ASCII without the backslash."""


@dataclass(frozen=True)
class DicomNode:
    """Where to send files, and under which name.

    Attributes
    ----------
    host : str
        Name or address.
    port : int
    title : str
        Application entity title of the node.
    calling_title : str
        Application entity title of this software.

    Raises
    ------
    ConfigurationError
        If a title or the port is not possible.
    """

    host: str
    port: int
    title: str
    calling_title: str = CALLING_TITLE

    def __post_init__(self) -> None:
        for title in (self.title, self.calling_title):
            if not _TITLE.fullmatch(title) or not title.strip():
                raise ConfigurationError(
                    f"'{title}' is no application entity title",
                    "give up to 16 letters, digits or signs without a backslash",
                )
        if not 0 < self.port < 2**16:
            raise ConfigurationError(f"{self.port} is no port", "give a port from 1 to 65535, such as 104")

    def __str__(self) -> str:
        """Return the address as it is written: AET@HOST:PORT."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.title}@{host}:{self.port}"

    @classmethod
    def parse(cls, address: str, calling_title: str = CALLING_TITLE) -> "DicomNode":
        """Return the node of an address such as ``ARCHIVE@pacs.example.org:104``.

        Raises
        ------
        ConfigurationError
            If it is none.
        """
        match = _ADDRESS.fullmatch(address.strip())
        if match is None:
            raise ConfigurationError(
                f"'{address}' is no address of a DICOM node",
                "give AET@HOST:PORT, such as ARCHIVE@pacs.example.org:104",
            )
        return cls(match["host"].strip("[]"), int(match["port"]), match["title"], calling_title)
