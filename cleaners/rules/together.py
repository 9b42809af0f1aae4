"""Names that removed blocks have together: consent boxes, walls before an article, offers with prices, job boxes,
archives by month and comments.

The learned judgement names each block alone. In a box of offers it knows the name of the subscription and not its
price; in an archive it takes "May 2021" for a headline. What is decided here is the name of blocks that are removed
anyway: never what is kept. So it comes last, once nothing else of the page depends on names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

from copydesk.cleaners.judge.link_features import read_target
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import (
    COMMENT,
    COMMENT_WORDS,
    CONSENT,
    CONSENT_SUBSTRINGS,
    WHOLE_PAGE,
)
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, Kind, Label

_WALL = lazy_pattern(r"pay-?wall|reg-?wall|paid-?content|restricted")
_WALL_WORDS = ("paywall", "pay-wall", "regwall", "reg-wall", "paidcontent", "paid-content", "restricted")
# "job-item", "news_jobholder", "vacancies"; not "jobbing", and no word that ends so
_JOBS = lazy_pattern(r"(?<![a-z])job(?!bing)|vacanc")
_JOBS_WORDS = ("job", "vacanc")
_FORMS = frozenset({"form", "button", "label"})
# "comment-rating", "comments__register", "comment-likes": what is beside the text of a comment
_BESIDE_COMMENT = lazy_pattern(
    r"regist|log-?in|sign-?(?:up|in)|rating|(?<![a-z])vot(?:e|ing)|(?<![a-z])likes?(?![a-z])"
    r"|social|share|respond|comment-?form|count|button|action|toggle"
)
_DIGITS = lazy_pattern(r"\d+")
# "/2021/05/", "/2021/", "/archive/2021-05", "?m=202105": a month or a year, and nothing in it
_MONTH = lazy_pattern(r"(?:^|/)(?:19|20)\d\d(?:[/-](?:0?[1-9]|1[0-2]))?$")
_MONTH_QUERY = lazy_pattern(r"(?:^|&)m=(?:19|20)\d{4}$")
# a sentence of a notice; its buttons, purposes and vendors are shorter (set by hand)
_NOTICE_CHARS = 60
# set by hand: a longer block with a sum in it is a sentence
_PRICED_CHARS = 80
# name, price and button of an offer, and the heading above all; with six for each price, 16 more blocks of three
# pages were teasers
_OFFER_BLOCKS = 4
_MIN_OFFERS = 2
_OFFER_LEVELS = 7  # elements above a price, of which the outermost holds the offers
_MIN_MONTHS = 3
_MONTHS_SHARE = 0.6  # of the links in a list; beside months there are headings of years
# what is surely another thing in such a box: the article's own fields, what no reader sees, what is said elsewhere
_NAMED_ALONE = KEPT | {
    Label.TITLE,
    Label.CAPTION,
    Label.COMMENT,
    Label.COPYRIGHT,
    Label.DUPLICATE,
    Label.HIDDEN,
}
_VAGUE = frozenset(Label) - _NAMED_ALONE


def _whole_boxes(
    context: RuleContext, matches: Callable[[str, str], bool], substrings: Collection[str]
) -> Iterator[tuple[str, list[int]]]:
    """The name of each innermost matching element, and the blocks in it, where there are several and none is kept."""
    table = context.page.table
    inner = table.innermost(table.elements_where(matches, substrings))
    boxes: dict[int, list[int]] = {number: [] for number in inner.values()}
    for at, number in inner.items():
        boxes[number].append(at)
    for number, blocks in boxes.items():
        step = table.element(number)
        if len(blocks) > 1 and step.tag not in WHOLE_PAGE and context.kept_by_now.isdisjoint(blocks):
            yield step.words, blocks


@rule(
    "together.consent",
    Label.COOKIE,
    "A consent notice is one: its purposes, vendors and buttons too.",
    over=_VAGUE - {Label.COMMENT_FORM},
)
def consent(context: RuleContext) -> Mapping[int, str]:
    """The blocks of boxes named after consent that hold a sentence, not links alone: of 423 on labelled pages a
    reader calls 417 so; networks that had not seen the site 41 of 132 otherwise, 31 of them on one page.
    """
    raws, links = context.page.table.raws, context.page.table.links
    return {
        at: f"in a box of consent: {' '.join(name.split())!r}"
        for name, blocks in _whole_boxes(context, _is_consent, CONSENT_SUBSTRINGS)
        if any(len(raws[one]) >= _NOTICE_CHARS and links[one] * 2 <= len(raws[one]) for one in blocks)
        for at in blocks
    }


@rule(
    "together.wall",
    Label.PAYWALL,
    "A wall before an article is one: its heading, its offers, its fields and buttons.",
    over=_VAGUE - {Label.COOKIE, Label.AUTHOR_BIO},
)
def walls(context: RuleContext) -> Mapping[int, str]:
    """The blocks of boxes named after a wall: of 41 on labelled pages a reader calls 33 so, of the others three
    "Advertisement" and four hidden or said before; networks that had not seen the site named 18 of 25 otherwise.
    """
    return {
        at: f"in a box before the article: {' '.join(name.split())!r}"
        for name, blocks in _whole_boxes(context, _is_wall, _WALL_WORDS)
        for at in blocks
    }


@rule("together.jobs", Label.AD, "Vacancies are advertising.", over=frozenset({Label.RELATED, Label.OTHER}))
def jobs(context: RuleContext) -> Mapping[int, str]:
    """The blocks of boxes named after jobs: all of 76 on labelled pages; a menu's own entry stays one."""
    return {
        at: f"in a box of vacancies: {' '.join(name.split())!r}"
        for name, blocks in _whole_boxes(context, _is_jobs, _JOBS_WORDS)
        for at in blocks
    }


