"""Rules that ask what a block says: phrases, and the learned reading of words (`worded`).

Phrases are data in ``cleaners/lexicon/languages/xx.toml`` under each rule's id. One that is the whole block, or leads
it up to a colon, convinces alone. One that opens a block or stands in it must find the block short and the learned
judgement not sure of the opposite: prose begins with such words too ("Related by marriage, the two …").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.words import Mode, PhraseHit
from copydesk.cleaners.rules.lines.names import is_name
from copydesk.cleaners.rules.rule import Pass, Rule, kept, vague, with_phrases
from copydesk.cleaners.rules.worded import worded
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.classifier import Worded, own_shares, telling

_BOTH = ("worded", "wording")
_ROWS = (
    (Label.COOKIE, _BOTH, "Consent notices speak of the site, not of the subject."),
    (Label.COMMENT_FORM, _BOTH, "Invitations and rules for comments are the site's, not the author's."),
    (Label.NEWSLETTER, _BOTH, "Requests for an address are the site's advertising."),
    (Label.PAYWALL, _BOTH, "Requests to subscribe tell that text is missing; they are not text."),
    (Label.SOCIAL, _BOTH, "Requests to share and follow are the site's, not the author's."),
    (Label.AD, _BOTH, "What sells or is paid for interrupts the text."),
    (Label.RELATED, _BOTH, "Pointers to other articles are not part of this one."),
    (Label.COPYRIGHT, _BOTH, "Rights notices fill the licence field, not the text."),
    (Label.AUTHOR_BIO, _BOTH, "Who the author is belongs to the authors."),
    (Label.SOURCE_NOTE, ("residue", "wording"), "Where a piece comes from is evidence of provenance."),
    (Label.BYLINE, ("worded",), "Author, date and reading time have fields of their own."),
    (Label.CAPTION, _BOTH, "What describes a picture or credits it belongs to the picture."),
    (Label.TAGS, ("wording",), "Topics have a field of their own."),
    (Label.NAV, _BOTH, "Words of menus and paging lead through the site."),
)
"""What a site puts between the paragraphs: the label, the families with a rule that gives it (``wording`` by phrases,
in this order, the others by the reading of words), and why.
"""

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
# the site: with no such limit 24 and 4; up to 0.65, 2 and 1 (python -m benchmarks.rule_record counts each rule)
_MAX_LAID_OUT_KEEP = 0.32
# set by hand: "Correction" alone heads a list or leads to another page and corrects nothing
_MIN_CORRECTION_CHARS = 25
# characters of a block: longer menus were addresses and opening hours, of 170 to 320 characters (decision 0003)
_MAX_OF_RULE = {"wording.nav": 120}
# a title in quotation marks, of a book or a column
_QUOTATION_MARKS = frozenset('"“”„«»‚‘’「『')
_MENU_WORDS = frozenset(
    {
        "wording.nav",
        "wording.social",
        "wording.paywall",
        "wording.comment-form",
        "wording.cookie",
        "wording.tags",
        "wording.newsletter",
    }
)
"""Rules whose phrases are single words of menus too: where nothing else is known they name a block, else the
learned name holds.
"""
# of flattened text nothing was measured: there "Subscribe" alone names a line
_MENU_WORDS_OF_TEXT = _MENU_WORDS - {"wording.newsletter"}
# "Privacy" and "Pinterest" head parts of articles on them, and `by` is a word of code (decision 0009)
_LAID_OUT = frozenset({Kind.HEADING, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE})


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


def _phrase_of(rule_id: str) -> Callable[[Block, Pass], str | None]:
    most_chars = _MAX_OF_RULE.get(rule_id, max(_MAX_CHARS.values()))

    def find(block: Block, context: Pass) -> str | None:
        hit = context.page.phrases[block.index].get(rule_id)
        if hit is None or len(block.text) > min(_MAX_CHARS[hit.mode], most_chars):
            return None
        if (
            hit.mode == "whole"
            and rule_id in (_MENU_WORDS if context.page.is_html else _MENU_WORDS_OF_TEXT)
            # between the two shares the learned name is right more often than such a word: 89 and 64 times; where the
            # word is "Newsletter", 16 and 7 times (`python -m benchmarks.rule_record`)
            and block.index in vague(context) - context.judged.nameless
        ):
            return None
        if context.judged.is_sure_of(block):
            return None
        if context.judged.keep[block.index] > _most_keep(hit.mode, block) and not (
            rule_id == "wording.author-bio" and _presents_somebody_last(block, context)
        ):
            return None
        return f"{hit.mode} ({hit.language}): {hit.phrase!r}"

    return find


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


def _presents_somebody_last(block: Block, context: Pass) -> bool:
    """Whether a block begins with a person's name and nothing of the article follows: there who wrote it is
    presented, in a sentence as good as any. On 1,487 labelled pages it takes nothing.
    """
    opening = " ".join(block.text.split()[:_NAME_WORDS])
    return is_name(opening) and block.index == max(kept(context), default=-1)


def _find_correction(block: Block, context: Pass) -> str | None:
    hit = context.page.phrases[block.index].get("wording.correction")
    if (
        hit is None
        # prose reports corrections of others ("issued a correction: …"); a notice begins with the word
        or hit.mode == "contains"
        or len(block.text) < _MIN_CORRECTION_CHARS
        or block.text[0] in _QUOTATION_MARKS
        # mostly a link: the headline of a correction that stands elsewhere
        or block.link_chars > len(block.raw) / 2
    ):
        return None
    return f"{hit.mode} ({hit.language}): {hit.phrase!r}"


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


def _find_worded(block: Block, context: Pass) -> str | None:
    found = context.once(_off_headline).get(block.index)
    if found is None:
        return None
    words = ", ".join(telling(block.text, found.label, context.judged.wordings()))
    return f"by its words{f' ({words})' if words else ''} no part of the article (log-odds {found.odds:.1f})"


def _name_of(found: Worded, phrases: Mapping[str, PhraseHit]) -> Label:
    """What a block is called that its words take out. Source notes have their name where a cue says so, too: they are
    read for where the text was published.
    """
    if found.label is Label.SOURCE_NOTE and not (found.is_cued or "wording.source-note" in phrases):
        return Label.OTHER
    # phrases tell topics from menus, whose words are the same
    return Label.TAGS if found.label is Label.NAV and "wording.tags" in phrases else found.label


def _named(label: Label) -> Callable[[Pass], Collection[int]]:
    def among(context: Pass) -> Collection[int]:
        found = context.once(_off_headline)
        return [at for at, one in found.items() if _name_of(one, context.page.phrases[at]) is label]

    return among


def _rules(of: Collection[str]) -> tuple[Rule, ...]:
    """The rules of some families, in the order of their rows."""
    rows = [
        (f"{family}.{label.replace('_', '-')}", label, why)
        for label, families, why in _ROWS
        for family in families
        if family in of
    ]
    return tuple(
        Rule(rule_id, label, why, _phrase_of(rule_id), with_phrases)
        if rule_id.startswith("wording.")
        else Rule(rule_id, label, why, _find_worded, _named(label))
        for rule_id, label, why in rows
    )


# asked before all others, which would take a notice for what its words also are
CORRECTION = Rule(
    "wording.correction",
    Label.CORRECTION,
    "Corrections and editor's notes are part of the record; they are never lost.",
    _find_correction,
    with_phrases,
)

OWN_WORDS = Rule(
    "worded.own",
    Label.PARAGRAPH,
    "What stands beside the text or in a text of few lines, and says nothing a site says, is part of the article.",
    _find_own,
    lambda context: context.once(_own),
)

PHRASES = _rules(("wording",))
RULES = (*_rules(("residue", "worded")), *PHRASES)
"""Asked of blocks that would be kept."""
