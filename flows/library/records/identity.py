"""Which records of a store are of one page, and what id each of them has.

A page is known by its own address in its source. A canonical URL that differs from it is only evidence:
two pages share a record where one of their addresses is the same *and* their headline and text agree, never otherwise.
Nothing here reads or writes a file; the reasons are in ``docs/decisions/0007-what-one-page-is.md``.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare, domain_of, spelt_alike
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_rank import RecordRank, is_replaced, moment_of
from copydesk.flows.web_kinds import POSTED, WEB_KINDS

# "-", "-:3" and "pages.jsonl:3" are places within an input, not names of pages
_POSITION = lazy_pattern(r"-|(?P<file>.*):[0-9]+", re.DOTALL)


class Reading(Struct, frozen=True):
    """What identifies a record; digests only, as there may be a million.

    ``url_keys``: each the same for the same page in any run. ``file``: the same for a page that has no address
    in any run, while it keeps its headline, as long as no other page has it. ``content_keys``: an address together
    with the headline and text that were read there; two readings with one of them in common are of one page.
    ``text``: digest of the text. ``is_home``: whether the page is at its canonical URL, or names none.
    ``is_capture``: whether an archive had it in place of its server; ``read_at``: when it was as it is here.
    """

    id: str
    status: str
    rank: RecordRank
    url_keys: tuple[bytes, ...]
    file: bytes | None
    content_keys: tuple[bytes, ...]
    text: bytes | None
    is_home: bool
    is_capture: bool = False
    read_at: datetime | None = None
    version: int = 1


def reading_of(key: LineKey) -> Reading:
    """What identifies the record of a line."""
    canonical = key.canonical_url
    # a copy on another site is a page of its own
    if canonical is not None and key.url is not None and domain_of(key.url) != domain_of(canonical):
        canonical = None
    # mostly own and canonical address are the same: one key then
    addresses = dict.fromkeys(spelt_alike(each) for each in (key.url, canonical) if each is not None)
    # text of a usable record alone: error pages in the same words are many pages
    has_text = key.rank >= RecordRank.CUT_SHORT and key.content_hash is not None
    return Reading(
        id=key.id,
        status=key.status,
        rank=key.rank,
        url_keys=tuple(_url_keys(key)),
        file=_file(key),
        content_keys=tuple(_digest("claim", one, *_headline_and_text(key)) for one in addresses if has_text),
        text=_digest(str(key.content_hash)) if has_text else None,
        is_home=canonical is None or canonical == key.url,
        is_capture=key.source.retrieved_from is not None,
        read_at=moment_of(key.fetched_at),
        version=key.version,
    )


def is_superseded_by(old: Reading, new: Reading) -> bool:
    """Whether a record gives its place to one of the same page that came later."""
    # a capture may show a page as it was before its own server was seen to send it
    is_before = old.read_at is not None and new.read_at is not None and new.read_at < old.read_at
    if is_before and new.is_capture and not old.is_capture and old.rank > RecordRank.UNAVAILABLE:
        return False
    return is_replaced(old.rank, new.rank)


def _url_keys(key: LineKey) -> Iterator[bytes]:
    name = key.source.name
    if key.url is not None:
        # one word for all kinds of the web: a page of a feed that a sitemap names later is the same page
        is_of_the_web = key.source.kind in (*WEB_KINDS, POSTED)
        yield _digest("url", "web" if is_of_the_web else key.source.kind, name, key.url)
        if is_of_the_web:  # whichever source requests it: it is fetched once
            yield from (_digest("web", policy, key.url) for policy in _policies(key))
        return
    # without a URL it is known by its id, made of its source's name and its content
    yield _digest("id", name, key.id)
    if key.canonical_url is not None:
        yield _digest("text", name, key.canonical_url, *_headline_and_text(key))


def _file(key: LineKey) -> bytes | None:
    """A file that may have been corrected: by its name, canonical URL and headline, where the page has no address.

    None where the name does not identify the page. The headline counts as names are those below the folder that
    was read: ``article.html`` of another day is another article, whatever its canonical URL. Where there is none,
    the texts are compared before anything is replaced (``versions``).
    """
    name, headline = key.source.name, bare(key.title or "")
    if key.url is not None or not headline or _POSITION.fullmatch(name):
        return None
    return _digest("file", name, key.canonical_url or "", headline)


def _policies(key: LineKey) -> tuple[str, ...]:
    """Under which policies of sources a page gives such a record: what is reserved is read all the same, or
    it is not.
    """
    # not reserved: either policy gives the same record
    if not key.provenance.usage.tdm_reserved:
        return "respect", "record"
    # reserved: only “record” gives a usable one, only “respect” one without content
    return ("record",) if key.rank >= RecordRank.CUT_SHORT else ("respect",)


def _headline_and_text(key: LineKey) -> tuple[str, str]:
    return bare(key.title or ""), key.content_hash or ""


def _digest(*parts: str) -> bytes:
    # NUL between parts: ("ab", "c") is not ("a", "bc"); of a million digests of 16 bytes no two meet (10⁻²⁷)
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).digest()


def folder_of(name: str) -> str:
    """Where a page was read, in words: ``name`` is that of its source, ``harbour/ferry.html`` or ``pages.jsonl:3``."""
    at = _POSITION.fullmatch(name)
    if at and at["file"]:
        return str(at["file"])
    folder = name.rpartition("/")[0]
    return f"{folder}/" if folder else "the folder that was read"


def lookup_keys(key: LineKey) -> frozenset[bytes]:
    """What a record is found by on a backend (digests of 16 bytes): all that what is read later may have in common
    with it. A past version is found by its id alone: whoever looks for a page means its newest version.
    """
    if key.is_past:
        return frozenset((id_key(key.id),))
    reading = reading_of(key)
    found = {*reading.url_keys, *reading.content_keys, id_key(reading.id)}
    if reading.file is not None:
        found.add(reading.file)
    # the URL; kind and name of the source where there is none
    if key.rank is RecordRank.FAILED:
        found.add(_failure_key(key.attempts[0]))
    # a record of a page that was never fetched holds only that nobody answered
    if key.fetched_at is None and key.rank <= RecordRank.UNAVAILABLE and key.url is not None:
        found.add(_no_answer_key(key.url))
    return frozenset(found)


def id_key(id_: str) -> bytes:
    """Of the record with this id."""
    return _digest("has id", id_)


def page_keys(reading: Reading) -> Iterator[bytes]:
    """Of older records of the page that was read."""
    yield from reading.url_keys
    if reading.file is not None:
        yield reading.file


def outdated_keys(tried: Iterable[str], answered: Iterable[str]) -> frozenset[bytes]:
    """Of records that go, though nothing newer is of their page.

    Those of failures where it was ``tried`` again (by ``LineKey.attempts``), and those of a URL that did not answer,
    where it ``answered``.
    """
    return frozenset((*map(_failure_key, tried), *map(_no_answer_key, answered)))


def _failure_key(attempt: str) -> bytes:
    return _digest("failed", attempt)


def _no_answer_key(url: str) -> bytes:
    return _digest("silent", url)


class PlannedRecord(Struct):
    """A record of the store to be: under an id, at the place of an old one or behind them all.

    ``number``: of that old one. ``page``: number of the new reading whose record is there; None for the record
    as it was. ``fields``: values of the record's fields that differ from those it has. ``shares``: the one that has the
    record instead.
    """

    id: str
    reading: Reading
    number: int | None
    page: int | None
    fields: dict[str, Any] = {}
    shares: PlannedRecord | None = None


class Settlement(Struct, frozen=True):
    """What becomes of lines and readings.

    ``by_line``: number of a line to the record there, None where it is deleted; lines that are not named stay.
    ``added`` follow the file. ``statuses``: of the lines that hold what was read. ``shared``: records that are not
    there, as another has their text. ``kept``: of the readings that gave way to what was read of their page before, the
    number of that line, by their own. ``targets``: of each reading.
    """

    by_line: dict[int, PlannedRecord | None]
    added: list[PlannedRecord]
    statuses: Counter[str]
    shared: Sequence[PlannedRecord]
    kept: Mapping[int, int]
    targets: Sequence[PlannedRecord]


class Places(Struct, frozen=True):
    """What is known of the places that pages without an address were read at. ``at``: by the number of a line, the
    page that is at its place now; ``elsewhere``: the lines of other places, which no page takes over by its name.
    """

    at: Mapping[int, int] = {}
    elsewhere: Collection[int] = frozenset()


def settle(
    lines: Mapping[int, Reading],
    pages: Sequence[Reading],
    places: Places = Places(),  # noqa: B008 - frozen
) -> Settlement:
    """Brings the readings of a store, by their numbers in order, and new ones, one a page in the order they came, into
    one store.

    The order decides only where several pages have the same text and none is at its canonical URL (the first to come
    has the record), and where several pages would have one id (the first to come has it).
    """
    targets, target_of, kept = _targets(lines, pages, places)
    _share(targets)
    _give_ids(targets)
    # by identity: several readings may have come to one target, which is counted once
    counted = {id(target): target for each in target_of for target in (each.shares or each,)}
    # every line goes that no target names in the next step
    by_line: dict[int, PlannedRecord | None] = dict.fromkeys(lines)
    by_line |= {
        target.number: target for target in targets if target.number is not None and target.shares is None
    }
    return Settlement(
        by_line=by_line,
        added=[target for target in targets if target.number is None and target.shares is None],
        statuses=Counter(target.reading.status for target in counted.values()),
        shared=[target for target in targets if target.shares is not None],
        kept=kept,
        targets=target_of,
    )


def _targets(
    lines: Mapping[int, Reading], pages: Sequence[Reading], places: Places
) -> tuple[list[PlannedRecord], list[PlannedRecord], dict[int, int]]:
    """A target for every line and reading, one where both are of one page; the target of each reading; which readings
    gave way, to which lines.
    """
    page_at: dict[bytes, int] = {one: number for number, page in enumerate(pages) for one in page.url_keys}
    page_of_line = _pages_of_files(lines, pages, places)
    targets: list[PlannedRecord] = []
    target_of: dict[int, PlannedRecord] = {}
    kept: dict[int, int] = {}
    for line, old in lines.items():
        # addresses before the file's name, which is the weaker sign
        number = next((page_at[one] for one in old.url_keys if one in page_at), page_of_line.get(line))
        if number is not None and is_superseded_by(old, pages[number]):
            if number not in target_of:  # else an older state of the same page
                target_of[number] = PlannedRecord(old.id, pages[number], line, number)
                targets.append(target_of[number])
            continue
        targets.append(PlannedRecord(old.id, old, line, None))
        if number is not None and number not in target_of:
            # the old record stays (see record_rank), and represents the reading in the counts
            target_of[number] = targets[-1]
            kept[number] = line
    for number, page in enumerate(pages):
        if number not in target_of:
            target_of[number] = PlannedRecord(page.id, page, None, number)
            targets.append(target_of[number])
    return targets, [target_of[number] for number in range(len(pages))], kept


def _pages_of_files(lines: Mapping[int, Reading], pages: Sequence[Reading], places: Places) -> dict[int, int]:
    """By lines the pages that are their files: those at their places; else where one line and one page have a name."""
    found = {
        line: number
        for line, number in places.at.items()
        if line in lines and lines[line].file is not None and lines[line].file == pages[number].file
    }
    free = {
        line: old.file
        for line, old in lines.items()
        if old.file is not None and line not in places.elsewhere and line not in found
    }
    left = {
        number: page.file
        for number, page in enumerate(pages)
        if page.file is not None and number not in found.values()
    }
    # one then and one now: a name that two pages have identifies neither
    before, now = Counter(free.values()), Counter(left.values())
    page_of = {file: number for number, file in left.items() if now[file] == 1}
    return found | {
        line: page_of[file] for line, file in free.items() if before[file] == 1 and file in page_of
    }


def _share(targets: list[PlannedRecord]) -> None:
    """Finds the targets with the text of another: the page at its canonical URL has the record, else the first; a
    capture only where no server sent the same.
    """
    holder: dict[bytes, PlannedRecord] = {}
    place = {id(target): index for index, target in enumerate(targets)}
    # sorted() is stable: where none is at its canonical URL the first to come has the record
    for target in sorted(targets, key=lambda one: (one.reading.is_capture, not one.reading.is_home)):
        found = next((holder[key] for key in target.reading.content_keys if key in holder), None)
        if found is None:
            for key in target.reading.content_keys:
                holder[key] = target
            continue
        target.shares = found
        if found.number is None:  # takes the place of what came before it
            found.number = target.number
            place[id(found)] = min(place[id(found)], place[id(target)])
    targets.sort(key=lambda one: place[id(one)])


def _give_ids(targets: Sequence[PlannedRecord]) -> None:
    """Leaves each id to the first that has it: lines of the file come before what is new."""
    taken: set[str] = set()
    for target in targets:
        if target.shares is not None:
            continue
        if target.id in taken:
            # of the same address in another source; from id and place and not from a count: the same in any order
            apart = b"apart\0" + target.id.encode() + target.reading.url_keys[0]
            target.id = hashlib.sha256(apart).hexdigest()[:32]
        taken.add(target.id)
        if target.id != target.reading.id:
            target.fields["id"] = target.id
