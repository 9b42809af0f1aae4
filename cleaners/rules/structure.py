"""Rules for the element of a block: hidden text, headlines, captions, embedded posts. They overrule the network.

Class names are matched in English only, because markup is English on pages of any language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import numpy as np

from copydesk.cleaners.decode.html_tree import READINGS
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.link_features import own_site_of, read_target
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE, small_parts
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.segment.folded_parts import OPENED_ROLE
from copydesk.cleaners.segment.formulas import FORMULA_TAG
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.shingles import Hashes, shingled
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.word_count import count_words

_MIN_ARTICLE_KEEP = 0.45  # probability from which a block probably belongs to the article
# of visible text, from which what is hidden is not the article, however long; set by hand: the text before a paywall
# is shorter
_ENOUGH_WORDS = 150
# of a short article, beside which hidden texts below linked headlines are others; with fewer they may be its parts
_SHORT_ARTICLE_WORDS = 80
_MIN_POSTS = 2  # a single linked headline may be that of a section
# classes of frameworks and sites that conceal an element, unless another shows it on some screens or when it is opened
_CONCEALING = frozenset({"hide", "is-hidden", "d-none"})
_SHOWN_SOMEWHERE = lazy_pattern(
    r"(?:d|show|visible)-(?:xs|sm|md|lg|xl|xxl|print)\b|.+:(?:block|flex|grid|inline)|show$"
)
# "wp-caption"; "photo credit", but not "accredited"; newspapers' "cutline"; "bildlegende"; "bildunterschrift"
_CAPTION_WORDS = lazy_pattern(r"caption|\bcredit|cutline|legende|bildunter")
_CAPTION_SUBSTRINGS = ("caption", "credit", "cutline", "legende", "bildunter")
# the longest of 942 labelled captions has 402; a larger value removes
# paragraphs in boxes named after their picture
_MAX_CAPTION_CHARS = 600
_MIN_OPENED_WORDS = 8  # as of prose: a shorter line is a button or a name
# 4 of these captions are longer; set by hand: a larger value removes paragraphs in figures
_MAX_FIGURE_TEXT_CHARS = 300
# of the kept characters; of 1,386 pages of WCXB, Fundus and the labelled ones, a picture series has all of them in
# captions, and no other page has a quarter
_SERIES_SHARE = 0.5
# an unclosed `div` puts half an article into a figure (wcxb 4078; docs/decisions/0003-the-worst-pages.md)
_MAX_FIGURE_CHARS = 1_500
# "instagram-media", "twitter-tweet", "fb-post", "bluesky-embed", "social_embed"; not "social-media", a subject: it
# matched 106 blocks of two pages about it and no post (`python -m benchmarks.rule_record --show structure.embed`)
_NETWORKS = "instagram|twitter|tweet|fb|facebook|tiktok|bluesky|mastodon|reddit|threads"
_EMBED_WORDS = lazy_pattern(
    rf"\b(?:(?:{_NETWORKS})[-_](?:embed|post|media|tweet)|social[-_](?:embed|post|tweet))"
)
_EMBED_SUBSTRINGS = (*_NETWORKS.split("|"), "social")
# pages hide these until a click, so the network's label is used even though they are hidden
_OFTEN_FOLDED = frozenset(
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
_MIN_FOLDED_SHARE = 0.4  # share of the label from which that is so
_MAX_LINKED = 0.5  # of the characters of a list of terms; set by hand: a menu has more
_MIN_EXPLAINING_WORDS = 4  # set by hand: "Price: 4 euros" and other facts have fewer
_MAX_AROUND_FORMULA = 4  # marks around a formula
_MAX_BESIDE_FORMULA = 8  # characters; set by hand: "(12)", a full stop
_MIN_EMBED_KEEP = 0.1  # less probable blocks are the buttons and counters of a post
_MAX_EMBED_DEPTH = 5  # levels of an embedded post


def _find_in_names(words: str, pattern: re.Pattern[str]) -> str | None:
    found = pattern.search(words)
    # Tailwind's `[&_figcaption]:flex` styles a caption within the element; as a name it cost a page 0.058 of F1
    # (`python -m benchmarks.rule_record --show structure.caption`)
    if found and ("[" in words or "]" in words):
        names = " ".join(word for word in words.split() if "[" not in word and "]" not in word)
        found = pattern.search(names)
    return found.group() if found else None


@page_rule("structure.hidden", Label.HIDDEN, "Text that no reader sees is not part of the article.")
def hidden(context: RuleContext) -> Mapping[int, str]:
    """Hidden blocks, except those that the network knows by another label, such as a menu that opens with a click."""
    page, judged = context.page, context.judged
    by_name = page.table.elements_where(_is_concealed_by_name, _CONCEALING)
    found = {}
    for at, block in enumerate(page.table.blocks):
        named = next((step for step in block.path if step.number in by_name), None) if by_name else None
        if not (block.is_hidden or named):
            continue
        if judged.labels[at] in _OFTEN_FOLDED and judged.shares[at] >= _MIN_FOLDED_SHARE:
            continue
        if block.path and block.path[0].tag in READINGS:  # ruby readings are moved to the end of the page
            found[at] = "how words of the text are read"
        elif not judged.memoized(_is_mostly_hidden):
            found[at] = (
                "concealed by an attribute, a style or a class"
                if block.is_hidden or named is None
                else f"concealed by the class {named.words!r}"
            )
    return found


def _is_mostly_hidden(judged: JudgedPage) -> bool:
    """Whether the article itself is hidden: pages hide it if a script shows it, or only subscribers may read it.

    What repeats visible text is no article of its own. Inserted into 60 pages, hidden texts of other articles cost
    0.161 of F1 if they are kept, and 0.015 now.
    """
    concealing = judged.page.table.elements_where(_is_concealed_by_name, _CONCEALING)
    shown: list[Block] = []
    hidden: list[Block] = []
    for block in judged.page.table.blocks:
        if judged.keep[block.index] >= _MIN_ARTICLE_KEEP:
            is_concealed = block.is_hidden or (
                bool(concealing) and not concealing.isdisjoint([step.number for step in block.path])
            )
            (hidden if is_concealed else shown).append(block)
    words = sum(count_words(block.raw) for block in shown)
    if not hidden or words >= _ENOUGH_WORDS:
        return False
    others = _hidden_posts(judged.page, hidden) if words >= _SHORT_ARTICLE_WORDS else frozenset()
    known = shingled("\n".join(block.raw for block in shown)).hashes
    texts = [block.raw for block in hidden if block.index not in others]
    new = sum(len(text) * (1.0 - _share_in(known, text)) for text in texts)
    return new > sum(len(block.raw) for block in shown)


def _hidden_posts(page: PageFacts, hidden: Sequence[Block]) -> frozenset[int]:
    """What follows headlines with links to other pages of the site, in the same list; none for a single headline."""
    own = page.memoized(own_site_of)
    found: dict[int, list[int]] = {}
    above: Block | None = None
    for block in hidden:
        if block.kind is Kind.HEADING:
            is_linked = bool(block.link_url) and read_target(block.link_url).is_on(own)
            above = block if is_linked else None
        # the element that holds the headline, or its header, with its text
        if above and above.path[-3:][0].number in (step.number for step in block.path):
            found.setdefault(above.index, []).append(block.index)
    return (
        frozenset(at for post in found.values() for at in post) if len(found) >= _MIN_POSTS else frozenset()
    )


def _share_in(known: Hashes, text: str) -> float:
    """The share of a text's runs of words that are among the known ones."""
    hashes = shingled(text).hashes
    return float(np.isin(hashes, known).mean()) if len(hashes) else 1.0


