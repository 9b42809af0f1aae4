"""Sentences in which a page speaks of its own making by AI: whether one is, and what it admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cleaners.cues import VENDOR, codes_for, suspects
from cleaners.schema import AiUse
from cleaners.sentences import Sentence, sentences
from cleaners.vendors import VendorHit

Role = Literal["generated", "translated", "summarised", "assisted"]
Medium = Literal["text", "image", "audio", "video"]

MAX_CHARS = 600
"""A disclosure is a note; longer blocks are articles about AI."""
MAX_WORDS = 60
MIN_COVERAGE_SELF = 0.5
"""Share of letters in cues and function words where the page names itself ("this article")."""
MIN_COVERAGE_SELF_WEAK = 0.7
"""The same where the maker is only "automatic", "a machine", "software", or may be a person."""
MIN_COVERAGE_LABEL = 0.75
"""The same where the page does not name itself ("Translated with DeepL"): little else may be said."""
MIN_COVERAGE_WEAK = 0.85
"""The same where neither is sure."""

_ACTS = ("cue.translated", "cue.summarised", "cue.made", "cue.assisted")
_MEDIA = ("cue.image", "cue.audio", "cue.video")
_TOOLS = ("cue.ai", "cue.ai-sure")
_AGAINST = ("cue.report", "cue.denial", "cue.about")
_LABEL = "residue.ai-disclaimer"
_SUBJECTS = frozenset({*_TOOLS, VENDOR, _LABEL})
_PREDICATES = frozenset({*_ACTS, *_MEDIA, _LABEL})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a note admits: the sentence, the use of AI, whether only data and templates were at work."""

    sentence: Sentence
    use: AiUse
    is_from_data: bool


def find_disclosure(text: str, language: str) -> Disclosure | None:
    """The first sentence of ``text`` that discloses a use of AI for the page itself, or None.

    Quotations do not count, nor denials, reported speech, laws on labels and corrections. Where the
    words leave a doubt the answer is None.
    """
    if len(text) > MAX_CHARS:
        return None
    for code in codes_for(text, language):
        if _may_disclose(suspects(text, code)):
            found = _read_as(text, code)
            if found:
                return found
    return None


def _may_disclose(ids: frozenset[str]) -> bool:
    return not ids.isdisjoint(_SUBJECTS) and not ids.isdisjoint(_PREDICATES)


def _read_as(text: str, code: str) -> Disclosure | None:
    parts = sentences(text, code)
    if not parts or parts[0].has("cue.correction") or any(part.has("cue.denial") for part in parts):
        return None
    if sum(part.size for part in parts) > MAX_WORDS:
        return None
    for part in parts:
        if is_disclosing(part, is_alone=len(parts) == 1):
            return Disclosure(part, read_use(part), part.has("cue.data") and not part.has("cue.ai-sure"))
    return None


def is_disclosing(sentence: Sentence, *, is_alone: bool) -> bool:
    """Whether the sentence says that AI made something of this page. ``is_alone``: nothing else is in the block."""
    if sentence.has(_LABEL) and (is_alone or sentence.has("cue.self")):
        return not sentence.has(*_AGAINST)
    if not sentence.has(*_ACTS, *_MEDIA) or sentence.has(*_AGAINST) or not _has_tool(sentence):
        return False
    if sentence.has("cue.self"):
        return sentence.coverage >= (MIN_COVERAGE_SELF if _is_sure(sentence) else MIN_COVERAGE_SELF_WEAK)
    return is_alone and sentence.coverage >= (MIN_COVERAGE_LABEL if _is_sure(sentence) else MIN_COVERAGE_WEAK)


def _has_tool(sentence: Sentence) -> bool:
    return bool(sentence.vendors) or sentence.has(*_TOOLS)


def _is_sure(sentence: Sentence) -> bool:
    """Whether the maker is AI beyond doubt, not just something automatic or a person called Claude."""
    return sentence.has("cue.ai-sure") or any(hit.is_sure for hit in sentence.vendors)


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
    return "assisted" if sentence.has("cue.assisted") else "generated"


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
