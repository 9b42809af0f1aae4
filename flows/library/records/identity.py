"""By what records of a store are known to be of one page (``plan`` brings them together).

A page is known by its own address in its source. A canonical URL that differs from it is only evidence:
two pages share a record where one of their addresses is the same *and* their headline and text agree, never otherwise.
Nothing here reads or writes a file; the reasons are in ``docs/decisions/0007-what-one-page-is.md``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare, domain_of, spelt_alike
from copydesk.flows.library.records.line_key import LineKey, RecordRank, is_replaced, moment_of
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
    found = {*page_keys(reading), *reading.content_keys, id_key(reading.id)}
    # the URL; kind and name of the source where there is none
    if key.rank is RecordRank.FAILED:
        found.add(_digest("failed", key.attempts[0]))
    # a record of a page that was never fetched holds only that nobody answered
    if key.fetched_at is None and key.rank <= RecordRank.UNAVAILABLE and key.url is not None:
        found.add(_digest("silent", key.url))
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
    failed, silent = (_digest("failed", one) for one in tried), (_digest("silent", one) for one in answered)
    return frozenset((*failed, *silent))
