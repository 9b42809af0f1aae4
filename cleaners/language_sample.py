"""The words of a text that tell its language: without addresses and figures, in plain letters, no more than it takes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

_READ_CHARS = 4_000  # of a text, in which words are looked for
_NAMES_SHARE = 0.8  # of words with a capital, from which a text is a list of names, or a headline
_SHOUTED_SHARE = 0.6  # of words all in capitals, from which capitals mean nothing
_TOKEN = re.compile(r"\S+")
_ADDRESS = re.compile(r"[!-~]*(?:://|@)[!-~]*|www\.[!-~]+")  # where no space parts it from the words
# letters with the marks written above, below and between them: accents, points, vowel signs
_WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_\u0300-\u036f]|[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
    r"\u0e31-\u0e4e\u0eb1-\u0ece\u0f18-\u0fbc\u102b-\u109d\u135d-\u135f\u17b4-\u17d3])*"
)


class Sample:
    """Words of a text, from its beginning until there are ``letters`` of them."""

    def __init__(self, text: str, letters: int) -> None:
        words = _first_words(text[:_READ_CHARS], letters)
        shouted = sum(word.isupper() for word in words if len(word) > 1)
        self.is_names = sum(word[:1].isupper() for word in words) >= _NAMES_SHARE * len(words)
        """Whether nearly all words have a capital: names are at home in no language."""
        self.words = [word.lower() for word in words] if shouted > _SHOUTED_SHARE * len(words) else words
        self.letters = sum(map(len, self.words))
        self.text = " ".join(self.words)

    @cached_property
    def script(self) -> str:
        """The script most letters are in (``LATIN``); kana before Han, since only Japanese mixes the two."""
        if self.text.isascii():
            return "LATIN"
        counts: dict[str, int] = {}
        for char, count in Counter(self.text).items():
            name = "LATIN" if char.isascii() else _script_of(char)
            counts[name] = counts.get(name, 0) + count * (char != " ")
        kana = counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0)
        if kana * 10 > counts.get("CJK", 0) > 0 or kana * 2 > self.letters:
            return "HIRAGANA"
        return max(counts, key=counts.__getitem__)


def _script_of(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0].partition("-")[0]


def _first_words(text: str, letters: int) -> list[str]:
    words: list[str] = []
    missing = letters
    for word in _plain_words(text):
        words.append(word)
        missing -= len(word)
        if missing <= 0:
            break
    return words


def _plain_words(text: str) -> Iterator[str]:
    """The words, addresses aside; full-width letters and ligatures as plain ones."""
    for spaced in _TOKEN.finditer(text):
        token = spaced.group()
        if token.isascii():
            if not _is_address(token):
                yield from _WORD.findall(token)
        else:
            plain = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", token))
            yield from (word.group() for word in _WORD.finditer(plain))


def _is_address(token: str) -> bool:
    return "://" in token or "@" in token or token.startswith("www.") or ("/" in token and "." in token)
