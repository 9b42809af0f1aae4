"""A page judged: by the network, in doubt with a second opinion, and for what is favored; and its headline."""

from __future__ import annotations

from functools import partial
from math import inf

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage, favoring, judged_again, judged_page
from copydesk.cleaners.judge.judgement import Judge, Opinions, bylines, confirm_names, judge_blocks
from copydesk.cleaners.judge.second_opinion import DOUBT_AT, WEIGHT, WEIGHT_ALONE, doubt, with_second_opinion
from copydesk.cleaners.options import Favor
from copydesk.cleaners.page_kind.page_evidence import is_prose
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.implausible_labels import implausible_labels
from copydesk.cleaners.rules.parts.consent_lines import consent_boxes
from copydesk.cleaners.rules.parts.text_dumps import sheet_lines
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Kind, Label
from copydesk.cleaners.wording.text_headline import (
    MIN_HEADLINE_ALONE,
    MIN_HEADLINE_ON_PAGE,
    JudgedLines,
    find_title,
    headline_probabilities,
    wrapped_lines,
)

# probability that a heading of Markdown is the title; set by hand: articles have some amid the text
_SURE_HEADLINE = 0.5


def judge_page(
    read: ReadPage, facts: PageFacts, judge: Judge, *, favor: Favor | None
) -> tuple[JudgedPage, Opinions]:
    """The page with the last judgement, and the opinions that it is made of."""
    if facts.is_html:
        titles = [candidate.value for candidate in read.early.all("title")]
        excluded = partial(implausible_labels, page=facts, titles=titles)
        opinions = judge_blocks(facts.table, facts.phrased, judge.html(), excluded)
    else:
        opinions = judge_blocks(facts.table, facts.phrased, judge.lines())
    opinions = confirm_names(opinions, facts)
    judged = _with_second_opinion(read, judged_page(facts, opinions, judge), opinions)
    # last: whatever is favored, the probabilities are the same
    return (favoring(judged, opinions, favor, judge) if favor else judged), opinions


def _with_second_opinion(read: ReadPage, judged: JudgedPage, opinions: Opinions) -> JudgedPage:
    """The page judged again where the judgement is in doubt: only there the markup is parsed once more."""
    doubted = doubt(judged)
    if read.declared is None or doubted <= DOUBT_AT:
        return judged
    weight = WEIGHT if doubted < inf else WEIGHT_ALONE
    keep = with_second_opinion(judged.page, judged.keep, read.declared.markup, weight=weight)
    again = judged_again(judged, opinions, keep)
    # where nothing was kept, the vote falls on menus as often as on a short article: that has a paragraph
    blocks = judged.page.table.blocks
    is_found = doubted < inf or any(
        again.labels[at] is Label.PARAGRAPH and is_prose(blocks[at].raw) for at in again.kept
    )
    return again if is_found else judged


def headline_of(judged: JudgedPage, opinions: Opinions) -> str:
    """The declared headline, that of Markdown provided that no other heading is as high and the network takes it for
    one, or the line of flattened text that is the headline; ``""`` if there is none.
    """
    declared, blocks = judged.page.declared_title, judged.page.table.blocks
    if judged.page.is_html:
        return declared
    highest = [block for block in blocks if block.kind is Kind.HEADING and block.level == 1]
    is_marked = (
        len(highest) == 1
        and bare(highest[0].raw) == bare(declared)
        and (not highest[0].index or opinions.headline[highest[0].index] >= _SURE_HEADLINE)
    )
    if is_marked:
        return declared
    headline = headline_probabilities(blocks, opinions.headline, judged.page.language)
    # neither AI residue, a consent box above the article nor the head of a printed sheet is its headline
    excluded = {at for at, disclosure in disclosures(judged).items() if disclosure.label is not None}
    excluded |= judged.page.memoized(sheet_lines).keys()
    in_boxes = {at for box in judged.memoized(consent_boxes) for at in box}
    threshold = MIN_HEADLINE_ON_PAGE
    # in an article alone, a line without a blank line after it belongs to a stanza or a list
    if judged.is_article_alone:
        excluded |= wrapped_lines(blocks)
        threshold = MIN_HEADLINE_ALONE
    for at in excluded | in_boxes:
        headline[at] = 0.0
    keep = [0.0 if at in in_boxes else one for at, one in enumerate(judged.keep)]
    return find_title(JudgedLines(blocks, judged.page.words, keep, headline, bylines(opinions)), threshold)
