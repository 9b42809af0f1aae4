"""Plain texts with nothing to remove, made from the articles of pages: what the sets of whole pages have none of.

A network that has only seen pages of sites expects a menu above each article and teasers below it, and finds
them: it takes subheads, list items, dialogue and short sentences of a text that is only an article for these.
Each text here is an article as somebody else's extractor, an author or copydesk itself would hand it on: with
or without its headline, laid out in one of several ways, at its whole length or a few paragraphs long, and
some as other kinds of text than news are: a sentence a line, as dialogue; lines of verse; with subheads; with
lines of scores. Lest all that is brief be taken for whole, there are briefs with what is below and above
the article on their pages, too. All choices follow from the page's name, so that training is reproducible.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from copydesk.cleaners import text_forms
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.line_blocks import segment_lines
from copydesk.cleaners.sentence_ends import split_after_terminals
from copydesk.cleaners.types import Block, Kind, Label
from training.pages import Example, joined, spaced, wrapped
from training.variants import seeded

_SHAPES_KEPT_TOGETHER = (Kind.LIST_ITEM, Kind.TABLE_ROW)
_ABOVE, _MOST_ABOVE, _MOST_BELOW = 0.3, 6, 10  # lines of the page around a brief
_MOST_OF_BRIEF = 16  # blocks
_MOST_SHORT = 6  # paragraphs of a text cut short
_MOST_SENTENCES = 40  # of a text with a sentence a line
_LEAST_SENTENCE_CHARS = 15
_VERSE_COLUMNS = (24, 44)
_MOST_SUBHEADS = 6
_SUBHEAD_WORDS = (2, 7)
_MOST_SCORES = 8
_TITLE_SHARE = 0.6  # of a heading's words that are in the page's <title>, for it to be the headline


class Part(NamedTuple):
    """One block of a text, and what it is; ``label`` is None where nobody labelled it."""

    text: str
    label: Label | None
    kind: Kind = Kind.PARAGRAPH
    is_kept: bool = True


Layout = Callable[[Sequence[Part]], str]
Change = Callable[[Sequence[Part], random.Random], list[Part]]


def bare_articles(page: Example) -> Iterator[Example]:
    """Texts made from the article of a page: as copydesk writes it; with its headline; changed."""
    parts = article_of(page)
    if not parts:
        return
    chance = seeded(page, "bare")
    yield text_page(page, parts, as_written)
    headline = headline_of(page)
    titled = [headline, *parts] if headline else parts
    yield text_page(page, titled, chance.choice(LAYOUTS))
    changed = chance.choice(CHANGES)(parts, chance)
    if changed:
        with_headline = [headline] if headline and chance.random() < 0.5 else []
        yield text_page(page, [*with_headline, *changed], chance.choice(LAYOUTS))


def brief_page(page: Example) -> Example | None:
    """The first sentences of a page's article between some of the lines above and below it."""
    chance = seeded(page, "brief")
    parts = _parts(page)
    kept = [at for at, part in enumerate(parts) if part.is_kept]
    brief = cut_short([parts[at] for at in kept], chance)
    if not brief:
        return None
    # a draw of 0 takes every line above, the whole menu: of one brief in 23, and so the packaged weights have
    # learned it
    above = parts[: kept[0]][-chance.randint(0, _MOST_ABOVE) :] if chance.random() < _ABOVE else []
    below = [part for part in parts[kept[-1] + 1 :] if part.text][: chance.randint(1, _MOST_BELOW)]
    headline = headline_of(page)
    above = [part for part in above if part.text and (headline is None or part.text != headline.text)]
    titled = [headline] if headline else []
    return text_page(page, [*above, *titled, *brief, *below], chance.choice(LAYOUTS))


def article_of(page: Example) -> list[Part]:
    """What is kept of a page with tags."""
    return [part for part in _parts(page) if part.is_kept]


def _parts(page: Example) -> list[Part]:
    """The blocks of a page with tags that a reader sees, but for the head's title."""
    return [
        Part(_written(block), label, block.kind, is_kept=bool(keep))
        for block, label, keep in zip(page.blocks, page.labels, page.keep, strict=True)
        if not block.is_hidden and block.kind is not Kind.TITLE
    ]


def _written(block: Block) -> str:
    return text_forms.row(block) if block.kind is Kind.TABLE_ROW else text_forms.prose(block.raw)


def headline_of(page: Example) -> Part | None:
    """The headline as a reader labelled it, or else the heading most of whose words are the page's ``<title>``."""
    for block, label in zip(page.blocks, page.labels, strict=True):
        if label is Label.TITLE and block.kind is not Kind.TITLE:
            return _headline(block)
    title = next((set(block.raw.lower().split()) for block in page.blocks if block.kind is Kind.TITLE), set())
    for block, keep in zip(page.blocks, page.keep, strict=True):
        words = set(block.raw.lower().split())
        if (
            block.kind is Kind.HEADING
            and not keep
            and words
            and len(words & title) >= _TITLE_SHARE * len(words)
        ):
            return _headline(block)
    return None


def _headline(block: Block) -> Part:
    return Part(text_forms.prose(block.raw).replace("\n", " "), Label.TITLE, is_kept=False)


def text_page(page: Example, parts: Sequence[Part], layout: Layout) -> Example:
    """The parts as a page of plain text."""
    blocks = segment_lines(layout(parts), Options())
    found = list(_parts_of(blocks, parts))
    return replace(
        page,
        blocks=blocks,
        labels=tuple(part.label for part in found),
        keep=tuple(part.is_kept for part in found),
    )


