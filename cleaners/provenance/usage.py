"""What a publisher allows: usage preferences in headers, meta tags and files of the site.

Read: AIPREF ``Content-Usage``, Cloudflare's ``Content-Signal``, the TDM Reservation Protocol, ``noai``, the
terms of RSL 1.0. A refusal wins over a permission; what cannot be read is unknown, never an error.
``noindex`` and its like say nothing on training, neither does "All rights reserved".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from copydesk.cleaners.markup.page_head import MetaTag
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.findings import Finding, Where, strong, weak
from copydesk.cleaners.types import SiteSignal

_FIELDS = {"train-ai": "usage.ai_training", "ai-train": "usage.ai_training", "search": "usage.search"}
_DICTIONARIES: Mapping[str, Mapping[str, str]] = {
    "content-usage": {"y": "allow", "n": "deny"},
    "content-signal": {"yes": "allow", "no": "deny"},
}
"""The headers that hold preferences, each with the answers it knows."""
# a comma in quotation marks parts nothing
_MEMBER = lazy_pattern(r'(?:"(?:[^"\\]|\\.)*"|[^,])+')
_BETWEEN_WORDS = lazy_pattern(r"[\s,;:]+")
_TERMS: Mapping[str, str | None] = {"permits": "allow", "prohibits": "deny", "permits-paid": None}
"""Names under which terms of RSL are stated; what is permitted for a payment is neither allowed nor denied."""
_MAX_SIGNALS = 100
_ROBOTS = ("robots", "googlebot")
_TDM = ("tdm-reservation", "tdm-policy")
CRAWLING_LINES: Mapping[str, str] = {"allow": "allow", "disallow": "deny"}
"""Names of the lines of robots.txt that decide on fetching, with what they say."""
AI_CRAWLERS_LINE = "ai-crawlers"
"""Not a line: names the crawlers of AI companies that robots.txt keeps from the page. It says nothing of other uses."""
_TRAINING_TERMS = frozenset({"train-ai", "ai-train", "ai-all", "all"})
_SEARCH_TERMS = frozenset({"search", "all"})
_X_ROBOTS = "x-robots-tag"
_HEADERS = frozenset({*_DICTIONARIES, *_TDM, _X_ROBOTS})
TAGS = frozenset({*_TDM, *_ROBOTS})
"""Names of the meta tags that are read."""


def find_usage(
    headers: Mapping[str, tuple[str, ...]], tags: Mapping[str, tuple[MetaTag, ...]]
) -> Iterator[Finding]:
    """Findings on ``usage.*``; ``headers`` and ``tags`` have lower-case names."""
    for name in (*_DICTIONARIES, *_TDM, _X_ROBOTS, *_ROBOTS):
        found: list[tuple[Where, str, str]] = []
        if name in _HEADERS:
            found += [("header", f"{name}: {value}", value) for value in headers.get(name, ())]
        if name in TAGS:
            found += [("meta", tag.quote, tag.content) for tag in tags.get(name, ())]
        if name == "tdm-policy":
            found = found[:1]  # all that counts is that there is one
        for where, quote, value in found:
            yield from _stated(name, value, where, quote)


def find_site_usage(signals: Sequence[SiteSignal]) -> Iterator[Finding]:
    """Findings on ``usage.*`` from what files of the site say on the page."""
    for signal in signals[:_MAX_SIGNALS]:
        place = f" (line {signal.line})" if signal.line else ""
        quote = f"{signal.file}: {signal.name}: {signal.value}{place}"
        if signal.name in _DICTIONARIES or signal.name in _TDM:
            yield from _stated(signal.name, signal.value, "site", quote)
        elif signal.name in CRAWLING_LINES:
            yield strong("usage.crawling", CRAWLING_LINES[signal.name], "site", quote)
        elif signal.name == AI_CRAWLERS_LINE:
            yield weak("usage.ai_training", None, "site", quote)
        elif signal.name in _TERMS:
            yield from _terms(quote, signal.value, _TERMS[signal.name])


def _stated(name: str, value: str, where: Where, quote: str) -> Iterator[Finding]:
    """What a header, a meta tag or a line of a file of this name says."""
    words = _BETWEEN_WORDS.split(value.strip().lower())
    if name in _DICTIONARIES:
        yield from _preferences(quote, value, _DICTIONARIES[name], where)
    elif name == "tdm-reservation":
        if "1" in words:
            yield strong("usage.tdm_reserved", True, where, quote)
            yield strong("usage.ai_training", "deny", where, quote)
        elif words == ["0"]:
            yield strong("usage.tdm_reserved", False, where, quote)
    elif name == "tdm-policy":
        yield weak("usage.tdm_reserved", None, where, quote)
    elif not {"noai", "noml"}.isdisjoint(words):
        yield strong("usage.ai_training", "deny", where, quote)
    # of pictures; of one search engine's answers
    elif not {"noimageai", "nocache", "noarchive"}.isdisjoint(words):
        yield weak("usage.ai_training", None, where, quote)


def _terms(quote: str, value: str, preference: str | None) -> Iterator[Finding]:
    """The usages that a licence of RSL names; those to be paid for are evidence and leave the field open."""
    usages = set(_BETWEEN_WORDS.split(value.lower()))
    for field, terms in (("usage.ai_training", _TRAINING_TERMS), ("usage.search", _SEARCH_TERMS)):
        if usages & terms:
            make = strong if preference else weak
            yield make(field, preference, "site", quote)


def _preferences(quote: str, value: str, answers: Mapping[str, str], where: Where) -> Iterator[Finding]:
    """``train-ai=n, search=y``: the last of several counts, and is no preference where its value cannot be read."""
    preferences: dict[str, str | None] = {}
    for member in _MEMBER.findall(value):
        key, _, answer = (part.strip() for part in member.partition(";")[0].partition("="))
        preferences[key] = answers.get(answer)
    for key, preference in preferences.items():
        if preference and key in _FIELDS:
            yield strong(_FIELDS[key], preference, where, quote)
