"""The process that reads tables and documents: what is wrong with a file is said, and nothing keeps a run waiting."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from made_files import docx
from msgspec import Struct
from source_items import only_unreadable

from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.catalogue import read_pages
from copydesk.flows.sources.kinds.reading_process import Fault, ReaderEnded, answers
from copydesk.flows.sources.opening.inflating import InflatesTooFar

BROKEN = {
    ".pdf": (b"%PDF-1.4\nbroken", "invalid .pdf file: No /Root object! - Is this really a PDF?"),
    ".docx": (docx("Noon", ["The clock stands."])[:300], "invalid .docx file: File is not a zip file"),
}
HALF_A_MESSAGE = "out.write((100).to_bytes(8, 'little') + b'x'); out.flush()"
NOW_AND_THEN = "while True: out.write(b'x'); out.flush(); time.sleep(0.4)"


class Row(Struct, frozen=True, tag="row"):
    """An answer."""


@pytest.mark.parametrize("suffix", BROKEN)
def test_what_is_wrong_with_a_document_is_said(tmp_path: Path, suffix: str) -> None:
    content, message = BROKEN[suffix]
    (tmp_path / f"a{suffix}").write_bytes(content)
    item = only_unreadable(read_pages([str(tmp_path / f"a{suffix}")]))
    assert (item.reason, item.message) == ("damaged", message)


def read_by(
    program: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, seconds: int = 60
) -> list[Row | Fault]:
    """The answers of a process that runs a program, with so many seconds of work for each."""
    script = folder / "reader"
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\nout = sys.stdout.buffer\n{program}\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with script.open("rb") as file:
        return list(answers(file, ("reader",), Row, what="test file", seconds=seconds))


def test_a_file_that_takes_too_much_memory_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = """
from copydesk.flows.sources.kinds.reading_process import give_answers
def read(file):
    raise MemoryError
give_answers(read, what="test file", seconds=60)
"""
    assert read_by(program, tmp_path, monkeypatch) == [
        Fault("too_large", "reading it takes more than 1,000 MB of memory")
    ]


@pytest.mark.parametrize(
    ("end", "error"), [("sys.exit()", Damaged), ("os.kill(os.getpid(), 9)", ReaderEnded)]
)
def test_a_process_that_ends_within_a_message_has_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, error: type[Damaged]
) -> None:
    with pytest.raises(Damaged, match="invalid test file: the process that read it died of it") as caught:
        read_by(f"{HALF_A_MESSAGE}; {end}", tmp_path, monkeypatch)
    assert caught.type is error


@pytest.mark.slow
@pytest.mark.parametrize("program", ["", f"{HALF_A_MESSAGE}\n{NOW_AND_THEN}"])
def test_no_message_may_take_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    with pytest.raises(ReaderEnded, match="reading on takes more than 2 s"):
        read_by(f"{program}\ntime.sleep(60)", tmp_path, monkeypatch, seconds=1)


def test_a_message_beyond_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InflatesTooFar, match="a row of more than 200,000,000 bytes"):
        read_by("out.write((200_000_001).to_bytes(8, 'little')); out.flush()", tmp_path, monkeypatch)
