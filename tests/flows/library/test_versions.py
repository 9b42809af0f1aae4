"""Versions: a changed text is a record of its own, in every sink; all else renews the record that there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace
from page_versions import CORRECTED, FIRST, SECOND, URL, hash_of, reading, store
from stores import lines

from copydesk.cleaners.schema import Change, Record
from copydesk.flows.library.place import StoreLocation

BOTH = pytest.mark.parametrize("kind", ["jsonl", "postgresql"])
"""The databases; what Python decides alone is tested of one."""


@pytest.fixture
def kind() -> str:
    return "jsonl"


def stored(place: StoreLocation) -> list[Record]:
    return [msgspec.json.decode(line, type=Record) for line in lines(place)]


def texts(records: Sequence[Record]) -> list[tuple[int, str]]:
    return [(record.version, record.text) for record in records]


@BOTH
def test_a_changed_text_is_a_version_of_the_same_id(sink: str, place: StoreLocation) -> None:
    other = reading("The bells ring at noon.", url="https://courier.example/bells")
    store(sink, place, reading(FIRST), other)
    versions_made = [
        store(sink, place, reading(text)).versions for text in (SECOND, SECOND, CORRECTED, FIRST, FIRST)
    ]
    records = stored(place)
    assert versions_made == [1, 0, 1, 1, 0]
    assert texts(records) == [(1, FIRST), (1, other.text), (2, SECOND), (3, CORRECTED), (4, FIRST)]
    versions = [record for record in records if record.url == URL]
    assert len({record.id for record in versions}) == 1
    hashes = [record.content_hash for record in versions]
    assert [record.previous for record in versions] == [None, *hashes[:-1]]
    assert [record.next for record in versions] == [*hashes[1:], None]
    kinds = [record.change and record.change.kind for record in versions]
    assert kinds == [None, "update", "correction", "update"]
    # Monday for Tuesday among 13 words each
    assert versions[1].change == Change(kind="update", share=round(2 / 26, 4))


RENEWALS = {
    "white space": reading(FIRST.replace(" again", "  again").replace("\n\n", "\n")),
    "Unicode form": reading(unicodedata.normalize("NFD", "Gärten, schöne Gärten.")),
    "menu": reading(FIRST, "Home\nSport"),
    "metadata": reading(FIRST, section="Harbour", date_modified="2026-11-02"),
    "paragraphs in another order": reading("\n\n".join(reversed(FIRST.split("\n\n")))),
    "cut otherwise": reading(FIRST.replace("\n\n", " ")),
    "a clock": reading(FIRST + "\n\nUpdated 12:47"),
    "judged otherwise": reading(FIRST.split("\n\n", maxsplit=1)[0], "Tickets cost four crowns."),
    "partial": reading("The ferry sails again.", status="partial", reason="paywall"),
    "no article": reading("", status="rejected", reason="index: a list of links"),
}


def test_what_is_no_change_of_the_text_renews_the_record(sink: str, place: StoreLocation) -> None:
    for what, reads in RENEWALS.items():
        before = unicodedata.normalize("NFC", reads.text) if what == "Unicode form" else FIRST
        clock = "\n\nUpdated 09:12" if what == "a clock" else ""
        old = reading(before + clock, url=f"{URL}/{what}")
        store(sink, place, old)
        new = replace(reads, url=old.url, id=old.id)
        assert store(sink, place, new).versions == 0, what
        found = stored(place)[-1]
        assert (found.version, found.text, found.next) == (1, new.text, None), what


def test_a_version_that_is_renewed_stays_the_version_it_is(sink: str, place: StoreLocation) -> None:
    for text in (FIRST, CORRECTED):
        store(sink, place, reading(text))
    was = stored(place)[-1]
    store(sink, place, reading(CORRECTED, "Home\nCulture"))
    renewed = stored(place)[-1]
    assert renewed == replace(was, removed=renewed.removed)
    assert (renewed.version, renewed.removed[0].text) == (2, "Home\nCulture")


def test_other_rules_and_older_fetches_make_no_version(sink: str, place: StoreLocation) -> None:
    store(sink, place, reading(FIRST, hour=1))
    assert store(sink, place, reading(SECOND, hour=1)).versions == 0
    assert store(sink, place, reading(CORRECTED, hour=5)).versions == 1
    # as from an archive
    assert store(sink, place, reading(FIRST, hour=1)).versions == 0
    assert texts(stored(place)) == [(1, SECOND), (2, CORRECTED)]


def test_the_last_version_alone_is_kept_where_one_line_is_wanted_or_all_are_reserved(
    sink: str, place: StoreLocation
) -> None:
    for text in (FIRST, SECOND, SECOND, CORRECTED):
        store(sink, place, reading(text), versions="last")
    (found,) = stored(place)
    assert (found.version, found.text, found.next) == (3, CORRECTED, None)
    assert (found.previous, found.change is None) == (hash_of(SECOND), False)
    store(sink, place, reading(FIRST))
    store(sink, place, reading("", status="rejected", reason="tdm_reserved: its publisher reserves it"))
    (found,) = stored(place)
    assert (found.version, found.text, found.previous, found.change) == (4, "", None, None)


def test_past_versions_are_nobodys_page(sink: str, place: StoreLocation) -> None:
    copy, alias = "https://harbour.example/copy", f"{URL}?from=feed"
    store(sink, place, reading(FIRST))
    store(sink, place, reading(SECOND), reading(FIRST, url=copy))
    # the text that the page had once: a page of its own, as the one it names has another text now
    store(sink, place, reading(FIRST, url=alias, canonical_url=URL))
    records = stored(place)
    assert [(record.url, record.version) for record in records] == [(URL, 1), (URL, 2), (copy, 1), (alias, 1)]
    # once it says what the page says, it shares that record
    store(sink, place, reading(SECOND, url=alias, canonical_url=URL))
    assert [(record.url, record.version) for record in stored(place)] == [(URL, 1), (URL, 2), (copy, 1)]


def test_a_page_without_an_address_has_versions_under_its_first_id(sink: str, place: StoreLocation) -> None:
    def saved(text: str) -> Record:
        return replace(reading(text, url=None), canonical_url=URL, id=f"{abs(hash(text)):032x}"[:32])

    for text in (FIRST, SECOND, CORRECTED):
        store(sink, place, saved(text))
    records = stored(place)
    assert [record.version for record in records] == [1, 2, 3]
    assert {record.id for record in records} == {saved(FIRST).id}


@BOTH
def test_a_file_is_known_by_name_headline_and_most_of_its_text(sink: str, place: StoreLocation) -> None:
    def saved(text: str) -> Record:
        return replace(reading(text, url=None), id=str(hash_of(text))[-32:])

    other = "Divers have found a bell that nobody had missed.\n\nIt hangs in the museum now."
    for text in (FIRST, SECOND, other, other, CORRECTED):
        store(sink, place, saved(text))
    # once two pages have that name and headline, nothing tells of which one a third is
    assert [(record.id, record.version, record.text) for record in stored(place)] == [
        (saved(FIRST).id, 1, FIRST),
        (saved(FIRST).id, 2, SECOND),
        (saved(other).id, 1, other),
        (saved(CORRECTED).id, 1, CORRECTED),
    ]


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        (FIRST, f"{FIRST} It rained.", 2 / 28),  # a paragraph differs by what it goes on with
        ("渡船星期一再次开航。", "渡船星期二再次开航。", 2 / 18),  # one of nine letters on either side
    ],
)
def test_what_has_changed_is_counted_in_words_or_letters(
    sink: str, place: StoreLocation, before: str, after: str, share: float
) -> None:
    for text in (before, after):
        store(sink, place, reading(text))
    assert stored(place)[1].change == Change(kind="update", share=round(share, 4))
