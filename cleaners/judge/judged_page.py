"""A page with what the learned judgement makes of each of its blocks, and why in words.

A plain text is judged as a whole before any line of it: is it nothing but an article? A page as a scraper flattened it
has lines that are surely none of the article: menus, teasers, notices. A text that has not one such line is an article
alone, and its subheads, lists, verses and short sentences, which look like menus one by one, are its own. So the line
that the network is surest to leave out speaks for all: the less sure even that is, the more likely all lines belong to
the article. A headline is no sign: texts of both kinds begin with one. A line that is a site's phrase and nothing else
("Subscribe") is a sure one: of copydesk's own texts of 1,484 articles seven have such a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec.structs import replace

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.boxes_below import BOX_KEEP_AT, boxes_below
from copydesk.cleaners.judge.element_kinds import KINDS, QUOTED_FROM, kinds_of, name_of_kind
from copydesk.cleaners.judge.features import PAGE_TAGS, PHRASE_RULES
from copydesk.cleaners.judge.judgement import (
    FLATTENED_FAVOR,
    FLATTENED_KEEP_AT,
    KEEP_AT,
    Judge,
    Opinions,
    labels_of,
)
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.options import Favor
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.reading.residue_reading import packaged_net
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Label, Labelled
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.text_kinds import TextClassifier, packaged_text_classifier
from copydesk.cleaners.words.text_net import TextNet

SURE_KEEP, SURE_WORDS = 0.95, 30
"""Learned probability and number of words from which a block is an article's paragraph, whatever its words
may also say: of 4,114 such blocks on sites unseen a reader leaves out 0.75 %, of those that are shorter or
less sure 10 %.
"""
VAGUE_SHARE = 0.7
"""Share of the likeliest label below which the learned judgement is not sure what a removed block is."""
NAMELESS_SHARE = 0.4
"""The same, below which a single word names a block better: where a phrase that is the whole block says
another name on sites unseen, a reader agrees with 32 of them and with 16 of the learned names; above it with
64 and 89.
"""
MIDDLE, SLOPE = -3.5, 0.9
"""Log-odds of being kept of the surest removal at which a text is as likely an article alone as a page; and how fast
that changes with them. Fitted on texts of sites the network had not seen: ``python -m training.article_alone``.
"""
# set by hand: menus and cards have more, lists of sources at the end of an article may, too
_MIN_LINKS_ALONE = 3
_MOSTLY_LINKS = 0.9
LIKELY = 0.5
"""Probability from which a text counts as an article alone."""
# labels of what there may be a correction of
_CORRECTED = KEPT - {Label.CORRECTION, Label.HEADING, Label.DATELINE}
_MISNAMED = {Label.AUTHOR_BIO: "wording.author-bio", Label.TAGS: "wording.tags"}
_LEAST = 1e-6
_LOOK_CHARS = 200
# four words in a row, or as many signs of a script that parts none
_PROSE = lazy_pattern(r"(?:[^\W\d_]+[,;:]?\s+){3}[^\W\d_]+|[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7a3]{4}")
_PROGRAM = lazy_pattern(r"[{}=\\]|\w\(|\);|\w_\w")
_OF_SITES = frozenset(PHRASE_RULES) - {"wording.correction"}
# elements that say what they hold: https://html.spec.whatwg.org/multipage/sections.html
_SPEAKING_TAGS = frozenset({"nav", "aside", "footer", "header", "form", "figcaption", "button", "dialog"})
_NEAREST = 4  # elements around a block whose names are quoted; further out they hold most of the page
_PHRASE_RULES = {label: f"wording.{label.replace('_', '-')}" for label in Label}
_MOSTLY = 0.5  # share of links from which it is reported


class JudgedPage(MemoizedStruct, frozen=True, dict=True):
    """The facts of a page and what is thought of its blocks; sequences run parallel to these.

    ``keep[i]``: the learned probability that block ``i`` belongs to the article. ``labels[i]``: what the learned
    judgement takes it for, and ``shares[i]`` how likely it is that, 0 to 1, beside the other labels on its side of the
    decision; both are empty for a text that is not judged. ``is_article_alone``: whether this is plain text with
    nothing on it but an article. ``text_classifier``: gives the judgement of wording; a function, since it is
    loaded where a rule first asks for it. ``keep_at``: the probability from which a block of such a page is kept.
    ``whys``: by number, what decided on blocks where it was not the probability alone.
    """

    page: PageFacts
    keep: Sequence[float]
    labels: Sequence[Label] = ()
    shares: Sequence[float] = ()
    is_article_alone: bool = False
    text_classifier: Callable[[], TextClassifier] = packaged_text_classifier
    readings: Callable[[], TextNet] = packaged_net
    keep_at: float = KEEP_AT
    whys: Mapping[int, str] = {}

    @cached_property
    def kept(self) -> frozenset[int]:
        """The blocks the learned judgement keeps."""
        return frozenset([at for at, label in enumerate(self.labels) if label in KEPT])

    @cached_property
    def last_kept(self) -> int:
        """The last of them, -1 where there is none."""
        return max(self.kept, default=-1)

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """Why the learned judgement takes each block for what it does, in words."""
        table, phrases = self.page.table, self.page.phrases
        elements = _speaking_elements(table)
        found = []
        for at, (label, share, probability) in enumerate(
            zip(self.labels, self.shares, self.keep, strict=True)
        ):
            if at in self.whys:
                found.append(self.whys[at])
                continue
            why = f"{probability:.2f} for keeping, {share:.2f} for {label!s}"
            if label not in KEPT:
                hit = phrases[at].get(_PHRASE_RULES[label]) if phrases[at] else None
                facts = [f"phrase “{hit.phrase}”", *elements[at]] if hit else [*elements[at]]
                if table.links[at]:
                    links = table.links[at] / max(1, len(table.texts[at]))
                    if links > _MOSTLY:
                        facts.append(f"{min(1.0, links):.0%} links")
                if facts:
                    why = f"{why}: {'; '.join(facts)}"
            found.append(why)
        return tuple(found)

    @cached_property
    def vague(self) -> frozenset[int]:
        """The blocks that are not kept and might be several things."""
        return self._removed_below(VAGUE_SHARE) | self._misnamed

    @cached_property
    def nameless(self) -> frozenset[int]:
        """The blocks that are not kept and might be anything."""
        return self._removed_below(NAMELESS_SHARE)

    @cached_property
    def _misnamed(self) -> frozenset[int]:
        """Lines of flattened text that are taken for words on an author or for tags, and are a site's phrase for
        something else.
        """
        if self.page.is_html:
            return frozenset()
        return frozenset(
            at
            for at, label in enumerate(self.labels)
            if label in _MISNAMED
            and any(
                hit.mode == "whole" and rule != _MISNAMED[label]
                for rule, hit in self.page.phrases[at].items()
            )
        )

    def _removed_below(self, share: float) -> frozenset[int]:
        return frozenset(
            [at for at, own in enumerate(self.shares) if own < share and self.labels[at] not in KEPT]
        )

    @cached_property
    def sure(self) -> frozenset[int]:
        """The blocks that the learned judgement is so sure are paragraphs that no reading of their words takes them
        out.
        """
        texts, words = self.page.table.texts, self.page.words
        likely = [at for at, keep in enumerate(self.keep) if keep >= SURE_KEEP]
        return frozenset(
            [
                at
                for at in likely
                # nearly all have as many at their beginning, figures and words with signs in them aside
                if sum(map(str.isalnum, words[at][: 2 * SURE_WORDS])) >= SURE_WORDS
                or count_words(texts[at]) >= SURE_WORDS
            ]
        )


def judged_page(page: PageFacts, opinions: Opinions, judge: Judge) -> JudgedPage:
    """What the network's opinions make of a page; a plain text is first checked for being an article alone."""
    # tags tell menus from text; a text without any is first checked for menus (decision 10)
    has_menus = page.is_html or _links_alone(page.table) >= _MIN_LINKS_ALONE
    alone = 0.0 if has_menus else probability_alone(opinions, page.phrases)
    keep = keep_within(opinions, alone)
    # a program given as plain text reads like an article alone, since it has no menu either
    if not page.is_html and is_program(page.table.raws):
        alone, keep = 0.0, (0.0,) * len(keep)
    judged = JudgedPage(
        page,
        keep,
        is_article_alone=alone >= LIKELY,
        text_classifier=judge.text_classifier,
        readings=judge.readings,
        keep_at=KEEP_AT if page.is_html else FLATTENED_KEEP_AT,
    )
    return judged_again(judged, opinions, keep)


