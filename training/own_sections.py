"""Pages whose later paragraphs are in boxes that belong to the article: entries of a live blog, questions that fold.

Without them, whatever is in a box below the article and goes on about something else would look like another
page's text (``training.foreign_text``). All choices follow from the page's name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from copydesk.cleaners.types import Block, Kind, Label, PathStep
from training.pages import Example
from training.variants import seeded

_LEAST_PARAGRAPHS = 4  # two are left where they were
_LIVE = 0.5  # share of such pages with entries; the others have questions
_BOXES = ("section", "div", "div", "ul", "")
_ENTRIES = ("section", "div", "article", "li", "details")
_OUTER_WORDS, _ENTRY_WORDS = (
    ("", "", "faq", "accordion", "live feed"),
    ("", "", "item", "entry", "accordion item"),
)
_QUESTION_WORDS = (3, 8)  # of a paragraph, from which its question is made
_HEADING_TAGS = ("h2", "h3", "h4", "summary", "button")
_NUMBERS = 60_000_000  # beyond those of any page, and of other variants

_Judged = tuple[Block, Label | None, bool | None]


def with_own_sections(page: Example) -> Example:
    """The page with the later half of its paragraphs in boxes of their own; as it is where there are few."""
    chance = seeded(page, "own sections")
    own = [at for at, keep in enumerate(page.keep) if keep and page.blocks[at].kind is Kind.PARAGRAPH]
    if len(own) < _LEAST_PARAGRAPHS or not page.blocks[own[0]].path:
        return page
    later = own[len(own) // 2 :]
    outer = _box(page.blocks[later[0]].path[:-1], chance)
    entry, words = chance.choice(_ENTRIES), chance.choice(_ENTRY_WORDS)
    is_live = chance.random() < _LIVE
    judged: list[_Judged] = []
    for at, (block, label) in enumerate(zip(page.blocks, page.labels, strict=True)):
        if at not in later:
            judged.append((block, label, page.keep[at]))
            continue
        path = (*outer, PathStep(_NUMBERS + 2 * at, entry, words))
        head = _stamp(at, path) if is_live else _question(block, at, path, label, chance)
        judged += [*head, (block.replace(path=(*path, *block.path[-1:])), label, True)]
    return _page_of(page, judged)


def _box(path: Sequence[PathStep], chance: random.Random) -> tuple[PathStep, ...]:
    tag = chance.choice(_BOXES)
    return (*path, PathStep(_NUMBERS - 1, tag, chance.choice(_OUTER_WORDS))) if tag else tuple(path)


def _stamp(at: int, path: tuple[PathStep, ...]) -> Iterator[_Judged]:
    """When an entry was written; some sites' truths have it, some have not."""
    step = PathStep(_NUMBERS + 2 * at + 1, "time", "")
    yield Block(0, Kind.PARAGRAPH, f"{6 + at % 12:02}:{7 * at % 60:02}", (*path, step)), None, None


def _question(
    block: Block, at: int, path: tuple[PathStep, ...], label: Label | None, chance: random.Random
) -> Iterator[_Judged]:
    """A heading with a question, made of the paragraph's own words."""
    question = " ".join(block.text.split()[slice(*_QUESTION_WORDS)])
    if question:
        tag = chance.choice(_HEADING_TAGS)
        step = PathStep(_NUMBERS + 2 * at + 1, tag, "")
        is_heading = tag.startswith("h")
        head = Block(
            0,
            Kind.HEADING if is_heading else Kind.PARAGRAPH,
            f"{question[:1].upper()}{question[1:]}?",
            (*path, step),
            level=int(tag[1]) if is_heading else 0,
        )
        yield head, Label.HEADING if label else None, True


def _page_of(page: Example, judged: Sequence[_Judged]) -> Example:
    return replace(
        page,
        blocks=tuple(block.replace(index=index) for index, (block, _, _) in enumerate(judged)),
        labels=tuple(label for _, label, _ in judged),
        keep=tuple(keep for _, _, keep in judged),
    )
