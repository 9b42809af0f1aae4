"""Parsers that are not ours: whatever they raise is damage, but for what comes of the file or the machine."""

from __future__ import annotations

import pytest

from copydesk.cleaners.types import Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.opening.inflating import InflatesTooFar, damage_errors
from copydesk.flows.sources.opening.page_source import MAX_MESSAGE_CHARS, Unreadable


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
        OSError("disk"),
        EOFError("cut"),
        Damaged("by itself"),
        InflatesTooFar("far"),
        MemoryError(),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_what_comes_of_the_file_or_the_machine_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, damage_errors("message"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("one\nline\r\n of   it", "one line of it"),
        ("https://user:secret@paper.example/a?token=secret&b=1", "https://...@paper.example/a?token=...&b=1"),
        ("\x1b[2Jgone\x00", "[2Jgone"),
        ("x" * 5_000, "x" * (MAX_MESSAGE_CHARS - 1) + "…"),
        ("x" * MAX_MESSAGE_CHARS, "x" * MAX_MESSAGE_CHARS),
        ("a" * (MAX_MESSAGE_CHARS - 20) + " https://user:secret@paper.example/", None),
    ],
)
def test_what_is_quoted_of_an_input_is_one_line_without_secrets(message: str, told: str | None) -> None:
    found = Unreadable(Source("file", "a"), "damaged", message).message
    assert told is None or found == told
    assert "secret" not in found
    assert len(found) <= MAX_MESSAGE_CHARS
