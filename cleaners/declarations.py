"""Declared uses of AI in the vocabularies of the standards, brought to the record's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from cleaners.findings import Finding, Where, strong, weak
from cleaners.jsonld import clean_text
from cleaners.schema import AiUse
from cleaners.vendors import find_tool

TRAINED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SOURCE_TYPES = frozenset(
    [
        "digitalCapture",
        "computationalCapture",
        "negativeFilm",
        "positiveFilm",
        "print",
        "minorHumanEdits",
        "humanEdits",
        "algorithmicallyEnhanced",
        "softwareImage",
        "digitalArt",
        "digitalCreation",
        "dataDrivenMedia",
        "trainedAlgorithmicMedia",
        "algorithmicMedia",
        "screenCapture",
        "virtualRecording",
        "composite",
        "compositeCapture",
        "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia",
    ]
)
"""IPTC Digital Source Type, release of 2024-10-23."""
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
    elif level:
        yield weak("ai", None, where, quote)


def declared_use(role: Literal["generated", "assisted"], provider: str | None, model: str | None) -> AiUse:
    """A use of AI as declared; the provider's usual name is taken, the model is kept as written."""
    vendor = find_tool(provider)[0] or provider if provider else None
    if model and not vendor:
        vendor = find_tool(model)[0]
    return AiUse(role=role, vendor=vendor, model=model)


def translated_by(vendor: str | None, model: str | None, where: Where, quote: str) -> Iterator[Finding]:
    """A machine translation by a known product."""
    yield strong("ai", AiUse(role="translated", vendor=vendor, model=model), where, quote)
    yield strong("machine_translated", True, where, quote)


def source_type(value: str) -> str | None:
    """The IPTC term in any of its spellings (address, ``digsrctype:``, bare, schema.org's), or None."""
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
    if term == TRAINED:
        yield weak("ai", AiUse(role="generated"), where, quote)
    elif term == COMPOSITE:
        yield weak("ai", AiUse(role="assisted"), where, quote)