def judged_again(
    judged: JudgedPage, opinions: Opinions, keep: Sequence[float], *, keep_at: float | None = None
) -> JudgedPage:
    """The same page where the probabilities that its blocks are kept are ``keep``, and that from which they are
    ``keep_at``, if given.
    """
    keep_at = judged.keep_at if keep_at is None else keep_at
    labels, shares = labels_of(judged.page.table, opinions, keep, keep_at=keep_at)
    whys = opinions.why
    if Label.CORRECTION in labels:
        whys = dict(whys)
        # the one paragraph of a stub, taken for a correction, is the text; in flattened text its words must say so
        is_stub, page = _CORRECTED.isdisjoint(labels), judged.page
        for at, label in enumerate(labels):
            is_said = page.is_html or "wording.correction" in page.phrases[at]
            if label is Label.CORRECTION and (is_stub or not is_said):
                why = f"{keep[at]:.2f} for keeping, {shares[at]:.2f} for {label!s}"
                whys[at] = f"{why}; nothing on the page that it corrects"
                labels[at] = Label.PARAGRAPH
    return replace(judged, keep=keep, labels=labels, shares=shares, keep_at=keep_at, whys=whys)


def favoring(judged: JudgedPage, opinions: Opinions, favor: Favor, judge: Judge) -> JudgedPage:
    """The same page by the same probabilities, its blocks kept from another one on. A text that is an article alone
    stays whole.
    """
    if judged.is_article_alone:
        return judged
    keep_at = (judge.favor if judged.page.is_html else FLATTENED_FAVOR).threshold(favor)
    return judged_again(judged, opinions, judged.keep, keep_at=keep_at)


