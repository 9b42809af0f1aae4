"""What the blocks of a page admit: notes on AI, leaked prompts, a chatbot's small talk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from copydesk.cleaners.cues import codes_for, suspects
from copydesk.cleaners.disclosure import read_disclosure
from copydesk.cleaners.findings import Finding, strong, weak
from copydesk.cleaners.language_names import language_named
from copydesk.cleaners.prompt_source import mine_prompt
from copydesk.cleaners.schema import AiUse, DerivedFrom
from copydesk.cleaners.sentences import sentences
from copydesk.cleaners.types import Block, Label, Labelled
from copydesk.cleaners.vendors import find_vendors
from copydesk.cleaners.wordings import Wordings

FROM_DATA = "dataDrivenMedia"
CITATION_MARK = "residue.citation-mark"  # pasted notes hold such marks as well as texts a model wrote
_MAX_TELLING = 40  # blocks asked what they admit; a page has one or two
_MAX_UNSURE = 5
_CREDITS = frozenset({Label.BYLINE, Label.AUTHOR_BIO, Label.SOURCE_NOTE, Label.COPYRIGHT})
_TELLING = _CREDITS | {Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META}
_MAX_CREDIT_CHARS = 200


def find_disclosed(
    labelled: Sequence[Labelled], *, unsure: Sequence[Block], language: str, wordings: Callable[[], Wordings]
) -> tuple[Finding, ...]:
    """Findings of all blocks, in the page's order; what is not surely an admission is quoted, and nothing is claimed for it.

    ``unsure``: kept blocks that may admit a use of AI. ``wordings``: gives the judgement of wording.
    """
    telling = [item for item in labelled if item.label in _TELLING][:_MAX_TELLING]
    found = [finding for item in telling for finding in _block(item, language, wordings)]
    return (*found, *(weak("ai", None, "text", block.text) for block in unsure[:_MAX_UNSURE]))


def _block(item: Labelled, language: str, wordings: Callable[[], Wordings]) -> Iterator[Finding]:
    text = item.block.text
    if item.label is Label.AI_DISCLAIMER:
        yield from _disclosed(text, language, wordings)
    elif item.label is Label.LEAKED_PROMPT:
        yield from _prompted(text, language)
    elif item.label is Label.CHATBOT_META and item.verdict.rule != CITATION_MARK:
        yield weak("ai", AiUse(role="generated"), "text", text)
    elif item.verdict.rule == "residue.headline-echo":
        yield weak("derived_from", None, "text", text)
    elif item.label in _CREDITS:
        yield from _translator(text, language)


def _disclosed(text: str, language: str, wordings: Callable[[], Wordings]) -> Iterator[Finding]:
    found = read_disclosure(text, language, wordings())
    if found is None:
        yield weak("ai", None, "text", text)
        return
    yield strong("ai", found.use, "text", text)
    if found.is_from_data and found.use.medium == "text":
        yield strong("digital_source_type", FROM_DATA, "text", text)
    if found.use.role == "translated" and found.use.medium == "text":
        yield strong("machine_translated", True, "text", text)
        source = language_named(text, codes_for(text, language)[0])
        if source:
            yield strong("derived_from", DerivedFrom(language=source, relation="translation"), "text", text)


def _prompted(text: str, language: str) -> Iterator[Finding]:
    source = mine_prompt(text, language)
    is_translation = source is not None and source.relation == "translation"
    yield strong("ai", AiUse(role="translated" if is_translation else "generated"), "text", text)
    if is_translation:
        yield strong("machine_translated", True, "text", text)
    if source:
        yield strong("derived_from", source, "text", text)


def _translator(text: str, language: str) -> Iterator[Finding]:
    """A person named as translator: then no machine translated the text."""
    if len(text) > _MAX_CREDIT_CHARS:
        return
    for code, ids in suspects(text, language):
        if "cue.translator" not in ids or find_vendors(text):
            continue
        for part in sentences(text, code):
            cue = part.first("cue.translator")
            if cue and not part.has("cue.ai", "cue.ai-sure") and _names_a_person(part.raw):
                yield strong("machine_translated", False, "text", part.raw)
                return


def _names_a_person(text: str) -> bool:
    """Two capitalised words in a row, or a script that has no capitals."""
    is_cased = any(char.islower() for char in text)
    return not is_cased or any(
        one[:1].isupper() and two[:1].isupper() for one, two in pairwise(text.split()[1:])
    )
