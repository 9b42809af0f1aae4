"""What a leaked prompt tells of the article it was made from: publisher, headline, time, language, request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.written_dates import parse_date
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.cue_phrases import is_unspaced
from copydesk.cleaners.lexicon.words import lexicon
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import DerivedFrom
from copydesk.cleaners.wording.cues import candidate_cues, codes_for, finder
from copydesk.cleaners.wording.headlines import guess_language
from copydesk.cleaners.wording.publisher_names import first_name, whole_name
from copydesk.cleaners.wording.sentences import quotations, sentences

# ISO 8601: "2024-03-02", "2024-03-02T10:30:00+01:00", or with a space: "2024-03-02 10:30"
_ISO = lazy_pattern(r"(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{2}:\d{2}(?::\d{2})?)\s?(Z|[+-]\d{2}:?\d{2})?)?")
# "10:30", French "10h30", Chinese and Japanese "10時30", Korean "10시 30"
_CLOCK = lazy_pattern(r"(?<!\d)([01]?\d|2[0-3])\s?(?:[:h]|時|时|點|点|시)\s?([0-5]\d)(?!\d)")
# a full stop within "3.5" ends none; the wide marks need no space behind them
_SENTENCE = lazy_pattern(r"[.!?](?=\s|$)|[。！？\n]")
# "Title: …", "- Source: …"; what is longer before the colon is a sentence (24 set by hand)
_FIELD = lazy_pattern(r"(?m)^[\s*•-]*([^:：\n]{2,24}?)\s?[:：]\s*(\S[^\n]*)$")
_CLEAR = 0.8  # score from which a headline's language is detected by statistics
# ends before what closes a quotation or bracket around it: "(https://example.com/a)"
_URL = lazy_pattern(r"https?://[^\s<>\"'”’»)\]，。、]+")
_FIELDS = {"cue.field-title": "title", "cue.field-publisher": "publisher", "cue.field-date": "date"}


def mine_prompt(text: str, language: str) -> DerivedFrom | None:
    """The article a prompt speaks of; None where it names neither headline, publisher nor address.

    The time is as the prompt has it, without an offset where it names none.
    """
    code = _code(text, language)
    fields = _fields(text, code)
    title = source_title(text) or fields.get("title")
    # without a headline there is no sentence to look for the paper in
    publisher = fields.get("publisher") or (_publisher(text, title, code) if title else None)
    url = first_url(text)
    if not (title or publisher or url):
        return None
    return DerivedFrom(
        publisher=publisher,
        title=text_forms.prose(title) if title else None,
        url=url,
        date_published=source_time(text, code),
        language=_language_of(title) if title else None,
        relation=_relation(text, code),
    )


def source_title(text: str) -> str | None:
    """The quoted headline of a prompt or note: the longest quotation that is long enough to be one."""
    titles = [quote for quote in quotations(text) if _is_headline(quote)]
    return max(titles, key=len, default=None)


def first_url(text: str) -> str | None:
    """The first web address in the text."""
    found = _URL.search(text)
    # a full stop behind it ends the sentence, not the address
    return found.group().rstrip(".,;") if found else None


def source_time(text: str, code: str) -> str | None:
    """Date, with the time of day where one is named, as far as the text tells."""
    found = _ISO.search(text)
    # first, since it cannot be misread: 03/02 is a day in March or in February
    if found:
        day, clock, zone = found.groups()
        return f"{day}T{clock}{zone or ''}" if clock else day
    date = parse_date(text, language=code)
    hour = _CLOCK.search(text)
    if date and hour and "T" not in date:
        return f"{date}T{int(hour[1]):02}:{hour[2]}"
    return date


def _code(text: str, language: str) -> str:
    """The language the prompt is read in: the first in which it has cues."""
    found = candidate_cues(text, language)
    return found[0][0] if found else codes_for(text, language)[0]


def _fields(text: str, code: str) -> Mapping[str, str]:
    """Lines such as ``Title: …`` and ``Source: …``."""
    found: dict[str, str] = {}
    cues = finder(code)
    for label, value in _FIELD.findall(text):
        for cue in cues.find(cues.fold(label), clause_starts=frozenset({0})):
            if cue.start == 0 and cue.id in _FIELDS:
                found.setdefault(_FIELDS[cue.id], value.strip(" \"'“”‘’«»"))
    return found


def _is_headline(quote: str) -> bool:
    # set by hand: scripts without spaces have one "word", and few letters say much; less is a term
    return len(quote.split()) >= 3 or len(quote) >= 12 or (len(quote) >= 5 and not quote.isascii())


def _language_of(title: str) -> str | None:
    guess = detect(title)
    is_clear = guess.score is not None and guess.score > _CLEAR
    # letters and words before statistics, which are unsure of so short a text
    return guess_language(title) or (guess.language if is_clear else None)


def _relation(text: str, code: str) -> Literal["rewrite", "translation", "summary"]:
    parts = sentences(text, code)
    # before the summary: who orders both gets a text in another language than its source
    if any(part.has("cue.order-translation") for part in parts):
        return "translation"
    return "summary" if any(part.has("cue.order-summary") for part in parts) else "rewrite"


def _publisher(text: str, title: str, code: str) -> str | None:
    """The paper, from the sentence that quotes the headline: "X published 'T'", "'T' was published by X",
    "'T' from X".
    """
    before, _, after = text.partition(title)
    # a verb beyond the sentence may be of another paper
    before, after = _SENTENCE.split(before)[-1], _SENTENCE.split(after)[0]
    verbs = _verbs(code)
    verb = verbs.search(before)
    if verb:
        return whole_name(before[: verb.start()], code) or first_name(before[verb.end() :], code)
    verb = verbs.search(after)
    if verb:
        return (
            whole_name(before, code)
            or first_name(after[verb.end() :], code)
            or whole_name(after[: verb.start()], code)
        )
    if not _is_order(before, code):
        return whole_name(before, code) or first_name(after, code)
    rest = before.split(maxsplit=1)
    return (first_name(rest[1], code) if len(rest) > 1 else None) or first_name(after, code)


def _is_order(text: str, code: str) -> bool:
    return any(
        part.has("cue.order", "cue.order-translation", "cue.order-summary") for part in sentences(text, code)
    )


@cache
def _verbs(code: str) -> re.Pattern[str]:
    phrases = {
        phrase
        # English as well: prompts in other languages quote lines such as "published by …"
        for one in {code, "en"}
        for some in lexicon(one).phrases.get("cue.published", {}).values()
        for phrase in some
    }
    words = "|".join(_pattern(phrase) for phrase in sorted(phrases, key=len, reverse=True))
    return re.compile(
        rf"(?:{words})" if is_unspaced(lexicon(code)) else rf"(?<![^\W\d_])(?:{words})", re.IGNORECASE
    )


def _pattern(phrase: str) -> str:
    words = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in phrase.split())
    # not within a longer word, as "print" in "printer"
    end = r"(?![a-zà-ÿа-яё])" if not phrase.endswith("*") else ""
    return r"\W+".join(words) + end
