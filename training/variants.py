"""Pages made from pages: what the sets have too few of.

Each variant is a page of the set changed as real pages differ: a comment thread below the article, the page cut
short, boxes before the article instead of behind it.
All choices follow from the page's name, so that training is reproducible.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, takewhile

from msgspec import structs

from copydesk.cleaners.judge.link_features import own_site, read_target
from copydesk.cleaners.lexicon.words import languages, lexicon
from copydesk.cleaners.rules import phrase_rules
from copydesk.cleaners.sites import domain_of_host
from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep
from training.pages import Example

_MOST_LINES = 4
_LINKED = (Label.RELATED, Label.SOCIAL, Label.TAGS, Label.NAV, Label.NEWSLETTER)
_LEAST_PARAGRAPHS = 4  # of an article, for boxes to be put between them
_MOST_BOXES, _MOST_IN_BOX = 3, 8
_BRIEF_PARAGRAPHS = (1, 1, 2, 2, 3, 4)
_APPENDED = 60  # blocks of another page appended at most


def seeded(page: Example, purpose: str) -> random.Random:
    """Random choices that are the same for the same page and purpose."""
    return random.Random(  # noqa: S311 - no secret
        hashlib.sha256(f"{purpose}:{page.set_name}:{page.name}".encode()).digest()
    )


def cut_short(page: Example) -> Example:
    """The page without its end, or without its beginning."""
    chance = seeded(page, "cut")
    border = chance.randrange(len(page.blocks) // 3, len(page.blocks) + 1)
    kept = range(border) if chance.random() < 0.5 else range(len(page.blocks) - border, len(page.blocks))
    return _take(page, kept)


def as_brief(page: Example) -> Example:
    """The page with the first few paragraphs of its article alone; all else of it stays."""
    paragraphs = [at for at, keep in enumerate(page.keep) if keep and page.blocks[at].kind is Kind.PARAGRAPH]
    count = seeded(page, "brief page").choice(_BRIEF_PARAGRAPHS)
    if len(paragraphs) <= count:
        return page
    end = paragraphs[count]
    places = [at for at, keep in enumerate(page.keep) if at < end or not keep]
    return replace(
        page,
        blocks=tuple(page.blocks[at].replace(index=index) for index, at in enumerate(places)),
        labels=tuple(page.labels[at] for at in places),
        keep=tuple(page.keep[at] for at in places),
    )


def with_cards(page: Example, other: Example) -> Example:
    """The page with another page's cards below its article."""
    last = max((at for at, keep in enumerate(page.keep) if keep), default=len(page.blocks) - 1)
    chosen = [at for at, label in enumerate(other.labels) if label is Label.RELATED][:_APPENDED]
    return _insert(page, other, last + 1, chosen)


def with_comments(page: Example, other: Example) -> Example:
    """The page with another page's comments below its article."""
    last = max((at for at, keep in enumerate(page.keep) if keep), default=len(page.blocks) - 1)
    wanted = (Label.COMMENT, Label.COMMENT_FORM)
    chosen = [at for at, label in enumerate(other.labels) if label in wanted][:_APPENDED]
    return _insert(page, other, last + 1, chosen)


def boxes_first(page: Example) -> Example:
    """The page with what follows the article moved before it."""
    wanted = [at for at, keep in enumerate(page.keep) if keep]
    if not wanted:
        return page
    border = wanted[-1] + 1
    first = wanted[0]
    return _take(page, [*range(first), *range(border, len(page.blocks)), *range(first, border)])


def boxes_within(page: Example) -> Example:
    """The page with boxes from below its article between its paragraphs, where sites put their teasers."""
    chance = seeded(page, "within")
    wanted = [at for at, keep in enumerate(page.keep) if keep]
    left_over = [
        at for at in range(wanted[-1] + 1 if wanted else 0, len(page.blocks)) if page.keep[at] is False
    ]
    if len(wanted) < _LEAST_PARAGRAPHS or not left_over:
        return page
    inserted: dict[int, list[int]] = {}
    for _ in range(chance.randint(1, _MOST_BOXES)):
        start = chance.randrange(len(left_over))
        size = chance.randint(2, _MOST_IN_BOX)
        box, left_over = left_over[start : start + size], left_over[:start] + left_over[start + size :]
        inserted.setdefault(chance.choice(wanted[1:]), []).extend(box)
        if not left_over:
            break
    moved = set(chain.from_iterable(inserted.values()))
    places: list[int] = []
    blocks: list[Block] = []
    for at, block in enumerate(page.blocks):
        box = inserted.get(at, [])
        blocks += _into(block.path[:-1], [page.blocks[place] for place in box])
        places += box
        if at not in moved:
            blocks.append(block)
            places.append(at)
    return replace(
        page,
        blocks=tuple(block.replace(index=index) for index, block in enumerate(blocks)),
        labels=tuple(page.labels[place] for place in places),
        keep=tuple(page.keep[place] for place in places),
    )


