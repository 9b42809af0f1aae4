"""Metadata of flattened text, which declares nothing: headline, byline, dateline and author box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from copydesk.cleaners import normal
from copydesk.cleaners.authors import has_opener, is_common, split_authors
from copydesk.cleaners.date_bounds import REJECTED, UNBOUNDED, DateBounds
from copydesk.cleaners.shown_dates import Shown, shown_in
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Block, Candidate, Kind, Label, Labelled, Metadata
from copydesk.cleaners.word_count import count_words

_Said = tuple[Candidate | None, tuple[Candidate, ...]]
"""A date, and what was said of it and cannot be."""

_MAX_TITLE_CHARS = 220
_MIN_TITLE_WORDS = 2
_MIN_REPEATED_LETTERS = 10
_LOOKED_AT = 12  # blocks above the first paragraph among which a headline stands
_SURE = 0.6  # learned probability of the first paragraph
_PROSE_CHARS = 120
_DATELINE = re.compile(r"^[^.!?\n]{2,80}?\s[–—-]\s")
_MAX_BYLINE_CHARS = 160
_FIRST_UNSPACED = "\u3040"  # from here on, scripts in which a name is one word
_MAX_BARE_BYLINE_CHARS = 60  # without a word such as “by”
_ABOVE, _BELOW = 12, 4  # blocks from the text at which a byline is the article's
_PROSE = frozenset({Label.PARAGRAPH, Label.BYLINE})
_MAX_NAMES_CHARS, _MAX_NAME_WORDS = 80, 4


def find_title(blocks: Sequence[Block], keep: Sequence[float], *, beside: Set[int]) -> str:
    """The headline of flattened text, or ``""``; the blocks ``beside``, by number, are none.

    Looked for among the lines just above the first paragraph. One that comes twice, once glued to a
    site's name, is the surest sign; else the one with the most words.
    """
    first = next(
        (block.index for block in blocks if keep[block.index] > _SURE and len(block.text) > _PROSE_CHARS), 0
    )
    lines = [
        block
        for block in blocks[max(0, first - _LOOKED_AT) : first]
        if _may_be_title(block) and block.index not in beside
    ]
    for one in lines:
        for other in lines:
            text, longer = normal.letters(one.raw), normal.letters(other.raw)
            if other.index != one.index and longer.startswith(text) and len(text) > _MIN_REPEATED_LETTERS:
                return normal.prose(one.raw)
    best = max(lines, key=lambda block: count_words(block.text), default=None)
    return normal.prose(best.raw) if best else ""


def _may_be_title(block: Block) -> bool:
    if block.kind not in (Kind.PARAGRAPH, Kind.HEADING) or not 4 <= len(block.text) <= _MAX_TITLE_CHARS:
        return False
    return not block.text.endswith((".", "。", ",", ":", ";")) and count_words(block.text) >= _MIN_TITLE_WORDS


def find_text_metadata(
    labelled: Sequence[Labelled], *, title: str, language: str, bounds: DateBounds = UNBOUNDED
) -> Metadata:
    """What the blocks say: title, authors, the date of a byline or dateline."""
    found: dict[str, tuple[Candidate, ...]] = {}
    if title:
        found["title"] = (Candidate(title, "text:headline"),)
    authors = _authors(labelled, language)
    if authors:
        found["author"] = authors
    _add_first(found, "date_published", map(_published, _texts_dated(labelled, language, bounds)))
    return Metadata(found)


def complete(
    metadata: Metadata, labelled: Sequence[Labelled], *, language: str, bounds: DateBounds = UNBOUNDED
) -> Metadata:
    """``metadata`` with author and date from the page's bylines, where it declares none but the site itself."""
    shown = _at_article(labelled)
    found = dict(metadata.candidates)
    authors = _better_authors(metadata, labelled, shown, language)
    if authors:
        found["author"] = authors
        found.pop("author_url", None)
    for name, said in (("date_published", _published), ("date_modified", _modified)):
        if not metadata.best(name):
            _add_first(found, name, (said(_shown_by(item, language, bounds)) for item in shown))
    return Metadata(found)


def _add_first(found: dict[str, tuple[Candidate, ...]], name: str, said: Iterable[_Said]) -> None:
    """Adds the first date there is, and what is said before it and cannot be."""
    for date, impossible in said:
        if impossible:
            found[REJECTED + name] = (*found.get(REJECTED + name, ()), *impossible)
        if date:
            found[name] = (date,)
            return


