"""What cues say of a short text, as named numbers: the same names for every language.

A cue is counted three times: in the text's own words, at the start of a sentence, and anywhere, quotations
included. Pairs are of one sentence. So a text that quotes a disclaimer differs from one that is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.lexicon.vendors import VendorHit, find_vendors
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.wording.cues import VENDOR, candidate_cues, codes_for, finder
from copydesk.cleaners.wording.sentences import Sentence, coverage, sentences, unquoted

MAX_CHARS: Final = 1_200
"""Of a text that is read."""
# listed, not read from the lexicon: a cue added to a language file must not move the columns of the weights
CUES: Final = (
    "cue.about", "cue.ai", "cue.ai-sure", "cue.ask", "cue.assisted", "cue.audio", "cue.constraint", "cue.correction",
    "cue.data", "cue.denial", "cue.draft", "cue.field-date", "cue.field-publisher", "cue.field-title", "cue.figures", "cue.handled",
    "cue.image", "cue.made", "cue.nobody", "cue.offer", "cue.opener", "cue.order", "cue.order-summary", "cue.order-translation",
    "cue.origin-based", "cue.origin-published", "cue.permission", "cue.persona", "cue.press-release", "cue.prose", "cue.published",
    "cue.reader", "cue.report", "cue.review", "cue.self", "cue.sponsored", "cue.summarised", "cue.translated",
    "cue.translator", "cue.updated", "cue.video", "residue.ai-disclaimer", "residue.chatbot-meta",
)  # fmt: skip
# cues of which one alone says little, in the same sentence; no figure a pair is on record
PAIRS: Final = (
    ("cue.self", "cue.made"),  # "This story was written …"
    ("cue.self", "cue.ai"),
    ("cue.self", "cue.ai-sure"),
    ("cue.self", "cue.translated"),
    ("cue.ai", "cue.made"),
    ("cue.ai-sure", "cue.made"),
    ("cue.ai", "cue.assisted"),
    ("cue.data", "cue.made"),  # "Produced from match data"
    ("cue.order", "cue.constraint"),  # "Write … in a formal tone"
    ("cue.opener", "cue.offer"),  # "Certainly, here is …"
    ("cue.ask", "cue.draft"),  # "Would you like a shorter version?"
    ("cue.report", "cue.ai"),  # "The minister said robots …": a story on them
    ("cue.figures", "cue.prose"),  # "Numbers in, sentences out": no word for a machine
    ("cue.nobody", "cue.prose"),
    ("cue.nobody", "cue.self"),
    ("cue.nobody", "cue.made"),  # "No reporter wrote this"
)
# as `features.PHRASE_RULES`, written again: each model guards its own columns
PHRASES: Final = (
    "wording.ad", "wording.author-bio", "wording.byline", "wording.caption", "wording.comment-form", "wording.cookie",
    "wording.copyright", "wording.correction", "wording.nav", "wording.newsletter", "wording.paywall", "wording.related",
    "wording.social", "wording.source-note", "wording.tags",
)  # fmt: skip
_SIGNS: Final[Mapping[str, Callable[[str], bool]]] = {
    # a label ("Advertisement") has no end mark, a sentence has
    "ends-sentence": lambda text: text[-1:] in ".。।!?！？",
    "ends-colon": lambda text: text[-1:] in ":：",
    "ends-dots": lambda text: text.endswith(("…", "...")),
    "quotes": lambda text: any(mark in text for mark in '"“”«»„「『'),
    "bars": lambda text: any(mark in text for mark in "|>›·•"),
    "copyright-sign": lambda text: "©" in text,
    "address": lambda text: "@" in text or "http" in text,
}
_SIZES: Final = (
    "coverage-most", "coverage-mean", "sentences-log", "chars-log", "words-log", "unquoted-share", "digit-share",
    "upper-share", "vendor", "vendor-sure", "vendor-anywhere", "vendor-sure-anywhere",
)  # fmt: skip
NAMES: Final = (
    *(f"said:{cue}" for cue in CUES),
    *(f"first:{cue}" for cue in CUES),
    *(f"anywhere:{cue}" for cue in CUES),
    *(f"with:{one}+{other}" for one, other in PAIRS),
    *(f"phrase:{rule}" for rule in PHRASES),
    *(f"phrase-opens:{rule}" for rule in PHRASES),
    *_SIGNS,
    *_SIZES,
)
"""What each column of ``measure_cues`` is."""
_COLUMN: Final = {name: number for number, name in enumerate(NAMES)}


def measure_cues(text: str, language: str, phrases: Mapping[str, PhraseHit]) -> NDArray[np.float32]:
    """One number for each of NAMES: for most of them 1 where it is so, else 0.

    ``language``: the page's; where it has no lexicon the block's script may say whose to take. ``phrases``: those
    found in the block by the rule they are filed under.
    """
    text = text[:MAX_CHARS].strip()
    code = _language_of(text, language)
    parts = sentences(text, code)
    # the cheap look first: nearly no text names a tool
    named = find_vendors(text) if any(VENDOR in ids for _, ids in candidate_cues(text, code)) else ()
    row = np.zeros(len(NAMES), np.float32)
    for name in (*_unquoted_cues(parts), *_anywhere(text, code), *_hit(phrases)):
        column = _COLUMN.get(name)
        # a language file may have cues of which nothing was learned
        if column is not None:
            row[column] = 1.0
    for name, is_so in _SIGNS.items():
        row[_COLUMN[name]] = is_so(text)
    # they are the last columns of NAMES
    row[-len(_SIZES) :] = _sizes(text, parts, named)
    return row


def _language_of(text: str, language: str) -> str:
    """The language to read a text in: of its page, or English where it has cues in English alone."""
    codes = codes_for(text, language)
    found = candidate_cues(text, language)
    # the first language with a telling cue: the block's own, then the page's, then English
    return found[0][0] if found else codes[0]


def _unquoted_cues(parts: Sequence[Sentence]) -> set[str]:
    names = set()
    for part in parts:
        here = {cue.id for cue in part.cues}
        names |= {f"said:{cue}" for cue in here}
        # "Generated by AI" opens with it; "a picture that was generated by AI" does not
        names |= {f"first:{cue.id}" for cue in part.cues if cue.start == 0}
        names |= {f"with:{one}+{other}" for one, other in PAIRS if one in here and other in here}
    return names


def _anywhere(text: str, code: str) -> set[str]:
    # with quotations, unlike `said`: cues in these alone are somebody else's words
    cues = finder(code)
    return {f"anywhere:{cue.id}" for cue in cues.find(cues.fold(text), clause_starts=frozenset({0}))}


def _hit(phrases: Mapping[str, PhraseHit]) -> set[str]:
    names = {f"phrase:{rule}" for rule in phrases}
    return names | {f"phrase-opens:{rule}" for rule, hit in phrases.items() if hit.mode != "contains"}


def _sizes(text: str, parts: Sequence[Sentence], named: Sequence[VendorHit]) -> tuple[float, ...]:
    vendors = [hit for part in parts for hit in part.vendors]
    covered = [coverage(part) for part in parts] or [0.0]
    chars = max(1, len(text))
    return (
        max(covered),
        sum(covered) / len(covered),
        math.log1p(len(parts)),
        math.log1p(chars),
        math.log1p(sum(part.size for part in parts)),
        len(unquoted(text)) / chars,
        sum(map(str.isdigit, text)) / chars,
        sum(map(str.isupper, text)) / chars,
        bool(vendors),
        any(hit.is_sure for hit in vendors),
        bool(named),
        any(hit.is_sure for hit in named),
    )
