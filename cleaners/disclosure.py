"""Sentences in which a page speaks of its own making by AI: whether one is, and what it admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cleaners.cues import Sentence, sentences
from cleaners.schema import AiUse
from cleaners.vendors import VendorHit

Role = Literal["generated", "translated", "summarised", "assisted"]
Medium = Literal["text", "image", "audio", "video"]

MAX_CHARS = 600
"""A disclosure is a note; longer blocks are articles about AI."""
MIN_COVERAGE_SELF = 0.55
"""Share of letters in cues and function words where the page names itself ("this article")."""
MIN_COVERAGE_LABEL = 0.8
"""The same where it does not ("Translated with DeepL"): nothing else may be said."""
MIN_COVERAGE_WEAK = 0.9
"""The same where the maker is only "automatic", "a machine", "software"."""

_ACTS = ("cue.translated", "cue.summarised", "cue.made", "cue.assisted")
_TOOLS = ("cue.ai", "cue.ai-sure")
_AGAINST = ("cue.report", "cue.denial", "cue.about")
_LABEL = "residue.ai-disclaimer"


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
    parts = sentences(text, language)
    if not parts or parts[0].has("cue.correction"):
        return None
    if any(part.has("cue.denial") for part in parts):
        return None
    for part in parts:
        if is_disclosing(part, is_alone=len(parts) == 1):
            return Disclosure(part, read_use(part), part.has("cue.data") and not part.has("cue.ai-sure"))
    return None


def is_disclosing(sentence: Sentence, *, is_alone: bool) -> bool:
    """Whether the sentence says that AI made something of this page."""
    if sentence.has(_LABEL) and (is_alone or sentence.has("cue.self")):
        return not sentence.has(*_AGAINST)
    is_medium = sentence.has("cue.image", "cue.audio", "cue.video")
    if not sentence.has(*_ACTS) and not is_medium:
        return False
    if sentence.has(*_AGAINST) or not _has_tool(sentence):
        return False
    if sentence.has("cue.self") and _is_sure(sentence):
        return sentence.coverage >= MIN_COVERAGE_SELF
    limit = MIN_COVERAGE_LABEL if _is_sure(sentence) else MIN_COVERAGE_WEAK
    return is_alone and sentence.coverage >= limit


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
