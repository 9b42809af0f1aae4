"""Pages with text of another page below their own article: a second article, or what is below that one.

Wherever sites put such text: in the article's own container or beside it, in an element of its own or in none, with
its headline and byline or without, shown or concealed. Only its origin separates it from the article. All
choices follow from the page's name.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from msgspec import structs

from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep
from training.pages import Example
from training.variants import at_home, seeded, site_linked

_LEAST_BLOCKS = 3  # of an article, its own and the other: fewer show no container
_CONTAINER_SHARE = 0.8  # of the paragraphs; one or two are elsewhere on many pages
_SIZES = (3, 6, 12, 60)  # blocks of a second article: cut off by a button, or whole
_HEADED, _SIGNED, _WITHIN, _AS_IT_WAS, _NAMED, _CONCEALED = 0.75, 0.6, 0.4, 0.6, 0.5, 0.08
"""Shares of second articles: with their headline; of these with what is below it; in the article's container; with
the other page's elements around each block; of wrappers that have a class; that no reader sees. Set by hand.
"""
_MOST_BELOW_HEADLINE = 8
_WRAPPERS = ("article", "div", "section", "like its own", "")
_PAGE_TAGS = ("html", "body", "main")  # a page has one of them
_SMALL_PRINT = frozenset({Label.AUTHOR_BIO, Label.OTHER, Label.SOURCE_NOTE, Label.COPYRIGHT}) - KEPT
_SMALL_PRINT_CHARS, _MOST_SMALL_PRINT = 100, 3
_TEXTS = (Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE)
_NUMBERS = 50_000_000  # beyond those of any page, and of other variants


def with_second_article(page: Example, other: Example) -> Example:
    """The page with another page's article below its own; the page as it is where either has next to none."""
    container = _container(page)
    if not container or min(len(_kept(page)), len(_kept(other))) < _LEAST_BLOCKS:
        return page
    chance = seeded(page, "second article")
    chosen = _article(other, chance)
    is_within = len(container) == 1 or chance.random() < _WITHIN
    if is_within:
        outer, border = container, _kept(page)[-1] + 1
    else:
        inside = [at for at, block in enumerate(page.blocks) if block.path[: len(container)] == container]
        outer, border = container[:-1], inside[-1] + 1
    outer = (*outer, *_wrapper(container[-1], chosen, chance))
    is_hidden = chance.random() < _CONCEALED
    blocks = [
        block.replace(path=(*outer, *inner), gap=min(block.gap, 1), is_hidden=block.is_hidden or is_hidden)
        for block, inner in zip(chosen, _inner(chosen, chance), strict=True)
    ]
    return _inserted(page, border, blocks, [Label.RELATED] * len(blocks))


def with_small_print(page: Example, other: Example) -> Example:
    """The page with what another one has on its author or itself right below the last paragraph; the page as it is
    where there is nothing of the kind.
    """
    chance = seeded(page, "small print")
    paragraphs = [at for at in _kept(page) if page.blocks[at].kind is Kind.PARAGRAPH]
    found = [at for at, block in enumerate(other.blocks) if _is_small_print(block, other.labels[at])]
    if len(paragraphs) < _LEAST_BLOCKS or not found:
        return page
    start = chance.randrange(len(found))
    chosen = found[start : start + _MOST_SMALL_PRINT]
    own = page.blocks[paragraphs[-1]].path
    levels = chance.choice((0, 1, 2))  # of the other page's elements; 0: in ones like the paragraph's
    blocks, site = [], site_linked(other)
    for number, at in enumerate(chosen):
        block = at_home(other.blocks[at], site)
        steps = (
            block.path[-levels:]
            if levels
            else tuple(structs.replace(step, number=number) for step in own[-1:])
        )
        blocks.append(block.replace(path=(*own[:-1], *_moved(steps)), gap=min(block.gap, 1)))
    return _inserted(page, paragraphs[-1] + 1, blocks, [other.labels[at] for at in chosen])


def _kept(page: Example) -> list[int]:
    return [at for at, keep in enumerate(page.keep) if keep]


