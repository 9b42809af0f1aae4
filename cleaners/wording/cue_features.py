"""The features of a short text for the text classifier, most of them cues; they are the same for every language.

A cue has three features: in the text without its quotations, at the start of a sentence, and anywhere. So a text that
quotes a disclaimer differs from a disclaimer. The cues of a pair are in one sentence.
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
from copydesk.cleaners.wording.sentences import Sentence, coverage, remove_quotations, sentences

MAX_CHARS: Final = 1_200
"""Characters of a text that are read."""
# not read from the lexicon, because a new cue in a language file must not move the columns of the weights
CUES: Final = (
    "cue.about", "cue.ai", "cue.ai-sure", "cue.ask", "cue.assisted", "cue.audio", "cue.constraint", "cue.correction",
    "cue.data", "cue.denial", "cue.draft", "cue.field-date", "cue.field-publisher", "cue.field-title", "cue.figures", "cue.handled",
    "cue.image", "cue.made", "cue.nobody", "cue.offer", "cue.opener", "cue.order", "cue.order-summary", "cue.order-translation",
    "cue.origin-based", "cue.origin-published", "cue.permission", "cue.persona", "cue.press-release", "cue.prose", "cue.published",
    "cue.reader", "cue.report", "cue.review", "cue.self", "cue.sponsored", "cue.summarised", "cue.translated",
    "cue.translator", "cue.updated", "cue.video", "residue.ai-disclaimer", "residue.chatbot-meta",
)  # fmt: skip
# two cues in one sentence that say more together; no figures for single pairs are on record
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
# a copy of `features.PHRASE_RULES`, because each model has its own columns
PHRASES: Final = (
    "wording.ad", "wording.author-bio", "wording.byline", "wording.caption", "wording.comment-form", "wording.cookie",
    "wording.copyright", "wording.correction", "wording.nav", "wording.newsletter", "wording.paywall", "wording.related",
    "wording.social", "wording.source-note", "wording.tags",
)  # fmt: skip
_QUOTES, _BARS = frozenset('"“”«»„「『'), frozenset("|>›·•")
_SIGNS: Final[Mapping[str, Callable[[str], bool]]] = {
    # a label ("Advertisement") does not end like a sentence
    "ends-sentence": lambda text: text[-1:] in ".。।!?！？",
    "ends-colon": lambda text: text[-1:] in ":：",
    "ends-dots": lambda text: text.endswith(("…", "...")),
    "quotes": lambda text: not _QUOTES.isdisjoint(text),
    "bars": lambda text: not _BARS.isdisjoint(text),
    "copyright-sign": lambda text: "©" in text,
    "address": lambda text: "@" in text or "http" in text,
}
_MEASURES: Final = (
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
    *_MEASURES,
)
"""The names of the columns of ``measure_cues``."""
_COLUMN: Final = {name: number for number, name in enumerate(NAMES)}


def measure_cues(text: str, language: str, phrases: Mapping[str, PhraseHit]) -> NDArray[np.float32]:
    """One number for each of NAMES, for most of them 1 or 0.

    ``language``: of the page; without a lexicon for it, the script of the text may decide. ``phrases``: rule ids to the
    phrase found in the text.
    """
    text = text[:MAX_CHARS].strip()
    candidates = candidate_cues(text, language)
    # the first language with a trigger in the text
    code = candidates[0][0] if candidates else codes_for(text, language)[0]
    parts = sentences(text, code)
    # a cheap prefilter: hardly any text names a tool
    named = find_vendors(text) if True in [VENDOR in ids for _, ids in candidate_cues(text, code)] else ()
    row = np.zeros(len(NAMES), np.float32)
    cues = finder(code)
    # with quotations, unlike `said`
    anywhere = {f"anywhere:{cue.id}" for cue in cues.find(cues.fold(text), clause_starts=frozenset({0}))}
    opening = {f"phrase-opens:{rule}" for rule, hit in phrases.items() if hit.mode != "contains"}
    for name in (*_cue_features(parts), *anywhere, *(f"phrase:{rule}" for rule in phrases), *opening):
        column = _COLUMN.get(name)
        # a language file may have newer cues
        if column is not None:
            row[column] = 1.0
    for name, has_sign in _SIGNS.items():
        row[_COLUMN[name]] = has_sign(text)
    # the last columns of NAMES
    row[-len(_MEASURES) :] = _measures(text, parts, named)
    return row


def _cue_features(parts: Sequence[Sentence]) -> set[str]:
    names = set()
    for part in parts:
        here = {cue.id for cue in part.cues}
        names |= {f"said:{cue}" for cue in here}
        # "Generated by AI", not "a picture that was generated by AI"
        names |= {f"first:{cue.id}" for cue in part.cues if cue.start == 0}
        names |= {f"with:{one}+{other}" for one, other in PAIRS if one in here and other in here}
    return names


def _measures(text: str, parts: Sequence[Sentence], named: Sequence[VendorHit]) -> tuple[float, ...]:
    vendors = [hit for part in parts for hit in part.vendors]
    covered = [coverage(part) for part in parts] or [0.0]
    chars = max(1, len(text))
    return (
        max(covered),
        sum(covered) / len(covered),
        math.log1p(len(parts)),
        math.log1p(chars),
        math.log1p(sum([part.size for part in parts])),
        len(remove_quotations(text)) / chars,
        sum(map(str.isdigit, text)) / chars,
        sum(map(str.isupper, text)) / chars,
        bool(vendors),
        any(hit.is_sure for hit in vendors),
        bool(named),
        any(hit.is_sure for hit in named),
    )
