"""Rules for AI residue: what blocks disclose, citation marks, echoes of headlines, lines beside notes."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.residue.prompt_source import source_title
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.rule import Rule, RuleContext, page_rule
from copydesk.cleaners.segment.citation_marks import DATA, MARK, may_hold_marks
from copydesk.cleaners.types import Kind, Label
from copydesk.cleaners.wording.cues import candidate_cues, codes_for
from copydesk.cleaners.wording.headlines import is_foreign, is_same_headline, primary
from copydesk.cleaners.wording.sentences import coverage, sentences

# set by hand, like the next four; each title is compared with every block of a page that has prompts
_MAX_PROMPTED_TITLES = 8
# no headline is longer; comparing paragraphs with headlines would cost and find nothing
_MIN_ECHO_CHARS, _MAX_ECHO_CHARS = 4, 250
# what is longer is text that holds some marks; spares it the pattern
_MAX_MARKED_CHARS = 5_000
_MAX_BESIDE_MARKS = 0.25  # share of a block that may be something else
# characters; larger takes sentences that make a point of AI, smaller leaves lines with a tool's name
_MAX_LINE_CHARS = 120
# prose about the world is covered by cues and function words to a third, a label entirely
_LEAST_COVERAGE = 0.8
# kinds of cues of `docs/cues.md`: what was done to a text
_MAKING = ("cue.made", "cue.translated", "cue.summarised", "cue.assisted", "cue.handled")
# what shows that a sentence is about AI, denies it, or is a reader's: then it is no note
_SPEAKING_AGAINST = ("cue.report", "cue.about", "cue.denial", "cue.correction", "cue.review", "cue.reader")
_NOTES = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT})
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW})


@page_rule(
    "residue.citation-mark",
    Label.CHATBOT_META,
    "Citation marks of a chatbot's interface lead nowhere outside it.",
)
def citation_marks(context: RuleContext) -> Mapping[int, str]:
    """Evidence for blocks of a chatbot's citation marks and next to nothing else."""
    found = {}
    # one look at the whole page spares nearly all pages a look at each block
    blocks = (
        context.page.blocks if may_hold_marks("\n".join([block.raw for block in context.page.blocks])) else ()
    )
    for block in blocks:
        if block.kind in _NEVER or len(block.raw) > _MAX_MARKED_CHARS or not may_hold_marks(block.raw):
            continue
        text = block.text
        marks = MARK.findall(text)
        rest = MARK.sub("", text).strip(" .,;[]()")
        if marks and len(rest) < _MAX_BESIDE_MARKS * len(text):
            found[block.index] = f"interface mark of a chatbot: {marks[0]}"
    return found


@page_rule(
    "residue.data", Label.OTHER, "A picture that is written out as letters and digits is nothing to read."
)
def data(context: RuleContext) -> Mapping[int, str]:
    """Evidence for files written as a ``data:`` URL, with next to nothing else."""
    found = {}
    for block in [block for block in context.page.blocks if ";base64," in block.raw]:
        data = DATA.search(block.text) if block.kind not in _NEVER else None
        if data and len(DATA.sub("", block.text)) < _MAX_BESIDE_MARKS * len(block.text):
            found[block.index] = f"data of a file: {data[1]}"
    return found


@page_rule(
    "residue.headline-echo",
    Label.SOURCE_NOTE,
    "The source's headline, left beside the prompt that quotes it, is not a line of this article.",
)
def headline_echoes(context: RuleContext) -> Mapping[int, str]:
    """Evidence for lines that repeat the headline quoted in a leaked prompt, in another language than the page's."""
    # the labels are known by now, so pages without prompts cost one look
    if Label.LEAKED_PROMPT not in context.labels:
        return {}
    blocks = context.page.blocks
    prompts = [at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.LEAKED_PROMPT]
    # each once, in the page's order: a page has one or two, a hostile page thousands
    found = dict.fromkeys(filter(None, (source_title(blocks[at].text) for at in prompts)))
    titles = tuple(found)[:_MAX_PROMPTED_TITLES]
    language = primary(context.page.language)
    return {
        at: "the headline quoted in the prompt, in its own language"
        for at, block in enumerate(blocks)
        if _MIN_ECHO_CHARS <= len(block.text) <= _MAX_ECHO_CHARS
        and any(is_same_headline(title, block.text) for title in titles)
        # in the page's own language it is the article's headline or a sentence of it
        and is_foreign(block.text, language)
    }


@page_rule(
    "residue.beside-note",
    Label.AI_DISCLAIMER,
    "A line that names AI as the maker belongs to the note beside it, not to a text that does not speak of AI.",
)
def lines_beside_notes(context: RuleContext) -> Mapping[int, str]:
    """Evidence for short lines that name AI as a maker, between a text that does not speak of AI and a note that
    discloses its use.

    On its own such a line ("AI has told you this story") may be an article's point; as the neighbour of such
    a note it is the note's.
    """
    if context.labels.isdisjoint(_NOTES):
        return {}
    blocks, kept, language = context.page.blocks, context.kept_by_now, context.page.language
    notes = {at for at, verdict in enumerate(context.verdicts) if verdict.label in _NOTES}
    found = {}
    for at in kept:
        if notes.isdisjoint((at - 1, at + 1)):
            continue
        text, others = blocks[at].text, kept - {at}
        # not amid the text of the article
        if len(text) > _MAX_LINE_CHARS or (others and min(others) < at < max(others)):
            continue
        if any(_is_line_on_ai(text, code) for code in codes_for(text, language)) and not any(
            _names_ai(blocks[other].text, language) for other in others
        ):
            found[at] = "names AI as the maker, beside a note on it, and the text does not speak of AI"
    return found


def _is_line_on_ai(text: str, code: str) -> bool:
    """Whether a text is one sentence of little but AI and the making of something."""
    found = sentences(text, code)
    return len(found) == 1 and (
        coverage(found[0]) >= _LEAST_COVERAGE
        and (found[0].has("cue.ai-sure") or bool(found[0].vendors))
        and found[0].has(*_MAKING)
        and not found[0].has(*_SPEAKING_AGAINST)
    )


def _names_ai(text: str, language: str) -> bool:
    return any("cue.ai-sure" in ids for _, ids in candidate_cues(text, language))


def _disclosure_rule(label: Label, why: str) -> Rule:
    """The rule for blocks that say what part a machine had in the page, and nothing else; its evidence: which words."""

    @page_rule(f"residue.{label.replace('_', '-')}", label, why)
    def find_all(context: RuleContext) -> Mapping[int, str]:
        found = disclosures(context.judged)
        return {at: disclosure.evidence() for at, disclosure in found.items() if disclosure.label is label}

    return find_all


ANYWHERE = (
    _disclosure_rule(
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
    ),
    _disclosure_rule(
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
    ),
    _disclosure_rule(
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
    ),
    citation_marks,
    data,
)
"""For every block."""
CONTEXT = (headline_echoes, lines_beside_notes)
"""For the second pass, when the prompts of the page are known."""