def _is_concealed_by_name(words: str, tag: str) -> bool:
    names = words.split()
    return (
        tag not in WHOLE_PAGE
        and not _CONCEALING.isdisjoint(names)
        and not any(map(_SHOWN_SOMEWHERE.match, names))
    )


@page_rule(
    "structure.head-title", Label.TITLE, "The head's title names the page; it is not part of its text."
)
def head_titles(context: RuleContext) -> Mapping[int, str]:
    """The title element of the head."""
    return {
        at: "the title element of the head"
        for at, block in enumerate(context.page.table.blocks)
        if block.kind is Kind.TITLE
    }


@page_rule("structure.headline", Label.TITLE, "The headline has a field of its own.")
def headlines(context: RuleContext) -> Mapping[int, str]:
    """Blocks with the text of the headline."""
    page = context.page
    if not context.title or not page.is_html:
        return {}
    return {
        at: "the page's headline"
        for at in context.judged.kept
        if page.table.letters[at] == context.title_letters and page.table.blocks[at].kind is not Kind.TITLE
    }


def _figure_chars(page: PageFacts) -> Counter[int]:
    """Element number of each figure to the characters of text in it."""
    chars: Counter[int] = Counter()
    for block in page.table.blocks:
        for step in block.path:
            if step.tag == "figure":
                chars[step.number] += len(block.raw)
    return chars