def _published(shown: Shown) -> _Said:
    return shown.published, shown.rejected_published


def _modified(shown: Shown) -> _Said:
    return shown.modified, shown.rejected_modified


def _at_article(labelled: Sequence[Labelled]) -> list[Labelled]:
    """The bylines just above the text and just below it; those of teasers and comments stand elsewhere."""
    text = [at for at, item in enumerate(labelled) if item.label in _PROSE]
    if not text:
        return []
    first, last = text[0], text[-1]
    near = [*range(max(0, first - _ABOVE), first + _BELOW), *range(last + 1, last + 1 + _BELOW)]
    return [
        labelled[at]
        for at in dict.fromkeys(near)
        if at < len(labelled) and labelled[at].label is Label.BYLINE
    ]


def _better_authors(
    metadata: Metadata, labelled: Sequence[Labelled], shown: Sequence[Labelled], language: str
) -> tuple[Candidate, ...]:
    if not metadata.best("author"):
        return _authors(shown, language)
    if not _names_only_the_site(metadata):
        return ()
    found = _authors(shown, language)
    people = tuple(one for one in found if _is_full(one.value) and not _is_site(one.value, metadata))
    return people or _opening_names(labelled, language)


def _is_full(name: str) -> bool:
    return " " in name or not name.isascii()


def _names_only_the_site(metadata: Metadata) -> bool:
    return all(_is_site(author.value, metadata) for author in metadata.all("author"))


def _is_site(name: str, metadata: Metadata) -> bool:
    """Whether an author is the site, as any of its names calls it."""
    bare = bare_name(name)
    return any(bare_name(site.value).startswith(bare) for site in metadata.all("site_name"))


def _opening_names(labelled: Sequence[Labelled], language: str) -> tuple[Candidate, ...]:
    """Full names that are all the line before the first paragraph holds: small papers set the byline so."""
    prose = [item.block.text for item in labelled if item.label in _PROSE]
    first = next((place for place, text in enumerate(prose) if len(text) > _PROSE_CHARS), 0)
    line = prose[first - 1] if first else ""
    if len(line) > _MAX_NAMES_CHARS or line.endswith((".", ":", "?", "!")):
        return ()
    parts = line.split("/")
    names = [name for part in parts for name in split_authors(part, language=language)]
    is_full = all(2 <= len(part.split()) <= _MAX_NAME_WORDS for part in parts)
    if not is_full or " ".join(names).split() != line.replace("/", " ").split():
        return ()
    if any(is_common(name, language) for name in names):
        return ()
    return tuple(Candidate(name, "text:byline") for name in names)


def _authors(labelled: Sequence[Labelled], language: str) -> tuple[Candidate, ...]:
    names: dict[str, str] = {}
    for item in labelled:
        if item.label is not Label.BYLINE or len(item.block.text) > _MAX_BYLINE_CHARS:
            continue
        text = item.block.text
        if item.verdict.rule == "shape.doubled-name":
            names.setdefault(normal.prose(text), "text:author-box")
        if len(text) > _MAX_BARE_BYLINE_CHARS and not has_opener(text, language):
            continue
        is_opened = has_opener(text, language)
        for name in split_authors(text, language=language):
            if is_opened or " " in name or name[0] >= _FIRST_UNSPACED:
                names.setdefault(name, "text:byline")
    return tuple(Candidate(name, origin) for name, origin in names.items())


def _texts_dated(labelled: Sequence[Labelled], language: str, bounds: DateBounds) -> Iterator[Shown]:
    """What lines of their own say of dates, from the top, then the first paragraph's dateline."""
    for item in labelled:
        if item.label in (Label.BYLINE, Label.DATELINE):
            yield _shown_by(item, language, bounds)
    first = next((item for item in labelled if item.label is Label.PARAGRAPH), None)
    if opener := _dateline(first.block.text) if first else None:
        yield shown_in(opener, origin="text:dateline", language=language, bounds=bounds)


def _shown_by(item: Labelled, language: str, bounds: DateBounds) -> Shown:
    return shown_in(item.block.text, origin=f"text:{item.label}", language=language, bounds=bounds)


def _dateline(text: str) -> str | None:
    """What stands before the last dash of an opening such as "Paris, France – August 13, 2025 –"."""
    head = text[:120]
    last = max(head.rfind(" – "), head.rfind(" — "), head.rfind(" - "))
    return head[:last] if last > 0 and _DATELINE.match(text) else None
