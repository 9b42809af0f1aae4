"""The words of ``wall_words.toml``: what stands instead of the rest of an article says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cache
from pathlib import Path

import tomli

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import as_kind
from copydesk.cleaners.lexicon.string_index import StringIndex, WordIndex
from copydesk.cleaners.lexicon.words import fold_phrases, is_unspaced

_FILE = Path(__file__).parent / "wall_words.toml"
KEYS = frozenset({"text", "texts", "readers", "terms"})
"""The text that is closed, what subscribers get, subscribers, and what else is said of a subscription."""


@cache
def wall_languages() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The words by key of each language. Raises BadData, naming what is wrong, where the file is."""
    data = tomli.loads(_FILE.read_text("utf-8"))
    found = as_kind(data, dict[str, dict[str, list[str]]], where=_FILE.name)
    for code, words in found.items():
        if words.keys() != KEYS:
            raise BadData(
                f"{_FILE.name}: [{code}] has the keys {', '.join(words)}, not {', '.join(sorted(KEYS))}"
            )
    return found


@cache
def wall_words(code: str) -> Callable[[str], Set[str]]:
    """Finds which of KEYS a folded text has words of, in one language; none where there are no words of it."""
    entries = [
        (phrase, key)
        for key, phrases in wall_languages().get(code, {}).items()
        for phrase in fold_phrases("\n".join(phrases))
    ]
    # where words are written together, they are found at any letter
    glued = [entry for entry in entries if is_unspaced(entry[0][-1])]
    apart = [entry for entry in entries if not is_unspaced(entry[0][-1])]
    strings, words = StringIndex(one for one, _ in glued), WordIndex([one for one, _ in apart])

    def find(folded: str) -> Set[str]:
        return {glued[number][1] for _, number in strings.places(folded)} | {
            apart[number][1] for _, number, _ in words.places(folded)
        }

    return find
