"""Rules for AI residue: disclosures, citation marks, encoded files, quoted headlines, lines beside AI notes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.residue.prompt_source import source_title
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures, mentions_ai
from copydesk.cleaners.rules.rule import Rule, RuleContext, rule
from copydesk.cleaners.segment.citation_marks import DATA, MARK, may_hold_marks
from copydesk.cleaners.types import Kind, Label
from copydesk.cleaners.wording.cues import codes_for
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


@rule(
    "residue.citation-mark",
    Label.CHATBOT_META,
    "Citation marks of a chatbot's interface mean nothing outside it.",
)
def citation_marks(context: RuleContext) -> Mapping[int, str]:
    """Blocks of citation marks and little else."""
    table = context.page.table
    found: dict[int, str] = {}
    # nearly all pages have none, which one search of the whole text shows
    if not may_hold_marks("\n".join(table.raws)):
        return found
    for at, text in enumerate(table.texts):
        if table.kinds[at] in _SKIPPED_KINDS or len(text) > _MAX_MARKED_CHARS or not may_hold_marks(text):
            continue
        marks = MARK.findall(text)
        rest = MARK.sub("", text).strip(" .,;[]()")
        if marks and len(rest) < _MAX_OTHER_SHARE * len(text):
            found[at] = f"interface mark of a chatbot: {marks[0]}"
    return found


@rule("residue.data", Label.OTHER, "A file that is encoded as letters and digits is not text.")
def data(context: RuleContext) -> Mapping[int, str]:
    """Blocks of a ``data:`` URL and little else."""
    table = context.page.table
    found = {}
    for at in [at for at, text in enumerate(table.texts) if ";base64," in text]:
        text = table.texts[at]
        data = DATA.search(text) if table.kinds[at] not in _SKIPPED_KINDS else None
        if data and len(DATA.sub("", text)) < _MAX_OTHER_SHARE * len(text):
            found[at] = f"data of a file: {data[1]}"
    return found


@rule(
    "residue.headline-echo",
    Label.SOURCE_NOTE,
    "The headline that a leaked prompt quotes is that of its source, not a line of the article.",
)
def headline_echoes(context: RuleContext) -> Mapping[int, str]:
    """Lines that repeat the headline quoted in a leaked prompt, in another language than the page's."""
    if Label.LEAKED_PROMPT not in context.labels:
        return {}
    texts = context.page.table.texts
    prompts = [at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.LEAKED_PROMPT]
    # distinct and in order: a page has one or two, a hostile page thousands
    found = dict.fromkeys(filter(None, [source_title(texts[at]) for at in prompts]))
    titles = tuple(found)[:_MAX_PROMPTED_TITLES]
    language = primary(context.page.language)
    return {
        at: "the headline quoted in the prompt, in its own language"
        for at, text in enumerate(texts if titles else ())
        if _MIN_ECHO_CHARS <= len(text) <= _MAX_ECHO_CHARS
        and any(is_same_headline(title, text) for title in titles)
        # in the page's language it is the headline or a sentence of the article
        and is_foreign(text, language)
    }


@rule(
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
    texts, kept, language = context.page.table.texts, context.kept_by_now, context.page.language
    notes = {at for at, verdict in enumerate(context.verdicts) if verdict.label in _NOTES}
    found = {}
    for at in kept:
        if notes.isdisjoint((at - 1, at + 1)):
            continue
        text, others = texts[at], kept - {at}
        # not within the article
        if len(text) > _MAX_LINE_CHARS or (others and min(others) < at < max(others)):
            continue
        if any(_names_ai_as_maker(text, code) for code in codes_for(text, language)) and not any(
            mentions_ai(texts[other], language) for other in others
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


def _disclosed(label: Label, context: RuleContext) -> Mapping[int, str]:
    """The blocks whose disclosure has this label, with its words."""
    found = disclosures(context.judged)
    return {at: disclosure.evidence() for at, disclosure in found.items() if disclosure.label is label}


def _disclosure_rule(label: Label, why: str) -> Rule:
    return Rule(f"residue.{label.replace('_', '-')}", label, why, partial(_disclosed, label))


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