def _into(outer: tuple[PathStep, ...], box: Sequence[Block]) -> list[Block]:
    """The blocks as a box inside the elements ``outer``; what holds all of them comes with them."""
    if not box:
        return []
    steps = zip(*(block.path for block in box), strict=False)
    shared = sum(1 for _ in takewhile(lambda step: len(set(step)) == 1, steps))
    return [
        block.replace(
            path=(
                *outer,
                *(
                    structs.replace(step, number=step.number + 40_000_000)
                    for step in block.path[max(0, shared - 1) :]
                ),
            ),
        )
        for block in box
    ]


def with_residue(page: Example, *, language: str) -> Example:
    """The page with lines of the lexicon among its paragraphs, as sites put them there: only their words
    separate them from the article.
    """
    chance = seeded(page, "residue")
    places = [at for at, keep in enumerate(page.keep) if keep and page.blocks[at].kind is Kind.PARAGRAPH]
    lines = lines_of(language) + lines_of("en")
    urls = [block.link_url for block in page.blocks if block.link_url]
    for _ in range(chance.randint(1, _MOST_LINES) if places and lines else 0):
        at = chance.choice(places)
        label, text = chance.choice(lines)
        linked = len(text) * (label in _LINKED and chance.random() < 0.5)
        model = page.blocks[at]
        line = model.replace(
            raw=text,
            path=_beside(model.path, chance.randrange(10**6)),
            link_chars=linked,
            link_url=chance.choice(urls) if linked and urls else "",
        )
        blocks = (*page.blocks[: at + 1], line, *page.blocks[at + 1 :])
        page = replace(
            page,
            blocks=tuple(block.replace(index=index) for index, block in enumerate(blocks)),
            labels=(*page.labels[: at + 1], label if page.labels[at] else None, *page.labels[at + 1 :]),
            keep=(*page.keep[: at + 1], False, *page.keep[at + 1 :]),
        )
        places = [place + (place > at) for place in places]
    return page


@cache
def lines_of(language: str) -> tuple[tuple[Label, str], ...]:
    """(label, text) of the phrases that are a whole block, with a capital, in one language of the lexicon."""
    if language not in languages():
        return ()
    labels = {rule.id: rule.label for rule in phrase_rules.PHRASES}
    return tuple(
        (labels[rule_id], phrase[:1].upper() + phrase[1:])
        for rule_id, modes in lexicon(language).phrases.items()
        if rule_id in labels
        for phrase in modes.get("whole", ())
        if "#" not in phrase
    )


def _beside(path: tuple[PathStep, ...], number: int) -> tuple[PathStep, ...]:
    """The path of a new element beside the last one."""
    return (*path[:-1], structs.replace(path[-1], number=30_000_000 + number)) if path else path


def _take(page: Example, places: Sequence[int]) -> Example:
    """The page with these blocks alone, in this order."""
    shift = 0
    blocks: list[Block] = []
    last = -1
    for number, place in enumerate(places):
        if place < last:  # elements met again are others, as in a page where they come so
            shift += 1_000_000
        last = place
        blocks.append(_renumbered(page.blocks[place], number, shift, keep_outer=2))
    return replace(
        page,
        blocks=tuple(blocks),
        labels=tuple(page.labels[place] for place in places),
        keep=tuple(page.keep[place] for place in places),
    )


def _insert(page: Example, other: Example, border: int, chosen: Sequence[int]) -> Example:
    """The page with blocks of another one at ``border``, labelled as they were."""
    outer = page.blocks[min(border, len(page.blocks) - 1)].path[:2]
    blocks = list(page.blocks[:border])
    site = site_linked(other)
    blocks += [_moved(other.blocks[place], outer, site) for place in chosen]
    blocks += [_renumbered(block, 0, 20_000_000, keep_outer=2) for block in page.blocks[border:]]
    own = [other.labels[place] for place in chosen]
    kept = tuple(None if item is None else item in KEPT for item in own)
    return replace(
        page,
        blocks=tuple(block.replace(index=index) for index, block in enumerate(blocks)),
        labels=(*page.labels[:border], *own, *page.labels[border:]),
        keep=(*page.keep[:border], *(False if item is None else item for item in kept), *page.keep[border:]),
    )


def _moved(block: Block, outer: tuple[PathStep, ...], site: str) -> Block:
    """A block of a page of ``site`` as part of another one."""
    inner = tuple(structs.replace(step, number=step.number + 10_000_000) for step in block.path[2:])
    return at_home(block, site).replace(path=(*outer, *inner), gap=min(block.gap, 1))


def site_linked(page: Example) -> str:
    """The site that a page links to as its own."""
    return own_site([read_target(block.link_url) for block in page.blocks if block.link_url])


def at_home(block: Block, site: str) -> Block:
    """A block of a page of ``site`` as one of another page: links to its own site are links to the new one."""
    target = read_target(block.link_url)
    if not site or domain_of_host(target.host) != site:
        return block
    return block.replace(link_url=f"/{target.path}?{target.query}".rstrip("?"))


def _renumbered(block: Block, index: int, shift: int, *, keep_outer: int) -> Block:
    if not shift:
        return block.replace(index=index)
    path = tuple(
        step if depth < keep_outer else structs.replace(step, number=step.number + shift)
        for depth, step in enumerate(block.path)
    )
    return block.replace(index=index, path=path)
