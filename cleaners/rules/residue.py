"""Rules for what machines left in a page that is told by other things than its wording."""

from __future__ import annotations

from collections.abc import Callable, Collection

from copydesk.cleaners.residue.prompt_source import source_title
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept_by_now
from copydesk.cleaners.segment.citation_marks import DATA, MARK, may_hold_marks
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.wording.cues import codes_for, suspects
from copydesk.cleaners.wording.headlines import is_foreign, is_same_headline, primary
from copydesk.cleaners.wording.sentences import coverage, sentences

# set by hand, like the next four; each title is compared with every block of a page that has prompts
_MAX_PROMPTED_TITLES = 8
# no headline is longer; comparing paragraphs with headlines would cost and find nothing
_ECHO_CHARS = 250
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


def find_citation_mark(block: Block, _context: RuleContext) -> str | None:
    """A chatbot's citation marks and next to nothing else."""
    marks = MARK.findall(block.text)
    rest = MARK.sub("", block.text).strip(" .,;[]()")
    return (
        f"interface mark of a chatbot: {marks[0]}"
        if marks and len(rest) < _MAX_BESIDE_MARKS * len(block.text)
        else None
    )


def find_data(block: Block, _context: RuleContext) -> str | None:
    """A file written as a ``data:`` address, and next to nothing else."""
    found = DATA.search(block.text)
    if found is None:
        return None
    rest = len(DATA.sub("", block.text))
    return f"data of a file: {found[1]}" if rest < _MAX_BESIDE_MARKS * len(block.text) else None


def _with_data(context: RuleContext) -> Collection[int]:
    return [
        block.index for block in context.page.blocks if block.kind not in _NEVER and ";base64," in block.raw
    ]


def _with_marks(context: RuleContext) -> Collection[int]:
    return [
        block.index
        for block in context.page.blocks
        if block.kind not in _NEVER and len(block.raw) <= _MAX_MARKED_CHARS and may_hold_marks(block.raw)
    ]


def find_headline_echo(block: Block, context: RuleContext) -> str | None:
    """A line that repeats the headline quoted in a leaked prompt, in another language than the page's."""
    text = block.text
    if not 4 <= len(text) <= _ECHO_CHARS:
        return None
    titles = context.memoized(_prompted_titles)
    # in the page's own language it is the article's headline or a sentence of it
    if any(is_same_headline(title, text) for title in titles) and is_foreign(
        text, primary(context.page.language)
    ):
        return "the headline quoted in the prompt, in its own language"
    return None


def _prompted_titles(context: RuleContext) -> tuple[str, ...]:
    """The headlines quoted in the page's prompts, each once; a page has one or two, a hostile one thousands."""
    prompts = (
        block.text
        for block, verdict in zip(context.page.blocks, context.verdicts, strict=True)
        if verdict.label is Label.LEAKED_PROMPT
    )
    # a dict, for the page's order: the first of very many are those looked for
    titles = dict.fromkeys(filter(None, map(source_title, prompts)))
    return tuple(titles)[:_MAX_PROMPTED_TITLES]


def _beside_prompts(context: RuleContext) -> Collection[int]:
    # the labels are known by now, so pages without prompts cost one look
    return range(len(context.page.blocks)) if Label.LEAKED_PROMPT in context.labels else ()


def find_beside_note(block: Block, context: RuleContext) -> str | None:
    """A short line that names AI as a maker, between a text that does not speak of AI and a note that admits its use.

    On its own such a line ("AI has told you this story") may be an article's point; as the neighbour of such
    a note it is the note's.
    """
    if len(block.text) > _MAX_LINE_CHARS or _stands_amid(block.index, context):
        return None
    if not any(_is_line_on_ai(block.text, code) for code in codes_for(block.text, context.page.language)):
        return None
    if any(
        _names_ai(context.page.blocks[at].text, context.page.language)
        for at in kept_by_now(context) - {block.index}
    ):
        return None
    return "names AI as the maker, beside a note on it, and the text does not speak of AI"


def _stands_amid(index: int, context: RuleContext) -> bool:
    """Whether text of the article stands before and after a block."""
    others = kept_by_now(context) - {index}
    # without other text of the article the line stands alone, beside a note, and not amid anything
    return bool(others) and min(others) < index < max(others)


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
    return any("cue.ai-sure" in ids for _, ids in suspects(text, language))


def _beside_notes(context: RuleContext) -> Collection[int]:
    if context.labels.isdisjoint(_NOTES):
        return ()
    notes = [at for at, verdict in enumerate(context.verdicts) if verdict.label in _NOTES]
    # the numbers may be off the page at its ends; the intersection drops those
    return kept_by_now(context) & {beside for at in notes for beside in (at - 1, at + 1)}


def _admitting(label: Label) -> Callable[[RuleContext], Collection[int]]:
    def among(context: RuleContext) -> Collection[int]:
        return [at for at, said in disclosures(context.judged).items() if said.label is label]

    return among


def find_admission(block: Block, context: RuleContext) -> str | None:
    """A block that says what part a machine had in the page, and nothing else: which words say what."""
    return disclosures(context.judged)[block.index].evidence()


ANYWHERE: tuple[Rule, ...] = (
    Rule(
        "residue.ai-disclaimer",
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
        find_admission,
        _admitting(Label.AI_DISCLAIMER),
    ),
    Rule(
        "residue.leaked-prompt",
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
        find_admission,
        _admitting(Label.LEAKED_PROMPT),
    ),
    Rule(
        "residue.chatbot-meta",
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
        find_admission,
        _admitting(Label.CHATBOT_META),
    ),
    Rule(
        "residue.citation-mark",
        Label.CHATBOT_META,
        "Citation marks of a chatbot's interface lead nowhere outside it.",
        find_citation_mark,
        _with_marks,
    ),
    Rule(
        "residue.data",
        Label.OTHER,
        "A picture that is written out as letters and digits is nothing to read.",
        find_data,
        _with_data,
    ),
)
"""Asked of every block."""

CONTEXT: tuple[Rule, ...] = (
    Rule(
        "residue.headline-echo",
        Label.SOURCE_NOTE,
        "The source's headline, left beside the prompt that quotes it, is not a line of this article.",
        find_headline_echo,
        _beside_prompts,
    ),
    Rule(
        "residue.beside-note",
        Label.AI_DISCLAIMER,
        "A line that names AI as the maker belongs to the note beside it, not to a text that does not speak of AI.",
        find_beside_note,
        _beside_notes,
    ),
)
"""Judged in the second pass, when the prompts of the page are known."""
