"""What a rule is, and all it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cleaners.lexicon import PhraseHit
from cleaners.types import Block, Label, Metadata, Verdict

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at besides its block; sequences run parallel to ``blocks``.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``keep[i]``: the learned
    probability that block ``i`` belongs to the article. ``title``: the headline as far as it is known, or
    ``""``, and ``title_letters`` the same as compared. ``elements[i]``: rule ids to the elements around block ``i`` that speak for them.
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
    elements: Sequence[Mapping[str, str]] = ()
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

    ``needs_hit``: the rule looks only at blocks whose ``phrases`` or ``elements`` hold its id; it is not
    asked about others.
    """

    id: str
    label: Label
    why: str
    find: Callable[[Block, Context], str | None]
    needs_hit: bool = False
