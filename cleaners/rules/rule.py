"""What a rule is, and all it may look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.types import KEPT, Block, Label, Verdict


class RuleContext(MemoizedStruct, frozen=True, dict=True):
    """A pass over the blocks of a page: all that a rule may look at besides its block.

    ``judged``: the page with its learned judgement, the same in every pass of a labelling. ``title``: the
    headline as far as it is known, or ``""``. ``verdicts``: those that hold so far.

    What ``memoized`` keeps here may ask the verdicts: the next pass knows nothing of it. What does not ask them is
    found once about ``judged`` or its ``page``.
    """

    judged: JudgedPage
    title: str
    verdicts: Sequence[Verdict]

    @property
    def page(self) -> PageFacts:
        return self.judged.page

    @cached_property
    def title_letters(self) -> str:
        """The headline as compared (``text_forms.letters``)."""
        return text_forms.letters(self.title)

    @cached_property
    def labels(self) -> frozenset[Label]:
        """The labels among the verdicts."""
        return frozenset([verdict.label for verdict in self.verdicts])

    @cached_property
    def kept_by_now(self) -> frozenset[int]:
        """The blocks whose verdicts so far keep them."""
        return frozenset(at for at, verdict in enumerate(self.verdicts) if verdict.label in KEPT)

    def is_headline(self, block: Block) -> bool:
        """Whether a block says the headline and nothing else."""
        return bool(self.title_letters) and self.page.letters[block.index] == self.title_letters

    def next(self, verdicts: Sequence[Verdict]) -> RuleContext:
        """The next pass over the same page, with the verdicts that hold by now."""
        return replace(self, verdicts=verdicts)


class Rule(Struct, frozen=True):
    """One reason to give a block a label. ``find`` returns the evidence in words, or None.

    ``among``: the blocks of a page the rule need be asked about, cheaply told; most rules concern few.
    """

    id: str
    label: Label
    why: str
    find: Callable[[Block, RuleContext], str | None]
    among: Callable[[RuleContext], Collection[int]]


def kept(context: RuleContext) -> Set[int]:
    """The blocks the learned judgement keeps."""
    return context.judged.kept


def kept_by_now(context: RuleContext) -> Set[int]:
    """The blocks whose verdicts so far keep them."""
    return context.kept_by_now


def kept_lines(context: RuleContext) -> Collection[int]:
    """The blocks the learned judgement keeps, of flattened text; of pages with tags none."""
    return () if context.page.is_html else kept(context)


def kept_lines_by_now(context: RuleContext) -> Collection[int]:
    """The blocks whose verdicts so far keep them, of flattened text; of pages with tags none."""
    return () if context.page.is_html else context.kept_by_now


def with_phrases(context: RuleContext) -> Collection[int]:
    """The blocks in which a phrase was found."""
    return context.page.with_phrases


def vague(context: RuleContext) -> Set[int]:
    """The blocks that are not kept and might be several things."""
    return context.judged.vague
