"""Posts of a thread: siblings of one shape, each with a text of its own and a short line that says who wrote it, or
when. Names of elements differ from board to board; this does not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from copydesk.cleaners.judge.link_features import read_target
from copydesk.cleaners.page_kind.cards import NUMBERED
from copydesk.cleaners.page_kind.page_evidence import is_prose
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind, Labelled

_MIN_POSTS = 2
_MIN_SENTENCE = 20  # characters of one that is a post by itself, in threads of short answers
_MIN_SIGNED = 0.75  # share of posts with a name or a date; a post within a post has none
_MIN_SHARE = 0.5  # of the page's prose; below an article that is longer they are comments on it
_MAX_LINKED = 0.4  # share of a text's characters
_MAX_SIGNATURE = 60  # characters of a name, a date, a rank
_MIN_HEADLINE = 20  # characters of a link to another article; names of users are shorter
_LINES: Final = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM})
_NO_TEXT: Final = frozenset({Kind.TITLE, Kind.CONTROL})

_Group = tuple[int, str, str]  # the element that holds siblings, and what they look like


def count_posts(labelled: Sequence[Labelled], url: str | None) -> int:
    """How many posts of one shape, two or more, hold most of the text of the page at ``url``; 0 where none do."""
    prose: defaultdict[_Group, Counter[int]] = defaultdict(Counter)
    signed: defaultdict[_Group, set[int]] = defaultdict(set)
    teasers: defaultdict[_Group, set[int]] = defaultdict(set)
    here = read_target(url or "").path
    size = 0
    for item in labelled:
        block = item.block
        if block.is_hidden or block.kind in _NO_TEXT:
            continue
        is_post = is_text(block)
        size += len(block.raw) * is_post
        for above, step in pairwise(block.path):
            group = above.number, step.tag, NUMBERED.sub("", step.words)
            if is_post:
                prose[group][step.number] += len(block.raw)
            elif _leads_elsewhere(block, here):
                teasers[group].add(step.number)
            elif block.kind in _LINES and len(block.raw) <= _MAX_SIGNATURE:
                signed[group].add(step.number)
    found = [
        (posts.total(), len(posts))
        for group, posts in prose.items()
        if len(posts) >= _MIN_POSTS
        and len(posts.keys() & signed[group]) >= _MIN_SIGNED * len(posts)
        and len(posts.keys() & teasers[group]) < _MIN_SIGNED * len(posts)
    ]
    most, count = max(found, default=(0, 0))
    return count if most >= _MIN_SHARE * size else 0


def is_text(block: Block) -> bool:
    """Whether a block may be the text of a post: prose, or a sentence."""
    is_sentence = len(block.raw) >= _MIN_SENTENCE and ends_sentence(block.text)
    return (is_sentence or is_prose(block.raw)) and block.link_chars < _MAX_LINKED * len(block.raw)


def _leads_elsewhere(block: Block, here: str) -> bool:
    """Whether a block is the headline of another page: boards link a post's to the thread itself."""
    return (
        len(block.raw) >= _MIN_HEADLINE
        and block.link_chars >= (1 - _MAX_LINKED) * len(block.raw)
        and bool(block.link_url)
        and read_target(block.link_url).path not in ("", here)
    )
