"""Questions with their answers: what the page declares as such, and what is under a heading that says so.

Words of headings stand in the language files under ``faq.section``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import takewhile

from copydesk.cleaners.rules.parts.elements import (
    is_heading,
    outermost,
    rank,
)
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, WRITTEN, Block, Kind, Label

_MARKS = ("?", "？", "؟", "⸮")
# what pages put behind a question to be pressed: "Who winds it? +"
_BEHIND = " +-–—▾▼▽⌄›»*\"'”’»)]"
_MIN_ANSWER_LETTERS = 12  # a shorter text is in many answers by chance; set by hand
# set by hand: a longer line that says so is a sentence about questions
_MAX_HEADING_CHARS = 120


def is_question(block: Block) -> bool:
    """Whether a block ends as questions do."""
    return block.text.rstrip(_BEHIND).endswith(_MARKS)


@rule("faq.section", Label.FAQ, "A heading says that questions and answers follow.", over=WRITTEN)
def sections(context: RuleContext) -> Mapping[int, str]:
    """Blocks under a heading that says that questions follow."""
    found: dict[int, str] = {}
    hits = context.page.hits.get("faq.section", {})
    heads = [at for at in hits if _can_head(context, at)]
    for at in heads:
        if at in found:
            continue
        head = context.page.table.blocks[at]
        below = _up_to_last_question(context, [*_until_heading(context, head, heads)])
        if below:
            hit = hits[at]
            evidence = f"under {head.text!r}: {hit.mode} ({hit.language}): {hit.phrase!r}"
            found |= dict.fromkeys((at, *below), evidence)
    return found


def _up_to_last_question(context: RuleContext, below: Sequence[int]) -> Sequence[int]:
    """What of these blocks belongs to the questions among them: behind the last one, what is in the element that
    holds them all. Nothing where none asks anything.
    """
    table = context.page.table
    questions = [at for at in below if is_question(table.blocks[at])]
    if not questions:
        return ()
    # of a single one, and of lines, the page holds all
    paths = [{step.number for step in table.blocks[at].path} for at in questions]
    held = max(set.intersection(*paths), default=0) if len(paths) > 1 else 0
    return [at for at in below if at <= questions[-1] or not held or at in table.spans[held]]


def _can_head(context: RuleContext, at: int) -> bool:
    """Whether a block that says that questions follow can be a heading."""
    block, hit = context.page.table.blocks[at], context.page.phrases[at]["faq.section"]
    if len(block.text) > _MAX_HEADING_CHARS or block.link_chars > len(block.raw) / 2:
        return False
    # a line set bold is a heading to readers, where it says nothing else
    return is_heading(context, block) or (hit.mode == "whole" and block.kind is Kind.PARAGRAPH)


def _until_heading(context: RuleContext, head: Block, heads: Container[int]) -> Iterator[int]:
    """The kept blocks behind one, up to a heading of its rank or above that asks nothing, or one of ``heads``."""
    least, kept = rank(head), context.kept_in_order
    for at in kept[bisect_right(kept, head.index) :]:
        block = context.page.table.blocks[at]
        if at in heads and rank(block) <= least:
            return
        if is_heading(context, block) and rank(block) <= least and not is_question(block):
            return
        yield at


@rule("faq.declared", Label.FAQ, "The page declares its questions and answers (JSON-LD).", over=WRITTEN)
def declared(context: RuleContext) -> Mapping[int, str]:
    """Questions that JSON-LD declares, and what follows each as far as the answers say it."""
    parts = context.page.parts
    if not parts.questions:
        return {}
    letters = context.page.table.letters
    questions = dict.fromkeys(at for at in context.kept_in_order if letters[at] in parts.questions)
    found: dict[int, str] = {}
    for at in questions:
        question = context.page.table.blocks[at]
        below = [*takewhile(lambda one: one not in questions, _until_heading(context, question, ()))]
        answered = [
            place
            for place, one in enumerate(below)
            if len(letters[one]) >= _MIN_ANSWER_LETTERS and letters[one] in parts.answers
        ]
        found[at] = "a question of the page's FAQPage"
        answer = below[: answered[-1] + 1] if answered else ()
        found |= dict.fromkeys(answer, f"answers {question.text!r} of the page's FAQPage")
    return found


def _is_named_after_questions(words: str, _tag: str) -> bool:
    # "faq-item", "schema-faqs", "rank-math-faq", but not "faqir"
    return not {"faq", "faqs"}.isdisjoint(words.replace("_", " ").replace("-", " ").split())


@rule("faq.element", Label.FAQ, "Elements are named after the questions that they hold.", over=WRITTEN)
def named(context: RuleContext) -> Mapping[int, str]:
    """Elements named after frequent questions that hold more than one."""
    named = context.page.table.elements_where(_is_named_after_questions, ("faq",))
    if not named:
        return {}
    elements = outermost(context, named)
    asked = {at for one in elements for at in one.blocks if is_question(context.page.table.blocks[at])}
    return {
        at: f"in {element.step.tag} {element.step.words!r}"
        for element in elements
        if not asked.isdisjoint(element.blocks)
        for at in element.blocks
    }


@rule("faq.heading", Label.FAQ, "The heading of questions in the text is in the text.")
def heading(context: RuleContext) -> Mapping[int, str]:
    """What menus say, too, is a heading where a question of the text follows at once."""
    kept, blocks = context.kept_by_now, context.page.table.blocks
    return {
        at: f"a question follows; {hit.mode} ({hit.language}): {hit.phrase!r}"
        for at, hit in context.page.hits.get("faq.section", {}).items()
        if at not in kept
        and at + 1 in kept
        and not blocks[at].is_hidden
        # by the learned judgement, or as the word of a menu; what rules say else is better founded
        and (context.judged.labels[at] not in KEPT or context.verdicts[at].label is Label.NAV)
        and is_question(blocks[at + 1])
        and _can_head(context, at)
    }


CONTEXT = (heading, declared, named, sections)
