"""Declared uses of AI in the vocabularies of the standards, brought to the record's words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from copydesk.cleaners.lexicon.vendors import find_sole_tool, find_tool, find_vendors
from copydesk.cleaners.markup.jsonld import clean_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.findings import Finding, Where, strong, weak
from copydesk.cleaners.schema import AiUse

# the two terms of the vocabulary below that speak of AI models; the record's words are the vocabulary's
TRAINED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SOURCE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "digitalCapture": "captured from life with a digital camera or recorder",
        "computationalCapture": "captured from life in several exposures that a computer joined",
        "negativeFilm": "digitised from a film negative",
        "positiveFilm": "digitised from a film positive",
        "print": "digitised from print",
        "minorHumanEdits": "edited a little by people, with tools that generate nothing",
        "humanEdits": "edited by people, with tools that generate nothing",
        "algorithmicallyEnhanced": "enhanced by an algorithm that generates nothing",
        "softwareImage": "made by software that is no AI",
        "digitalArt": "made by people with digital tools that generate nothing",
        "digitalCreation": "made by people with digital tools that generate nothing",
        "dataDrivenMedia": "made from data by software",
        "trainedAlgorithmicMedia": "made by a trained AI model",
        "algorithmicMedia": "made by an algorithm without training",
        "screenCapture": "captured from a screen",
        "virtualRecording": "recorded at a virtual event",
        "composite": "put together from several parts",
        "compositeCapture": "put together from several parts that were captured from life",
        "compositeSynthetic": "put together from several parts, one of them at least synthetic",
        "compositeWithTrainedAlgorithmicMedia": "made in part by a trained AI model",
    }
)
"""Terms of the IPTC Digital Source Type (release of 2024-10-23), each in words for readers."""
# schema.org's IPTCDigitalSourceEnumeration has another name for one term
_SCHEMA_NAMES = {"multiFrameComputationalCapture": "computationalCapture"}

_LEVELS: Mapping[str, tuple[Literal["generated", "assisted"], str]] = {
    "ai-assisted": ("assisted", COMPOSITE),
    "ai-modified": ("assisted", COMPOSITE),
    "ai-generated": ("generated", TRAINED),
    "ai-originated": ("generated", TRAINED),
    "autonomous": ("generated", TRAINED),
    "machine-generated": ("generated", TRAINED),
}
"""Levels of the HTML and HTTP disclosure drafts, with role and type."""
MAX_NAME_CHARS = 200
"""Longest name of a provider or model that reaches a record; longer ones are cut."""
MAX_FINDINGS = 200
"""Findings taken from one kind of place of one page."""
# `mode=ai-assisted`, `provider="Some; Name"`: a separator in quotation marks parts nothing
_PAIR = lazy_pattern(r"([A-Za-z][\w-]*)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;,\s]+)")
_PARTED = lazy_pattern("[;,]")
# words for a translator that is nobody's name
_NO_PERSON = lazy_pattern(r"\b(?:AI|KI|IA|MT|bot|software|machine|maschin\w*|automat\w*)\b", re.IGNORECASE)


def disclosed(
    level: str, where: Where, quote: str, provider: str | None = None, model: str | None = None
) -> Iterator[Finding]:
    """What a level of the disclosure drafts says of the text.

    ``none`` (no AI), ``mixed`` (elements say more) and levels or sentences of a page's own are evidence and no claim.
    """
    level = level.strip().lower()
    if level in _LEVELS:
        role, kind = _LEVELS[level]
        yield strong("ai", declared_use(role, provider, model), where, quote)
        yield strong("digital_source_type", kind, where, quote)
    # quoted and left open: a reader may judge a level or sentence that is not known here
    elif level:
        yield weak("ai", None, where, quote)


def disclosed_in(
    value: str, where: Where, quote: str, provider: str | None = None, model: str | None = None
) -> Iterator[Finding]:
    """What the value of a disclosure says: a level alone, or the HTTP draft's dictionary.

    The draft's own example parts with semicolons, where a dictionary has commas; both are read, in headers and meta
    tags alike. ``provider`` and ``model`` count where the value names none.
    """
    members = {key.lower(): text.strip('"') for key, text in _PAIR.findall(value)}
    level = members.get("mode", _bare_level(value))
    yield from disclosed(level, where, quote, members.get("provider", provider), members.get("model", model))


def _bare_level(value: str) -> str:
    """The level a value begins with, where only keys follow; all of it where it is a sentence of the page's own."""
    bare, *rest = _PARTED.split(value, maxsplit=1)
    if "=" in bare:
        return ""
    # "none; model=x" is a level with keys, "none, but our pictures" a sentence
    is_sentence = any(char.isalpha() for char in _PAIR.sub("", "".join(rest)))
    return value if is_sentence else bare


