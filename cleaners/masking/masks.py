"""Records with marks in the place of e-mail addresses and telephone numbers.

A text is looked at line by line, and no line depends on another: a mark takes the place of a part of a line, so that
``text`` and ``removed`` still say which line came after which, and ``restore`` gives the page's text with the same
marks in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.masking.phones import phone_spans, regions_of
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import with_texts
from copydesk.cleaners.schema import Masked, Record

# letters of any script: names and hosts may be written in theirs (RFC 6531, RFC 5890)
_NAME = r"\w(?:[\w.+%'-]{0,62}[\w+])?"
_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_TOP = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
# a sign before it makes it another thing: `@name@host` of Mastodon, `//name@host` of an address on the web
_BEFORE, _AFTER = r"(?<![\w.+%/@=-])", r"(?![\w@-])(?!:\S)(?!\.\w)"
_PLAIN = lazy_pattern(rf"{_BEFORE}{_NAME}[@\uff20](?:{_LABEL}\.)+({_TOP}){_AFTER}", re.IGNORECASE)
# `name (at) site.org`, `name [at] site [dot] org`: brackets leave no doubt, bare words would
_AT = r"\s?[(\[{<]\s?(?:at|ät|arroba|@)\s?[)\]}>]\s?"
_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|punkt|punto|point|ponto|\.)\s?[)\]}>]\s?)"
_WRITTEN_OUT = lazy_pattern(rf"{_BEFORE}{_NAME}{_AT}(?:{_LABEL}{_DOT})+({_TOP}){_AFTER}", re.IGNORECASE)
# `icon@2x.png`: names of files of which one part looks like a host
_FILES = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "css", "js", "pdf", "html", "htm", "mp"}
)
# addresses on the web stay what they are, whatever they hold
_WEB = lazy_pattern(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# `[write to us](mailto:a@b.org)`, and the address of a link by itself
_LINK = {
    "email": lazy_pattern(r"mailto:[^\s)\]>\"']+", re.IGNORECASE),
    "phone": lazy_pattern(r"(?:tel|sms|callto):[+\d(%][^\s)\]>\"']*", re.IGNORECASE),
}
# not words of the page, but names that others find it or its parts by
_NAMES = frozenset({
    "id", "schema_version", "status", "source", "fetched_at", "date_published", "date_modified", "language",
    "languages", "content_hash", "duplicate_of", "previous", "field_origins", "processing", "label", "rule",
    "canonical_url", "original_url", "field", "where", "strength", "digital_source_type", "usage",
})  # fmt: skip


def _email_spans(line: str) -> Iterator[tuple[int, int]]:
    """Beginning and end of each address in a line, in order of their kinds."""
    for pattern, signs in ((_PLAIN, "@\uff20"), (_WRITTEN_OUT, "([{<")):
        # most lines have none of them
        if any(sign in line for sign in signs):
            yield from (found.span() for found in pattern.finditer(line) if found[1].lower() not in _FILES)


class Masks(Struct, frozen=True):
    """What is masked on a page: kinds of ``Options.mask``, and the countries of its numbers (``phones.regions_of``)."""

    kinds: tuple[str, ...]
    regions: tuple[str, ...] = ()

    def of(self, text: str) -> tuple[str, Counter[str]]:
        """A text with its marks, ``[email]`` and ``[phone]``, and how many there are of each kind."""
        counts: Counter[str] = Counter()
        lines = text.split("\n")
        for kind in self.kinds:
            lines = [_marked(line, kind, self._spans(line, kind), counts) for line in lines]
        return "\n".join(lines), counts

    def _spans(self, line: str, kind: str) -> list[tuple[int, int]]:
        web = [found.span() for found in _WEB.finditer(line)]
        spans = [found.span() for found in _LINK[kind].finditer(line)]
        written = _email_spans(line) if kind == "email" else phone_spans(line, self.regions)
        spans += [one for one in written if not any(one[0] < end and start < one[1] for start, end in web)]
        return sorted(spans)


def _marked(line: str, kind: str, spans: list[tuple[int, int]], counts: Counter[str]) -> str:
    parts, done = [], 0
    for start, end in spans:
        # within the last one: the address of a link is an address itself
        if start < done:
            continue
        parts += [line[done:start], f"[{kind}]"]
        counts[kind] += 1
        done = end
    return "".join((*parts, line[done:])) if parts else line


def masks_of(record: Record, kinds: tuple[str, ...], declared: Sequence[str] = ()) -> Masks:
    """What these kinds come to on the page of a record. ``declared``: the languages that it declares (``en-GB``)."""
    addresses, languages = (record.url, record.canonical_url), (record.language, *declared)
    return Masks(kinds, regions_of(addresses, languages) if "phone" in kinds else ())


def masked(record: Record, masks: Masks) -> Record:
    """The record with marks in all its texts; addresses of pages and what others find a record by stay.

    ``processing.masked`` counts those in ``text`` and ``removed``, which together are the page's text.
    """
    counts = masks.of(record.text)[1]
    for gone in record.removed:
        counts += masks.of(gone.text)[1]
    numbers = Masked(**{kind: counts[kind] for kind in masks.kinds})
    marked = with_texts(record, lambda text: masks.of(text)[0], but=_NAMES)
    return replace(marked, processing=replace(record.processing, masked=numbers))