def _container(page: Example) -> tuple[PathStep, ...]:
    """The path to the lowest element around nearly all of the article's paragraphs."""
    paths = [page.blocks[at].path for at in _kept(page) if page.blocks[at].kind is Kind.PARAGRAPH]
    # the last step is the paragraph's own element
    held = Counter(path[:depth] for path in paths for depth in range(1, len(path)))
    around = [path for path, count in held.items() if count >= max(2, _CONTAINER_SHARE * len(paths))]
    return max(around, key=len, default=())


def _article(other: Example, chance: random.Random) -> list[Block]:
    """The beginning of the other page's article, with its headline, and with what is between the two."""
    own = _kept(other)
    chosen = own[: chance.choice(_SIZES)]
    first = own[0]
    headlines = [at for at in range(first) if _is_headline(other.blocks[at])]
    if chance.random() < _HEADED and headlines:
        is_signed = first - headlines[-1] <= _MOST_BELOW_HEADLINE and chance.random() < _SIGNED
        chosen = [*(range(headlines[-1], first) if is_signed else headlines[-1:]), *chosen]
    elif _is_headline(other.blocks[first]):
        chosen = chosen[1:]
    site = site_linked(other)
    return [at_home(other.blocks[at], site) for at in chosen]


def _is_headline(block: Block) -> bool:
    return block.kind is Kind.HEADING and block.level == 1


def _wrapper(like: PathStep, chosen: Sequence[Block], chance: random.Random) -> tuple[PathStep, ...]:
    """The element around a second article: one like the container of the page's own, another, or none."""
    tag = chance.choice(_WRAPPERS)
    if not tag:
        return ()
    if tag == "like its own":
        return (PathStep(_NUMBERS - 1, "div" if like.tag in _PAGE_TAGS else like.tag, like.words),)
    named = (like.words, chosen[0].path[-1].words if chosen[0].path else "")
    return (PathStep(_NUMBERS - 1, tag, chance.choice(named) if chance.random() < _NAMED else ""),)


def _inner(chosen: Sequence[Block], chance: random.Random) -> list[tuple[PathStep, ...]]:
    """The elements of the other page around each block: from the lowest around all paragraphs down, or without that."""
    paths = [block.path for block in chosen if block.kind is Kind.PARAGRAPH] or [chosen[0].path]
    steps = zip(*paths, strict=False)
    shared = tuple(step for step, *_ in takewhile(lambda some: len(set(some)) == 1, steps))
    level = max(0, len(shared) - (chance.random() < _AS_IT_WAS))
    inner = []
    for block in chosen:
        is_within = block.path[: len(shared)] == shared
        own = block.path[level:] if is_within else block.path[-1:]
        # a headline that nothing encloses, or text right in the shared element, has no element of its own left
        inner.append(_moved([step for step in own if step.tag not in (*_PAGE_TAGS, "article")]))
    return inner


def _moved(steps: Sequence[PathStep]) -> tuple[PathStep, ...]:
    """Elements as others: those of another page, whose numbers would be those of this one's."""
    return tuple(structs.replace(step, number=step.number + _NUMBERS) for step in steps)


def _is_small_print(block: Block, label: Label | None) -> bool:
    return label in _SMALL_PRINT and len(block.raw) >= _SMALL_PRINT_CHARS and block.kind in _TEXTS


def _inserted(page: Example, border: int, blocks: Sequence[Block], labels: Sequence[Label | None]) -> Example:
    """The page with blocks that are not the article's at ``border``; labelled where its own are."""
    is_labelled = any(label is not None for label in page.labels)
    every = (*page.blocks[:border], *blocks, *page.blocks[border:])
    return replace(
        page,
        blocks=tuple(block.replace(index=index) for index, block in enumerate(every)),
        labels=(
            *page.labels[:border],
            *(label if is_labelled else None for label in labels),
            *page.labels[border:],
        ),
        keep=(*page.keep[:border], *(False for _ in blocks), *page.keep[border:]),
    )
