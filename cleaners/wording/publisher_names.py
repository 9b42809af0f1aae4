"""Names of publishers in a line of text."""

from __future__ import annotations

import re
from functools import cache

from copydesk.cleaners.lexicon.cue_phrases import has_capitals, is_unspaced
from copydesk.cleaners.lexicon.words import languages, lexicon
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.wording.cues import finder

MAX_WORDS = 6  # set by hand: "The New York Times Book Review"; longer ones are sentences
_ARTICLES = r"The|An?|Der|Die|Das|Le|La|Les|L['’]|El|Los|Las|Il|Lo|Gli|O|Os|As|De|Het"
_WORD = r"[^\W\d_a-zà-ÿа-яё][\w.&’'+-]*"
_SMALL = r"of|the|and|de|la|le|du|des|del|della|di|da|do|dos|van|der|den|et|und|y|för|&"
# capitalised words, with small ones between two of them
_NAME = lazy_pattern(rf"(?:(?:{_ARTICLES})\s+)?{_WORD}(?:\s+(?:(?:{_SMALL})\s+){{0,2}}{_WORD})*")
_BRACKETED = lazy_pattern(r"[《「『]([^》」』]{2,40})[》」』]")
# "2026-03-04", "12:30", "2026年3月4日", "2026년 3월": dates stand beside names in credits
_DATEISH = lazy_pattern(r"[\d:./年月日时分時년월일시분TZ+-]*\d[\d:./年月日时分時년월일시분TZ+-]*")
# "06/01/2026 - 14:02 MEZ": names of time zones stand beside times (IANA's, and those of other languages)
_ZONES = frozenset({
    "UTC", "GMT", "CET", "CEST", "MEZ", "MESZ", "BST", "IST", "WET", "WEST", "EET", "EEST", "MSK", "MCK",
    "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AEST", "AEDT", "JST", "KST", "SGT",
})  # fmt: skip
_EDGES = " \t\n,.;:–—-()[]|،、，。：'\"“”‘’«»„「」《》"
# "朝日新聞が" (Japanese), "新华社于" (Chinese), "연합뉴스는" (Korean): what is glued to a name
_PARTICLES = lazy_pattern(r"(?:が|は|の|に|を|で|于|於|在|由|自|从|從|的|은|는|이|가|의|에|을|를)$")
# "صحيفة الأهرام", "газета Известия", "le journal Sud": a common noun before the name
_KINDS = lazy_pattern(
    r"^(?:صحيفة|جريدة|موقع|газета|журнал|la revue|le journal|die Zeitung)\s+", re.IGNORECASE
)
_TALK = ("cue.self", "cue.thing", "cue.order", "cue.order-translation", "cue.order-summary", "cue.constraint")


def first_name(text: str, code: str) -> str | None:
    """The first name in ``text``, which is in the language ``code``; None where there is none."""
    # no capitals tell names there: only brackets or the whole text do
    if not has_capitals(lexicon(code)):
        bracketed = _BRACKETED.search(text)
        return bracketed[1] if bracketed else whole_name(text, code)
    for found in _NAME.finditer(_DATEISH.sub(" ", text)):
        name = found.group().strip(_EDGES)
        # "The" before a small letter is the sentence's own
        is_little = name.istitle() and name.lower() in _little(code)
        is_of_date = name in _ZONES or _is_month(name, code)
        if len(name) > 1 and not is_little and not is_of_date and not is_talk(name, code):
            return name
    return None


def whole_name(text: str, code: str) -> str | None:
    """``text`` as a name, without dates, marks and little words at its ends; None where it is none."""
    if not has_capitals(lexicon(code)) and (bracketed := _BRACKETED.search(text)):
        return bracketed[1]
    words = _KINDS.sub("", _DATEISH.sub(" ", text.strip(_EDGES)).strip(_EDGES)).split()
    little = _little(code)
    # "from the Guardian": words before the name; "The" has a capital and is part of it
    while words and words[0].islower() and words[0].strip(_EDGES) in little:
        words.pop(0)
    while words and (words[-1].strip(_EDGES).lower() in little or _is_month(words[-1], code)):
        words.pop()
    name = " ".join(words).strip(_EDGES)
    while is_unspaced(lexicon(code)) and (shorter := _PARTICLES.sub("", name).strip()) != name:
        name = shorter
    is_name = 0 < len(words) <= MAX_WORDS and len(name) > 1 and not name[0].islower()
    return name if is_name and not is_talk(name, code) else None


def is_talk(name: str, code: str) -> bool:
    """Whether the words speak of the task or the page ("The article"), not of a publisher."""
    cues = finder(code)
    folded = cues.fold(name)
    found = [cue for cue in cues.find(folded, clause_starts=frozenset({0})) if cue.id in _TALK]
    # "The article" is mostly that; of "Morning Article Post" it is less than half
    return any(cue.start == 0 for cue in found) or any(cue.end - cue.start > len(folded) / 2 for cue in found)


@cache
def _little(code: str) -> frozenset[str]:
    return frozenset().union(*(lexicon(one).function_words for one in {code, "en"} & set(languages())))


def _is_month(word: str, code: str) -> bool:
    return word.strip(_EDGES).lower() in _months(code)


@cache
def _months(code: str) -> frozenset[str]:
    return frozenset(
        name for one in {code, "en"} & set(languages()) for names in lexicon(one).months for name in names
    )
