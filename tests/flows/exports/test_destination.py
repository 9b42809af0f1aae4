"""Where exports go: whole or not at all, nothing overwritten unasked, one line for every fault."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from full_disk import limited_files

from copydesk.flows.errors import CannotWrite, ExportError, SettingsError
from copydesk.flows.exports.destination import MARK, staged, write_file, write_folder, write_stream


class Halted(Exception):
    """What ends an export early, here."""


def writes(data: bytes) -> Callable[[BinaryIO], None]:
    return lambda stream: stream.write(data) and None


def files_in(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(params=["path", "file://", "memory://"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place that is free, in a folder that is not there yet, on each kind of file system."""
    yield {
        "path": f"{tmp_path}/new/out.jsonl",
        "file://": f"{tmp_path.as_uri()}/new/out.jsonl",
        "memory://": "memory://new/out.jsonl",
    }[request.param]
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def file_system(place: str) -> Any:
    return fsspec.filesystem(place.partition("://")[0] if "://" in place else "file")


def content(place: str) -> bytes:
    return bytes(file_system(place).cat_file(place))


def names(place: str) -> list[str]:
    found = file_system(place).ls(place.rpartition("/")[0], detail=False)
    return [name.rpartition("/")[2] for name in found]


def test_a_file_is_written_once_and_replaced_only_with_force(place: str) -> None:
    write_stream(place, writes(b"one"), force=False)
    assert (content(place), names(place)) == (b"one", ["out.jsonl"])
    with pytest.raises(SettingsError, match=r"out\.jsonl: is there already; --force replaces it"):
        write_stream(place, writes(b"two"), force=False)
    assert content(place) == b"one"
    write_stream(place, writes(b"two"), force=True)
    assert content(place) == b"two"
    write_file(place, lambda path: path.write_bytes(b"made") and None, force=True)
    assert (content(place), names(place)) == (b"made", ["out.jsonl"])


def test_an_export_that_ends_early_leaves_all_as_it_was(place: str, tmp_path: Path) -> None:
    def half(stream: BinaryIO) -> None:
        stream.write(b"tw")
        raise Halted

    with pytest.raises(Halted):
        write_stream(place, half, force=False)
    assert names(place) == []
    write_stream(place, writes(b"one"), force=False)
    with pytest.raises(Halted):
        write_stream(place, half, force=True)
    assert (content(place), names(place)) == (b"one", ["out.jsonl"])

    def half_a_folder(folder: Path) -> None:
        fill("b.md")(folder)
        raise Halted

    write_folder(f"{tmp_path}/vault", fill("a.md"), force=False)
    with pytest.raises(Halted):
        write_folder(f"{tmp_path}/vault", half_a_folder, force=True)
    assert files_in(tmp_path / "vault") == {"a.md": b"a.md", MARK: (tmp_path / "vault" / MARK).read_bytes()}


def test_who_was_faster_keeps_the_place(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"

    def late(stream: BinaryIO) -> None:
        stream.write(b"mine")
        path.write_bytes(b"theirs")

    with pytest.raises(SettingsError, match="is there already"):
        write_stream(str(path), late, force=False)
    assert files_in(tmp_path) == {"out.jsonl": b"theirs"}


KILLED = """
import os, sys
from copydesk.flows.exports.destination import write_stream

def write(stream):
    stream.write(b"x" * 10_000_000)
    os.kill(os.getpid(), 9)

write_stream(sys.argv[1], write, force=True)
"""


@pytest.mark.slow
def test_a_killed_export_leaves_the_old_file_and_hidden_parts_that_the_next_removes(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_bytes(b"before")
    ended = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "out.jsonl"], check=False)
    assert ended.returncode == -signal.SIGKILL
    found = files_in(tmp_path)
    assert found.pop("out.jsonl") == b"before"
    assert [name.startswith(".copydesk-") and name.endswith(".part") for name in found] == [True]
    # but what somebody is writing at the moment stays
    with staged(tmp_path) as other:
        write_stream(f"{tmp_path}/out.jsonl", writes(b"after"), force=True)
        assert files_in(tmp_path) == {"out.jsonl": b"after", other.name: b""}


