"""Rules that read phrases: data in ``cleaners/lexicon/languages/xx.toml`` under each rule's id.

A phrase that is the whole block, or leads it up to a colon, convinces alone. One that opens a block or
stands in it must find the block short and the learned judgement not sure of the opposite: prose begins
with such words too ("Related by marriage, the two …").
"""

from __future__ import annotations

from collections.abc import Callable

from copydesk.cleaners.lexicon.words import Mode
from copydesk.cleaners.rules.lines.names import is_name
from copydesk.cleaners.rules.rule import Pass, Rule, kept, vague, with_phrases
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind, Label

# set by hand: the less of a block its phrase covers, the shorter the block must be; larger takes paragraphs
_MAX_CHARS: dict[Mode, int] = {"whole": 10_000, "lead": 400, "start": 200, "contains": 300}
# likewise the learned probability up to which each convinces; larger takes more from articles
_MAX_KEEP: dict[Mode, float] = {"whole": 0.995, "lead": 0.98, "start": 0.97, "contains": 0.93}
# set by hand: a sentence no longer is a request ("Sign up for our newsletter.") and not prose
_MAX_OPENER_CHARS = 60
# a first name and a surname: what follows in the sentence is not part of the name
_NAME_WORDS = 2
# longer ones were addresses and opening hours, of 170 to 320 characters (decision 0003)
_MAX_MENU_CHARS = 120
# set by hand
_MAX_SENTENCE_KEEP = 0.65
# headings, entries and rows that phrases took wrongly and rightly on the labelled pages, by networks that had not seen
# the site: with no such limit 24 and 4; up to 0.65, 2 and 1 (python -m benchmarks.rule_record counts each rule)
_MAX_LAID_OUT_KEEP = 0.32
# set by hand: "Correction" alone heads a list or leads to another page and corrects nothing
_MIN_CORRECTION_CHARS = 25
# as in `shape.byline`; longer ones name an editor and go on to what was corrected
_MAX_BYLINE_CHARS = 160
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


def _phrase_of(rule_id: str, most_chars: int) -> Callable[[Block, Pass], str | None]:
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


def _rule(rule_id: str, label: Label, why: str, *, most_chars: int = 10_000) -> Rule:
    return Rule(rule_id, label, why, _phrase_of(rule_id, most_chars), with_phrases)


# asked before all others, which would take a notice for what its words also are
KEEPING: tuple[Rule, ...] = (
    Rule(
        "wording.correction",
        Label.CORRECTION,
        "Corrections and editor's notes are part of the record; they are never lost.",
        _find_correction,
        with_phrases,
    ),
)

RULES: tuple[Rule, ...] = (
    _rule("wording.cookie", Label.COOKIE, "Consent notices speak of the site, not of the subject."),
    _rule(
        "wording.comment-form",
        Label.COMMENT_FORM,
        "Invitations and rules for comments are the site's, not the author's.",
    ),
    _rule("wording.newsletter", Label.NEWSLETTER, "Requests for an address are the site's advertising."),
    _rule(
        "wording.paywall",
        Label.PAYWALL,
        "Requests to subscribe tell that text is missing; they are not text.",
    ),
    _rule("wording.social", Label.SOCIAL, "Share and follow links are controls in words."),
    _rule("wording.ad", Label.AD, "Advertising labels interrupt the text."),
    _rule("wording.related", Label.RELATED, "Pointers to other articles are not part of this one."),
    _rule("wording.copyright", Label.COPYRIGHT, "Rights notices fill the licence field, not the text."),
    _rule("wording.author-bio", Label.AUTHOR_BIO, "Who the author is belongs to the authors."),
    _rule("wording.source-note", Label.SOURCE_NOTE, "Where a piece comes from is evidence of provenance."),
    _rule(
        "wording.byline",
        Label.BYLINE,
        "Author, date and reading time have fields of their own.",
        most_chars=_MAX_BYLINE_CHARS,
    ),
    _rule("wording.caption", Label.CAPTION, "Picture credits belong to their pictures."),
    _rule("wording.tags", Label.TAGS, "Topics have a field of their own."),
    _rule(
        "wording.nav",
        Label.NAV,
        "Words of menus and paging lead through the site.",
        most_chars=_MAX_MENU_CHARS,
    ),
)
