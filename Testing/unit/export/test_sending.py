"""Files to real nodes on this machine: dcmtk's storescp and dcmqrscp."""

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.cli.send import add_arguments
from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.export import DicomNode, SendingError, send_files, write_dicom_results

QUERY_CONFIGURATION = """
NetworkTCPPort  = {port}
MaxPDUSize      = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {folder} RW (9, 1024mb) ANY
READONLY {folder} R (9, 1024mb) ANY
AETable END
"""

SEGMENTATIONS_ONLY = """
[[TransferSyntaxes]]
[Uncompressed]
TransferSyntax1 = LittleEndianExplicit
[[PresentationContexts]]
[Segmentations]
PresentationContext1 = SegmentationStorage\\Uncompressed
[[Profiles]]
[Some]
PresentationContexts = Segmentations
"""


@pytest.fixture(scope="module")
def paths(series, make_content, tmp_path_factory):
    return write_dicom_results(
        tmp_path_factory.mktemp("results") / "dicom", make_content(series), series.sources
    )


@pytest.fixture
def port():
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(port: int, *command: object) -> Iterator[None]:
    """Run a node of dcmtk until the end of the block."""
    program = shutil.which(str(command[0]))
    if program is None:
        raise RuntimeError(f"{command[0]} is missing; install it with: apt-get install dcmtk")
    arguments = [program, *map(str, command[1:])]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def archive(port: int, folder: Path, *options: str) -> Iterator[DicomNode]:
    """Run storescp, which takes everything and writes it into `folder`."""
    folder.mkdir()
    with serving(port, "storescp", "-aet", "ARCHIVE", "-od", folder, *options, port):
        yield DicomNode("127.0.0.1", port, "ARCHIVE")


@contextmanager
def query_node(port: int, folder: Path) -> Iterator[int]:
    """Run dcmqrscp, which knows ARCHIVE and READONLY and no other title."""
    folder.mkdir()
    configuration = folder.parent / "dcmqrscp.cfg"
    configuration.write_text(QUERY_CONFIGURATION.format(port=port, folder=folder))
    with serving(port, "dcmqrscp", "-c", configuration):
        yield port


def test_a_node_receives_every_object_as_it_is(paths, port, tmp_path):
    with archive(port, tmp_path / "archive") as node:
        count = send_files(paths, node)

    received = {dcmread(path).SOPInstanceUID: dcmread(path) for path in (tmp_path / "archive").iterdir()}
    assert count == len(paths) == len(received)
    for path in paths:
        sent = dcmread(path)
        assert received[sent.SOPInstanceUID] == sent
        assert received[sent.SOPInstanceUID].file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID


def test_progress_runs_from_nothing_to_everything(paths, port, tmp_path):
    fractions = []

    with archive(port, tmp_path / "archive") as node:
        send_files(paths, node, on_progress=fractions.append)

    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_a_node_that_is_not_there_is_named(paths, port, capfd):
    with pytest.raises(SendingError, match=rf"ARCHIVE@127\.0\.0\.1:{port} cannot be reached; check host and"):
        send_files(paths, DicomNode("127.0.0.1", port, "ARCHIVE"))

    assert capfd.readouterr() == ("", "")


def test_a_wrong_title_is_told(paths, port, tmp_path):
    with (
        query_node(port, tmp_path / "store"),
        pytest.raises(
            SendingError, match=r"refuses the connection \(called ae title not recognised\); check"
        ),
    ):
        send_files(paths, DicomNode("127.0.0.1", port, "WRONG", "MYSELF"))


def test_a_node_that_accepts_no_objects_is_told(paths, port, tmp_path):
    with (
        query_node(port, tmp_path / "store"),
        pytest.raises(SendingError, match="accepts none of the kinds of object"),
    ):
        send_files(paths, DicomNode("127.0.0.1", port, "READONLY"))


def test_a_node_that_accepts_some_of_the_objects_gets_none(paths, port, tmp_path):
    profile = tmp_path / "storescp.cfg"
    profile.write_text(SEGMENTATIONS_ONLY)

    with (
        archive(port, tmp_path / "archive", "-xf", str(profile), "Some") as node,
        pytest.raises(SendingError, match=r"does not accept objects of the kind Parametric Map.*nothing was"),
    ):
        send_files(paths, node)

    assert list((tmp_path / "archive").iterdir()) == []


