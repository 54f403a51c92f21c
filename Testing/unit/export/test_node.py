"""Addresses of DICOM nodes."""

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.export import DicomNode


@pytest.mark.parametrize(
    ("address", "title", "host", "port"),
    [
        ("ARCHIVE@pacs.example.org:104", "ARCHIVE", "pacs.example.org", 104),
        ("MY ARCHIVE@10.0.0.1:11112", "MY ARCHIVE", "10.0.0.1", 11112),
        ("STORE@[::1]:4242", "STORE", "::1", 4242),
    ],
)
def test_an_address_has_title_host_and_port(address, title, host, port):
    node = DicomNode.parse(address, "ME")

    assert node == DicomNode(host, port, title, "ME")
    assert str(node) == address


@pytest.mark.parametrize(
    "address",
    ["", "ARCHIVE", "ARCHIVE@host", "@host:104", "ARCHIVE@:104", "host:104", "ARCHIVE@host:port", "A@b@c:1"],
)
def test_what_is_no_address_is_refused_with_an_example(address):
    with pytest.raises(
        ConfigurationError, match="is no address of a DICOM node; give AET@HOST:PORT, such as"
    ):
        DicomNode.parse(address)


@pytest.mark.parametrize("title", ["", "  ", "SEVENTEEN_LETTERS", "BACK\\SLASH", "ÄRCHIV"])
def test_impossible_titles_are_refused(title):
    with pytest.raises(ConfigurationError, match="is no application entity title"):
        DicomNode("host", 104, "ARCHIVE", title)


@pytest.mark.parametrize("port", [0, 65536])
def test_impossible_ports_are_refused(port):
    with pytest.raises(ConfigurationError, match=f"{port} is no port"):
        DicomNode("host", port, "ARCHIVE")