def _parts_of(blocks: Sequence[Block], parts: Sequence[Part]) -> Iterator[Part]:
    """The part each block is, or begins with."""
    sizes = [len(text_forms.letters(part.text)) for part in parts]
    at = done = 0
    for block in blocks:
        while at + 1 < len(sizes) and done >= sizes[at]:
            at, done = at + 1, done - sizes[at]
        yield parts[at]
        done += len(text_forms.letters(block.raw))


def as_written(parts: Sequence[Part]) -> str:
    """As copydesk writes texts: blank lines between blocks, line breaks between list items and rows of tables."""
    if not parts:
        return ""
    text = parts[0].text
    for one, other in pairwise(parts):
        is_together = one.kind is other.kind and one.kind in _SHAPES_KEPT_TOGETHER
        text += ("\n" if is_together else "\n\n") + other.text
    return text


def _as_lines(parts: Sequence[Part]) -> str:
    return joined([part.text for part in parts])


def _as_paragraphs(parts: Sequence[Part]) -> str:
    return spaced([part.text for part in parts])


def _as_wrapped(parts: Sequence[Part]) -> str:
    return wrapped([part.text for part in parts])


def _marked(parts: Sequence[Part]) -> str:
    """As Markdown and e-mails have it: list items with marks."""
    return as_written(
        [part._replace(text=f"- {part.text}") if part.kind is Kind.LIST_ITEM else part for part in parts]
    )


LAYOUTS: tuple[Layout, ...] = (as_written, as_written, _as_lines, _as_paragraphs, _as_wrapped, _marked)


def cut_short(parts: Sequence[Part], chance: random.Random) -> list[Part]:
    """The first few paragraphs, shortened to their first sentences, with the subheads and lists between them:
    a brief.
    """
    places = [at for at, part in enumerate(parts) if part.kind is Kind.PARAGRAPH and part.text]
    chosen = places[: chance.randint(1, _MOST_SHORT)]
    return [_shortened(part) for part in parts[: chosen[-1] + 1 if chosen else 0]][-_MOST_OF_BRIEF:]


def _shortened(part: Part) -> Part:
    return part._replace(text=_sentences(part.text)[0]) if part.kind is Kind.PARAGRAPH else part


def sentences_apart(parts: Sequence[Part], chance: random.Random) -> list[Part]:
    """A sentence a block, as dialogue and lists of examples are; some of them in quotation marks or with a dash."""
    marks = chance.choice(("{}", "{}", "“{}”", "– {}", "„{}“", "«{}»"))
    sentences = [sentence for part in parts for sentence in _sentences(part.text)]
    sentences = [sentence for sentence in sentences if len(sentence) >= _LEAST_SENTENCE_CHARS]
    start = chance.randrange(max(1, len(sentences) - _MOST_SENTENCES))
    return [
        Part(marks.format(sentence) if chance.random() < 0.7 else sentence, Label.PARAGRAPH)
        for sentence in sentences[start : start + _MOST_SENTENCES]
    ]


def as_verse(parts: Sequence[Part], chance: random.Random) -> list[Part]:
    """Lines of verse, in stanzas."""
    columns = chance.randint(*_VERSE_COLUMNS)
    prose = [part.text for part in parts if part.kind is Kind.PARAGRAPH][:_MOST_SHORT]
    return [Part(textwrap.fill(text, columns), Label.PARAGRAPH) for text in prose if text]


def with_subheads(parts: Sequence[Part], chance: random.Random) -> list[Part]:
    """A subhead before some of the paragraphs: some words of the paragraph, as subheads take them up."""
    places = [at for at, part in enumerate(parts) if at and part.kind is Kind.PARAGRAPH]
    chosen = set(chance.sample(places, min(len(places), chance.randint(1, _MOST_SUBHEADS))))
    out: list[Part] = []
    for at, part in enumerate(parts):
        words = part.text.split()
        if at in chosen and len(words) > _SUBHEAD_WORDS[1]:
            start = chance.randrange(len(words) - _SUBHEAD_WORDS[1])
            subhead = " ".join(words[start : start + chance.randint(*_SUBHEAD_WORDS)]).strip(
                " ,.;:!?–—-\"“”'"
            )
            if subhead:
                out.append(Part(subhead[0].upper() + subhead[1:], Label.HEADING, Kind.HEADING))
        out.append(part)
    return out


def with_scores(parts: Sequence[Part], chance: random.Random) -> list[Part]:
    """Lines of scores, times or prices among the paragraphs: names from the text, and numbers."""
    names = [
        word.strip(",.;:!?“”\"'()") for part in parts for word in part.text.split()[1:] if word[:1].isupper()
    ]
    names = [name for name in names if name.isalpha()]
    if not names or not parts:
        return []
    lines = [_score(names, chance) for _ in range(chance.randint(2, _MOST_SCORES))]
    at = chance.randrange(1, len(parts) + 1)
    return [*parts[:at], *(Part(line, None, Kind.LIST_ITEM) for line in lines), *parts[at:]]


def _score(names: Sequence[str], chance: random.Random) -> str:
    one, other = chance.choice(names), chance.choice(names)
    high, low = chance.randrange(100), chance.randrange(10)
    return chance.choice(
        (
            f"{one} – {other} {low}:{low + 1}",
            f"{one} {low} {other} {low + 2}",
            f"{high}. {one}, {other}",
            f"{one} {other}: {high} ({low})",
            f"{one}, {1900 + high}",
            f"{one}: {high},{low} %",
        )
    )


def _sentences(text: str) -> list[str]:
    found = [sentence.strip() for sentence in split_after_terminals(text)]
    return [sentence for sentence in found if sentence] or [text]


CHANGES: tuple[Change, ...] = (
    cut_short,
    cut_short,
    sentences_apart,
    as_verse,
    with_subheads,
    with_scores,
)
