"""Questions with their answers: what the page declares as such, and what is under a heading that says so.

Words of headings stand in the language files under ``faq.section``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import takewhile

from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.rules.parts.elements import (
    is_heading,
    outermost,
    rank,
)
from copydesk.cleaners.rules.rule import RuleContext, page_rule, rule, with_phrases
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


@page_rule("faq.section", Label.FAQ, "A heading says that questions and answers follow.", over=WRITTEN)
def sections(context: RuleContext) -> Mapping[int, str]:
    """Blocks under a heading that says that questions follow."""
    found: dict[int, str] = {}
    heads = {at: hit for at in sorted(context.page.with_phrases) if (hit := _heads(context, at)) is not None}
    for at, hit in heads.items():
        if at in found:
            continue
        head = context.page.table.blocks[at]
        below = _up_to_last_question(context, [*_until_heading(context, head, heads)])
        if below:
            evidence = f"under {head.text!r}: {hit.mode} ({hit.language}): {hit.phrase!r}"
            found |= dict.fromkeys((at, *below), evidence)
    return found


def _up_to_last_question(context: RuleContext, below: Sequence[int]) -> Sequence[int]:
    """What of these blocks belongs to the questions among them: behind the last one, what is in the element that
    holds them all. Nothing where none asks anything.
    """
    questions = [at for at in below if is_question(context.page.table.blocks[at])]
    if not questions:
        return ()
    held = _common([context.page.table.blocks[at] for at in questions])
    return [
        at
        for at in below
        if at <= questions[-1]
        or not held
        or any(step.number == held for step in context.page.table.blocks[at].path)
    ]


def _common(blocks: Sequence[Block]) -> int:
    """The number of the innermost element around several blocks; of a single one, and of lines, 0: the page."""
    if len(blocks) < 2:
        return 0
    paths = [tuple(step.number for step in block.path) for block in blocks]
    # what the first and the last in order have in common, all have
    ends = zip(min(paths), max(paths), strict=False)
    return next((one for one, other in [*takewhile(lambda pair: pair[0] == pair[1], ends)][::-1]), 0)


def _heads(context: RuleContext, at: int) -> PhraseHit | None:
    """What of a block says that questions follow, where it can be a heading."""
    block, hit = context.page.table.blocks[at], context.page.phrases[at].get("faq.section")
    if hit is None or len(block.text) > _MAX_HEADING_CHARS or block.link_chars > len(block.raw) / 2:
        return None
    # a line set bold is a heading to readers, where it says nothing else
    can_head = is_heading(context, block) or (hit.mode == "whole" and block.kind is Kind.PARAGRAPH)
    return hit if can_head else None


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


@page_rule("faq.declared", Label.FAQ, "The page declares its questions and answers (JSON-LD).", over=WRITTEN)
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


@page_rule("faq.element", Label.FAQ, "Elements are named after the questions that they hold.", over=WRITTEN)
def named(context: RuleContext) -> Mapping[int, str]:
    """Elements named after frequent questions that hold more than one."""
    named = context.page.table.elements_where(_is_named_after_questions, ("faq",))
    if not named:
        return {}
    counts: Counter[int] = Counter()
    for at in context.kept_by_now:
        block = context.page.table.blocks[at]
        if is_question(block):
            counts.update(step.number for step in block.path if step.number in named)
    return {
        at: f"in {element.step.tag} {element.step.words!r}"
        for element in outermost(context, named)
        if counts[element.step.number]
        for at in element.blocks
    }


@rule("faq.heading", Label.FAQ, "The heading of questions in the text is in the text.", with_phrases)
def heading(block: Block, context: RuleContext) -> str | None:
    """What menus say, too, is a heading where a question of the text follows at once."""
    at = block.index
    # by the learned judgement, or as the word of a menu; what rules say else is better founded
    is_left_out = at not in context.kept_by_now and (
        context.judged.labels[at] not in KEPT or context.verdicts[at].label is Label.NAV
    )
    if block.is_hidden or not is_left_out:
        return None
    hit = _heads(context, at)
    after = context.page.table.blocks[at + 1 : at + 2]
    if hit is None or not any(is_question(one) and one.index in context.kept_by_now for one in after):
        return None
    return f"a question follows; {hit.mode} ({hit.language}): {hit.phrase!r}"


CONTEXT = (heading, declared, named, sections)
