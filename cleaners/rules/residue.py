"""Rules for AI residue: disclosures, citation marks, encoded files, quoted headlines, lines beside AI notes."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.residue.prompt_source import source_title
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.rule import Rule, RuleContext, page_rule
from copydesk.cleaners.segment.citation_marks import DATA, MARK, may_hold_marks
from copydesk.cleaners.types import Kind, Label
from copydesk.cleaners.wording.cues import candidate_cues, codes_for
from copydesk.cleaners.wording.headlines import is_foreign, is_same_headline
from copydesk.cleaners.wording.sentences import coverage, sentences

# set by hand, like the next four; each title is compared with every block of a page with prompts
_MAX_PROMPTED_TITLES = 8
# no headline is longer
_MIN_ECHO_CHARS, _MAX_ECHO_CHARS = 4, 250
# longer blocks are text with some marks in it
_MAX_MARKED_CHARS = 5_000
_MAX_OTHER_SHARE = 0.25  # of a block
# a larger value removes sentences about AI, a smaller one keeps lines with the name of a tool
_MAX_LINE_CHARS = 120
# cues and function words cover a third of prose, but all of a label
_MIN_COVERAGE = 0.8
# cues (docs/cues.md) for the making of a text
_MAKING_CUES = ("cue.made", "cue.translated", "cue.summarised", "cue.assisted", "cue.handled")
# cues of sentences that are not AI notes: about AI, denials, comments of readers
_NO_NOTE_CUES = ("cue.report", "cue.about", "cue.denial", "cue.correction", "cue.review", "cue.reader")
_NOTES = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT})
_SKIPPED_KINDS = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW})


@page_rule(
    "residue.citation-mark",
    Label.CHATBOT_META,
    "Citation marks of a chatbot's interface mean nothing outside it.",
)
def citation_marks(context: RuleContext) -> Mapping[int, str]:
    """Blocks of citation marks and little else."""
    found: dict[int, str] = {}
    # nearly all pages have none, which one search of the whole text shows
    if not may_hold_marks("\n".join([block.raw for block in context.page.table.blocks])):
        return found
    for block in context.page.table.blocks:
        if (
            block.kind in _SKIPPED_KINDS
            or len(block.raw) > _MAX_MARKED_CHARS
            or not may_hold_marks(block.raw)
        ):
            continue
        text = block.text
        marks = MARK.findall(text)
        rest = MARK.sub("", text).strip(" .,;[]()")
        if marks and len(rest) < _MAX_OTHER_SHARE * len(text):
            found[block.index] = f"interface mark of a chatbot: {marks[0]}"
    return found


@page_rule("residue.data", Label.OTHER, "A file that is encoded as letters and digits is not text.")
def data(context: RuleContext) -> Mapping[int, str]:
    """Blocks of a ``data:`` URL and little else."""
    found = {}
    for block in [block for block in context.page.table.blocks if ";base64," in block.raw]:
        data = DATA.search(block.text) if block.kind not in _SKIPPED_KINDS else None
        if data and len(DATA.sub("", block.text)) < _MAX_OTHER_SHARE * len(block.text):
            found[block.index] = f"data of a file: {data[1]}"
    return found


@page_rule(
    "residue.headline-echo",
    Label.SOURCE_NOTE,
    "The headline that a leaked prompt quotes is that of its source, not a line of the article.",
)
def headline_echoes(context: RuleContext) -> Mapping[int, str]:
    """Lines that repeat the headline quoted in a leaked prompt, in another language than the page's."""
    if Label.LEAKED_PROMPT not in context.labels:
        return {}
    blocks = context.page.table.blocks
    prompts = [at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.LEAKED_PROMPT]
    # distinct and in order: a page has one or two, a hostile page thousands
    found = dict.fromkeys(filter(None, (source_title(blocks[at].text) for at in prompts)))
    titles = tuple(found)[:_MAX_PROMPTED_TITLES]
    language = primary(context.page.language)
    return {
        at: "the headline quoted in the prompt, in its own language"
        for at, block in enumerate(blocks)
        if _MIN_ECHO_CHARS <= len(block.text) <= _MAX_ECHO_CHARS
        and any(is_same_headline(title, block.text) for title in titles)
        # in the page's language it is the headline or a sentence of the article
        and is_foreign(block.text, language)
    }


@page_rule(
    "residue.beside-note",
    Label.AI_DISCLAIMER,
    "A line beside an AI note that names AI as the author belongs to the note if the article is not about AI.",
)
def lines_beside_notes(context: RuleContext) -> Mapping[int, str]:
    """Short lines beside an AI note that name AI as the author ("AI has told you this story"), if the article does not
    mention AI. Without the note, such a line may be the point of the article.
    """
    if context.labels.isdisjoint(_NOTES):
        return {}
    blocks, kept, language = context.page.table.blocks, context.kept_by_now, context.page.language
    notes = {at for at, verdict in enumerate(context.verdicts) if verdict.label in _NOTES}
    found = {}
    for at in kept:
        if notes.isdisjoint((at - 1, at + 1)):
            continue
        text, others = blocks[at].text, kept - {at}
        # not within the article
        if len(text) > _MAX_LINE_CHARS or (others and min(others) < at < max(others)):
            continue
        if any(_names_ai_as_maker(text, code) for code in codes_for(text, language)) and not any(
            _mentions_ai(blocks[other].text, language) for other in others
        ):
            found[at] = "names AI as the maker, beside a note on it, and the text does not speak of AI"
    return found


def _names_ai_as_maker(text: str, code: str) -> bool:
    """Whether a text is one sentence about AI making something, with little else."""
    found = sentences(text, code)
    return len(found) == 1 and (
        coverage(found[0]) >= _MIN_COVERAGE
        and (found[0].has("cue.ai-sure") or bool(found[0].vendors))
        and found[0].has(*_MAKING_CUES)
        and not found[0].has(*_NO_NOTE_CUES)
    )


def _mentions_ai(text: str, language: str) -> bool:
    return any("cue.ai-sure" in ids for _, ids in candidate_cues(text, language))


def _disclosure_rule(label: Label, why: str) -> Rule:
    """The rule for blocks whose disclosure has this label; its evidence quotes the words."""

    @page_rule(f"residue.{label.replace('_', '-')}", label, why)
    def find_all(context: RuleContext) -> Mapping[int, str]:
        found = disclosures(context.judged)
        return {at: disclosure.evidence() for at, disclosure in found.items() if disclosure.label is label}

    return find_all


ANYWHERE = (
    _disclosure_rule(
        Label.AI_DISCLAIMER,
        "An AI note is information about the page, not part of the article.",
    ),
    _disclosure_rule(
        Label.LEAKED_PROMPT,
        "A prompt is an instruction to a model, not text for readers.",
    ),
    _disclosure_rule(
        Label.CHATBOT_META,
        "Greetings, offers and excuses of a chatbot surround the article and are not part of it.",
    ),
    citation_marks,
    data,
)
"""For every block."""
CONTEXT = (headline_echoes, lines_beside_notes)
"""For the second pass, when all blocks have labels."""