@page_rule("structure.caption", Label.CAPTION, "Captions belong to their pictures, not to the running text.")
def captions(context: RuleContext) -> Mapping[int, str]:
    """Captions and short texts in figures, and elements whose names say that they are captions."""
    page, judged = context.page, context.judged
    figures = small_parts(judged, _is_figure, ("figure",), are_small_together=True)
    named = small_parts(judged, _is_named_caption, _CAPTION_SUBSTRINGS, are_small_together=True)
    is_series = _is_picture_series(judged)
    found = {}
    for at in judged.kept:
        block = page.table.blocks[at]
        # the id of a heading may repeat its text and contain such a word ("legende", decision 0003)
        if block.kind is Kind.HEADING:
            continue
        # the caption of a table stays with its table
        if block.kind is Kind.CAPTION and "table" not in [step.tag for step in block.path]:
            if not is_series:
                found[at] = "a figure's caption"
            continue
        # only the nearest elements: a figure further up may contain a gallery or the whole page
        figure = next((step.number for step in block.path[-3:] if step.tag == "figure"), None)
        if (
            figure in figures
            and block.kind is Kind.PARAGRAPH
            and len(block.raw) <= _MAX_FIGURE_TEXT_CHARS
            and page.memoized(_figure_chars)[figure] <= _MAX_FIGURE_CHARS
        ):
            found[at] = "a short text in a figure"
        elif named and len(block.raw) <= _MAX_CAPTION_CHARS:
            # only the nearest elements: `hascaption` on the header of an article would match its standfirst
            step = next((step for step in block.path[-2:] if step.number in named), None)
            if step is not None:
                found[at] = f"{step.tag} named {step.words!r}"
    return found


def _is_picture_series(judged: JudgedPage) -> bool:
    """Whether captions are most of the text that the network keeps."""
    chars: Counter[bool] = Counter()
    for at in judged.kept:
        block = judged.page.table.blocks[at]
        if block.kind is not Kind.HEADING:
            chars[block.kind is Kind.CAPTION] += len(block.raw)
    return chars[True] > _SERIES_SHARE * chars.total()


def _is_figure(_words: str, tag: str) -> bool:
    return tag == "figure"


