"""What kind of page this is: an article, or which of the kinds that are none.

Notices and searches are recognised by their words (``page_notices``); products, threads, lists and services by
measures of the whole page (``page_features``), weighed by a multinomial logistic regression of few numbers
(``page_weights.toml``, written by ``python -m training.page_type``). A page that declares itself an article,
is dated and has the prose to show for it is checked no further. Where no article was found, not even in a script,
``page_shell`` decides whether a browser would have to build the page first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, cast

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.page_kind.flattened_lists import find_lines_of_cards
from copydesk.cleaners.page_kind.page_evidence import PageEvidence, is_sure_article, page_words
from copydesk.cleaners.page_kind.page_features import Weights, measure, packaged_weights, probabilities, why
from copydesk.cleaners.page_kind.page_notices import find_directory, find_notice, find_search, find_teasers
from copydesk.cleaners.page_kind.page_shell import find_shell
from copydesk.cleaners.page_kind.posts import count_posts
from copydesk.cleaners.schema import PageKindTerm
from copydesk.cleaners.types import Label, Labelled, Verdict

MIN_PROBABILITY = 0.57
"""Probability of being no article from which a page is called one of the other kinds: on pages of sites left out
of training 3 of 934 articles of WCXB and Fundus are called so (an entry of a dictionary, a contents page, an index)."""
MIN_PROBABILITY_OF_SERVICE = 0.75
"""The same where it would be a service: the line between these and articles is drawn differently by careful readers."""
MAX_DOUBTFUL = 0.6
"""Probability of being an article up to which one is in doubt: 3 of 934 articles of WCXB and Fundus are. If more than
articles is wanted, trafilatura's opinion counts on such pages: of 53 pages called articles 7 gain 1.5 of F1 together.
"""
MIN_PROSE_SHARE, MIN_PROSE = 0.3, 1_000
"""Share of the page's characters, and their number, from which a page has so much prose that its address alone
(`/topic/`, `/browse/`) makes it no list and no thread. Of pages of sites left out of training, 2 articles of 934 are
called something else in place of 4, and the same 79 of 92 products, threads and lists are recognised.
"""
_ADDRESS: Final = frozenset({"address_forum", "address_product", "address_list"})
_OWN_TEXT: Final = frozenset({"log_own_chars", "own_share", "is_headed", "prose_share", "short_share"})
MIN_PROBABILITY_OF_CARDS = 0.25
"""The same for a page of linked cards without prose that does not declare itself an article."""
MIN_SURE_LIST = 0.9
"""Probability of being a list from which nothing on the page is kept as text, where none stands outside of cards."""
# different phrases; set by hand: an article at a forum's address may quote one
_SURE_PHRASES = 2
_MIN_REPLIES = (
    3  # blocks of comments, as names and texts: of 505 pages of all kinds 6 are better for it, 1 is worse
)
# set by hand: without a template or address of threads alone, one of two posts may be an article, and its only comment
_MIN_POSTS_BY_ADDRESS = 3
# cards, characters, share of prose; set by hand: looser ones take wire stories under lists of teasers
_MANY_CARDS, _LITTLE_PROSE, _LITTLE_PROSE_SHARE = 10, 800, 0.15


class PageKind(StrEnum):
    """Kinds of pages; the value opens the record's reason."""

    ARTICLE = "article"
    INDEX = "index"
    CATEGORY = "category"
    SEARCH = "search"
    PRODUCT = "product"
    FORUM = "forum"
    SERVICE = "service"
    NOT_FOUND = "not_found"
    ERROR = "error_page"  # "error" is what a record that failed for our fault says
    CAPTCHA = "captcha"
    CONSENT = "consent"
    LOGIN = "login"
    NEEDS_JAVASCRIPT = "needs_javascript"


_NOTICE_KINDS: Final = {
    "captcha": PageKind.CAPTCHA,
    "consent": PageKind.CONSENT,
    "login": PageKind.LOGIN,
    "not-found": PageKind.NOT_FOUND,
    "error": PageKind.ERROR,
    "needs-javascript": PageKind.NEEDS_JAVASCRIPT,
}
_LEFT_OUT_AS: Final = {
    PageKind.INDEX: Label.RELATED,
    PageKind.CATEGORY: Label.RELATED,
    PageKind.SEARCH: Label.RELATED,
    PageKind.CONSENT: Label.COOKIE,
}
"""What the blocks of a page without a text of its own are; of other notices they are ``other``."""
_BY_WORDS: Final = frozenset(
    {
        PageKind.CAPTCHA,
        PageKind.CONSENT,
        PageKind.LOGIN,
        PageKind.NOT_FOUND,
        PageKind.ERROR,
        PageKind.SEARCH,
    }
)
"""Kinds that are recognised by what a page says: whether a browser would show more does not matter."""
_WORTH_KEEPING: Final = frozenset({PageKind.ARTICLE, PageKind.PRODUCT, PageKind.FORUM, PageKind.SERVICE})
LISTS: Final = frozenset({PageKind.INDEX, PageKind.CATEGORY, PageKind.SEARCH})
"""Kinds of pages that consist of what leads elsewhere."""
_TERMS: Final = {PageKind.INDEX: "listing", PageKind.CATEGORY: "collection"}
"""Kinds that the record names otherwise: after WCXB's types."""


