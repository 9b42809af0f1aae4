"""What a rule is, and all it may look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.types import KEPT, Block, Label, Metadata, Verdict
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.classifier import Wordings, packaged_wordings

_Found = TypeVar("_Found")


class Learned(NamedTuple):
    """What the learned judgement makes of one block, and why in words."""

    label: Label
    share: float
    """How likely it is the label, 0 to 1, beside the other labels on its side of the decision."""
    evidence: str


class Context(Struct, frozen=True, dict=True):
    """All that a rule may look at besides its block; sequences run parallel to ``blocks``.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``words[i]``: its first words,
    folded. ``keep[i]``: the learned probability that block ``i`` belongs to the article. ``title``: the
    headline as far as it is known, or ``""``, and ``title_letters`` the same as compared. ``learned[i]``:
    what the learned judgement makes of block ``i``. ``is_article_alone``: whether this is plain text with
    nothing on it but an article. ``letters[i]``: block ``i`` as compared (``text_forms.letters``). ``verdicts``:
    those that hold so far, and ``labels`` the labels among them. ``wordings``: gives the judgement of
    wording.

    What ``once`` and ``once_for_all`` found belongs to the context it was found in: ``replace`` gives one
    that knows nothing yet.
    """

    blocks: tuple[Block, ...]
    phrases: Sequence[Mapping[str, PhraseHit]]
    metadata: Metadata
    is_html: bool
    is_article_alone: bool = False
    words: Sequence[Sequence[str]] = ()
    url: str | None = None
    language: str = "und"
    title: str = ""
    title_letters: str = ""
    letters: Sequence[str] = ()
    learned: Sequence[Learned] = ()
    keep: Sequence[float] = ()
    verdicts: Sequence[Verdict] = ()
    labels: frozenset[Label] = frozenset()
    wordings: Callable[[], Wordings] = packaged_wordings

    @cached_property  # of the object, no field of it: ``replace`` leaves it behind
    def _found(self) -> dict[Callable[..., Any], Any]:
        return {}

    @cached_property
    def _found_for_all(self) -> dict[Callable[..., Any], Any]:
        return {}

    def with_verdicts(self, verdicts: Sequence[Verdict]) -> Context:
        """The same page with the verdicts that hold by now."""
        labels = frozenset([verdict.label for verdict in verdicts])
        return self._with_what_was_found(replace(self, verdicts=verdicts, labels=labels))

    def with_title(self, title: str, letters: str) -> Context:
        """The same page with the headline that was found in it."""
        return self._with_what_was_found(replace(self, title=title, title_letters=letters))

    def _with_what_was_found(self, changed: Context) -> Context:
        vars(changed)["_found_for_all"] = self._found_for_all
        return changed

    def once(self, find: Callable[[Context], _Found]) -> _Found:
        """What ``find`` says of the whole page; asked once, since once a block would make long pages slow."""
        return _looked_up(self._found, find, self)

    def once_for_all(self, find: Callable[[Context], _Found]) -> _Found:
        """The same for what neither a verdict nor the headline changes."""
        return _looked_up(self._found_for_all, find, self)


def _looked_up(
    memo: dict[Callable[..., Any], Any], find: Callable[[Context], _Found], context: Context
) -> _Found:
    if find not in memo:
        memo[find] = find(context)
    found: _Found = memo[find]
    return found


class Rule(Struct, frozen=True):
    """One reason to give a block a label. ``find`` returns the evidence in words, or None.

    ``among``: the blocks of a page the rule need be asked about, cheaply told; most rules concern few.
    """

    id: str
    label: Label
    why: str
    find: Callable[[Block, Context], str | None]
    among: Callable[[Context], Collection[int]]


def kept(context: Context) -> Set[int]:
    """The blocks the learned judgement keeps."""
    return context.once(_kept)


def _kept(context: Context) -> frozenset[int]:
    return frozenset(at for at, learned in enumerate(context.learned) if learned.label in KEPT)


def kept_by_now(context: Context) -> Set[int]:
    """The blocks whose verdicts so far keep them."""
    return context.once(_kept_by_now)


def _kept_by_now(context: Context) -> frozenset[int]:
    return frozenset(at for at, verdict in enumerate(context.verdicts) if verdict.label in KEPT)


def kept_lines(context: Context) -> Collection[int]:
    """The blocks the learned judgement keeps, of flattened text; of pages with tags none."""
    return () if context.is_html else kept(context)


def kept_lines_by_now(context: Context) -> Collection[int]:
    """The blocks whose verdicts so far keep them, of flattened text; of pages with tags none."""
    return () if context.is_html else kept_by_now(context)


SURE_KEEP, SURE_WORDS = 0.95, 30
"""Learned probability and number of words from which a block is an article's paragraph, whatever its words
may also say: of 4,114 such blocks on sites unseen a reader leaves out 0.75 %, of those that are shorter or
less sure 10 %.
"""


_SURE_BEGINNING = 8 * SURE_WORDS  # letters


def is_sure_of(block: Block, context: Context) -> bool:
    """Whether the learned judgement is so sure of a paragraph that no reading of its words takes it out."""
    if context.keep[block.index] < SURE_KEEP:
        return False
    # nearly all paragraphs have as many at their beginning
    return count_words(block.raw[:_SURE_BEGINNING]) >= SURE_WORDS or count_words(block.text) >= SURE_WORDS


def with_phrases(context: Context) -> Collection[int]:
    """The blocks in which a phrase was found."""
    return context.once(_with_phrases)


def _with_phrases(context: Context) -> frozenset[int]:
    return frozenset(at for at, hits in enumerate(context.phrases) if hits)


VAGUE_SHARE = 0.7
"""Share of the likeliest label below which the learned judgement is not sure what a removed block is."""


def vague(context: Context) -> Set[int]:
    """The blocks that are not kept and might be several things."""
    return context.once(_vague)


def _vague(context: Context) -> frozenset[int]:
    return _removed_below(VAGUE_SHARE, context)


NAMELESS_SHARE = 0.4
"""The same, below which a single word names a block better: where a phrase that is the whole block says
another name on sites unseen, a reader agrees with 32 of them and with 16 of the learned names; above it with
64 and 89.
"""


def nameless(context: Context) -> Set[int]:
    """The blocks that are not kept and might be anything."""
    return context.once(_nameless)


def _nameless(context: Context) -> frozenset[int]:
    return _removed_below(NAMELESS_SHARE, context)


def _removed_below(share: float, context: Context) -> frozenset[int]:
    return frozenset(
        at
        for at, learned in enumerate(context.learned)
        if learned.share < share and learned.label not in KEPT
    )