@rule(
    "together.comments",
    Label.COMMENT,
    "What readers have written stands in elements alike that are named after comments.",
    over=frozenset({Label.COMMENT_FORM, Label.HIDDEN, Label.OTHER}),
)
def comments(context: RuleContext) -> Mapping[int, str]:
    """The text in elements alike that are named after comments, but for fields, buttons, links, headings, phrases of
    forms and what is beside it: of 614 such blocks on labelled pages a reader calls 591 so; 21 of the others are
    ``related``, which this rule leaves alone.
    """
    page, table = context.page, context.page.table
    alike: dict[tuple[str, str], list[int]] = {}
    for number in table.elements_where(_is_comment, COMMENT_WORDS):
        step = table.element(number)
        alike.setdefault((_DIGITS.sub("", step.words), step.tag), []).append(number)
    units = [number for numbers in alike.values() if len(numbers) > 1 for number in numbers]
    forms = page.hits.get("wording.comment-form", {})
    return {
        at: f"one of several comments, by its element: {' '.join(table.element(number).words.split())!r}"
        for at, number in table.outermost(units).items()
        if at not in forms
        and at not in table.hidden
        and table.kinds[at] not in (Kind.TITLE, Kind.HEADING)
        and table.links[at] * 2 <= len(table.raws[at])
        and any(map(str.isalpha, table.texts[at]))
        and not any(
            step.tag in _FORMS or _BESIDE_COMMENT.search(step.words)
            for step in table.blocks[at].path
            if step.number >= number
        )
    }


def _is_comment(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and COMMENT.search(words) is not None


def _is_consent(words: str, _tag: str) -> bool:
    return CONSENT.search(words) is not None


def _is_wall(words: str, _tag: str) -> bool:
    return _WALL.search(words) is not None


def _is_jobs(words: str, _tag: str) -> bool:
    return _JOBS.search(words) is not None


@rule(
    "together.offers",
    Label.AD,
    "What has a price beside an article is for sale.",
    over=frozenset({Label.RELATED}),
)
def offers(context: RuleContext) -> Mapping[int, str]:
    """The blocks of elements of which none is kept and every fourth is a price: a row of products. On pages that are
    no article these are the cards of the page.
    """
    if Label.RELATED not in context.labels:
        return {}
    table, find_price = context.page.table, PRICE.search
    priced = [
        at
        for at, raw in enumerate(table.raws)
        if len(raw) <= _PRICED_CHARS and table.blocks[at].path and find_price(raw)
    ]
    prices = Counter(
        [
            step.number
            for at in priced
            for step in table.blocks[at].path[-_OFFER_LEVELS:]
            if step.tag not in WHOLE_PAGE
        ]
    )
    return {
        at: f"one of {prices[number]} offers with prices"
        for number in sorted(prices)
        if prices[number] >= _MIN_OFFERS
        and len(table.spans[number]) <= _OFFER_BLOCKS * prices[number]
        and context.kept_by_now.isdisjoint(table.spans[number])
        for at in table.spans[number]
    }


@rule(
    "together.archive",
    Label.NAV,
    "An archive by month leads through the site.",
    over=frozenset({Label.RELATED, Label.OTHER, Label.AD, Label.SOCIAL, Label.NEWSLETTER}),
)
def archives(context: RuleContext) -> Mapping[int, str]:
    """The entries of lists that lead to months or years: all of 268 on labelled pages; networks that had not seen
    the site called 57 of 107 teasers.
    """
    blocks = context.page.table.blocks
    # nearly all links of a page lead elsewhere; reading each address takes longer
    dated = [one for one in blocks if one.link_url and one.link_url.rstrip("/")[-1:].isdigit()]
    months = [one for one in dated if _leads_to_month(one.link_url)] if len(dated) >= _MIN_MONTHS else ()
    if len(months) < _MIN_MONTHS:
        return {}
    # `ul > li`, and `ul > li > div` or `li > a > span`
    counts = Counter([step.number for block in months for step in block.path[-3:-1]])
    lists: dict[int, list[int]] = {}
    for block in blocks:
        for step in block.path[-3:-1]:
            if counts[step.number] >= _MIN_MONTHS:
                lists.setdefault(step.number, []).append(block.index)
    return {
        at: f"in a list of {counts[number]} months or years"
        for number, members in lists.items()
        if counts[number] >= _MONTHS_SHARE * len(members) and context.kept_by_now.isdisjoint(members)
        for at in members
    }


def _leads_to_month(url: str) -> bool:
    target = read_target(url)
    return bool(_MONTH.search(target.path) or _MONTH_QUERY.search(target.query))


TOGETHER = (consent, walls, jobs, archives, comments)
"""For removed blocks, once nothing depends on their names."""
OF_ARTICLES = (offers,)
"""The same on pages that are articles."""
