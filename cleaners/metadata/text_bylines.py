"""Authors in lines that are labelled as bylines: of flattened text, and of pages that declare none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copydesk.cleaners import text_forms
from copydesk.cleaners.metadata.authors import has_opener, is_common, split_authors
from copydesk.cleaners.metadata.evidence import Evidence, Found, Said
from copydesk.cleaners.metadata.signature_odds import (
    FIRST_UNSPACED,
    LIKELY,
    MAX_BARE_BYLINE_CHARS,
    MAX_BYLINE_CHARS,
    probability_of,
    signatures,
)
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Label, Labelled

_ABOVE, _BELOW = 12, 4  # blocks from the text at which a byline is the article's
_PROSE = frozenset({Label.PARAGRAPH, Label.BYLINE})
# set by hand: a longer line is no byline
_PROSE_CHARS = 120
# of a line of names alone, and words of each name; set by hand: more is a heading
_MAX_NAMES_CHARS, _MAX_NAME_WORDS = 80, 4


def people_in_lines(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """Those named in lines of flattened text who are likely the article's authors."""
    for item in evidence.labelled:
        yield from _in_author_box(item)
    for name, signs in signatures(evidence.labelled, evidence.headline, evidence.language):
        if probability_of(signs) >= LIKELY:
            yield Said(name, "text:byline")


def people_in_bylines(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """Those named just above or below the text."""
    return _people(evidence.memoized(at_article), evidence.language)


def people_beside_site(evidence: Evidence, found: Found) -> Iterator[Said]:
    """Full names in bylines, where nobody is named so far but the site itself."""
    sites = [bare_name(name) for name in found.all("site_name")]
    if not found.has("author") or not all(_is_site(name, sites) for name in found.all("author")):
        return
    people = [
        one
        for one in people_in_bylines(evidence, found)
        if _is_full(one.value) and not _is_site(one.value, sites)
    ]
    yield from people or _opening_names(evidence.labelled, evidence.language)


def at_article(evidence: Evidence) -> tuple[Labelled, ...]:
    """The bylines just above the text and just below it; those of teasers and comments stand elsewhere."""
    labelled = evidence.labelled
    text = [at for at, item in enumerate(labelled) if item.shape in _PROSE]
    if not text:
        return ()
    first, last = text[0], text[-1]
    near = [*range(max(0, first - _ABOVE), first + _BELOW), *range(last + 1, last + 1 + _BELOW)]
    return tuple(
        labelled[at]
        for at in dict.fromkeys(near)
        if at < len(labelled) and labelled[at].label is Label.BYLINE
    )


def _is_full(name: str) -> bool:
    return " " in name or not name.isascii()


def _is_site(name: str, sites: Sequence[str]) -> bool:
    """Whether an author is the site, as any of its names calls it."""
    bare = bare_name(name)
    # "Harbour Post" signs pages of "Harbour Post Online"
    return any(site.startswith(bare) for site in sites)


def _opening_names(labelled: Sequence[Labelled], language: str) -> tuple[Said, ...]:
    """Full names that are all the line before the first paragraph holds: small papers set the byline so."""
    prose = [item.block.text for item in labelled if item.shape in _PROSE]
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
    return tuple(Said(name, "text:byline") for name in names)


def _people(labelled: Sequence[Labelled], language: str) -> Iterator[Said]:
    for item in labelled:
        if item.label is not Label.BYLINE or len(item.block.text) > MAX_BYLINE_CHARS:
            continue
        text = item.block.text
        yield from _in_author_box(item)
        if len(text) > MAX_BARE_BYLINE_CHARS and not has_opener(text, language):
            continue
        is_opened = has_opener(text, language)
        for name in split_authors(text, language=language):
            if is_opened or " " in name or name[0] >= FIRST_UNSPACED:
                yield Said(name, "text:byline")


def _in_author_box(item: Labelled) -> Iterator[Said]:
    if item.verdict.rule == "shape.doubled-name" and len(item.block.text) <= MAX_BYLINE_CHARS:
        yield Said(text_forms.prose(item.block.text), "text:author-box")
