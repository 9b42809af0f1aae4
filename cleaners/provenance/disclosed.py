"""The disclosures of a page as findings: notes on AI, leaked prompts, a chatbot's small talk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from copydesk.cleaners.language.names import language_translated_from
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.provenance.findings import Finding, strong, weak
from copydesk.cleaners.residue.ai_notes import Note, read_notes
from copydesk.cleaners.residue.note_acts import Medium
from copydesk.cleaners.residue.note_words import Part, note_languages, note_words
from copydesk.cleaners.residue.prompt_source import mine_prompt
from copydesk.cleaners.residue.reading.denials import denies_people_alone
from copydesk.cleaners.residue.reading.residue_reading import Reading, Role
from copydesk.cleaners.rules.disclosures.assessment import Disclosure
from copydesk.cleaners.schema import AiUse, DerivedFrom
from copydesk.cleaners.types import Label, Labelled
from copydesk.cleaners.wording.cues import candidate_cues
from copydesk.cleaners.wording.sentences import sentences

# term of IPTC's Digital Source Type for text that software made from data, such as reports of results
FROM_DATA = "dataDrivenMedia"
CITATION_MARK = "residue.citation-mark"
CLAIMED_FROM, CLAIMED_AT_EDGE_FROM = 3.0, 1.25
"""Log-odds of a note, by the net that reads it, from which a use of AI is claimed; and where a text begins or ends with
it: decision 22.
"""
_MAX_DISCLOSURES = 40  # blocks; a page has one or two
# where translators are named; in the text itself a translator may be whom it speaks of
_CREDITS = frozenset({Label.BYLINE, Label.AUTHOR_BIO, Label.SOURCE_NOTE, Label.COPYRIGHT})
# labels of what machines leave in a page
_DISCLOSING = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META})
# set by hand: what is longer is a text on its author, which tells of other translations
_MAX_CREDIT_CHARS = 200
# media for which a record has a word; tools that make others count as text
_MEDIA: Mapping[str, Medium] = {"image": "image", "audio": "audio", "video": "video"}
_ROLES: Mapping[Part, Role] = {
    Part.MADE: "generated",
    Part.TRANSLATED: "translated",
    Part.SUMMARISED: "summarised",
    Part.ASSISTED: "assisted",
}


def find_disclosed(
    labelled: Sequence[Labelled], disclosures: Mapping[int, Disclosure], *, language: str
) -> tuple[Finding, ...]:
    """Findings of all blocks, in the page's order; what is not surely a disclosure is quoted, and nothing is
    claimed for it.
    """
    # what goes on from the block before was reported with it
    own = [disclosures[at] for at in sorted(disclosures) if not disclosures[at].is_continuation]
    found = [
        finding for disclosure in own[:_MAX_DISCLOSURES] for finding in _findings_of(disclosure, language)
    ]
    # blocks that other rules name: quoted for a reader, since nothing in them counts as a disclosure
    named = [item for item in labelled if item.label in _DISCLOSING and item.block.index not in disclosures]
    named = [item for item in named if item.verdict.rule != CITATION_MARK]
    found += [weak("ai", None, "text", item.block.text) for item in named[:_MAX_DISCLOSURES]]
    # pasted notes hold such marks as well as texts that a model wrote; one tells as much as all of them
    marks = [item.block.text for item in labelled if item.verdict.rule == CITATION_MARK]
    found += [weak("ai", None, "text", mark) for mark in marks[:1]]
    # a repeated headline of the source shows that there is one, and not which
    echoed = [item for item in labelled if item.verdict.rule == "residue.headline-echo"]
    found += [weak("derived_from", None, "text", item.block.text) for item in echoed[:_MAX_DISCLOSURES]]
    credits_ = [item for item in labelled if item.label in _CREDITS][:_MAX_DISCLOSURES]
    return (*found, *(finding for item in credits_ for finding in _translator(item.block.text, language)))


def _findings_of(disclosure: Disclosure, language: str) -> Iterator[Finding]:
    # without a value: a record has words for uses of AI, none for their absence
    for note in disclosure.denials:
        yield weak("ai", None, "text", note.quote)
    for note in disclosure.notes:
        is_program = note.agent in (Part.AUTOMATION, Part.AI_MADE)
        yield from _claimed(use_of(note), note.quote, disclosure.code, is_program=is_program)
    if disclosure.reading is not None and not (disclosure.notes or disclosure.denials):
        yield from _read(disclosure, disclosure.reading)
    if disclosure.prompt is not None:
        yield from _prompted(disclosure.prompt.quote, language, is_claim=disclosure.prompt.is_sure)
    for line in disclosure.lines:
        yield weak("ai", AiUse(role="generated") if line.is_sure else None, "text", line.quote)


def _read(disclosure: Disclosure, reading: Reading) -> Iterator[Finding]:
    """What a passage says by the net, where no grammar reads it."""
    quote, words = reading.key_sentence()
    claimed_from = CLAIMED_AT_EDGE_FROM if disclosure.is_at_edge else CLAIMED_FROM
    if (
        disclosure.label is not Label.AI_DISCLAIMER
        or reading.odds[disclosure.label] < claimed_from
        # a denial that nothing has read as one
        or (any(concept == "not" for concept, _ in words) and not _denies_people(quote, disclosure.code))
        or _is_left_open(quote, disclosure.code)
    ):
        if disclosure.is_denied or (disclosure.label and not (disclosure.lines or disclosure.prompt)):
            yield weak("ai", None, "text", quote)
        return
    use = _use(quote, reading.role, reading.medium)
    is_program = not any(concept in ("ai", "product") for concept, _ in words)
    yield from _claimed(use, quote, disclosure.code, is_program=is_program)


def _denies_people(quote: str, code: str) -> bool:
    """Whether a sentence denies no more than that people had a part, in a language without a grammar of notes."""
    return primary(code) not in note_languages() and denies_people_alone(quote, code)


def _is_left_open(quote: str, code: str) -> bool:
    """Whether a sentence says that something may have been made so: by its grammar, or by how it begins ("قد يكون هذا
    المقال …").
    """
    if code not in note_languages():
        return False
    words = note_words(code)
    beginning = " ".join(words.fold(quote).split()[:2])
    return any(note.veto.startswith(f"{Part.OPEN}:") for note in read_notes(quote, code)) or any(
        beginning.startswith(phrase) for phrase in words.phrases_in(Part.OPEN, beginning)
    )


def _claimed(use: AiUse, quote: str, code: str, *, is_program: bool) -> Iterator[Finding]:
    """What follows from a use of AI that a sentence discloses; ``is_program``: it names no model, but what runs by
    itself.
    """
    yield strong("ai", use, "text", quote)
    # the fields below speak of the text; a note on a picture says nothing of it
    if use.medium != "text":
        return
    # "generated automatically from data" names no model, so the type is not a trained one's
    if use.role == "generated" and is_program:
        yield strong("digital_source_type", FROM_DATA, "text", quote)
    if use.role == "translated":
        yield strong("machine_translated", True, "text", quote)
        if source := language_translated_from(quote, code):
            yield strong("derived_from", DerivedFrom(language=source, relation="translation"), "text", quote)


def use_of(note: Note) -> AiUse:
    """The use of AI in a note: its role, and of what medium."""
    return _use(note.quote, _ROLES[note.act], note.medium)


def _use(quote: str, role: Role, medium: Medium) -> AiUse:
    """A use of AI with the tool that is named; one that makes pictures made one, where nothing else is stated."""
    tools = find_vendors(quote)
    # the product rather than its company
    tool = next((hit for hit in tools if hit.model), tools[0] if tools else None)
    if tool is not None and medium == "text":
        medium = _MEDIA.get(tool.medium or "", "text")
    vendor, model = (tool.vendor, tool.model) if tool else (None, None)
    return AiUse(role=role, medium=medium, vendor=vendor, model=model)


def _prompted(text: str, language: str, *, is_claim: bool) -> Iterator[Finding]:
    # a prompt that is quoted or may be the article's own is evidence alone
    if not is_claim:
        yield weak("ai", None, "text", text)
        return
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
    # cues in single words first: sentences are parted only where a translator is spoken of
    for code, ids in candidate_cues(text, language):
        # "Translator: DeepL" names a tool, and no person
        if "cue.translator" not in ids or find_vendors(text):
            continue
        for part in sentences(text, code):
            cue = part.first("cue.translator")
            if cue and not part.has("cue.ai", "cue.ai-sure") and _names_a_person(part.raw):
                yield strong("machine_translated", False, "text", part.raw)
                return


def _names_a_person(text: str) -> bool:
    """Two capitalised words in a row, or a script that has no capitals."""
    # the first word is skipped: "Translated" begins with a capital anyway
    is_cased = any(char.islower() for char in text)
    return not is_cased or any(
        one[:1].isupper() and two[:1].isupper() for one, two in pairwise(text.split()[1:])
    )