class PageType(Struct, frozen=True):
    """A kind of page and the measures or words that decided. ``is_sure``: nothing on it is worth keeping as text."""

    kind: PageKind
    evidence: str
    is_sure: bool = True
    is_wanted: bool = False
    """Whether its main content is requested, though it is no article."""
    is_in_doubt: bool = False
    """Whether an article is as likely to be none: a service, say, that is called an article rather than rejected."""

    @property
    def is_article(self) -> bool:
        """Whether the page may be an article."""
        return self.kind is PageKind.ARTICLE

    @property
    def has_text(self) -> bool:
        """Whether the page has a text of its own: articles, descriptions of a product, posts, or in doubt."""
        return self.kind in _WORTH_KEEPING or not self.is_sure or self.is_wanted

    @property
    def has_main_content(self) -> bool:
        """Whether it is no article and has content all the same: a notice, or what waits for scripts, has none."""
        return self.kind in LISTS or (self.kind in _WORTH_KEEPING and not self.is_article)

    @property
    def term(self) -> PageKindTerm:
        """The kind as the record's ``page_kind`` says it."""
        return cast("PageKindTerm", _TERMS.get(self.kind, self.kind.value))

    @property
    def reason(self) -> str:
        """The record's reason: kind and evidence."""
        return f"{self.kind}: {self.evidence}"


def page_type(seen: PageEvidence) -> PageType:
    """The kind of page ``seen`` is. Flattened text is only checked for being a notice or lines of cards."""
    by_words = type_by_words(seen)
    if by_words:
        return by_words
    measures = measure(seen)
    return type_by_signs(seen, measures) or weigh(measures, packaged_weights())


def type_by_words(seen: PageEvidence) -> PageType | None:
    """What needs no measures: declared articles with their prose, notices, flattened text."""
    if is_sure_article(seen):
        return PageType(PageKind.ARTICLE, "declared, dated and with prose")
    notice = find_notice(seen)
    if notice:
        return PageType(_NOTICE_KINDS[notice[0]], notice[1])
    if seen.page.is_html:
        return None
    cards = find_lines_of_cards(seen)
    if cards:
        return PageType(PageKind.INDEX, cards, is_sure=False)
    return PageType(PageKind.ARTICLE, "flattened text")


def type_by_signs(seen: PageEvidence, measures: Mapping[str, float]) -> PageType | None:
    """Folders, searches, lists of teasers, and products and threads that say so: of 934 articles none is taken for
    such.
    """
    folder = find_directory(seen)
    if folder:
        return PageType(PageKind.INDEX, folder)
    search = find_search(seen, measures)
    if search:
        return PageType(PageKind.SEARCH, search)
    replies = _find_replies(seen, measures)
    if replies:
        return PageType(PageKind.FORUM, replies)
    # an article that lists things may look like teasers
    if measures["declares_article"]:
        return None
    teasers = find_teasers(seen)
    if teasers:
        evidence, is_sure = teasers
        return PageType(_kind_of_list(measures), evidence, is_sure=is_sure)
    return _type_declared(seen, measures)


def _find_replies(seen: PageEvidence, measures: Mapping[str, float]) -> str | None:
    """What shows that the comments on a page are replies in a thread, or that it has posts, or None: an article has
    comments, too, but neither the template of a forum nor a thread's address.
    """
    is_forum = measures["body_forum"] or measures.get("count_thread_words")
    if is_forum and measures["count_replies"] >= _MIN_REPLIES:
        return f"a forum's template or address, and {measures['count_replies']:.0f} blocks of replies"
    if is_forum or (measures.get("address_forum") and not measures["declares_article"]):
        posts = count_posts(seen.labelled, seen.url)
        if posts >= _MIN_POSTS_BY_ADDRESS or (is_forum and posts):
            return f"a forum's template or address, and {posts} posts that look alike"
    return None


