"""What is stored of pages over runs: each once, by its last reading that says something of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from full_disk import limited_files
from killed_runs import run_of
from msgspec.structs import replace
from stores import lines

from copydesk.cleaners import failed
from copydesk.cleaners.page_kind.page_type import PageKind
from copydesk.cleaners.schema import Record, Removed
from copydesk.cleaners.types import Page, Source
from copydesk.flows.errors import EnvironmentFault, SinkError
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.line_key import JUDGEMENTS
from copydesk.flows.stored_content import REMOVALS

FILE = "records.jsonl"


def record(
    name: str,
    text: str = "",
    *,
    status: str = "ok",
    reason: str | None = None,
    url: str | None = None,
    canonical: str | None = None,
    fetched_at: str | None = None,
    took_ms: float = 1,
) -> Record:
    """A record as cleaning would make it."""
    source = Source("file", name)
    made = failed(Page(body=b"", url=url, source=source, fetched_at=fetched_at), "none")
    processing = replace(made.processing, duration_ms=took_ms)
    return replace(
        made,
        status=status,
        reason=reason,
        text=text,
        content_hash=text or None,
        canonical_url=canonical,
        processing=processing,
    )


def store(folder: Path, *records: Record) -> None:
    run_of("jsonl", StoreLocation(folder), records)


def stored(folder: Path) -> list[Record]:
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\n") for line in lines)
    return [msgspec.json.decode(line, type=Record) for line in lines]


STORY = "https://example.org/story"
NOT_SHOWN = {"not_found", "error_page", "captcha", "consent", "login", "needs_javascript"}
"""Kinds of pages that do not replace an earlier article."""


def outcome(folder: Path) -> list[tuple[str, str | None, str]]:
    return [(item.status, item.reason, item.text) for item in stored(folder)]


GONE = (*sorted(NOT_SHOWN), "http_404", "http_410", "robots_denied", "empty", "wrong_type", "undecodable", "bad_status", "some_new_code")  # fmt: skip


@pytest.mark.parametrize("runs", [1, 2])
def test_an_article_stays_when_its_page_is_gone(tmp_path: Path, runs: int) -> None:
    known = [
        record("a", f"story {at}", status=("ok", "partial")[at % 2], url=f"{STORY}/{at}")
        for at in range(len(GONE))
    ]
    gone = [
        record("a", status="rejected", reason=f"{reason}: in words", url=f"{STORY}/{at}")
        for at, reason in enumerate(GONE)
    ]
    for items in [(*known, *gone)] if runs == 1 else [known, gone]:
        store(tmp_path, *items)
    assert outcome(tmp_path) == [(one.status, None, one.text) for one in known]


@pytest.mark.parametrize("runs", [1, 2])
def test_an_article_is_replaced_by_a_newer_judgement(tmp_path: Path, runs: int) -> None:
    reasons = [*JUDGEMENTS, None]
    old = [record("a", f"story {at}", url=f"{STORY}/{at}") for at in range(len(reasons))]
    new = [
        record(
            "a",
            "" if reason else "better",
            status="rejected" if reason else "ok",
            reason=reason,
            url=f"{STORY}/{at}",
        )
        for at, reason in enumerate(reasons)
    ]
    for items in [(*old, *new)] if runs == 1 else [old, new]:
        store(tmp_path, *items)
    found = outcome(tmp_path)
    # a judgement takes the place; what is read is another version
    assert found[: len(JUDGEMENTS)] == [("rejected", reason, "") for reason in JUDGEMENTS]
    read = [("ok", None, old[-1].text), ("ok", None, "better")]
    assert found[len(JUDGEMENTS) :] == (read if runs == 2 else read[1:])


def test_every_kind_of_page_either_judges_or_was_not_shown() -> None:
    kinds = {str(kind) for kind in PageKind} - {"article"}
    assert kinds - NOT_SHOWN == kinds & set(JUDGEMENTS)


def test_a_page_is_known_by_its_url_without_its_canonical_one(tmp_path: Path) -> None:
    canonical = "https://example.org/canonical"
    read = record("a", "story", url=STORY, canonical=canonical)
    gone = record("a", status="rejected", reason="http_404: gone", url=STORY)
    store(tmp_path, gone)
    store(tmp_path, read)
    assert outcome(tmp_path) == [("ok", None, "story")]
    for items in ((gone,), (read, gone), (gone, read)):
        store(tmp_path, *items)
        assert outcome(tmp_path) == [("ok", None, "story")]
    store(tmp_path, record("a", status="rejected", reason="tdm_reserved: words", url=STORY))
    assert outcome(tmp_path) == [("rejected", "tdm_reserved: words", "")]


def test_a_failure_without_an_address_is_forgotten_once_its_source_is_read(tmp_path: Path) -> None:
    # the failure is filed under the source's name, the article under its canonical URL
    store(tmp_path, record("a", status="failed"), record("b", status="failed"))
    store(tmp_path, record("a", "1", url="https://example.org/a"))
    assert [(item.source.name, item.status) for item in stored(tmp_path)] == [("b", "failed"), ("a", "ok")]


def test_what_answers_is_no_longer_reported_as_unreachable(tmp_path: Path) -> None:
    feed, page = "https://example.org/feed.xml", "https://example.org/1"
    store(
        tmp_path,
        record("a", status="failed", url=feed),
        record("b", status="failed", url="https://example.org/other.xml"),
        record("c", status="failed", url=page, fetched_at="2026-11-20T08:00:00Z"),
        record("d", "story", url=STORY),
    )
    run_of("jsonl", StoreLocation(tmp_path), (), answered=(feed, page, STORY))
    # of the one that was fetched the cleaning failed, and it was not cleaned again
    assert [item.source.name for item in stored(tmp_path)] == ["b", "c", "d"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SinkError, match="choose a folder") as error:
            store(folder)
        assert (error.value.path, error.value.exit_code) == (folder, 5)


@pytest.mark.slow
def test_a_disk_that_fills_keeps_every_whole_batch(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    many = [record(str(number), f"{number} " + "word " * (number % 50)) for number in range(500)]
    # the limit on the size of a file simulates the disk: the write that passes it is cut short
    with limited_files(400_000), pytest.raises(EnvironmentFault, match="what was written is kept"):
        run_of("jsonl", place, many, batch=10)
    kept = [msgspec.json.decode(line, type=Record).source.name for line in lines(place)]
    assert kept == [str(number) for number in range(len(kept))]
    assert (0 < len(kept) < 500, len(kept) % 10) == (True, 0)
    assert run_of("jsonl", place, many).stored.lines == 500


def test_removals_may_be_counted_or_left_out() -> None:
    blocks = (("nav", "Home"), ("ad", "Buy"), ("nav", "Sport"))
    cut = [Removed(after=0, label=label, rule="r", evidence="links", text=text) for label, text in blocks]
    made = replace(record("a", "text"), removed=tuple(cut))
    assert REMOVALS["full"](made) == made
    assert REMOVALS["none"](made).removed == ()
    assert [(entry.label, entry.evidence, entry.text) for entry in REMOVALS["counts"](made).removed] == [
        ("ad", "blocks: 1, chars: 3", ""),
        ("nav", "blocks: 2, chars: 9", ""),
    ]
