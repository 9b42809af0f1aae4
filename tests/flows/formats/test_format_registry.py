"""Formats by name: ours, and those of any package that declares one."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed_packages import install

from copydesk.flows.errors import SettingsError
from copydesk.flows.formats.format_registry import StreamFormat, all_formats, find_format

PRESS = """
from copydesk.flows.formats.format_registry import StreamFormat

PRESS = StreamFormat(
    summary="headlines", write=lambda records, stream: [stream.write(b"%s\\n" % r.id.encode()) for r in records]
)
"""


def test_our_formats_are_these() -> None:
    assert list(all_formats()) == [
        "atom", "chunks", "csv", "datatrove", "dolma", "html", "json-feed", "jsonl", "markdown", "opensearch", "parquet",
        "rss", "schema-org", "sqlite", "tei", "text",
    ]  # fmt: skip


def test_a_package_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "press_one", "formats", "press = press_one:PRESS", module=PRESS)
    monkeypatch.syspath_prepend(tmp_path)
    found = find_format("press")
    assert isinstance(found, StreamFormat)
    assert found.summary == "headlines"
    assert "press" in all_formats()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("press = no_such_module:PRESS", "'press' of press_two cannot be loaded: No module named"),
        ("press = press_two:PRINT", "'press' of press_two cannot be loaded: .* 'PRINT'"),
        ("press = os.path:join", "'press' of press_two: os.path:join is no StreamFormat"),
        ("jsonl = os.path:join", "'jsonl' is declared by (?:copydesk and press_two|press_two and copydesk);"),
    ],
)
def test_a_format_at_fault_is_reported_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, message: str
) -> None:
    install(tmp_path, "press_two", "formats", entry)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SettingsError, match=message):
        find_format(entry.partition(" ")[0])


def test_an_unknown_format_has_a_suggestion() -> None:
    with pytest.raises(SettingsError, match="there is no format 'json'; did you mean jsonl"):
        find_format("json")
    with pytest.raises(SettingsError, match="known are atom, chunks, csv"):
        find_format("qqq")
