"""Lines around an article that are no part of it: a chatbot's small talk, and notes on where a piece comes from."""

from __future__ import annotations

import re

from cleaners.agencies import find_credit_agency
from cleaners.cues import suspects
from cleaners.sentences import Sentence, sentences

MAX_META_CHARS = 400
MAX_NOTE_CHARS = 260
MIN_COVERAGE = 0.5
MIN_COVERAGE_ALONE = 0.8
"""Where an offer has no opener before it and names one thing only."""
_MAX_BEFORE_ASK = 12  # letters before a closing offer ("Also, would you like me to …")

# what chatbot interfaces put into copied text: citation marks, footnote links
_TOKENS = re.compile(
    r":?contentReference\[oaicite:\d+\]\{index=\d+\}|\[?oai_citation:\d+‡[^\]\s]*\]?(?:\([^)\s]*\))?"
    r"|【\d+(?::\d+)?†[^】]*】|\ue200?cite\ue202?(?:turn\d+\w+\d+\W?)+|\b(?:cite)?turn\d+(?:search|view|news|fetch|file)\d+"
)
_MAX_CREDIT_WORDS = 8
_COLON = re.compile(r"^[^:：]{1,40}[:：]")
_SAID = "residue.chatbot-meta"
_TALK = (_SAID, "cue.opener", "cue.offer", "cue.ask")
_VERB_LAST = ("ar", "hi", "ja", "ko", "tr", "zh")  # where "would you like" does not open the sentence


def has_tokens(text: str) -> bool:
    """Whether a chatbot's citation marks may be in the text: a cheap look."""
    return "oai" in text or "†" in text or ("turn" in text and "0" in text)


def find_small_talk(text: str, language: str, *, is_last: bool = False) -> str | None:
    """What shows that a chatbot says this around its answer, or None.

    Where nothing of the article follows (``is_last``), a closing offer of help needs to name no draft.
    """
    if len(text) > MAX_META_CHARS:
        return None
    if has_tokens(text) and len(_TOKENS.sub("", text).strip(" .,;[]()")) < len(text) / 4:
        return "interface mark of a chatbot"
    for code, ids in suspects(text, language):
        if not ids.isdisjoint(_TALK):
            said = _small_talk_as(text, code, is_last=is_last)
            if said:
                return said
    return None


def _small_talk_as(text: str, code: str, *, is_last: bool) -> str | None:
    parts = sentences(text, code)
    if not parts or any(part.has("cue.report", "cue.correction") for part in parts):
        return None
    said = next((cue for part in parts if (cue := part.first(_SAID))), None)
    if said:
        return f"a chatbot's words: {said.phrase}"
    offered = next((words for part in parts if (words := _asks(part, is_last=is_last))), None)
    if offered:
        return f"a chatbot's offer: {offered}"
    return _opening(parts, is_announcing=text.endswith((":", "：")))


def _asks(part: Sentence, *, is_last: bool) -> str | None:
    ask, draft = part.first("cue.ask"), part.first("cue.draft")
    if not ask or (ask.start > _MAX_BEFORE_ASK and part.code not in _VERB_LAST):
        return None
    if draft and part.coverage >= MIN_COVERAGE:
        return f"{ask.phrase} … {draft.phrase}"
    return ask.phrase if is_last and part.coverage >= MIN_COVERAGE_ALONE else None


def _opening(parts: tuple[Sentence, ...], *, is_announcing: bool) -> str | None:
    """``Certainly! Here is the article``: an opener, then an offer of a draft, in one sentence or two."""
    opener = parts[0].first("cue.opener")
    for part in parts[:2]:
        offer, drafts = part.first("cue.offer"), part.phrases("cue.draft", "cue.constraint")
        if not offer or part.coverage < MIN_COVERAGE or not (drafts or is_announcing):
            continue
        if opener and opener.start == 0:
            return f"a chatbot's opening: {opener.phrase}, {offer.phrase}"
        if offer.start == 0 and drafts and (len(drafts) > 1 or part.coverage >= MIN_COVERAGE_ALONE):
            return f"a chatbot's opening: {offer.phrase} … {', '.join(sorted(drafts))}"
    return None


def find_origin(text: str, language: str) -> str | None:
    """What shows that this line only names where the piece comes from, or None."""
    if len(text) > MAX_NOTE_CHARS:
        return None
    for code, ids in suspects(text, language):
        if not ids.isdisjoint(("cue.origin-published", "cue.origin-based")):
            found = _origin_as(text, code)
            if found:
                return found
    return None


def _origin_as(text: str, code: str) -> str | None:
    parts = sentences(text, code)
    if not parts or len(parts) > 3 or any(part.has("cue.correction", "cue.updated") for part in parts):
        return None
    first = parts[0]
    published = first.first("cue.origin-published")
    if published and not first.has("cue.report") and _is_of_this_page(first, published.start):
        return f"says where it appeared: {published.phrase}"
    based = first.first("cue.origin-based")
    if (
        based
        and based.start == 0
        and (_is_label(text, based.end) or (first.size <= _MAX_CREDIT_WORDS and find_credit_agency(text)))
    ):
        return f"names a source: {based.phrase}"
    return None


def _is_of_this_page(sentence: Sentence, at: int) -> bool:
    """Whether the piece that appeared elsewhere is this one, not a book the article speaks of."""
    own = sentence.first("cue.self")
    return at == 0 or (own is not None and own.start <= 4 and own.end <= at)


def _is_label(text: str, length: int) -> bool:
    """Whether the cue is the whole of what stands before a colon ("Source: Reuters")."""
    found = _COLON.match(text)
    return found is not None and len(found.group().strip(" :：")) <= length + 2 and len(text) > found.end()
