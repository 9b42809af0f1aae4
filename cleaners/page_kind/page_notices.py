"""Notices, pages that only inform the reader about the site: not found, error, captcha, consent, log-in; searches;
folders; lists of teasers: cards that lead elsewhere, and no text beside them.

Known by what their title, headings and few sentences say (the lexicon's ``page.`` phrases), and only where
there is next to nothing to read besides: an article *about* captchas has prose. Or, without such a phrase, by all
the words of a short text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import filterfalse, islice
from statistics import fmean
from typing import Final

from copydesk.cleaners.lexicon.words import PhraseHit, fold, matcher, phrase_languages
from copydesk.cleaners.page_kind.cards import own_text
from copydesk.cleaners.page_kind.page_evidence import (
    PROSE_CHARS,
    PageEvidence,
    is_declared_article,
    is_prose,
    page_words,
    prose_chars,
    read_address,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.classifier_rules import MOST_SAID, classifiable, is_figures, is_label
from copydesk.cleaners.rules.parts.elements import CONSENT, WHOLE_PAGE
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled
from copydesk.cleaners.wording.text_kinds import TextKind

# in the order in which they are checked: a captcha's page may speak of an error as well
NOTICES: Final = ("captcha", "consent", "login", "not-found", "error")
_IDS: Final = {f"page.{name}": name for name in NOTICES}
_OF_ARTICLES: Final = frozenset({"consent", "login"})
# "Not found - Harbour Post", "Not found|Harbour Post", "Error: not found"
_PARTS = lazy_pattern(r"\s+[-–—|｜·•»«:/]+\s+|[|｜]|[:：]\s")
# Apache, nginx, lighttpd and others; Python's
_FOLDER = lazy_pattern(r"(?:Index of|Directory listing for) /(?:\S.*)?")
# longest heading and number of headings checked; set by hand: longer ones are headlines of stories
_HEAD_CHARS, _HEADS = 120, 8
_SURELY_OWN = -2.0  # log-odds, by its words, that a block is none of the article's; set by hand
# log-odds by words, set by hand on pages that others composed (decision 35): on the mean of its blocks, from which a
# short text is a notice; of one that is no label, below which it is an article's; by single words, to be read at all
_NOTICE_FROM, _ARTICLE_BELOW, _READ_FROM = 0.5, -0.5, -1.0
_MOST_BLOCKS, _QUOTED_CHARS = 12, 60  # of such a text; of one of them, as evidence
# "browser": mostly JavaScript is asked for; what only an app shows has no kind: pages that wait for scripts say so, too
_NOTICE_OF: Final = {
    "login": "login", "paywall": "login", "robot_check": "captcha", "cookie": "consent",
    "not_found": "not-found", "error": "error", "region": "error", "browser": "needs-javascript",
}  # fmt: skip
_SPOKEN_CHARS = 200  # a longer block that holds a phrase is about it
# these bounds are set by hand: larger ones reject short news on outages, smaller ones miss notices
_MAX_PROSE = (
    1_200  # beside a title and a sentence that say it, or a title of several words that says nothing else
)
_MAX_PROSE_ONE_SIGN = 400  # beside one of the two
_TOO_MUCH_PROSE = 3_000  # from which nothing needs to be looked at
# set by hand: "Error" may be an article's whole title, "Page not found" hardly
_MIN_SURE_WORDS = 3
# a list whose consent box says more than its cards is a list still; set by hand
_HEADLINE_CHARS, _MANY_HEADLINES = 20, 8
# of the shown characters; set by hand: smaller takes a short page under a large banner
_COOKIE_SHARE = 0.6
_MAX_SEARCH_PROSE = 1_000  # under one roof: each result has little
_NOT_SPOKEN: Final = frozenset({Label.NAV, Label.RELATED, Label.HIDDEN, Label.COMMENT, Label.COMMENT_FORM})

Reason = tuple[str, str]
"""Kind of a notice and the evidence in words."""
# different pages that cards lead to; set by hand: of fewer, the kept text decides
_MANY = 8
_TEASER_SHARE = 0.6  # of the page's characters but for links elsewhere


def find_notice(seen: PageEvidence) -> Reason | None:
    """The notice that the page shows instead of an article, or None."""
    if prose_chars(seen.labelled) > _TOO_MUCH_PROSE or is_declared_article(seen):
        return None
    return _by_phrases(seen) or _by_words(seen)


def _by_phrases(seen: PageEvidence) -> Reason | None:
    shown, (spoken, prose) = _shown(seen), _spoken(seen)
    for name in NOTICES:
        head, sentence = shown.get(name), spoken.get(name)
        asks_password = name == "login" and seen.asks_password
        allowed = (
            _allowed_prose(head, sentence)
            if name != "login"
            else _allowed_beside_login(head, sentence, asks_password)
        )
        # above an article a wall asks for consent or money, and articles tell how to log in
        is_sure = not sentence or (
            head and (name not in _OF_ARTICLES or asks_password or (name == "login" and head[1]))
        )
        if prose < allowed and (is_sure or not _reads_like_article(seen)):
            signs = [f"“{head[0].phrase}” in the title"] if head else []
            signs += [f"“{sentence.phrase}” in the text"] if sentence else []
            signs += ["a field for a password below the headline"] if asks_password else []
            return name, f"{' and '.join(signs)}, {prose} characters of prose besides"
    return _consent_by_labels(seen, prose)


def find_search(seen: PageEvidence, measures: Mapping[str, float]) -> str | None:
    """The evidence that the page lists results of a search, or None: two signs, or one and nothing else to read."""
    if measures["chars_parent"] > _MAX_SEARCH_PROSE:
        return None
    signs = tuple(_search_signs(seen))
    if len(signs) > 1 or (signs and measures["chars_prose"] < _MAX_PROSE_ONE_SIGN):
        return " and ".join(signs)
    return None


def _search_signs(seen: PageEvidence) -> Iterator[str]:
    words = page_words()
    if not seen.declared.isdisjoint(words["types"]["search"]):
        yield "declared as search results"
    address = read_address(seen.url)
    if not address.queries.isdisjoint(words["queries"]["search"]) or not address.words.isdisjoint(
        words["address"]["search"]
    ):
        yield "an address that asks for a search"
    for head, _ in _heads(seen, max_level=1):
        hit = _find(seen, head).get("page.search")
        if hit:
            yield f"“{hit.phrase}” in the title"
            return


def find_directory(seen: PageEvidence) -> str | None:
    """The evidence that a server lists the files of a folder: no page of its own has such a headline."""
    heads = (head for head, is_all in _heads(seen, max_level=1) if is_all)
    return next((f"the headline “{head}” of a folder" for head in heads if _FOLDER.fullmatch(head)), None)


def _heads(seen: PageEvidence, *, max_level: int = 2) -> Iterator[tuple[str, bool]]:
    """The title and the first headings, and their parts: what a site adds to its title says nothing.

    With each comes whether it is the whole of a title. A heading below prose that is kept ("Create an account or sign
    in to comment") speaks for its box alone, and so does one above the headline of such prose ("Your privacy").
    """
    title = seen.metadata.best("title")
    texts = [title.value] if title else []
    headings: list[str] = []
    above = 0  # of them, above the headline
    for item in seen.labelled:
        block = item.block
        if item.is_kept and block.kind is Kind.PARAGRAPH and is_prose(block.raw):
            del headings[:above]
            break
        if block.kind is Kind.TITLE:
            texts.append(block.text)
        elif block.kind is Kind.HEADING and block.level <= max_level:
            above = len(headings) if item.label is Label.TITLE else above
            headings.append(block.text)
    texts += headings
    if not seen.page.is_html:
        # flattened text has no headings: its first lines stand for them
        texts += [item.block.text for item in islice(filterfalse(_is_in_consent, seen.labelled), 2)]
    chosen = dict.fromkeys(text for text in texts[:_HEADS] if len(text) <= _HEAD_CHARS)
    yield from ((text, True) for text in chosen)
    yield from (
        (part, False) for text in chosen for part in _PARTS.split(text) if part and part not in chosen
    )


def _find(seen: PageEvidence, text: str) -> Mapping[str, PhraseHit]:
    """Phrases in the language found, in the one declared (a notice is too short to detect its language), in English."""
    declared = seen.metadata.best("language")
    codes = (seen.page.language, declared.value.lower().split("-")[0] if declared else "en", "en")
    return matcher(*dict.fromkeys(code for code in codes if code in phrase_languages())).find(text)


def _shown(seen: PageEvidence) -> dict[str, tuple[PhraseHit, bool]]:
    """Phrases in titles and headings, and whether one is all that a title says, in several words."""
    found: dict[str, tuple[PhraseHit, bool]] = {}
    for head, is_all in _heads(seen):
        for rule_id, hit in _find(seen, head).items():
            is_sure = is_all and _is_sentence(hit)
            if rule_id in _IDS and (is_sure or _IDS[rule_id] not in found):
                found[_IDS[rule_id]] = (hit, is_sure)
    return found


def _allowed_prose(head: tuple[PhraseHit, bool] | None, sentence: PhraseHit | None) -> int:
    """How much else there may be to read, by which phrases are found where."""
    if head and (sentence or head[1]):
        return _MAX_PROSE
    return _MAX_PROSE_ONE_SIGN if head or sentence else 0


def _allowed_beside_login(
    head: tuple[PhraseHit, bool] | None, sentence: PhraseHit | None, asks_password: bool
) -> int:
    """The same for log-in pages: any page may have a heading "Log in" or ask for a password at its side."""
    if head and (sentence or asks_password):
        return _MAX_PROSE
    # "Sign in to continue" is no heading of a box at a page's side
    return _MAX_PROSE_ONE_SIGN if asks_password or (head and head[1]) else 0


def _spoken(seen: PageEvidence) -> tuple[dict[str, PhraseHit], int]:
    """Phrases in the text of the page, and the characters of kept prose without any."""
    found: dict[str, PhraseHit] = {}
    in_boxes: dict[str, PhraseHit] = {}  # of consent: above a brief they tell of the site alone
    prose = 0
    for place, item in enumerate(seen.labelled):
        hits = seen.page.phrases[place]
        notices = {_IDS[rule_id]: hits[rule_id] for rule_id in hits if rule_id in _IDS}
        size = len(item.block.raw)
        if (
            notices
            and _is_spoken(item)
            and (size <= _SPOKEN_CHARS or "start" in {hit.mode for hit in notices.values()})
        ):
            for name, hit in notices.items():
                if hit.mode in ("start", "contains") or (
                    # a menu has "Your privacy choices"
                    _is_sentence(hit) and ends_sentence(item.block.text)
                ):
                    (in_boxes if _is_in_consent(item) else found).setdefault(name, hit)
        elif item.verdicts[-1].label in KEPT and is_prose(item.block.raw):
            prose += size
    return (found if prose else in_boxes | found), prose


# what a page lays over itself is not part of the page: words of class, id and role; "dialog-off-canvas-main-canvas" is
# around every page of Drupal
_LAID_OVER = lazy_pattern(r"\bdialog\b(?!-off-canvas)|onetrust|didomi|usercentrics|cookiebot")


def _reads_like_article(seen: PageEvidence) -> bool:
    """Whether sentences of the length of prose are an article's by their words: an article on captchas quotes one, and
    a brief may stand below a consent box that nothing names.
    """
    own = [
        block.text
        for block, kind in zip(seen.memoized(_short_text)[0], seen.memoized(_kinds_of_text), strict=True)
        if kind.odds <= _SURELY_OWN and ends_sentence(block.text)
    ]
    return is_prose(" ".join(own))


def _by_words(seen: PageEvidence) -> Reason | None:
    """A page whose short text, taken together, speaks to visitors: no line of "We noticed unusual traffic. This takes
    a few seconds." needs to say so alone.
    """
    blocks, odds = seen.memoized(_short_text)
    if not blocks or fmean(odds) < _READ_FROM:
        return None
    kinds = seen.memoized(_kinds_of_text)
    said = fmean(max(-MOST_SAID, min(MOST_SAID, kind.odds)) for kind in kinds)
    if any(
        kind.odds < _ARTICLE_BELOW and not is_label(block.raw)
        for block, kind in zip(blocks, kinds, strict=True)
    ):
        return None
    block, loudest = max(zip(blocks, kinds, strict=True), key=lambda one: one[1].visitor_odds)
    notice = _NOTICE_OF.get(loudest.visitor_answer)
    if said < _NOTICE_FROM or loudest.visitor_odds < 0 or notice is None:
        return None
    quoted = f"“{block.text[:_QUOTED_CHARS]}”"
    return notice, f"by its words {loudest.visitor_answer} and no article (log-odds {said:.1f}), {quoted}"


def _short_text(seen: PageEvidence) -> tuple[Sequence[Block], Sequence[float]]:
    """The blocks of a short text, all that is kept or the network took for it, but for headlines, and the log-odds by
    single words that they are none of an article's. Nothing where they are too many for a notice, or one cannot be
    read.
    """
    text = [item.block for item in seen.labelled if _may_be_text(item)]
    blocks = [block for block in classifiable(text) if not is_figures(block.raw)]
    unread = {block.index for block in text if not is_label(block.raw)} - {block.index for block in blocks}
    if unread or len(blocks) > _MOST_BLOCKS:
        return (), ()
    page = seen.page
    words = [page.words[block.index] for block in blocks]
    return blocks, seen.text_classifier().words.odds(words, page.language)


def _kinds_of_text(seen: PageEvidence) -> Sequence[TextKind]:
    """What the blocks of a short text are by their words, each by itself."""
    blocks, odds = seen.memoized(_short_text)
    phrases = [seen.page.phrases[block.index] for block in blocks]
    return seen.text_classifier().classify([block.text for block in blocks], phrases, odds)


def _may_be_text(item: Labelled) -> bool:
    is_headline = item.block.kind is Kind.TITLE or item.label is Label.TITLE
    return not is_headline and (item.is_kept or item.verdicts[0].rule == "learned.keep")


def _is_spoken(item: Labelled) -> bool:
    block = item.block
    return (
        not block.is_hidden
        and block.kind not in (Kind.CONTROL, Kind.TITLE)
        and not any(step.tag == "dialog" or _LAID_OVER.search(step.words) for step in block.path)
        and item.verdicts[-1].label not in _NOT_SPOKEN
    )


def _is_sentence(hit: PhraseHit) -> bool:
    """Whether a phrase is all that a block says, in several words: "This content is not available in your country"."""
    return hit.mode == "whole" and len(fold(hit.phrase).split(" ")) >= _MIN_SURE_WORDS


def _is_in_consent(item: Labelled) -> bool:
    if item.verdict.rule == "shape.consent-box":
        return True
    return any(step.tag not in WHOLE_PAGE and CONSENT.search(step.words) for step in item.block.path)


def _consent_by_labels(seen: PageEvidence, prose: int) -> Reason | None:
    """A page of nothing but talk of cookies, and few headlines that lead elsewhere."""
    cookie = shown = headlines = 0
    for item in seen.labelled:
        label, size = item.verdicts[-1].label, len(item.block.raw)
        headlines += label is Label.RELATED and size >= _HEADLINE_CHARS
        if label not in (Label.NAV, Label.HIDDEN, Label.TITLE, Label.COPYRIGHT):
            shown += size
            cookie += size * (label is Label.COOKIE)
    if prose < PROSE_CHARS and headlines < _MANY_HEADLINES and cookie > _COOKIE_SHARE * max(1, shown):
        return "consent", f"{100 * cookie // shown} % of the text speaks of cookies"
    return None


def find_teasers(seen: PageEvidence) -> tuple[str, bool] | None:
    """What shows that a page is a list of teasers, and whether that is sure; None where it is not one.

    Not how many there are decides: a brief stands above many. The page has no text but theirs, or only one
    that introduces them. Where they are few, or introduced, it is not sure: what is kept stays.
    """
    own = seen.memoized(own_text)
    if own.is_article or own.in_cards < _TEASER_SHARE * (own.in_cards + own.unlinked):
        return None
    if not (own.kept_in_cards or own.is_introduction or len(own.headlines) >= _MANY):
        return None
    size = own.in_cards / max(1, len(own.targets))
    evidence = f"{len(own.targets)} cards that lead elsewhere, with {size:.0f} characters each"
    return evidence, len(own.targets) >= _MANY and not own.prose