def _is_named_caption(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _find_in_names(words, _CAPTION_WORDS) is not None


@page_rule("structure.embed", Label.EMBED, "The article quotes embedded posts.")
def embeds(context: RuleContext) -> Mapping[int, str]:
    """Elements whose names say that they are posts of social networks."""
    posts = small_parts(context.judged, _is_named_post, _EMBED_SUBSTRINGS) if context.page.is_html else ()
    if not posts:
        return {}
    found = {}
    for at, keep in enumerate(context.judged.keep):
        path = context.page.table.blocks[at].path[-_MAX_EMBED_DEPTH:]
        step = next((step for step in path if step.number in posts), None)
        if step is not None and keep >= _MIN_EMBED_KEEP:
            found[at] = f"an embedded post: {_find_in_names(step.words, _EMBED_WORDS)!r}"
    return found


def _is_named_post(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _find_in_names(words, _EMBED_WORDS) is not None


@page_rule("structure.opened", Label.PARAGRAPH, "What a reader opens below the text belongs to it.")
def opened_parts(context: RuleContext) -> Mapping[int, str]:
    """Sentences in a part that the page folds below its text, where the network alone misses them in their box."""
    opened = context.page.table.elements_where(_is_opened, (OPENED_ROLE,))
    if not opened:
        return {}
    kept = context.judged.kept
    return {
        block.index: "in a part that the page opens on a click"
        for block in context.page.table.blocks
        if block.index not in kept
        and block.kind is Kind.PARAGRAPH
        and ends_sentence(block.text)
        and count_words(block.text) >= _MIN_OPENED_WORDS
        and not opened.isdisjoint(step.number for step in block.path)
    }


def _is_opened(words: str, _tag: str) -> bool:
    return OPENED_ROLE in words.split()


@page_rule(
    "structure.terms",
    Label.LIST_ITEM,
    "Terms and what explains them, between paragraphs, are part of the text.",
)
def terms(context: RuleContext) -> Mapping[int, str]:
    """The entries of a list of terms, not of links, that stands between kept blocks of the element it is in."""
    page, kept = context.page, context.judged.kept
    lists: dict[tuple[int, int], list[Block]] = {}
    for block in page.table.blocks if page.is_html else ():
        if block.kind is not Kind.LIST_ITEM or block.path[-1].tag in ("li", "a"):
            continue
        at = next((at for at, step in enumerate(block.path) if step.tag == "dl"), 0)
        if at:
            lists.setdefault((block.path[at - 1].number, block.path[at].number), []).append(block)
    found = {}
    for (around, _), blocks in lists.items():
        is_linked = sum(one.link_chars for one in blocks) > _MAX_LINKED * sum(len(one.raw) for one in blocks)
        explains = any(count_words(one.text) >= _MIN_EXPLAINING_WORDS for one in blocks)
        if (
            explains
            and not is_linked
            and _is_between_kept(page, kept, blocks[0].index, blocks[-1].index, around)
        ):
            for one in blocks:
                if one.kind is Kind.LIST_ITEM and not one.is_hidden:
                    found[one.index] = "in a list of terms between kept blocks"
    return found


def _is_between_kept(page: PageFacts, kept: Set[int], first: int, last: int, around: int) -> bool:
    """Whether the blocks before and behind are kept, and are in the same element."""
    return all(
        at in kept and any(step.number == around for step in page.table.blocks[at].path)
        for at in (first - 1, last + 1)
    )


@page_rule(
    "structure.formula", Label.PARAGRAPH, "A formula in a line of its own is part of the text around it."
)
def formulas(context: RuleContext) -> Mapping[int, str]:
    """Formulas that stand alone beside a kept block, in the element that it is in."""
    page, kept = context.page, set(context.judged.kept)
    found = {}
    for at, block in enumerate(page.table.blocks):
        # a formula alone begins with what marks it
        if not block.marks or block.marks[0][0] or block.is_hidden or not _is_formula(block):
            continue
        around = {step.number for step in block.path if step.tag not in ("html", "body")}
        beside = (one for one in (at - 1, at + 1) if one in kept)
        if any(not around.isdisjoint(step.number for step in page.table.blocks[one].path) for one in beside):
            kept.add(at)
            found[at] = "a formula beside kept text"
    return found


def _is_formula(block: Block) -> bool:
    """Whether a block is a formula and next to nothing besides, such as its number."""
    if FORMULA_TAG not in [mark.tag for _, mark in block.marks[:_MAX_AROUND_FORMULA] if mark is not None]:
        return False
    inside: list[str] = []
    open_marks: list[str] = []
    at = 0
    for end, mark in block.marks:
        inside += block.pieces[at:end] if FORMULA_TAG in open_marks else ()
        at = end
        if mark is not None:
            open_marks.append(mark.tag)
        elif open_marks:
            open_marks.pop()
    rest = len(block.raw.strip()) - sum(map(len, inside))
    return bool(inside) and rest <= _MAX_BESIDE_FORMULA


ANYWHERE = (head_titles, embeds, opened_parts, terms, formulas)
"""For every block, before all other rules."""
SURE = (hidden, headlines)
# after the rules of shape, which find bylines and teasers in such elements
WEAKER = (captions,)
