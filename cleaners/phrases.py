"""Which phrases of the lexicon each block of a page holds, and the text that tells which language to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cleaners.lexicon import PhraseHit, languages, matcher
from cleaners.types import Block

_PHRASE_CHARS = 420  # no phrase counts in longer blocks, except what opens them
SAMPLE_CHARS = 4_000
"""As much text as telling the language takes."""
_SAMPLE_BLOCKS = 8
_LINKED = 0.4
_MENU_LINE_CHARS = 40


def language_sample(blocks: Sequence[Block]) -> str:
    """The longest texts of the page that are no links: what tells its language best."""
    running = [
        block for block in blocks if block.link_chars < _LINKED * len(block.raw) and not block.is_hidden
    ]
    longest = sorted(running or blocks, key=lambda block: -len(block.raw))[:_SAMPLE_BLOCKS]
    return " ".join(block.text for block in longest)[:SAMPLE_CHARS]


def find_phrases(blocks: Sequence[Block], language: str) -> tuple[dict[str, PhraseHit], ...]:
    """Phrases of the page's language, and English ones: templates are often left untranslated."""
    codes = ("en",) if language not in languages() or language == "en" else (language, "en")
    texts = [block.raw[:_PHRASE_CHARS] for block in blocks]
    find = matcher(*codes).find
    # menus stand twice on many pages
    found = {text: find(text) or _in_lines(text, find) for text in dict.fromkeys(texts)}
    return tuple(map(found.__getitem__, texts))


def _in_lines(text: str, find: Callable[[str], dict[str, PhraseHit]]) -> dict[str, PhraseHit]:
    """What the lines of a menu say that is parted by line breaks alone."""
    if "\n" not in text or "\t" in text:
        return {}
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or max(map(len, lines)) > _MENU_LINE_CHARS:
        return {}
    merged: dict[str, PhraseHit] = {}
    for line in lines:
        for rule_id, hit in find(line).items():
            if hit.mode == "whole":
                merged.setdefault(rule_id, hit)
    return merged
