"""Rules that ask what the words of a block say, as `worded` has read them: residue that stands in plain paragraphs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.rules.rule import Pass, Rule
from copydesk.cleaners.rules.structure import dialog_around
from copydesk.cleaners.rules.worded import worded
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.classifier import Worded, own_shares, telling

OWN = 0.8
"""How likely (0 to 1) a block is the article's by its words, from which it is kept against the learned judgement."""
DOUBTFUL = 0.2
"""Learned probability below which it is not asked. From 0.1 to 0.2 it kept 48 blocks on sites unseen, mostly headings
of boxes ("Pros", "Specifications"): 12 pages were better for them, 17 worse (`python -m benchmarks.rule_record`).
"""
_SEEN_BETTER = frozenset({Label.TITLE, Label.NAV, Label.PAYWALL})  # where they stand tells these better
_SURE_BESIDE = 0.8
_FEW_LINES = 10  # of flattened text, too few for measures of what stands around
_MIN_OWN_CHARS, _MAX_OWN_CHARS = 2, 200


def _own(context: Pass) -> dict[int, float]:
    """Plain blocks that the learned judgement left out where measures tell little, and that say nothing a
    site says: how likely they are the article's own by their words, for those that probably are.
    """
    least = 0.0 if _has_few_lines(context.page) else DOUBTFUL
    asked = [
        block
        for block, keep in zip(context.page.blocks, context.judged.keep, strict=True)
        if least <= keep < context.judged.keep_at and _is_doubtful(block, context)
    ]
    shares = own_shares([block.text for block in asked], context.page.language, context.judged.wordings())
    return {block.index: share for block, share in zip(asked, shares, strict=True) if share >= OWN}


def _is_doubtful(block: Block, context: Pass) -> bool:
    """Whether a block that is left out may have been so in error: a short line beside the text, a sentence of
    a text of few lines.
    """
    if context.judged.learned[block.index].label in KEPT:
        return False
    if (
        block.kind is not Kind.PARAGRAPH
        or block.is_hidden
        or block.link_chars
        or context.page.phrases[block.index]
    ):
        return False
    if context.is_headline(block) or dialog_around(block, context.judged) is not None:
        return False
    if _has_few_lines(context.page):
        return ends_sentence(block.text)
    return (
        context.judged.learned[block.index].label not in _SEEN_BETTER
        and _MIN_OWN_CHARS <= len(block.raw) <= _MAX_OWN_CHARS
        and _is_beside_text(block, context.judged)
    )


def _has_few_lines(page: PageFacts) -> bool:
    return not page.is_html and len(page.blocks) <= _FEW_LINES


def _is_beside_text(block: Block, context: JudgedPage) -> bool:
    """Whether the block before or after is surely of the article."""
    return any(
        0 <= at < len(context.page.blocks)
        and context.learned[at].label in KEPT
        and context.keep[at] > _SURE_BESIDE
        for at in (block.index - 1, block.index + 1)
    )


def _find_own(block: Block, context: Pass) -> str | None:
    share = context.once(_own).get(block.index)
    return None if share is None else f"by its words part of the article ({share:.2f})"


def _off_headline(context: Pass) -> dict[int, Worded]:
    """What blocks are by their words, but for the headline, which stays whatever it says."""
    return {
        at: found
        for at, found in worded(context.judged).items()
        if not context.is_headline(context.page.blocks[at])
    }


def _find(block: Block, context: Pass) -> str | None:
    found = context.once(_off_headline).get(block.index)
    if found is None:
        return None
    words = ", ".join(telling(block.text, found.label, context.judged.wordings()))
    return f"by its words{f' ({words})' if words else ''} no part of the article (log-odds {found.odds:.1f})"


def _rule(rule_id: str, label: Label, why: str) -> Rule:
    def among(context: Pass) -> Collection[int]:
        found = context.once(_off_headline)
        return [at for at, one in found.items() if _name_of(one, context.page.phrases[at]) is label]

    return Rule(rule_id, label, why, _find, among)


def _name_of(found: Worded, phrases: Mapping[str, PhraseHit]) -> Label:
    """What a block is called that its words take out. Source notes have their name where a cue says so, too: they are
    read for where the text was published.
    """
    if found.label is Label.SOURCE_NOTE and not (found.is_cued or "wording.source-note" in phrases):
        return Label.OTHER
    # phrases tell topics from menus, whose words are the same
    return Label.TAGS if found.label is Label.NAV and "wording.tags" in phrases else found.label


KEEPING: tuple[Rule, ...] = (
    Rule(
        "worded.own",
        Label.PARAGRAPH,
        "What stands beside the text or in a text of few lines, and says nothing a site says, is part of the article.",
        _find_own,
        lambda context: context.once(_own),
    ),
)
"""Asked of every block: they keep."""

KEPT_ALONE: tuple[Rule, ...] = (
    _rule(
        "residue.source-note",
        Label.SOURCE_NOTE,
        "A line that only names where the piece comes from is provenance.",
    ),
    _rule("worded.ad", Label.AD, "What sells or is paid for interrupts the text."),
    _rule("worded.related", Label.RELATED, "Pointers to other articles are not part of this one."),
    _rule("worded.newsletter", Label.NEWSLETTER, "Requests for an address are the site's advertising."),
    _rule("worded.social", Label.SOCIAL, "Requests to share and follow are the site's, not the author's."),
    _rule("worded.comment-form", Label.COMMENT_FORM, "Invitations and rules for comments are the site's."),
    _rule("worded.author-bio", Label.AUTHOR_BIO, "Who the author is belongs to the authors."),
    _rule("worded.cookie", Label.COOKIE, "Consent notices speak of the site, not of the subject."),
    _rule(
        "worded.paywall", Label.PAYWALL, "Requests to subscribe tell that text is missing; they are not text."
    ),
    _rule("worded.copyright", Label.COPYRIGHT, "Rights notices fill the licence field, not the text."),
    _rule("worded.nav", Label.NAV, "Words of menus and paging lead through the site."),
    _rule("worded.caption", Label.CAPTION, "What describes a picture or credits it belongs to the picture."),
    _rule("worded.byline", Label.BYLINE, "Author, date and reading time have fields of their own."),
    _rule(
        "worded.dateline",
        Label.DATELINE,
        "Where and when a text was filed is no sentence of it, but stays in it.",
    ),
)
"""Asked of blocks that would be kept: what a site puts between the paragraphs."""
