"""Rules that read the words of a short block as a learned judgement does: residue that stands in plain paragraphs.

No list of phrases tells "Save this for later" from "He saved it for later"; see `copydesk.cleaners.wording.classifier`.
Only blocks that would be kept are read, and those of which nothing else tells what they are; and the words
never overrule a learned judgement that is sure of a paragraph. What is found here is taken out of the text;
nothing is claimed from it. How sure the words must be is told by what they take for residue among blocks of
real articles: ``docs/decisions/0009-removal-from-measured-rates.md``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from itertools import accumulate

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.judgement import KEEP_AT
from copydesk.cleaners.lexicon.words import PhraseHit, folded_words
from copydesk.cleaners.residue.ai_notes import tells_of_making
from copydesk.cleaners.residue.inline_marks import as_shown
from copydesk.cleaners.residue.note_words import note_languages
from copydesk.cleaners.rules.admissions.block_admissions import admissions
from copydesk.cleaners.rules.rule import Pass, Rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.classifier import Worded, judge_wordings, own_shares, quick_odds, telling
from copydesk.cleaners.wording.headlines import primary

REMOVED_FROM = 2.0
"""Log-odds, by its words, that a block is none of the article's own, from which it is taken out: of 14,937
blocks that articles keep on sites unseen words take 4 (`python -m benchmarks.wording_rates --fold 0`), of
14,606 real sentences 2.
"""
RESIDUE_FROM = 2.5
"""The same for what sounds like residue: from 2.0 to 2.5 three of 111 published blocks of residue stay, and
five of 47 lines in which articles speak of AI are spared (`python -m benchmarks.openweb real_residue`, the
half that nothing is learned from).
"""
HALF_READ_FROM = 0.5
"""The same where a sentence names a machine and what it did, though it is no note that counts: of 25
published notes that stayed 19 have that much, and of ten lines of articles that are built so none that 2.5
does not take as well (the same half).
"""
SHORT_FROM = 3.0
"""The same for headings, entries of lists, names and dates, which say little: at 2.0 they would be 39 more of
those blocks.
"""
GLANCED_FROM = -0.5
"""Log-odds, by single words, from which a block is read: 97 % of the composed residue that would be taken
out, a quarter of real sentences.
"""
OWN = 0.8
"""How likely (0 to 1) a block is the article's by its words, from which it is kept against the learned judgement."""
DOUBTFUL = 0.1
"""Learned probability below which it is not asked."""
_MAX_CHARS = 1_200
_MIN_CHARS = 6  # "由AI生成" has six
_MAX_READ_CHARS = 40_000  # a page of all worth reading would take a hundred times as long as others
_RESIDUE = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META})
_SEEN_BETTER = frozenset({Label.TITLE, Label.NAV, Label.PAYWALL})  # where they stand tells these better
_SURE_BESIDE = 0.8
_FEW_LINES = 10  # of flattened text, too few for measures of what stands around
_MIN_OWN_CHARS, _MAX_OWN_CHARS = 2, 200
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CONTROL, Kind.QUOTE})


def worded(context: JudgedPage) -> Mapping[int, Worded]:
    """What blocks are by their words, for those that are sure enough where they stand."""
    return context.once(_worded)


def _worded(context: JudgedPage) -> dict[int, Worded]:
    """What was read and is sure enough, but for denials and what is shown as an example, which stay."""
    staying = {at for at, said in admissions(context).items() if said.denials or said.is_shown}
    read = context.once(_read)
    return {
        at: read[at]
        for at, by in beyond(context).items()
        if by >= 0 and at not in staying and not (read[at].is_denial and read[at].label in _RESIDUE)
    }


def beyond(context: JudgedPage) -> dict[int, float]:
    """How far, in log-odds, the words of blocks go beyond what takes them out, for those that were read."""
    read = context.once(_read)
    return {
        at: one.odds - _least(one, context.page.blocks[at], context.page.language) for at, one in read.items()
    }