def declared_use(role: Literal["generated", "assisted"], provider: str | None, model: str | None) -> AiUse:
    """A use of AI as declared; the provider's usual name is taken, the model is kept as written."""
    provider, model = _cut(provider), _cut(model)
    vendor = find_tool(provider)[0] or provider if provider else None
    # the model's name often tells who makes it; a provider that is named is never overruled
    if model and not vendor:
        vendor = find_tool(model)[0]
    return AiUse(role=role, vendor=vendor, model=model)


def _cut(name: str | None) -> str | None:
    return name[:MAX_NAME_CHARS].strip() or None if name else None


def translated_by(vendor: str | None, model: str | None, where: Where, quote: str) -> Iterator[Finding]:
    """A machine translation by a known product."""
    yield strong("ai", AiUse(role="translated", vendor=_cut(vendor), model=_cut(model)), where, quote)
    yield strong("machine_translated", True, where, quote)


def translator(name: str | None, types: Collection[str], where: Where, quote: str) -> Iterator[Finding]:
    """What a declared translator says: a program, a person, or nothing that is sure ("Claude", "AI").

    ``types`` are the lower-case types of the node that names it, where it is one.
    """
    name = _cut(name)
    # a program translated, known by name or not
    if "softwareapplication" in types:
        yield from translated_by(*(find_tool(name) if name else (None, None)), where, quote)
    elif name:
        tool = find_sole_tool(name)
        is_person = "person" in types
        if tool and not is_person:
            yield from translated_by(*tool, where, quote)
        # no tool's name, and declared as a person or likely to be one
        elif not tool and (is_person or (not types and _may_be_a_person(name))):
            yield strong("machine_translated", False, where, quote)
        else:  # what contradicts itself or names an office says nothing of machines
            yield weak("machine_translated", None, where, quote)


def _may_be_a_person(name: str) -> bool:
    """Whether a name given without a type is a person's: several words, or a script without capitals; no tool
    among them.
    """
    if _NO_PERSON.search(name) or any(hit.is_sure for hit in find_vendors(name)):
        return False
    # one word in Latin letters may be a program's or an office's; Chinese names have no spaces or capitals
    return len(name.split()) > 1 or not any(char.islower() or char.isupper() for char in name)


def program_author(name: str | None, where: Where, quote: str) -> Iterator[Finding]:
    """A program as author. Content systems put themselves there: only a known AI tool is a claim."""
    name = _cut(name)
    # "WordPress" as author wrote nothing
    if name and find_sole_tool(name, is_program=True):
        yield strong("ai", declared_use("generated", None, name), where, quote)
    else:
        yield weak("ai", None, where, quote)


def source_type(value: str) -> str | None:
    """The IPTC term in any of its spellings (address, ``digsrctype:``, bare, schema.org's), or None."""
    # the last part: of `http://cv.iptc.org/newscodes/digitalsourcetype/print`, `digsrctype:print`
    term = re.split(r"[/:#]", value.strip().rstrip("/"))[-1]
    if term.endswith("DigitalSource"):
        term = term.removesuffix("DigitalSource")
    term = term[:1].lower() + term[1:]
    term = _SCHEMA_NAMES.get(term, term)
    return term if term in SOURCE_TYPES else None


def declared_type(value: object, where: Where, quote: str) -> Iterator[Finding]:
    """What a ``digitalSourceType`` says: the term, and weakly a use of AI."""
    text = clean_text(value.get("@id") if isinstance(value, dict) else value)
    term = source_type(text) if text else None
    if not term:
        return
    yield strong("digital_source_type", term, where, quote)
    # weak: the page says how it was made; that AI was used is concluded from it
    if term == TRAINED:
        yield weak("ai", AiUse(role="generated"), where, quote)
    elif term == COMPOSITE:
        yield weak("ai", AiUse(role="assisted"), where, quote)
