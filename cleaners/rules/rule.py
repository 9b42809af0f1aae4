"""What a rule is, and all it may look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from cleaners.lexicon import PhraseHit
from cleaners.types import KEPT, Block, Label, Metadata, Verdict

_Found = TypeVar("_Found")


class Learned(NamedTuple):
    """What the learned judgement makes of one block, and why in words."""

    label: Label
    share: float
    """How likely it is the label, 0 to 1, beside the other labels on its side of the decision."""
    evidence: str


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at besides its block; sequences run parallel to ``blocks``.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``keep[i]``: the learned
    probability that block ``i`` belongs to the article. ``title``: the headline as far as it is known, or
    ``""``, and ``title_letters`` the same as compared. ``learned[i]``: what the learned judgement makes of block ``i``.
    ``letters[i]``: block ``i`` as compared (``normal.letters``). ``verdicts``: those that hold so far, and
    ``labels`` the labels among them.
    """

    blocks: tuple[Block, ...]
    phrases: Sequence[Mapping[str, PhraseHit]]
    metadata: Metadata
    is_html: bool
    url: str | None = None
    language: str = "und"
    title: str = ""
    title_letters: str = ""
    letters: Sequence[str] = ()
    learned: Sequence[Learned] = ()
    keep: Sequence[float] = ()
    verdicts: Sequence[Verdict] = ()
    labels: frozenset[Label] = frozenset()
    _known: dict[Callable[..., Any], Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def once(self, find: Callable[[Context], _Found]) -> _Found:
        """What ``find`` says of the whole page; asked once, since once a block would make long pages slow."""
        if find not in self._known:
            self._known[find] = find(self)
        found: _Found = self._known[find]
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to give a block a label. ``find`` returns the evidence in words, or None.

    ``among``: the blocks of a page the rule need be asked about, cheaply told; most rules concern few.
    """

    id: str
    label: Label
    why: str
    find: Callable[[Block, Context], str | None]
    among: Callable[[Context], Collection[int]]


def kept(context: Context) -> Collection[int]:
    """The blocks the learned judgement keeps."""
    return context.once(_kept)


def _kept(context: Context) -> frozenset[int]:
    return frozenset(at for at, learned in enumerate(context.learned) if learned.label in KEPT)


def kept_lines(context: Context) -> Collection[int]:
    """The blocks the learned judgement keeps, of flattened text; of pages with tags none."""
    return () if context.is_html else kept(context)


def with_phrases(context: Context) -> Collection[int]:
    """The blocks in which a phrase was found."""
    return context.once(_with_phrases)


def _with_phrases(context: Context) -> frozenset[int]:
    return frozenset(at for at, hits in enumerate(context.phrases) if hits)


VAGUE_SHARE = 0.6
"""Share of the likeliest label below which the learned judgement is not sure what a removed block is."""


def vague(context: Context) -> Collection[int]:
    """The blocks that are not kept and might be several things."""
    return [
        at
        for at, learned in enumerate(context.learned)
        if learned.share < VAGUE_SHARE and learned.label not in KEPT
    ]