def _read(context: JudgedPage) -> dict[int, Worded]:
    """What blocks are by their words, of those worth reading that are not rather the article's."""
    asked = _open(context)
    glances = context.wordings().glances(context.page.language)
    read = _most_telling(asked, [quick_odds(_words(block, context), glances) for block in asked])
    found = judge_wordings(
        [as_shown(block.text) for block in read],
        context.page.language,
        [context.page.phrases[block.index] for block in read],
        context.wordings(),
    )
    return {block.index: one for block, one in zip(read, found, strict=True) if one is not None}


def _words(block: Block, context: JudgedPage) -> Sequence[str]:
    """The words of a block as a browser would show them: where links lead says nothing of what a block is."""
    shown = as_shown(block.text)
    return context.page.words[block.index] if shown is block.text else folded_words(shown)


def _least(found: Worded, block: Block, language: str) -> float:
    if found.label is Label.BYLINE or block.kind in (Kind.HEADING, Kind.LIST_ITEM):
        return SHORT_FROM
    is_close = found.label is Label.AI_DISCLAIMER and HALF_READ_FROM <= found.odds < RESIDUE_FROM
    if is_close and _is_half_read(block, language):
        return HALF_READ_FROM
    return RESIDUE_FROM if found.label in _RESIDUE else REMOVED_FROM


def _is_half_read(block: Block, language: str) -> bool:
    code = primary(language)
    return code in note_languages() and tells_of_making(block.text, code)


def may_be_asked(block: Block) -> bool:
    """Whether a block is short enough for a note, and neither a menu nor somebody else's words."""
    return (
        block.kind not in _NEVER
        and not block.quote
        and not block.is_hidden
        and _MIN_CHARS <= len(block.raw) <= _MAX_CHARS
        and block.link_chars * 2 <= len(block.raw)
    )


def _open(context: JudgedPage) -> list[Block]:
    """The blocks that would be kept, and not so surely that their words count for nothing, or are left out,
    nobody knows as what.
    """
    unnamed = context.nameless
    return [
        block
        for block, keep in zip(context.page.blocks, context.keep, strict=True)
        if (keep >= KEEP_AT or block.index in unnamed)
        and may_be_asked(block)
        and not context.is_sure_of(block)
    ]


def _most_telling(asked: Sequence[Block], odds: Sequence[float]) -> list[Block]:
    """Those whose words speak for more than the article, in the page's order; of very many, those that speak most."""
    order = sorted((at for at, one in enumerate(odds) if one >= GLANCED_FROM), key=lambda at: -odds[at])
    total = accumulate(len(asked[at].raw) for at in order)
    return [
        asked[at]
        for at in sorted(at for at, chars in zip(order, total, strict=True) if chars <= _MAX_READ_CHARS)
    ]


def left_by_machines(context: JudgedPage) -> Set[int]:
    """The blocks that are what is left of the page's making, by what they admit or by their words."""
    admitted = [at for at, said in admissions(context).items() if said.label is not None]
    return frozenset(admitted).union(at for at, found in worded(context).items() if found.label in _RESIDUE)


def _own(context: Pass) -> dict[int, float]:
    """Plain blocks that the learned judgement left out where measures tell little, and that say nothing a
    site says: how likely they are the article's own by their words, for those that probably are.
    """
    least = 0.0 if _has_few_lines(context.page) else DOUBTFUL
    asked = [
        block
        for block, keep in zip(context.page.blocks, context.judged.keep, strict=True)
        if least <= keep < KEEP_AT and _is_doubtful(block, context)
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
    if context.is_headline(block):
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
    """What a block is called that its words take out. Residue and source notes have their names where a cue
    says so, too: what is named residue is quoted in the evidence, and nothing is claimed from it; a source
    note is read for where the text was published.
    """
    if found.label in _RESIDUE and not found.is_cued:
        return Label.OTHER
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
        "worded.residue",
        Label.OTHER,
        "What sounds like a note on the page's making, a prompt or a chatbot is not part of the article, though nothing is claimed from it.",
    ),
    _rule(
        "worded.ai-disclaimer",
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
    ),
    _rule(
        "worded.leaked-prompt",
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
    ),
    _rule(
        "worded.chatbot-meta",
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
    ),
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
