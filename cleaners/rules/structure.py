"""Rules for the element of a block: hidden text, headlines, captions, embedded posts. They overrule the network.

Class names are matched in English only, because markup is English on pages of any language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from copydesk.cleaners.decode.html_tree import READINGS
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import name_of_kind
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.link_features import own_site_of, read_target
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import (
    CONSENT,
    CONSENT_SUBSTRINGS,
    WHOLE_PAGE,
    concealed_blocks,
    small_parts,
)
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.folded_parts import OPENED_ROLE
from copydesk.cleaners.segment.formulas import FORMULA_TAG
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
# "wp-caption"; "photo credit", but not "accredited"; newspapers' "cutline"; "bildlegende"; "bildunterschrift"
_CAPTION_WORDS = lazy_pattern(r"caption|\bcredit|cutline|legende|bildunter")
_CAPTION_SUBSTRINGS = ("caption", "credit", "cutline", "legende", "bildunter")
# the longest of 942 labelled captions has 402; a larger value removes
# paragraphs in boxes named after their picture
_MAX_CAPTION_CHARS = 600
_OPENED_KINDS = (Kind.PARAGRAPH, Kind.LIST_ITEM)  # an accordion may be a list
_MIN_OPENED_WORDS = 8  # as of prose: a shorter line is a button or a name
# 4 of these captions are longer; set by hand: a larger value removes paragraphs in figures
_MAX_FIGURE_TEXT_CHARS = 300
# of the kept characters; of 1,386 pages of WCXB, Fundus and the labelled ones, a picture series has all of them in
# captions, and no other page has a quarter
_SERIES_SHARE = 0.5
# an unclosed `div` puts half an article into a figure (wcxb 4078; decision 3)
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
# "dialog-off-canvas-main-canvas" is around every page of Drupal
_OVERLAY = lazy_pattern(rf"(?<!\S)(?:alert)?dialog(?!\S)|{CONSENT.pattern}")
_OVERLAY_SUBSTRINGS = (*CONSENT_SUBSTRINGS, "dialog")
_MIN_SAID_WORDS = 8  # of a sentence of a notice; its buttons, purposes and vendors have fewer (set by hand)
_MIN_FOLDED_SHARE = 0.4  # share of the label from which that is so
_MAX_LINKED = 0.5  # of the characters of a list of terms; set by hand: a menu has more
_MIN_EXPLAINING_WORDS = 4  # behind a single term; set by hand: "Price: 4 euros" has fewer
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


@rule("structure.hidden", Label.HIDDEN, "Text that no reader sees is not part of the article.")
def hidden(context: RuleContext) -> Mapping[int, str]:
    """Hidden blocks, except those that the network knows by another label, such as a menu that opens with a click."""
    judged, table = context.judged, context.page.table
    concealed = judged.memoized(concealed_blocks)
    found = {}
    for at in concealed:
        if judged.labels[at] in _OFTEN_FOLDED and judged.shares[at] >= _MIN_FOLDED_SHARE:
            continue
        path = table.blocks[at].path
        if path and path[0].tag in READINGS:  # ruby readings are moved to the end of the page
            found[at] = "how words of the text are read"
        elif not judged.memoized(_is_mostly_hidden):
            found[at] = concealed[at]
    return found


def _is_mostly_hidden(judged: JudgedPage) -> bool:
    """Whether the article itself is hidden: pages hide it if a script shows it, or only subscribers may read it.

    What repeats visible text is no article of its own. Inserted into 60 pages, hidden texts of other articles cost
    0.161 of F1 if they are kept, and 0.015 now.
    """
    table, concealed = judged.page.table, judged.memoized(concealed_blocks)
    likely = [at for at, keep in enumerate(judged.keep) if keep >= _MIN_ARTICLE_KEEP]
    hidden = [at for at in likely if at in concealed]
    if not hidden:
        return False
    shown = [table.raws[at] for at in likely if at not in concealed]
    words = sum(map(count_words, shown))
    if words >= _ENOUGH_WORDS:
        return False
    others = (
        _hidden_posts(judged.page, [table.blocks[at] for at in hidden])
        if words >= _SHORT_ARTICLE_WORDS
        else frozenset()
    )
    known = shingled("\n".join(shown)).hashes
    texts = [table.raws[at] for at in hidden if at not in others]
    new = sum([len(text) * (1.0 - _share_in(known, text)) for text in texts])
    return new > sum(map(len, shown))


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


@rule(
    "structure.overlay", Label.OTHER, "What a page lays over its text, such as a consent box, is none of it."
)
def overlays(context: RuleContext) -> Mapping[int, str]:
    """Kept tables, lists and lines in dialogs and boxes of consent of which no sentence is kept."""
    judged, table = context.judged, context.page.table
    boxes = small_parts(judged, _is_overlay, _OVERLAY_SUBSTRINGS) if context.page.is_html else frozenset()
    found: dict[int, str] = {}
    for number in sorted(set(table.outermost(boxes).values())):
        inside = set(table.spans[number])
        kept = inside & judged.kept
        said = [at for at in inside & table.sentences if count_words(table.raws[at]) >= _MIN_SAID_WORDS]
        if kept and said and kept.isdisjoint(said):
            words = " ".join(table.element(number).words.split())
            found |= dict.fromkeys(kept, f"in what is laid over the page: {words!r}")
    return found


def _is_overlay(words: str, tag: str) -> bool:
    return tag == "dialog" or (tag not in WHOLE_PAGE and _OVERLAY.search(words) is not None)


@rule("structure.head-title", Label.TITLE, "The head's title names the page; it is not part of its text.")
def head_titles(context: RuleContext) -> Mapping[int, str]:
    """The title element of the head."""
    return dict.fromkeys(context.page.table.of_kind.get(Kind.TITLE, ()), "the title element of the head")


@rule("structure.headline", Label.TITLE, "The headline has a field of its own.")
def headlines(context: RuleContext) -> Mapping[int, str]:
    """Blocks with the text of the headline."""
    if not context.page.is_html:
        return {}
    kept, kinds = context.judged.kept, context.page.table.kinds
    return {
        at: "the page's headline" for at in context.headlines if at in kept and kinds[at] is not Kind.TITLE
    }


@rule("structure.caption", Label.CAPTION, "Captions belong to their pictures, not to the running text.")
def captions(context: RuleContext) -> Mapping[int, str]:
    """Captions and short texts in figures, and elements whose names say that they are captions."""
    judged, table = context.judged, context.page.table
    # the caption of a table stays with its table
    own = judged.kept.intersection(table.of_kind.get(Kind.CAPTION, ()))
    own -= table.inside(table.elements_by_tag.get("table", ())) if own else set()
    found = {} if _is_picture_series(judged) else dict.fromkeys(own, "a figure's caption")
    figures = small_parts(judged, _is_figure, ("figure",), are_small_together=True)
    sizes = {one: sum([len(table.raws[at]) for at in table.spans[one]]) for one in figures}
    for at in table.inside(figures) & judged.kept:
        # only the nearest elements: a figure further up may contain a gallery or the whole page
        figure = [step.number for step in table.blocks[at].path[-3:] if step.tag == "figure"][:1]
        if (
            table.kinds[at] is Kind.PARAGRAPH
            and not figures.isdisjoint(figure)
            and len(table.raws[at]) <= _MAX_FIGURE_TEXT_CHARS
            and sizes[figure[0]] <= _MAX_FIGURE_CHARS
        ):
            found[at] = "a short text in a figure"
    named = small_parts(judged, _is_named_caption, _CAPTION_SUBSTRINGS, are_small_together=True)
    for at in (table.inside(named) & judged.kept) - own - found.keys():
        # the id of a heading may repeat its text and contain such a word ("legende", decision 0003)
        if table.kinds[at] is Kind.HEADING or len(table.raws[at]) > _MAX_CAPTION_CHARS:
            continue
        # only the nearest elements: `hascaption` on the header of an article would match its standfirst
        for step in table.blocks[at].path[-2:]:
            if step.number in named:
                found[at] = f"{step.tag} named {step.words!r}"
                break
    return found


def _is_picture_series(judged: JudgedPage) -> bool:
    """Whether captions are most of the text that the network keeps."""
    raws, of_kind = judged.page.table.raws, judged.page.table.of_kind
    captions = judged.kept.intersection(of_kind.get(Kind.CAPTION, ()))
    if not captions:
        return False
    texts = judged.kept.difference(of_kind.get(Kind.HEADING, ()))
    return sum([len(raws[at]) for at in captions]) > _SERIES_SHARE * sum([len(raws[at]) for at in texts])


def _is_figure(_words: str, tag: str) -> bool:
    return tag == "figure"


def _is_named_caption(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _find_in_names(words, _CAPTION_WORDS) is not None


@rule("structure.embed", Label.EMBED, "The article quotes embedded posts.")
def embeds(context: RuleContext) -> Mapping[int, str]:
    """Elements whose names say that they are posts of social networks."""
    judged, table = context.judged, context.page.table
    posts = small_parts(judged, _is_named_post, _EMBED_SUBSTRINGS) if context.page.is_html else frozenset()
    found = {}
    for at in table.inside(posts):
        steps = [step for step in table.blocks[at].path[-_MAX_EMBED_DEPTH:] if step.number in posts]
        if steps and judged.keep[at] >= _MIN_EMBED_KEEP:
            found[at] = f"an embedded post: {_find_in_names(steps[0].words, _EMBED_WORDS)!r}"
    return found


def _is_named_post(words: str, tag: str) -> bool:
    return tag not in WHOLE_PAGE and _find_in_names(words, _EMBED_WORDS) is not None


@rule("structure.opened", Label.PARAGRAPH, "What a reader opens below the text belongs to it.")
def opened_parts(context: RuleContext) -> Mapping[int, str]:
    """Sentences in a part that the page folds below its text, where the network alone misses them in their box; but no
    comments.
    """
    table = context.page.table
    parts = table.elements_where(_is_opened, (OPENED_ROLE,))
    # not what a button such as "Show 3 comments" opens; above the first block is none
    above = (Label.TITLE, *context.judged.labels)
    folded = table.inside([one for one in parts if above[table.spans[one].start] is not Label.COMMENT_FORM])
    opened, shown = folded - context.judged.kept, context.judged.kept - folded
    text = {step.number for at in shown for step in table.blocks[at].path} if opened else set()
    return {
        at: "in a part that the page opens on a click"
        for at in opened & table.sentences
        if table.kinds[at] in _OPENED_KINDS
        and count_words(table.raws[at]) >= _MIN_OPENED_WORDS
        # in what is named so and holds none of the text
        and not any(
            step.number not in text and name_of_kind(step.words, "comment") for step in table.blocks[at].path
        )
    }


def _is_opened(words: str, _tag: str) -> bool:
    return OPENED_ROLE in words.split()


@rule(
    "structure.terms",
    Label.LIST_ITEM,
    "Terms and what explains them, between paragraphs, are part of the text.",
)
def terms(context: RuleContext) -> Mapping[int, str]:
    """The entries of a list of terms, not of links, that stands between kept blocks of the element it is in."""
    table, kept = context.page.table, context.judged.kept
    found: dict[int, str] = {}
    for number in set(table.outermost(table.elements_by_tag.get("dl", ())).values()):
        entries = [
            at
            for at in table.spans[number]
            if table.kinds[at] is Kind.LIST_ITEM and table.blocks[at].path[-1].tag not in ("li", "a")
        ]
        beside = {entries[0] - 1, entries[-1] + 1} if entries else {-1}
        if not beside <= kept:
            continue
        numbers = [step.number for step in table.blocks[entries[0]].path]
        around = numbers[: numbers.index(number)][-1:]
        if not around or not all(at in table.spans[around[0]] for at in beside):
            continue
        chars = sum([len(table.raws[at]) for at in entries])
        if sum([table.links[at] for at in entries]) > _MAX_LINKED * chars:
            continue
        is_several = [table.blocks[at].path[-1].tag for at in entries].count("dt") > 1
        if is_several or max([count_words(table.raws[at]) for at in entries]) >= _MIN_EXPLAINING_WORDS:
            shown = [at for at in entries if at not in table.hidden]
            found |= dict.fromkeys(shown, "in a list of terms between kept blocks")
    return found


@rule("structure.formula", Label.PARAGRAPH, "A formula in a line of its own is part of the text around it.")
def formulas(context: RuleContext) -> Mapping[int, str]:
    """Formulas that stand alone beside a kept block, in the element that it is in."""
    table, kept = context.page.table, set(context.judged.kept)
    # a formula alone begins with what marks it
    marked = [
        block
        for block in table.blocks
        if block.marks and not block.marks[0][0]
        for _, mark in block.marks[:_MAX_AROUND_FORMULA]
        if mark is not None and mark.tag == FORMULA_TAG
    ]
    found = {}
    for block in marked:
        if block.is_hidden or not _is_formula(block):
            continue
        at = block.index
        around = [step.number for step in block.path if step.tag not in ("html", "body")]
        beside = kept & {at - 1, at + 1}
        if any(one in table.spans[number] for one in beside for number in around):
            kept.add(at)
            found[at] = "a formula beside kept text"
    return found


def _is_formula(block: Block) -> bool:
    """Whether a block is a formula and next to nothing besides, such as its number."""
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
SURE = (hidden, headlines, overlays)
# after the rules of shape, which find bylines and teasers in such elements
WEAKER = (captions,)
