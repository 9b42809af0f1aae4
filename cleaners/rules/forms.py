"""Paragraphs of the article in the box of a form that was set into it and never closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from copydesk.cleaners.lexicon.block_phrases import has_phrase
from copydesk.cleaners.rules.classifier_rules import OWN_FROM
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.classifier import own_shares

_MIN_WORDS = 12  # set by hand: a line on what happens to the address has fewer
_MIN_BESIDE = 2  # kept paragraphs beside the box
_MAX_LEVELS = 3  # elements above a form, of which one is the box
_IN_BOXES = frozenset({Label.NEWSLETTER, Label.OTHER, Label.AD, Label.SOCIAL, Label.RELATED, Label.PAYWALL})


@page_rule(
    "structure.below-form",
    Label.PARAGRAPH,
    "What stands below a form as the article's paragraphs stand beside it, and says nothing of the site, is of the text.",
    over=_IN_BOXES,
)
def paragraphs_below_forms(context: RuleContext) -> Mapping[int, str]:
    """Removed sentences below a form, each a paragraph of its own in the form's box with kept paragraphs beside it, if
    all of them are the article's by their words.
    """
    found: dict[int, str] = {}
    if not context.page.is_html or context.labels.isdisjoint(_IN_BOXES):
        return found
    blocks, phrases = context.page.blocks, context.page.phrases
    for members in _below_forms(context):
        if any(has_phrase(phrases[at]) for at in members):
            continue
        shares = own_shares(
            [blocks[at].text for at in members], context.page.language, context.judged.classifier()
        )
        if min(shares) >= OWN_FROM:
            found |= dict.fromkeys(members, f"below a form, by its words of the article ({min(shares):.2f})")
    return found


def _below_forms(context: RuleContext) -> Iterator[list[int]]:
    """The removed sentences below each form in its box."""
    forms = {
        step.number: (block.index, block.path[:at])
        for block in context.page.blocks
        for at, step in enumerate(block.path)
        if step.tag == "form"
    }
    if not forms:
        return
    paragraphs: dict[int, list[int]] = {}
    for block in context.page.blocks:
        if _is_plain(block):
            paragraphs.setdefault(block.path[-2].number, []).append(block.index)
    kept = context.kept_by_now
    for last, above in forms.values():
        for around, box in list(pairwise(above))[: -_MAX_LEVELS - 1 : -1]:
            beside = [at for at in paragraphs.get(around.number, ()) if at in kept]
            members = [at for at in paragraphs.get(box.number, ()) if at not in kept and at > last]
            if box.tag not in WHOLE_PAGE and members and len(beside) >= _MIN_BESIDE:
                yield members
                break


def _is_plain(block: Block) -> bool:
    return (
        block.kind is Kind.PARAGRAPH
        and len(block.path) > 1
        and block.path[-1].tag == "p"
        and not (block.is_hidden or block.link_chars)
        and ends_sentence(block.text)
        and count_words(block.raw) >= _MIN_WORDS
    )


CONTEXT = (paragraphs_below_forms,)
"""Removed paragraphs below forms."""
