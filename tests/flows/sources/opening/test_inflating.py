"""Packed files, read as if they were not: whole, bounded, a fault raised again for who reads on; what parsers raise is
damage, but for what comes of the file or the machine; and what is quoted of an input.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import BinaryIO

import pytest

from copydesk.cleaners.types import Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_BYTES,
    InflatesTooFar,
    damage_errors,
    is_too_far,
    packing_of,
    unpacked,
    without_packing,
)
from copydesk.flows.sources.opening.page_source import MAX_MESSAGE_CHARS, Unreadable

PACK: dict[str, Callable[[bytes], bytes]] = {
    "a.gz": lambda body: gzip.compress(body, mtime=0),
    "a.zst": zstd.compress,
}


def size_of(file: BinaryIO) -> int:
    """How much is read piece by piece."""
    return sum(map(len, iter(lambda: file.read(1 << 20), b"")))


@pytest.mark.parametrize(
    ("name", "packing", "inner"),
    [
        ("a.html.gz", "gzip", "a.html"), ("A.WARC.GZ", "gzip", "A.WARC"), ("a.zst", "zstd", "a"),
        ("a.gz.html", None, "a.gz.html"), (".gz", "gzip", ""), ("gz", None, "gz"), ("a.gzip", None, "a.gzip"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_decides_how_it_is_packed(name: str, packing: str | None, inner: str) -> None:
    assert packing_of(name) == packing
    assert without_packing(name) == inner
    file = io.BytesIO(b"\x1f\x8b\x08 looks packed")
    assert (unpacked(file, name) is file) is (packing is None)


@pytest.mark.parametrize("name", sorted(PACK))
@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda _: b"", EOFError), (lambda packed: packed[:-1], EOFError),
        (lambda packed: packed + packed[:5], EOFError), (lambda _: b"words that nobody has packed", Damaged),
        (lambda packed: packed + b"words", Damaged),
    ],
)  # fmt: skip
def test_a_fault_is_reported_each_time(
    name: str, spoil: Callable[[bytes], bytes], error: type[Exception]
) -> None:
    file = unpacked(io.BytesIO(spoil(PACK[name](b"page " * 50))), name)
    for _ in range(3):  # whoever reads on must not take it for the end
        with pytest.raises(error):
            size_of(file)


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_bomb_is_stopped_before_it_fills_memory(name: str) -> None:
    bomb = PACK[name](bytes(MAX_INFLATED_BYTES // 4))
    file = unpacked(io.BytesIO(bomb * 5), name)
    with pytest.raises(InflatesTooFar, match="inflates to more than 100 times its size"):
        size_of(file)


@pytest.mark.parametrize(
    ("inflated", "packed", "far"),
    [(MAX_INFLATED_BYTES, 0, False), (MAX_INFLATED_BYTES + 1, 0, True), (100_000_000, 1_000_000, False), (100_000_001, 1_000_000, True)],
)  # fmt: skip
def test_the_larger_of_both_bounds_holds(inflated: int, packed: int, far: bool) -> None:
    assert is_too_far(inflated, packed) is far


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("size"), "invalid message: 'size'"),
        (RecursionError("too deep"), "invalid message: too deep"),
        (AssertionError(), "invalid message: AssertionError"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), "invalid message: 'utf-8' codec"),
        (ZeroDivisionError("x"), "invalid message: x"),
    ],
)
def test_what_a_parser_raises_is_damage_to_what_it_was_given(error: Exception, message: str) -> None:
    with pytest.raises(Damaged) as caught, damage_errors("message"):
        raise error
    assert str(caught.value).startswith(message)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        OSError("disk"), EOFError("cut"), Damaged("by itself"), InflatesTooFar("far"), MemoryError(),
        KeyboardInterrupt(),
    ],
    ids=repr,
)  # fmt: skip
def test_what_comes_of_the_file_or_the_machine_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, damage_errors("message"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("one\nline\r\n of   it", "one line of it"),
        ("https://user:secret@paper.example/a?token=secret&b=1", "https://...@paper.example/a?token=...&b=1"),
        ("\x1b[2Jgone\x00", "[2Jgone"),
        ("x" * 5_000, "x" * (MAX_MESSAGE_CHARS - 1) + "…"),
        ("x" * MAX_MESSAGE_CHARS, "x" * MAX_MESSAGE_CHARS),
        ("a" * (MAX_MESSAGE_CHARS - 20) + " https://user:secret@paper.example/", None),
    ],
)
def test_what_is_quoted_of_an_input_is_one_line_without_secrets(message: str, shown: str | None) -> None:
    found = Unreadable(Source("file", "a"), "damaged", message).message
    assert shown is None or found == shown
    assert "secret" not in found
    assert len(found) <= MAX_MESSAGE_CHARS
