"""Instructions to a writing machine that were left in a page: telling them, and mining them.

A prompt is told by its grammar, not by its words: an order at the start of a sentence or clause,
requirements on the output (length, tone, language, "nothing else"), a part to play, and often a
headline in quotation marks with the paper and the time it appeared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cleaners.cues import codes_for, suspects
from cleaners.dates import parse_date
from cleaners.headline import guess_language
from cleaners.lexicon import languages, lexicon
from cleaners.schema import DerivedFrom
from cleaners.sentences import Sentence, quotations, sentences

MIN_POINTS = 3
"""Points from which a block is a prompt: an order or a part is worth 2, a requirement 1."""
MIN_POINTS_INSIDE = 6
"""The same in the middle of a long page, where articles give advice on writing."""
MIN_COVERAGE = 0.35

_ORDERS = ("cue.order", "cue.order-translation", "cue.order-summary")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{2}:\d{2}(?::\d{2})?)\s?(Z|[+-]\d{2}:?\d{2})?)?")
_DATEISH = re.compile(r"[\d:./年月日时分時년월일시분TZ+-]*\d[\d:./年月日时分時년월일시분TZ+-]*")
_EDGES = " \t\n,.;:–—-()[]|،、,。:'\"“”‘’«»„「」"
_MAX_PUBLISHER_WORDS = 6


@dataclass(frozen=True, slots=True)
class Points:
    """How much speaks for a prompt, the words that do, and the language they were read in."""

    count: int
    words: str
    code: str


def prompt_points(text: str, language: str) -> Points | None:
    """What speaks for a prompt in ``text``; None where nothing does, or anything speaks against it."""
    for code, ids in suspects(text, language):
        if "cue.constraint" in ids and not ids.isdisjoint((*_ORDERS, "cue.persona")):
            points = _points_as(text, code)
            if points:
                return points
    return None


def _points_as(text: str, code: str) -> Points | None:
    parts = sentences(text, code)
    if any(part.has("cue.reader") for part in parts) or _is_told(parts):
        return None
    orders = _distinct({phrase for part in parts for phrase in part.phrases(*_ORDERS)})
    personas = {phrase for part in parts for phrase in part.phrases("cue.persona")}
    demands = _distinct({phrase for part in parts for phrase in part.phrases("cue.constraint")} - orders)
    coverage = max((part.coverage for part in parts if part.has(*_ORDERS, "cue.persona")), default=0.0)
    if not (orders or personas) or not demands or coverage < MIN_COVERAGE:
        return None
    count = 2 * min(2, len(orders)) + 2 * bool(personas) + min(4, len(demands))
    return Points(count, "; ".join(sorted({*orders, *personas, *demands})), code)


def _distinct(phrases: set[str]) -> set[str]:
    """The phrases that are not part of another one."""
    return {one for one in phrases if not any(one != other and one in other for other in phrases)}


def _is_told(parts: tuple[Sentence, ...]) -> bool:
    """Whether somebody else is said to have given the instruction: a reporting verb outside any order."""
    return any(
        part.has("cue.report") and not part.has(*_ORDERS, "cue.persona", "cue.constraint") for part in parts
    )


def mine_prompt(
    text: str, language: str, *, detect: Callable[[str], str] | None = None
) -> DerivedFrom | None:
    """The article a prompt speaks of: publisher, title, time, language of the title, what was asked for.

    The time is as the prompt has it, without an offset where it names none. None where the prompt
    names neither a title nor a publisher.
    """
    title = source_title(text)
    publisher = _publisher(text, title, language)
    if not title and not publisher:
        return None
    return DerivedFrom(
        publisher=publisher,
        title=title,
        url=first_url(text),
        date_published=source_time(text, language),
        language=_language_of(title, detect) if title else None,
        relation=_relation(text, language),
    )


def source_title(text: str) -> str | None:
    """The quoted headline of a prompt or note: the first quotation long enough to be one."""
    return next((quote for quote in quotations(text) if _is_headline(quote)), None)


def _is_headline(quote: str) -> bool:
    return len(quote.split()) >= 3 or len(quote) >= 12 or (len(quote) >= 5 and not quote.isascii())


def first_url(text: str) -> str | None:
    """The first web address in the text."""
    found = re.search(r"https?://[^\s<>\"'”’»)\]]+", text)
    return found.group().rstrip(".,;") if found else None


def source_time(text: str, language: str) -> str | None:
    """Date, with the time of day where it stands beside it, as far as the text tells."""
    found = _ISO.search(text)
    if not found:
        return parse_date(text, language=language)
    day, clock, zone = found.groups()
    return f"{day}T{clock}{zone or ''}" if clock else day


def _language_of(title: str, detect: Callable[[str], str] | None) -> str | None:
    found = guess_language(title) or (detect(title) if detect else None)
    return None if found == "und" else found


def _relation(text: str, language: str) -> Literal["rewrite", "translation", "summary"]:
    parts = [part for code in codes_for(text, language) for part in sentences(text, code)]
    if any(part.has("cue.order-translation") for part in parts):
        return "translation"
    return "summary" if any(part.has("cue.order-summary") for part in parts) else "rewrite"


def _publisher(text: str, title: str | None, language: str) -> str | None:
    """The paper, from before or after the headline: "X published 'T'", "'T' was published by X"."""
    if title is None:
        return None
    before, _, after = text.partition(title)
    before = re.split(r"[.!?。!?\n]\s*", before)[-1]
    verbs = _verbs(language)
    found = verbs.search(before)
    name = _name(before[: found.start()] if found else before, language)
    if name:
        return name
    after = re.split(r"[.!?。!?\n](?:\s|$)", after)[0]
    found = verbs.search(after)
    return (
        _name(after[found.end() :] if found else after, language) if found or after.lstrip(_EDGES) else None
    )


def _verbs(language: str) -> re.Pattern[str]:
    phrases = {"published"}
    for code in {language.split("-")[0].lower(), "en"} & set(languages()):
        for some in lexicon(code).phrases.get("cue.published", {}).values():
            phrases.update(some)
    words = "|".join(
        re.escape(phrase).replace(r"\ ", r"\W+") for phrase in sorted(phrases, key=len, reverse=True)
    )
    return re.compile(rf"(?<![A-Za-zÀ-ÿ])(?:{words})(?![a-zà-ÿ])", re.IGNORECASE)


def _name(text: str, language: str) -> str | None:
    """A publisher's name: what is left of ``text`` without dates, quotation marks and little words."""
    words = _DATEISH.sub(" ", text.strip(_EDGES)).strip(_EDGES).split()
    little = set().union(
        *(lexicon(code).function_words for code in {language.split("-")[0].lower(), "en"} & set(languages()))
    )
    while words and words[0].strip(_EDGES).islower() and words[0].strip(_EDGES).lower() in little:
        words.pop(0)
    while words and words[-1].strip(_EDGES).lower() in little:
        words.pop()
    name = " ".join(words).strip(_EDGES)
    is_name = 0 < len(words) <= _MAX_PUBLISHER_WORDS and len(name) > 1 and not name[0].islower()
    return name if is_name else None
