"""Counts of recurring blocks of a site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from killed_runs import run_of
from msgspec import json
from msgspec.structs import replace
from stores import lines

from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.schema import Processing, Record, SourceRef
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records import recurring

BOX = "The Kiosk has the whole paper, every morning at five."
LETTER = "You want to know what the council decides before the doors are closed."


def page(number: int, *boxes: str, headline: str | None = None, host: str = "news.example.org") -> Record:
    text = "\n\n".join((f"Stage {number} is open again after the flood.", *boxes))
    return Record(
        id=f"{number:032}",
        status="ok",
        url=f"https://{host}/{number}",
        source=SourceRef(kind="file", name=f"page-{number}"),
        title=headline or f"Stage {number}",
        text=text,
        markdown=text,
        content_hash=content_hash(text),
        processing=Processing(copydesk="", rules="", options=""),
    )


def store(place: StoreLocation, records: Sequence[Record]) -> list[Record]:
    run_of("sqlite", place, records, batch=7, learns=True)
    return [json.decode(line, type=Record) for line in lines(place)]


def counts(records: Sequence[Record]) -> list[list[str]]:
    return [[removed.evidence for removed in record.removed] for record in records]


def test_copies_of_an_article_count_once(tmp_path: Path) -> None:
    copies = [page(number, BOX, headline="Stage open") for number in range(8)]
    others = [page(number) for number in range(8, 18)]
    found = store(StoreLocation(tmp_path), [*copies, *others])
    assert counts(found) == [[]] * 18
    # four more articles hold it: with the one of the copies, five of fifteen
    found = store(StoreLocation(tmp_path), [page(number, BOX) for number in range(20, 24)])
    assert counts(found)[18:] == [["on 5 of 15 pages of example.org"]] * 4


def test_each_site_is_counted_by_itself(tmp_path: Path) -> None:
    hosts = ("a.example", "b.example", "b.example")
    found = store(
        StoreLocation(tmp_path), [page(number, BOX, host=hosts[number % 3]) for number in range(21)]
    )
    assert [len(one) for one in counts(found)] == [0, 1, 1] * 7


def test_pages_without_an_address_are_of_the_site_that_they_name_or_of_their_folder(tmp_path: Path) -> None:
    def files(numbers: range, name: str, site: str | None = None) -> list[Record]:
        return [
            replace(
                page(number, BOX),
                url=None,
                site_name=site,
                source=SourceRef(kind="file", name=name.format(number)),
            )
            for number in numbers
        ]

    named = files(range(10), "page-{}.html", "The Kiosk Times")
    foldered = files(range(10, 20), "2026/harbour/{}.html")
    rows = files(range(20, 30), "pages.jsonl:{}")
    bare = files(range(30, 40), "{}.html")
    few = files(range(40, 44), "mail.mbox:{}")
    assert counts(store(StoreLocation(tmp_path), [*named, *foldered, *rows, *bare, *few])) == [
        *[["on 10 of 10 pages of The Kiosk Times"]] * 10,
        *[["on 10 of 10 pages of 2026/harbour/"]] * 10,
        *[["on 10 of 10 pages of pages.jsonl"]] * 10,
        *[["on 10 of 10 pages of the folder that was read"]] * 10,
        *[[]] * 4,
    ]


def test_neither_pages_without_a_text_nor_cards_of_lists_are_counted(tmp_path: Path) -> None:
    lost = [replace(page(number, BOX), status="rejected", reason="index: links") for number in range(12, 24)]
    assert counts(store(StoreLocation(tmp_path), lost)) == [[]] * 12
    # nor is anything kept of them
    read = [page(number, BOX) for number in range(4)]
    assert counts(store(StoreLocation(tmp_path), read))[-4:] == [[]] * 4
    for kind, is_counted in (("listing", False), ("product", True)):
        made = [replace(page(number, BOX), page_kind=kind) for number in range(12)]
        assert (counts(store(StoreLocation(tmp_path / kind), made)) != [[]] * 12) is is_counted


def test_of_each_site_the_last_pages_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurring, "MOST_PAGES_OF_SITE", 40)
    place = StoreLocation(tmp_path)
    store(place, [page(number, BOX) for number in range(44)])
    found = store(place, [page(number, LETTER) for number in range(44, 50)])
    assert counts(found)[44:] == [[]] * 6
    found = store(place, [page(number, BOX, LETTER) for number in range(50, 62)])
    # of the 44 and 6 the 6 and 34 are left
    assert counts(found)[-1] == ["on 46 of 52 pages of example.org", "on 18 of 52 pages of example.org"]
