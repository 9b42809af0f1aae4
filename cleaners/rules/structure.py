"""Rules that read the markup: what kind of element a block is in.

They overrule the learned judgement.
Element words are English because markup is, whatever the language of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set

from copydesk.cleaners import text_forms
from copydesk.cleaners.decode.html_tree import READINGS
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.link_features import own_site, read_target
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE, beside_article, parts_of_page
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.types import Kind, Label

_LIKELY = 0.45  # learned probability of text of the article
# at 0.3 a page kept its article twice (docs/decisions/0003-the-worst-pages.md)
_MOSTLY = 0.5
# set by hand: what is shown before a paywall or a button to read on is shorter, or has no second headline below it
_MIN_ARTICLE_CHARS = 500
# set by hand: teasers are shorter; one linked headline is a section's
_MIN_POST_CHARS, _MIN_POSTS = 300, 2
# "wp-caption"; "photo credit", but not "accredited"; newspapers' "cutline"; "bildlegende"; "bildunterschrift"
_CAPTION_WORDS = re.compile(r"caption|\bcredit|cutline|legende|bildunter")
_IN_CAPTION_WORDS = ("caption", "credit", "cutline", "legende", "bildunter")
# the longest of 942 labelled captions has 402 (`python -m benchmarks.lengths caption=600`); larger takes paragraphs in
# boxes named after their picture
_MAX_CAPTION_CHARS = 600
# 4 of these captions are longer; set by hand: larger takes paragraphs that stand in a figure with their picture
_MAX_FIGURE_TEXT_CHARS = 300
# of the characters that would be kept; of 1,386 pages of WCXB, Fundus and the labelled ones, one series of pictures has
# all of them in captions, no other page has a quarter
_SERIES_SHARE = 0.5
# a `div` left open puts half an article into a figure (wcxb 4078; docs/decisions/0003-the-worst-pages.md)
_MAX_FIGURE_CHARS = 1_500
# "instagram-media", "twitter-tweet", "fb-post", "bluesky-embed", "social_embed"; not "social-media", a subject: it
# named 106 blocks of two pages on it, none of them a post (`python -m benchmarks.rule_record --show structure.embed`)
_POSTED_ON = "instagram|twitter|tweet|fb|facebook|tiktok|bluesky|mastodon|reddit|threads"
_EMBED_WORDS = re.compile(
    rf"\b(?:(?:{_POSTED_ON})[-_](?:embed|post|media|tweet)|social[-_](?:embed|post|tweet))"
)
_IN_EMBED_WORDS = (*_POSTED_ON.split("|"), "social")
# what pages fold away until it is requested, so that being hidden says nothing against its name
_FOLDED = frozenset(
    {
        Label.NAV,
        Label.SOCIAL,
        Label.RELATED,
        Label.NEWSLETTER,
        Label.COMMENT_FORM,
        Label.COOKIE,
        Label.PAYWALL,
    }
)
_LIKELY_FOLDED = 0.4  # share from which a label of these is believed of what is concealed
_MIN_EMBED_KEEP = 0.1  # below, it is the post's buttons and counters
_MAX_EMBED_DEPTH = 5  # an embedded post is a small tree


def _search(words: str, pattern: re.Pattern[str]) -> str | None:
    # of names alone no more is found than of all words: none of the patterns goes on behind a space
    if (found := pattern.search(words)) is None:
        return None
    if "[" not in words and "]" not in words:
        return found.group()
    # `[&_figcaption]:flex` says how a caption below would look, not what the element is; taken for a name it cost
    # the page it was met on 0.058 of F1 (`python -m benchmarks.rule_record --show structure.caption`)
    names = " ".join(word for word in words.split() if "[" not in word and "]" not in word)
    found = pattern.search(names)
    return found.group() if found else None


@page_rule("structure.hidden", Label.HIDDEN, "Text no reader sees was not published as part of the article.")
def hidden(context: RuleContext) -> Mapping[int, str]:
    """Evidence for concealed blocks, but for what is folded away until a click: a menu is a menu then too."""
    judged = context.judged
    found = {}
    for at in [at for at, block in enumerate(context.page.blocks) if block.is_hidden]:
        if judged.learned[at].label in _FOLDED and judged.learned[at].share >= _LIKELY_FOLDED:
            continue
        path = context.page.blocks[at].path
        if path and path[0].tag in READINGS:  # all readings of the page, gathered at its end
            found[at] = "how words of the text are read"
        elif at in judged.memoized(_hidden_posts):
            found[at] = "concealed in a list of the site's texts, each below a linked headline"
        elif not judged.memoized(_is_mostly_hidden):
            found[at] = "concealed by an attribute, a style or a class"
    return found


def _is_mostly_hidden(judged: JudgedPage) -> bool:
    """Pages that show their text by script, or to subscribers, hide it; then hiding tells nothing.

    Below an article that is shown, what has a headline of its own is another one, held ready: put into 60 pages, it
    cost 0.161 of F1 where it was kept, and costs 0.015 (`python -m benchmarks.intrusions --kinds hidden-copy`).
    """
    shown, hidden = _likely_chars(judged, leaving=judged.memoized(_hidden_posts))
    if hidden <= _MOSTLY * (hidden + shown):
        return False
    return shown < _MIN_ARTICLE_CHARS or not _conceals_headline(judged.page)


def _likely_chars(judged: JudgedPage, leaving: Set[int] = frozenset()) -> tuple[int, int]:
    """Characters that are likely the article's, shown and hidden: a page has many small hidden blocks, and one long
    text.
    """
    chars = Counter[bool]()
    for block in judged.page.blocks:
        if judged.keep[block.index] >= _LIKELY and block.index not in leaving:
            chars[block.is_hidden] += len(block.raw)
    return chars[False], chars[True]


def _hidden_posts(judged: JudgedPage) -> frozenset[int]:
    """Blocks of hidden texts side by side in elements alike, whose headlines lead to pages of the site: beside an
    article that is shown they are others.
    """
    page = judged.page
    hidden = [block for block in page.blocks if block.is_hidden]
    if not hidden or _likely_chars(judged)[0] < _MIN_ARTICLE_CHARS:
        return frozenset()
    chars = Counter[int]()
    for block in hidden:
        if judged.keep[block.index] >= _LIKELY:
            chars.update({step.number: len(block.raw) for step in block.path})
    linked = [block for block in hidden if block.kind is Kind.HEADING and block.link_url]
    if len(linked) < _MIN_POSTS:
        return frozenset()
    own = own_site([read_target(block.link_url) for block in page.blocks if block.link_url])
    alike: dict[tuple[int, str, str], set[int]] = {}
    for block in (one for one in linked if read_target(one.link_url).is_on(own)):
        # the smallest element that holds a text with its headline, and the one around it
        around = [at for at, step in enumerate(block.path) if at and chars[step.number] >= _MIN_POST_CHARS]
        if around:
            above, post = block.path[around[-1] - 1 : around[-1] + 1]
            alike.setdefault((above.number, post.tag, post.words), set()).add(post.number)
    posts = {number for numbers in alike.values() if len(numbers) >= _MIN_POSTS for number in numbers}
    if not posts:
        return frozenset()
    return frozenset(block.index for block in hidden if any(step.number in posts for step in block.path))


def _conceals_headline(page: PageFacts) -> bool:
    """Whether a headline is hidden that the page neither shows nor declares as well."""
    headlines = [block for block in page.blocks if block.kind is Kind.HEADING and block.level == 1]
    shown = {page.letters[block.index] for block in headlines if not block.is_hidden}
    declared = text_forms.letters(page.declared_title)
    return any(
        block.is_hidden
        and page.letters[block.index] not in shown
        and page.letters[block.index] not in declared
        for block in headlines
    )


@page_rule(
    "structure.head-title", Label.TITLE, "The head's title names the page; it is not part of its text."
)
def head_titles(context: RuleContext) -> Mapping[int, str]:
    """The title element of the head."""
    return {
        at: "the title element of the head"
        for at, block in enumerate(context.page.blocks)
        if block.kind is Kind.TITLE
    }


@page_rule("structure.headline", Label.TITLE, "The headline has a field of its own.")
def headlines(context: RuleContext) -> Mapping[int, str]:
    """Blocks with the letters of the headline."""
    page = context.page
    if not context.title or not page.is_html:
        return {}
    return {
        at: "the page's headline"
        for at in context.judged.kept
        if page.letters[at] == context.title_letters and page.blocks[at].kind is not Kind.TITLE
    }


def _figure_chars(page: PageFacts) -> Counter[int]:
    """Characters of text in each figure, by the number of its element."""
    chars: Counter[int] = Counter()
    for block in page.blocks:
        for step in block.path:
            if step.tag == "figure":
                chars[step.number] += len(block.raw)
    return chars


@page_rule(
    "structure.caption", Label.CAPTION, "Captions belong to their pictures, not into the running text."
)
def captions(context: RuleContext) -> Mapping[int, str]:
    """Captions and short texts of figures, and elements named after captions."""
    page, judged = context.page, context.judged
    figures = beside_article(judged, _is_figure, ("figure",))
    named = beside_article(judged, _is_named_caption, _IN_CAPTION_WORDS)
    is_series = _is_picture_series(judged)
    found = {}
    for at in judged.kept:
        block = page.blocks[at]
        # wanted headings were lost to ids that repeat their text, as one ending in "legende" (decision 0003)
        if block.kind is Kind.HEADING:
            continue
        # a table's caption is no picture's and stays with its table
        if block.kind is Kind.CAPTION and "table" not in [step.tag for step in block.path]:
            if not is_series:
                found[at] = "a figure's caption"
            continue
        # the nearest elements only: a figure far above may hold a gallery, or the page
        figure = next((step.number for step in block.path[-3:] if step.tag == "figure"), None)
        if (
            figure in figures
            and block.kind is Kind.PARAGRAPH
            and len(block.raw) <= _MAX_FIGURE_TEXT_CHARS
            and page.memoized(_figure_chars)[figure] <= _MAX_FIGURE_CHARS
        ):
            found[at] = "a short text in a figure"
        elif named and len(block.raw) <= _MAX_CAPTION_CHARS:
            # no containers further up: `hascaption` on an article's header would take its standfirst
            step = next((step for step in block.path[-2:] if step.number in named), None)
            if step is not None:
                found[at] = f"{step.tag} named {step.words!r}"
    return found


def _is_picture_series(judged: JudgedPage) -> bool:
    """Whether most of what the learned judgement would keep is below pictures: there captions are the text."""
    chars: Counter[bool] = Counter()
    for at in judged.kept:
        block = judged.page.blocks[at]
        if block.kind is not Kind.HEADING:
            chars[block.kind is Kind.CAPTION] += len(block.raw)
    return chars[True] > _SERIES_SHARE * chars.total()


def _is_figure(_words: str, tag: str) -> bool:
    return tag == "figure"


def _is_named_caption(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _search(words, _CAPTION_WORDS) is not None


@page_rule("structure.embed", Label.EMBED, "Embedded posts are quotations the article is built around.")
def embeds(context: RuleContext) -> Mapping[int, str]:
    """Elements named after posts of social networks."""
    posts = parts_of_page(context.judged, _is_named_post, _IN_EMBED_WORDS) if context.page.is_html else ()
    if not posts:
        return {}
    found = {}
    for at, keep in enumerate(context.judged.keep):
        path = context.page.blocks[at].path[-_MAX_EMBED_DEPTH:]
        step = next((step for step in path if step.number in posts), None)
        if step is not None and keep >= _MIN_EMBED_KEEP:
            found[at] = f"an embedded post: {_search(step.words, _EMBED_WORDS)!r}"
    return found


def _is_named_post(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _search(words, _EMBED_WORDS) is not None


ANYWHERE = (head_titles, embeds)
"""No other rule comes before these."""
SURE = (hidden, headlines)
# after the rules of shape, which know bylines and teasers in such elements
WEAKER = (captions,)