def test_what_a_format_cannot_write_is_reported_with_its_place(place: str) -> None:
    def refuse(_: object) -> None:
        raise CannotWrite("no rows of that kind")

    for write in (write_stream, write_file, write_folder):
        with pytest.raises(ExportError, match=r"out\.jsonl: no rows of that kind; nothing was written"):
            write(place, refuse, force=False)
    assert names(place) == []


def fill(*names: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)

    return write


def test_a_folder_is_replaced_as_a_whole_and_only_where_it_is_an_export(place: str) -> None:
    files = file_system(place)

    def found() -> set[str]:
        return {name.removeprefix(files._strip_protocol(place)) for name in files.find(place)}

    write_folder(place, fill("a.md", "deep/b.md"), force=False)
    assert found() == {"/a.md", "/deep/b.md", f"/{MARK}"}
    with pytest.raises(SettingsError, match="--force replaces it"):
        write_folder(place, fill("c.md"), force=False)
    write_folder(place, fill("c.md"), force=True)
    assert found() == {"/c.md", f"/{MARK}"}
    files.rm_file(f"{place}/{MARK}")
    # whatever it is, no export made it: --force on the wrong folder costs nothing
    with pytest.raises(SettingsError, match="no export"):
        write_folder(place, fill("d.md"), force=True)
    assert found() == {"/c.md"}
    assert names(place) == ["out.jsonl"]


def test_a_link_stays_and_rights_are_those_of_the_file_before_or_the_usual_ones(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data" / "out.jsonl")
    write_stream(str(tmp_path / "link"), writes(b"one"), force=False)
    assert (tmp_path / "link").is_symlink()
    assert files_in(tmp_path / "data") == {"out.jsonl": b"one"}
    before = os.umask(0o027)
    try:
        path = tmp_path / "out.jsonl"
        write_stream(str(path), writes(b"one"), force=False)
        write_folder(f"{tmp_path}/vault", fill("a.md"), force=False)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o750
        path.chmod(0o600)
        write_stream(str(path), writes(b"two"), force=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_disk_that_takes_no_more_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    with limited_files(100_000), pytest.raises(ExportError, match=r"out\.jsonl: file too large; "):
        write_stream(f"{tmp_path}/out.jsonl", writes(os.urandom(5_000_000)), force=False)
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("{tmp}/file/out.jsonl", r"/file/out\.jsonl: not a directory; choose a folder with -o"),
        ("{tmp}", "is a folder; name a file in it"), ("/dev/null", "is no regular file; - is standard output"),
        ("memory://", "is a folder; name a file in it"), ("gs://bucket/x", "gs://bucket/x: .*gcs"),
        ("carrier-pigeon://home/x", "protocol not known: carrier-pigeon"),
        ("https://user:secret@host.invalid/x", r"https://\.\.\.@host\.invalid/x: "),
    ],
)  # fmt: skip
def test_a_place_that_takes_nothing_is_reported_in_one_line(place: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((ExportError, SettingsError), match=message) as caught:
        write_stream(place.replace("{tmp}", str(tmp_path)), writes(b"one"), force=True)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert files_in(tmp_path) == {"file": b""}


class Unruly(MemoryFileSystem):
    """A store whose connection breaks while it is written to, in words of its own."""

    protocol = "unruly"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("unruly://")))

    def _open(self, path: str, mode: str = "rb", **options: object) -> object:
        opened = super()._open(path, mode, **options)
        if "w" in mode:
            opened.write = self._break
        return opened

    @staticmethod
    def _break(data: bytes) -> int:
        raise RuntimeError(f"429: slow down,\nkey=secret&n={len(data)}")


def test_a_store_that_breaks_in_words_of_its_own_is_one_line() -> None:
    fsspec.register_implementation("unruly", Unruly, clobber=True)
    with pytest.raises(ExportError, match=r"unruly://bucket/x: 429: slow down, key=.*; run again") as caught:
        write_stream("unruly://bucket/x", writes(b"one"), force=False)
    assert "\n" not in str(caught.value)
    assert MemoryFileSystem.store == {}
