"""Sentences in which a page speaks of its own making by AI: whether one is, and what it admits."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cleaners.cues import VENDOR, finder, suspects
from cleaners.schema import AiUse
from cleaners.sentences import Sentence, sentences
from cleaners.vendors import VendorHit

Role = Literal["generated", "translated", "summarised", "assisted"]
Medium = Literal["text", "image", "audio", "video"]

MAX_CHARS = 600
"""A disclosure is a note; longer blocks are articles about AI."""
MAX_LABEL_CHARS = 200
"""The same where the page does not name itself."""
MAX_WORDS = 60
MAX_NOTE_WORDS = 25
MIN_COVERAGE_SELF = 0.5
"""Share of letters in cues and function words where the page names itself ("this article")."""
MIN_COVERAGE_SELF_WEAK = 0.55
"""The same where the maker is only "automatic", "a machine", "software", or may be a person."""
MIN_COVERAGE_USED = 0.6
"""The same where it is only said that AI was used, not what for."""
MIN_COVERAGE_LABEL = 0.7
"""The same where the page does not name itself ("Translated with DeepL"): little else may be said."""
MIN_COVERAGE_WEAK = 0.8
"""The same where neither is sure."""

_ACTS = ("cue.translated", "cue.summarised", "cue.made", "cue.assisted")
_MEDIA = ("cue.image", "cue.audio", "cue.video")
_TOOLS = ("cue.ai", "cue.ai-sure")
_AGAINST = ("cue.report", "cue.denial", "cue.about")
_LABEL = "residue.ai-disclaimer"
_SUBJECTS = frozenset({*_TOOLS, VENDOR, _LABEL})


class Disclosure(Struct, frozen=True):
    """What a note admits: the sentence, the use of AI, whether only data and templates were at work.

    ``is_label``: the words are a usual label ("AI-generated"), not a sentence of somebody's own.
    """

    sentence: Sentence
    use: AiUse
    is_from_data: bool
    is_label: bool


def find_disclosure(text: str, language: str) -> Disclosure | None:
    """The first sentence of ``text`` that discloses a use of AI for the page itself, or None.

    Quotations do not count, nor denials, reported speech, laws on labels and corrections. Where the
    words leave a doubt the answer is None.
    """
    if len(text) > MAX_CHARS:
        return None
    for code, ids in suspects(text, language):
        if not ids.isdisjoint(_SUBJECTS) and _may_disclose(text, code, ids):
            found = _read_as(text, code)
            if found:
                return found
    return None


def _may_disclose(text: str, code: str, ids: frozenset[str]) -> bool:
    """Whether the words are there that a disclosure of this length needs: reading costs ten times this look."""
    cues = finder(code)
    if len(text) > MAX_LABEL_CHARS:
        return cues.mentions(text, "cue.self")
    if "://" in text and not cues.mentions(text, "cue.self"):  # a reference to something on AI
        return False
    return _LABEL in ids or cues.mentions(text, *_ACTS, *_MEDIA, "cue.self", "cue.handled")


def _read_as(text: str, code: str) -> Disclosure | None:
    parts = sentences(text, code)
    if not parts or parts[0].has("cue.correction") or any(part.has("cue.denial") for part in parts):
        return None
    size = sum(part.size for part in parts)
    if size > MAX_WORDS:
        return None
    for part in parts:
        if is_disclosing(part, is_alone=len(parts) == 1 or size <= MAX_NOTE_WORDS):
            return Disclosure(part, read_use(part), _is_from_data(part), part.has(_LABEL))
    return None


def is_disclosing(sentence: Sentence, *, is_alone: bool) -> bool:
    """Whether the sentence says that AI made something of this page. ``is_alone``: little else is in the block."""
    if sentence.has(*_AGAINST):
        return False
    if sentence.has(_LABEL) and (is_alone or sentence.has("cue.self")):
        return True
    if not _has_tool(sentence) and not (sentence.has("cue.made") and sentence.has("cue.data")):
        return False
    return (
        _is_covered_self(sentence) if sentence.has("cue.self") else is_alone and _is_covered_label(sentence)
    )


def _is_covered_label(sentence: Sentence) -> bool:
    """Whether a sentence that does not name the page says nothing but what AI did."""
    if sentence.has("cue.you") and not _is_named(sentence):
        return False
    if not sentence.has(*_ACTS, *_MEDIA) and not (sentence.has("cue.handled") and sentence.vendors):
        return False
    is_sure = _is_sure(sentence) or (
        sentence.has("cue.ai") and sentence.has("cue.translated", "cue.summarised")
    )
    return sentence.coverage >= (MIN_COVERAGE_LABEL if is_sure else MIN_COVERAGE_WEAK)


def _is_covered_self(sentence: Sentence) -> bool:
    """Whether a sentence that names the page says little else than what AI did to it."""
    if not sentence.has(*_ACTS, *_MEDIA, "cue.handled"):
        return (
            _is_sure(sentence) and sentence.coverage >= MIN_COVERAGE_USED and sentence.size <= MAX_NOTE_WORDS
        )
    return sentence.coverage >= (MIN_COVERAGE_SELF if _is_sure(sentence) else MIN_COVERAGE_SELF_WEAK)


def _is_from_data(sentence: Sentence) -> bool:
    return sentence.has("cue.data") and not sentence.has("cue.ai-sure") and not sentence.vendors


def _has_tool(sentence: Sentence) -> bool:
    return bool(sentence.vendors) or sentence.has(*_TOOLS)


def _is_named(sentence: Sentence) -> bool:
    return any(hit.is_sure for hit in sentence.vendors)


def _is_sure(sentence: Sentence) -> bool:
    """Whether the maker is AI beyond doubt, not just something automatic or a person called Claude."""
    return sentence.has("cue.ai-sure") or _is_named(sentence)


def read_use(sentence: Sentence) -> AiUse:
    """Role, medium, vendor and model as the sentence has them."""
    tool = _chosen(sentence.vendors)
    medium = _medium(sentence, tool)
    return AiUse(
        role=_role(sentence) if medium == "text" else None,
        medium=medium,
        vendor=tool.vendor if tool else None,
        model=tool.model if tool else None,
    )


def _role(sentence: Sentence) -> Role:
    if sentence.has("cue.translated"):
        return "translated"
    if sentence.has("cue.summarised"):
        return "summarised"
    return "assisted" if sentence.has("cue.assisted") or not sentence.has("cue.made", _LABEL) else "generated"


def _medium(sentence: Sentence, tool: VendorHit | None) -> Medium:
    for medium in ("image", "audio", "video"):
        if tool is not None and tool.medium == medium:
            return medium
        if sentence.has(f"cue.{medium}") and not sentence.has("cue.self"):
            return medium
    return "text"


def _chosen(vendors: tuple[VendorHit, ...]) -> VendorHit | None:
    """The product rather than its company."""
    return next((hit for hit in vendors if hit.model), vendors[0] if vendors else None)