def without_boxes_below(judged: JudgedPage, labelled: Sequence[Labelled], opinions: Opinions) -> JudgedPage:
    """The same page without the boxes below its text that are none of it (`copydesk.cleaners.judge.boxes_below`), as
    far as no rule has decided on them: ``labelled``.
    """
    kept = {item.block.index: item.label for item in labelled if item.is_kept} if judged.page.is_html else {}
    ruled = {at for at in kept if len(labelled[at].verdicts) > 1}
    found = boxes_below(judged.page.table.blocks, judged.keep, kept, ruled)
    if not found:
        return judged
    labels, shares, whys = list(judged.labels), list(judged.shares), dict(judged.whys)
    for at, mean in found.items():
        labels[at], shares[at] = opinions.removed_as[at], opinions.removed_share[at]
        whys[at] = (
            f"{judged.keep[at]:.2f} for keeping, {mean:.2f} on average in its box: below a short text {BOX_KEEP_AT} are needed"
        )
    return replace(judged, labels=labels, shares=shares, whys=whys)


def _speaking_elements(table: PageTable) -> list[tuple[str, ...]]:
    """Of each block, the nearest element whose name, and the nearest whose tag says what it holds."""
    layout = table.layout
    nearest = np.stack([layout.named[layout.above(level)] for level in range(_NEAREST)], axis=1)
    # blocks in elements of the same names are many
    rows = list(map(tuple, nearest.tolist()))
    names = {at: "" for row in set(rows) for at in row}
    for at in names:
        tag, words = layout.names[at]
        kinds = kinds_of(words[:QUOTED_FROM]) if words and tag not in PAGE_TAGS else ()
        if kinds and (name := name_of_kind(words, KINDS[kinds[0]])):
            names[at] = f"element “{name}”"
    said = {}
    for row in set(rows):
        name = tag = ""
        for at in row:
            name = name or names[at]
            tag = tag or layout.names[at][0] * (layout.names[at][0] in _SPEAKING_TAGS)
        said[row] = (*([name] if name else ()), *([f"in <{tag}>"] if tag else ()))
    return [said[row] for row in rows]


def is_program(texts: Sequence[str]) -> bool:
    """Whether a text is a program, of which no line is plain words: among pages in a folder, no article."""
    heads = [text[:_LOOK_CHARS] for text in texts]  # a hostile line is a megabyte long
    signed = [head for head in heads if _PROGRAM.search(head)]
    return bool(signed) and not any(_PROSE.search(head) for head in heads if head not in signed)


def _links_alone(table: PageTable) -> int:
    """How many blocks of a text in Markdown are nothing but links."""
    return sum(
        chars >= _MOSTLY_LINKS * len(text) > 0 for chars, text in zip(table.links, table.texts, strict=True)
    )


def probability_alone(opinions: Opinions, phrases: Sequence[Mapping[str, PhraseHit]]) -> float:
    """How likely (0 to 1) a plain text is an article and nothing else; ``phrases[i]``: rule ids to what line
    ``i`` says.
    """
    if any(map(_is_of_site, phrases)):
        return 0.0
    return 1.0 / (1.0 + math.exp(-SLOPE * (surest_removal(opinions) - MIDDLE)))


def _is_of_site(hits: Mapping[str, PhraseHit]) -> bool:
    return any(hit.mode == "whole" and rule in _OF_SITES for rule, hit in hits.items())


def surest_removal(opinions: Opinions) -> float:
    """The lowest log-odds of any line of being kept, or a headline."""
    least = min(
        [keep + (1.0 - keep) * title for keep, title in zip(opinions.keep, opinions.headline, strict=True)]
    )
    least = min(max(least, _LEAST), 1.0 - _LEAST)
    return math.log(least / (1.0 - least))


def keep_within(opinions: Opinions, alone: float) -> tuple[float, ...]:
    """The probability of each line that it is kept: it is where the text is an article alone, and else as judged."""
    return tuple([alone + (1.0 - alone) * keep for keep in opinions.keep])