def _type_declared(seen: PageEvidence, measures: Mapping[str, float]) -> PageType | None:
    """Profiles, products and threads that say so."""
    is_profile = not seen.declared.isdisjoint(page_words()["types"]["profile"])
    if is_profile and measures["chars_prose"] < _LITTLE_PROSE:
        return PageType(PageKind.INDEX, "declared as somebody's profile", is_sure=False)
    if measures["declares_forum"]:
        return PageType(PageKind.FORUM, "declared as a discussion")
    if measures["declares_product"] and not measures["declares_list"]:
        return PageType(PageKind.PRODUCT, "declared as a product")
    if measures.get("address_forum") and measures["thread_phrase_kinds"] >= _SURE_PHRASES:
        count = f"{measures['thread_phrase_kinds']:.0f}"
        return PageType(PageKind.FORUM, f"a forum's address and {count} different phrases of a forum")
    return None


def weigh(measures: Mapping[str, float], weights: Weights) -> PageType:
    """The kind the measures speak for."""
    has_prose = measures["prose_share"] >= MIN_PROSE_SHARE and measures["chars_prose"] >= MIN_PROSE
    # what is behind a paywall is prose that the measures do not see
    if has_prose or measures["shows_paywall"]:
        # as an address that has no such word
        measures = {name: 0.0 if name in _ADDRESS else value for name, value in measures.items()}
    is_bare = _is_bare_list(measures)  # reads what is left out below
    # behind a paywall the page's own text is not seen: left out, its measures count as on the average page
    if measures["shows_paywall"]:
        measures = {name: value for name, value in measures.items() if name not in _OWN_TEXT}
    chances = probabilities(measures, weights)
    best = max((kind for kind in weights.kinds if kind != "article"), key=lambda kind: chances[kind])
    least = MIN_PROBABILITY_OF_SERVICE if best == "service" else MIN_PROBABILITY
    if 1 - chances["article"] < (MIN_PROBABILITY_OF_CARDS if is_bare else least):
        is_in_doubt = chances["article"] < MAX_DOUBTFUL
        return PageType(PageKind.ARTICLE, f"probability {chances['article']:.2f}", is_in_doubt=is_in_doubt)
    evidence = why(measures, weights, kind=best)
    if best == "list":
        is_sure = not measures["count_own_texts"] and (is_bare or chances["list"] >= MIN_SURE_LIST)
        return PageType(_kind_of_list(measures), evidence, is_sure=is_sure)
    return PageType(PageKind(best), evidence)


def _is_bare_list(measures: Mapping[str, float]) -> bool:
    """Whether linked cards are nearly all there is to read, and nothing says that this is an article."""
    return (
        (measures["count_fronts"] or not measures["count_own_texts"])
        and measures["count_cards"] >= _MANY_CARDS
        and measures["chars_prose"] < _LITTLE_PROSE
        and measures["prose_share"] < _LITTLE_PROSE_SHARE
        and not (measures["declares_article"] and measures["is_dated"] and not measures["declares_list"])
    )


def _kind_of_list(measures: Mapping[str, float]) -> PageKind:
    """A list of things for sale or of one subject is a category, any other an index."""
    is_shop = measures["count_prices"] > 2 or measures["shop_phrase_kinds"] or measures["declares_offer"]
    return PageKind.CATEGORY if is_shop or measures.get("address_list") else PageKind.INDEX


def type_by_shell(
    so_far: PageType, labelled: Sequence[Labelled], root: etree._Element | None
) -> PageType | None:
    """Whether a page of no article, so far taken for ``so_far``, is one that a browser has to build."""
    found = None if so_far.kind in _BY_WORDS else find_shell(labelled, root)
    return PageType(_NOTICE_KINDS[found[0]], found[1]) if found else None


def without_text(labelled: Sequence[Labelled], found: PageType) -> tuple[Labelled, ...]:
    """The blocks of a page that has no text of its own: each kept one gets a verdict that leaves it out."""
    verdict = Verdict(_left_out_as(found.kind), _rule_of(found.kind), found.evidence)
    return tuple(item.with_verdict(verdict) if item.is_kept else item for item in labelled)


def _left_out_as(kind: PageKind) -> Label:
    return _LEFT_OUT_AS.get(kind, Label.OTHER)


def _rule_of(kind: PageKind) -> str:
    return f"page.{kind.replace('_', '-')}"


WHY = "A page of this kind has no text of its own: what it shows leads elsewhere, speaks to the visitor, or waits for scripts."
VERDICTS: Final = {_rule_of(kind): _left_out_as(kind) for kind in PageKind if kind not in _WORTH_KEEPING}
"""The ids under which whole pages leave out what was kept, with the label they give; all for the reason ``WHY``."""
