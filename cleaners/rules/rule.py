"""The type of rules, and their context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.types import KEPT, Label, Verdict


class RuleContext(MemoizedStruct, frozen=True, dict=True):
    """All that a rule may look at.

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
        return frozenset([at for at, verdict in enumerate(self.verdicts) if verdict.label in KEPT])

    @cached_property
    def kept_in_order(self) -> tuple[int, ...]:
        """The same in the page's order."""
        return tuple(sorted(self.kept_by_now))

    @cached_property
    def headlines(self) -> tuple[int, ...]:
        """The blocks that say the headline and nothing else, in order."""
        letters, title = self.page.table.letters, self.title_letters
        if not title or title not in letters:
            return ()
        return tuple([at for at, one in enumerate(letters) if one == title])

    def next(self, verdicts: Sequence[Verdict]) -> RuleContext:
        """The context of the next rule on the same page, with the verdicts that hold by now."""
        return replace(self, verdicts=verdicts)


class Rule(Struct, frozen=True):
    """One reason to give blocks a label.

    ``find`` gives the evidence in words by the number of the block. It looks at the page once, at columns of its
    table, and passes over a page without what it looks for after a cheap test. ``over``: the labels that the rule
    overrules; None: all. In context a rule gives its own label once more only where ``over`` names that.
    """

    id: str
    label: Label
    why: str
    find: Callable[[RuleContext], Mapping[int, str]]
    over: Set[Label] | None = None

    def verdicts(self, found: Mapping[int, str], context: RuleContext) -> Mapping[int, Verdict]:
        """What the rule says of the blocks it ``found``, by their number."""
        over = self.over
        return {
            at: Verdict(self.label, self.id, evidence)
            for at, evidence in found.items()
            if over is None or context.verdicts[at].label in over
        }


def rule(
    id_: str, label: Label, why: str, over: Set[Label] | None = None
) -> Callable[[Callable[[RuleContext], Mapping[int, str]]], Rule]:
    """Makes a rule of the function that finds its blocks."""
    return lambda find: Rule(id_, label, why, find, over)
