"""Metadata of flattened text, which declares nothing: headline, byline, dateline and author box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.date_bounds import REJECTED, UNBOUNDED, DateBounds
from copydesk.cleaners.metadata.authors import has_opener, is_common, split_authors
from copydesk.cleaners.metadata.shown_dates import Shown, shown_in
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Block, Candidate, Kind, Label, Labelled, Metadata
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.scores import is_score

_Said = tuple[Candidate | None, tuple[Candidate, ...]]
"""A date, and what was said of it and cannot be."""

# set by hand: longer lines are paragraphs, and a lone word ("Sport") is a section
_MAX_TITLE_CHARS = 220
_MIN_TITLE_WORDS = 2
# of a line that may stand for a longer title; set by hand: shorter ones are kickers
_MIN_REPEATED_LETTERS = 10
_LOOKED_AT = 12  # blocks above the first paragraph among which a headline stands
_SURE = 0.6  # learned probability of the first paragraph
# set by hand: a shorter line is prose only as a sentence, for which "Read more." has too few words
_PROSE_CHARS = 120
_SENTENCE_WORDS = 5
LEAST_HEADLINE_OF_PAGE, LEAST_HEADLINE_ALONE = 0.05, 0.4
"""Learned probability from which a line is the headline: of a flattened page, which has one as a rule, and of
an article alone, where 99 of 100 headlines reach it, as do the standfirst or subhead with which texts without
one begin.
"""
# "Oslo, Norway – ", "August 13, 2025 — ": no sentence ends before the dash
_DATELINE = re.compile(r"^[^.!?\n]{2,80}?\s[–—-]\s")
_MAX_BYLINE_CHARS = 160
_FIRST_UNSPACED = "\u3040"  # from here on, scripts in which a name is one word
_MAX_BARE_BYLINE_CHARS = 60  # without a word such as “by”
_ABOVE, _BELOW = 12, 4  # blocks from the text at which a byline is the article's
_PROSE = frozenset({Label.PARAGRAPH, Label.BYLINE})
# of a line of names alone, and words of each name; set by hand: more is a heading
_MAX_NAMES_CHARS, _MAX_NAME_WORDS = 80, 4
_OPENING_BLOCKS = 2


def find_title(
    blocks: Sequence[Block],
    keep: Sequence[float],
    headline: Sequence[float],
    *,
    beside: Set[int],
    least: float,
) -> str:
    """The headline of flattened text, or ``""``; the blocks ``beside``, by number, are none.

    It is the likeliest of the lines just above the first paragraph (``headline``: learned probability of each
    block), if that is at least ``least``; without the site's name where a line has it bare. On 94 pages of
    sites left out this finds 63, the one with the most words 44, and one that stands there twice, site's name
    aside, before all others 56.
    """
    first = next((block.index for block in blocks if _is_prose(block, keep)), 0)
    lines = [
        block
        for block in blocks[max(0, first - _LOOKED_AT) : first]
        if _may_be_title(block) and block.index not in beside
    ]
    best = max(lines, key=lambda block: headline[block.index], default=None)
    if best is None or headline[best.index] < least:
        return ""
    whole = text_forms.letters(best.raw)
    # "Ferries stop | Harbour Post", the head's title, stands above "Ferries stop"
    bare = (line for line in lines if whole.startswith(text_forms.letters(line.raw)) and _is_long(line))
    return text_forms.prose(min(bare, key=lambda line: len(line.raw), default=best).raw)


def run_on(blocks: Sequence[Block]) -> Set[int]:
    """The lines, by number, that the next one follows without a blank line, where blank lines part a text: a headline
    stands by itself, the first line of a stanza, a list or a table does not.
    """
    if not any(block.gap for block in blocks[1:]):
        return frozenset()
    return frozenset(block.index - 1 for block in blocks[1:] if not block.gap)


def _is_long(line: Block) -> bool:
    return len(text_forms.letters(line.raw)) > _MIN_REPEATED_LETTERS


def _is_prose(block: Block, keep: Sequence[float]) -> bool:
    """Whether the article's text begins here at the latest: a sentence or a long line that surely belongs to it."""
    if keep[block.index] <= _SURE:
        return False
    is_sentence = ends_sentence(block.text) and count_words(block.text) >= _SENTENCE_WORDS
    return is_sentence or len(block.text) > _PROSE_CHARS


def _may_be_title(block: Block) -> bool:
    if block.kind not in (Kind.PARAGRAPH, Kind.HEADING) or not 4 <= len(block.text) <= _MAX_TITLE_CHARS:
        return False
    is_open = block.text.endswith((",", ":", ";"))
    if is_score(block.text):
        return False
    return not is_open and not ends_in_full_stop(block.text) and count_words(block.text) >= _MIN_TITLE_WORDS


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
        # its entries belong to the authors that are replaced
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
    # "Harbour Post" signs pages of "Harbour Post Online"
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
    # each word must belong to a name: a heading loses some to split_authors
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
            names.setdefault(text_forms.prose(text), "text:author-box")
        if len(text) > _MAX_BARE_BYLINE_CHARS and not has_opener(text, language):
            continue
        is_opened = has_opener(text, language)
        for name in split_authors(text, language=language):
            if is_opened or " " in name or name[0] >= _FIRST_UNSPACED:
                names.setdefault(name, "text:byline")
    return tuple(Candidate(name, origin) for name, origin in names.items())


def _texts_dated(labelled: Sequence[Labelled], language: str, bounds: DateBounds) -> Iterator[Shown]:
    """What lines of their own say of dates, from the top, then the dateline of the first paragraph, or of the
    second below a headline that stays in the text.
    """
    for item in labelled:
        if item.label in (Label.BYLINE, Label.DATELINE):
            yield _shown_by(item, language, bounds)
    first = islice((item for item in labelled if item.is_kept), _OPENING_BLOCKS)
    opener = next(filter(None, (_dateline(item.block.text) for item in first)), None)
    if opener:
        yield shown_in(opener, origin="text:dateline", language=language, bounds=bounds)


def _shown_by(item: Labelled, language: str, bounds: DateBounds) -> Shown:
    return shown_in(item.block.text, origin=f"text:{item.label}", language=language, bounds=bounds)


def _dateline(text: str) -> str | None:
    """What stands before the last dash of an opening such as "Paris, France – August 13, 2025 –"."""
    # characters; set by hand: a dash further on is one of the first sentence
    head = text[:120]
    last = max(head.rfind(" – "), head.rfind(" — "), head.rfind(" - "))
    return head[:last] if last > 0 and _DATELINE.match(text) else None
