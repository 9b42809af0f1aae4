"""The type of rules, their context, and the usual preselections of blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.types import KEPT, Block, Label, Verdict


class RuleContext(MemoizedStruct, frozen=True, dict=True):
    """All that a rule may look at besides its block.

    ``judged``: the page with its learned judgement, the same for all rules. ``title``: the headline as far as it is
    known, or ``""``. ``verdicts``: those that hold so far.

    What is memoized here may depend on the verdicts and is not known in the next context. What does not is found
    once about ``judged`` or its ``page``.
    """

    judged: JudgedPage
    title: str
    verdicts: Sequence[Verdict]

    @cached_property
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

    @cached_property
    def kept_in_order(self) -> tuple[int, ...]:
        """The same in the page's order."""
        return tuple(sorted(self.kept_by_now))

    @cached_property
    def headline_at(self) -> int:
        """The number of the block that is the headline; where there is none, the number of blocks."""
        letters = self.page.table.letters
        return letters.index(self.title_letters) if self.title_letters in letters else len(letters)

    def is_headline(self, block: Block) -> bool:
        """Whether a block says the headline and nothing else."""
        return bool(self.title_letters) and self.page.table.letters[block.index] == self.title_letters

    def next(self, verdicts: Sequence[Verdict]) -> RuleContext:
        """The context of the next rule on the same page, with the verdicts that hold by now."""
        return replace(self, verdicts=verdicts)


class Rule(Struct, frozen=True):
    """One reason to give a block a label. ``find`` returns the evidence in words, or None.

    ``among``: a cheap preselection of the blocks ``find`` is called with; most rules concern few.
    """

    id: str
    label: Label
    why: str
    find: Callable[[Block, RuleContext], str | None]
    among: Callable[[RuleContext], Collection[int]]


def rule(
    id_: str, label: Label, why: str, among: Callable[[RuleContext], Collection[int]]
) -> Callable[[Callable[[Block, RuleContext], str | None]], Rule]:
    """Makes a rule of a function that looks at a block."""
    return lambda find: Rule(id_, label, why, find, among)


def page_rule(
    id_: str, label: Label, why: str, over: Set[Label] | None = None
) -> Callable[[Callable[[RuleContext], Mapping[int, str]]], Rule]:
    """Makes a rule of a function that looks at a whole page at once: it gives the evidence by the number of the block.

    ``over``: the labels that the rule overrules; None: all.
    """

    def decorate(find_all: Callable[[RuleContext], Mapping[int, str]]) -> Rule:
        def find(block: Block, context: RuleContext) -> str | None:
            return context.memoized(find_all).get(block.index)

        def among(context: RuleContext) -> Collection[int]:
            found = context.memoized(find_all)
            return [at for at in found if over is None or context.verdicts[at].label in over]

        return Rule(id_, label, why, find, among)

    return decorate


def kept(context: RuleContext) -> Set[int]:
    """The blocks the learned judgement keeps."""
    return context.judged.kept


def lines(context: RuleContext) -> Collection[int]:
    """The blocks of flattened text; of pages with tags none."""
    return () if context.page.is_html else range(len(context.page.table.blocks))


def kept_lines(context: RuleContext) -> Collection[int]:
    """The blocks the learned judgement keeps, of flattened text; of pages with tags none."""
    return () if context.page.is_html else kept(context)


def with_phrases(context: RuleContext) -> Collection[int]:
    """The blocks in which a phrase was found."""
    return context.page.with_phrases
