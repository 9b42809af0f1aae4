"""What a rule is, and all it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cleaners.lexicon import PhraseHit
from cleaners.types import Block, Label, Metadata, Verdict


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at besides its block; sequences run parallel to ``blocks``.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``keep[i]``: the learned
    probability that block ``i`` belongs to the article. ``title``: the headline as far as it is known, or
    ``""``. ``elements[i]``: rule ids to the elements around block ``i`` that speak for them. ``letters[i]``: block ``i`` as compared (``normal.letters``). ``verdicts``: those that hold so
    far, and ``labels`` the labels among them.
    """

    blocks: tuple[Block, ...]
    phrases: Sequence[Mapping[str, PhraseHit]]
    metadata: Metadata
    is_html: bool
    url: str | None = None
    language: str = "und"
    title: str = ""
    letters: Sequence[str] = ()
    elements: Sequence[Mapping[str, str]] = ()
    keep: Sequence[float] = ()
    verdicts: Sequence[Verdict] = ()
    labels: frozenset[Label] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to give a block a label. ``find`` returns the evidence in words, or None."""

    id: str
    label: Label
    why: str
    find: Callable[[Block, Context], str | None]
