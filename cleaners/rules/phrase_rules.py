"""Rules that look for phrases.

Phrases are data in ``cleaners/lexicon/languages/xx.toml`` under each rule's id. One that is the whole block, or leads
it up to a colon, convinces alone. One that opens a block or is contained in it must find the block short and the
learned judgement not sure of the opposite: prose begins with such words too ("Related by marriage, the two …").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.judgement import KEEP_AT
from copydesk.cleaners.lexicon.words import Mode, PhraseHit
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.bylines import is_name
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.rules.rule import Rule, RuleContext, rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words

SITE_TEXTS = {
    Label.COOKIE: "Consent notices speak of the site, not of the subject.",
    Label.COMMENT_FORM: "Invitations and rules for comments are the site's, not the author's.",
    Label.NEWSLETTER: "Requests for an address are the site's advertising.",
    Label.PAYWALL: "Requests to subscribe tell that text is missing; they are not text.",
    Label.SOCIAL: "Requests to share and follow are the site's, not the author's.",
    Label.AD: "What sells or is paid for interrupts the text.",
    Label.RELATED: "Pointers to other articles are not part of this one.",
    Label.COPYRIGHT: "Rights notices fill the licence field, not the text.",
    Label.AUTHOR_BIO: "Who the author is belongs to the authors.",
    Label.SOURCE_NOTE: "Where a piece comes from is evidence of provenance.",
    Label.BYLINE: "Author, date and reading time have fields of their own.",
    Label.CAPTION: "What describes a picture or credits it belongs to the picture.",
    Label.TAGS: "Topics have a field of their own.",
    Label.NAV: "Words of menus and paging lead through the site.",
}
"""What a site puts between the paragraphs, with the reason to remove it. The order is that of the rules."""

# set by hand: the less of a block its phrase covers, the shorter the block must be; larger takes paragraphs
_MAX_CHARS: dict[Mode, int] = {"whole": 10_000, "lead": 400, "start": 200, "contains": 300}
# likewise the learned probability up to which each convinces; larger takes more from articles
_MAX_KEEP: dict[Mode, float] = {"whole": 0.995, "lead": 0.98, "start": 0.97, "contains": 0.93}
# set by hand: a sentence no longer is a request ("Sign up for our newsletter.") and not prose
_MAX_OPENER_CHARS = 60
# a first name and a surname: what follows in the sentence is not part of the name
_NAME_WORDS = 2
# set by hand
_MAX_SENTENCE_KEEP = 0.65
# headings, entries and rows that phrases took wrongly and rightly on the labelled pages, by networks that had not seen
# the site: with no such limit 24 and 4; up to 0.65, 2 and 1 (python -m benchmarks.rule_record counts each rule);
# so only what is not kept
_MAX_LAID_OUT_KEEP = KEEP_AT
# set by hand: "Correction" alone heads a list or leads to another page and corrects nothing
_MIN_CORRECTION_CHARS = 25
# characters of a block: longer menus were addresses and opening hours, of 170 to 320 characters (decision 0003)
_MAX_MENU_CHARS = 120
# a title in quotation marks, of a book or a column
_QUOTATION_MARKS = frozenset('"“”„«»‚‘’「『')
_MENU_WORDS = frozenset(
    {Label.NAV, Label.SOCIAL, Label.PAYWALL, Label.COMMENT_FORM, Label.COOKIE, Label.TAGS, Label.NEWSLETTER}
)
"""Labels whose phrases are single words of menus too: where nothing else is known they name a block, else the
learned label holds.
"""
# of flattened text nothing was measured: there "Subscribe" alone names a line
_MENU_WORDS_OF_TEXT = _MENU_WORDS - {Label.NEWSLETTER}
# "Privacy" and "Pinterest" head parts of articles on them, and `by` is a word of code (decision 0009)
_LAID_OUT = frozenset({Kind.HEADING, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE})


def _find_phrases(rule_id: str, label: Label, context: RuleContext) -> Mapping[int, str]:
    hits = context.page.hits.get(rule_id, {})
    judged, table = context.judged, context.page.table
    most_chars = _MAX_MENU_CHARS if label is Label.NAV else max(_MAX_CHARS.values())
    is_menu_word = label in (_MENU_WORDS if context.page.is_html else _MENU_WORDS_OF_TEXT)
    found = {}
    for at, hit in hits.items():
        if (
            (at not in judged.kept and at not in judged.vague)
            or len(table.texts[at]) > min(_MAX_CHARS[hit.mode], most_chars)
            # between the two shares the learned label is right more often than such a word: 89 and 64 times; where the
            # word is "Newsletter", 16 and 7 times (`python -m benchmarks.rule_record`)
            or (hit.mode == "whole" and is_menu_word and at in judged.vague and at not in judged.nameless)
            or at in judged.sure
        ):
            continue
        is_doubtful = judged.keep[at] <= _most_keep(hit.mode, table.blocks[at])
        if is_doubtful or (label is Label.AUTHOR_BIO and _presents_author_last(at, judged)):
            found[at] = _evidence(hit)
    return found


def _evidence(hit: PhraseHit) -> str:
    return f"{hit.mode} ({hit.language}): {hit.phrase!r}"


def _most_keep(mode: Mode, block: Block) -> float:
    """The learned probability up to which a phrase convinces; less in a whole sentence, and where the article
    is laid out: its headings, lists and code name things that sites have too.
    """
    if block.kind in _LAID_OUT:
        return _MAX_LAID_OUT_KEEP
    text = block.text
    if mode in ("start", "contains") and len(text) > _MAX_OPENER_CHARS and ends_sentence(text):
        return _MAX_SENTENCE_KEEP
    return _MAX_KEEP[mode]


def _presents_author_last(at: int, judged: JudgedPage) -> bool:
    """Whether a block begins with a person's name and nothing of the article follows: there the author is
    presented, in a sentence as good as any. On 1,487 labelled pages it takes nothing.
    """
    opening = " ".join(judged.page.table.texts[at].split()[:_NAME_WORDS])
    return at == max(judged.kept, default=-1) and is_name(opening)


# before all others, which would take a notice for what its words also are
@rule(
    "wording.correction",
    Label.CORRECTION,
    "Corrections and editor's notes are part of the record; they are never lost.",
)
def corrections(context: RuleContext) -> Mapping[int, str]:
    """Notices that begin with a phrase, and are neither a link nor a note on AI."""
    table = context.page.table
    return {
        at: _evidence(hit)
        for at, hit in context.page.hits.get("wording.correction", {}).items()
        # prose reports corrections of others ("issued a correction: …"); a notice begins with the word
        if hit.mode != "contains"
        and len(table.texts[at]) >= _MIN_CORRECTION_CHARS
        and table.texts[at][0] not in _QUOTATION_MARKS
        # mostly a link: the headline of a correction on another page
        and table.links[at] <= len(table.raws[at]) / 2
        # "Editor's note: this text was written with the help of AI"
        and _label_of_disclosure(at, context.judged) is not Label.AI_DISCLAIMER
    }


def _label_of_disclosure(at: int, judged: JudgedPage) -> Label | None:
    disclosure = disclosures(judged).get(at)
    return disclosure.label if disclosure is not None else None


def _rule(label: Label, why: str) -> Rule:
    rule_id = f"wording.{label.replace('_', '-')}"
    return Rule(rule_id, label, why, partial(_find_phrases, rule_id, label))


# no phrase marks a byline: shapes and the classifier do
PHRASES = tuple(_rule(label, why) for label, why in SITE_TEXTS.items() if label is not Label.BYLINE)


# what the network takes for the article's own, which these lines are in no place
_TAKEN = KEPT | {Label.CAPTION, Label.BYLINE}
_MAX_SERVICE_WORDS = 24  # set by hand: longer blocks that begin so tell of something
_MAX_SERVICE_LINES = 6  # set by hand
# "HERRING20": what a reader types in a shop
_CODE = lazy_pattern(r"(?<![A-Za-z0-9])(?=[A-Z0-9]{4,}(?![A-Za-z0-9]))[0-9]*[A-Z]")
_REDUCTION = lazy_pattern(
    r"[%٪％折]|per ?cent|pro[zc]ent|pour ?cent|por ?cient|por cento|per cento|процент|yüzde|प्रतिशत|パーセント|퍼센트",
    re.IGNORECASE,
)


@rule(
    "wording.service",
    Label.OTHER,
    "What asks to report errors, to enlarge a picture or to vote speaks of the page, not of its subject.",
)
def services(context: RuleContext) -> Mapping[int, str]:
    """Short lines with a phrase of service, unless there are many."""
    hits = context.page.hits.get("wording.service", {})
    # a text that rates many things has such a line for each
    if len(hits) > _MAX_SERVICE_LINES:
        return {}
    return {at: _evidence(hit) for at, hit in hits.items() if _is_short_line(at, context.judged)}


@rule("wording.discount", Label.AD, "A code for a shop sells something.")
def discounts(context: RuleContext) -> Mapping[int, str]:
    """Short lines that offer a code, with the code and what it takes off a price."""
    found = {}
    for at, hit in context.page.hits.get("offer.code", {}).items():
        text = context.page.table.texts[at]
        is_offer = _CODE.search(text) and (_REDUCTION.search(text) or PRICE.search(text))
        if is_offer and _is_short_line(at, context.judged):
            found[at] = f"{hit.phrase!r} ({hit.language}) with a code and a reduction"
    return found


def _is_short_line(at: int, judged: JudgedPage) -> bool:
    table = judged.page.table
    return (
        judged.labels[at] in _TAKEN
        and table.kinds[at] not in _LAID_OUT
        and count_words(table.raws[at]) <= _MAX_SERVICE_WORDS
    )


SURE = (services, discounts)
"""Phrases that no article has in such a line, so that the learned judgement does not count."""