def test_a_refused_object_is_told_with_its_status(paths, port, tmp_path):
    with archive(port, tmp_path / "archive") as node:
        (tmp_path / "archive").rmdir()  # nowhere to write: out of resources

        with pytest.raises(
            SendingError, match=r"refuses to store segmentation\.dcm \(status A700.*after 0 of"
        ):
            send_files(paths, node)


def test_a_lost_connection_is_told(paths, port, tmp_path):
    with (
        archive(port, tmp_path / "archive", "--abort-after") as node,
        pytest.raises(SendingError, match="stopped answering"),
    ):
        send_files(paths, node)


def test_a_cancelled_transfer_stops_and_leaves_the_rest(paths, port, tmp_path):
    def cancel_half_way(fraction):
        if fraction > 0.5:
            raise Cancelled

    with archive(port, tmp_path / "archive") as node, pytest.raises(Cancelled):
        send_files(paths, node, on_progress=cancel_half_way)

    assert 0 < len(list((tmp_path / "archive").iterdir())) < len(paths)
    assert [thread.name for thread in threading.enumerate() if "pynetdicom" in type(thread).__module__] == []


def test_files_that_are_no_dicom_are_refused_before_anything_is_sent(paths, port, tmp_path):
    (tmp_path / "notes.txt").write_text("no DICOM")

    with (
        archive(port, tmp_path / "archive") as node,
        pytest.raises(SendingError, match=r"notes\.txt is no DICOM file"),
    ):
        send_files([*paths, tmp_path / "notes.txt"], node)

    assert list((tmp_path / "archive").iterdir()) == []


def test_nothing_to_send_is_told(port):
    with pytest.raises(ConfigurationError, match="There are no DICOM files to send"):
        send_files([], DicomNode("127.0.0.1", port, "ARCHIVE"))


def run_command(*arguments: object) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args([str(argument) for argument in arguments])
    options.execute(options)


def test_the_command_sends_all_dicom_files_of_a_folder(paths, port, tmp_path, capsys):
    result = tmp_path / "result"
    shutil.copytree(paths[0].parent, result / "dicom")
    (result / "summary.json").write_text("{}")

    with archive(port, tmp_path / "archive") as node:
        run_command(result, "--node", node, "--calling", "MYSELF")

    assert len(list((tmp_path / "archive").iterdir())) == len(paths)
    assert capsys.readouterr().out == f"{len(paths)} files stored by ARCHIVE@127.0.0.1:{port}\n"


def test_the_command_says_what_is_wrong_with_folder_or_node(paths, tmp_path):
    with pytest.raises(ConfigurationError, match="is no address of a DICOM node"):
        run_command(paths[0].parent, "--node", "nonsense")
    with pytest.raises(ConfigurationError, match="There is no folder"):
        run_command(tmp_path / "gone", "--node", "ARCHIVE@127.0.0.1:104")
    with pytest.raises(ConfigurationError, match="There are no DICOM files to send"):
        run_command(tmp_path, "--node", "ARCHIVE@127.0.0.1:104")


def test_a_failure_is_one_sentence_and_exit_code_1(paths, port, capfd):
    code = main(["send", str(paths[0].parent), "--node", f"ARCHIVE@127.0.0.1:{port}"])

    errors = capfd.readouterr().err.splitlines()
    assert code == 1
    assert errors[-1].startswith(f"ctperfusion: The node ARCHIVE@127.0.0.1:{port} cannot be reached; check")
    assert "Traceback" not in "".join(errors)


def test_a_missing_package_is_told_with_the_command_that_installs_it(paths, port, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynetdicom", None)

    with pytest.raises(ConfigurationError, match=r"needs pynetdicom.*pip install 'ctperfusion\[dicom\]'"):
        send_files(paths, DicomNode("127.0.0.1", port, "ARCHIVE"))


def test_ctrl_c_ends_the_command_while_it_waits_for_an_answer(paths):
    with socket.socket() as silent:  # accepts a connection and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"ARCHIVE@127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["send", str(paths[0].parent), "--node", address]
        command = [sys.executable, "-m", "CTPerfusionLib.cli", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate()

    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in errors
