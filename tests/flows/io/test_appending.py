"""What is appended is there whole or not at all, whatever the disk does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from full_disk import limited_files
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.io.posix import append_whole


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_all_comes_whole_though_it_is_taken_in_parts(parts: list[bytes]) -> None:
    write = os.write
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "file")) as descriptor:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "write", lambda to, data: write(to, bytes(data)[:3]))
            for part in parts:
                append_whole(descriptor, part)
                os.lseek(descriptor, 0, os.SEEK_SET)  # whatever the position
        assert Path(folder, "file").read_bytes() == b"".join(parts)


@pytest.mark.parametrize("room", [0, 1, 999])
def test_what_does_not_fit_leaves_nothing_of_itself(tmp_path: Path, room: int) -> None:
    path = tmp_path / "file"
    with opened(path) as descriptor:
        append_whole(descriptor, b"kept\n")
        with limited_files(5 + room), pytest.raises(OSError, match="File too large"):
            append_whole(descriptor, b"x" * 1_000)
        assert path.read_bytes() == b"kept\n"
        with limited_files(5 + 1_000):
            append_whole(descriptor, b"x" * 1_000)
    assert path.read_bytes() == b"kept\n" + b"x" * 1_000


def test_an_interrupt_between_two_writes_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write, written = tmp_path / "file", os.write, list[int]()

    def slow(descriptor: int, data: bytes) -> int:
        if written:
            raise KeyboardInterrupt
        written.append(write(descriptor, bytes(data)[:3]))  # the system may take less than it is given
        return written[0]

    with opened(path) as descriptor:
        append_whole(descriptor, b"kept\n")
        monkeypatch.setattr(os, "write", slow)
        with pytest.raises(KeyboardInterrupt):
            append_whole(descriptor, b"a record")
        monkeypatch.undo()
    assert written == [3]
    assert path.read_bytes() == b"kept\n"
