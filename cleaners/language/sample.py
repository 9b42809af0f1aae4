"""The words of a text by which its language is detected: without addresses and figures, in plain letters, no more than
it takes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache

_READ_CHARS = 4_000  # of a text, in which words are looked for
_NAMES_SHARE = 0.8  # of words with a capital, from which a text is a list of names, or a headline
_WORDS_A_COMMA = 3  # and fewer stand between two commas of a list
_SHOUTED_SHARE = 0.6  # of words all in capitals, from which capitals mean nothing
# of Han and kana, from which a text is Japanese; a word or a sign in a Chinese one has less
_KANA_SHARE = 0.2
_EAST = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_NO_WORD = re.compile(
    r"://|[@=_{}<>\\]|\(\)|^www\.|\w\w\.[a-zA-Z]{2,}(?:[/?#:]|\W*$)|^/\w|\w/\w+/|\w/\S*\.\w"
)
_TOKEN = re.compile(r"\S+")
_ADDRESS = re.compile(r"[!-~]*(?:://|@)[!-~]*|www\.[!-~]+")  # where no space parts it from the words
# letters with the marks written above, below and between them: accents, points, vowel signs
_WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_\u0300-\u036f]|[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
    r"\u0e31-\u0e4e\u0eb1-\u0ece\u0f18-\u0fbc\u102b-\u109d\u135d-\u135f\u17b4-\u17d3])*"
)


class Sample:
    """Words of a text, from its beginning until there are ``letters`` of them; those in another script than
    most are left out.
    """

    def __init__(self, text: str, letters: int) -> None:
        words = _first_words(text[:_READ_CHARS], letters)
        self.script, self.share = _script_of_most("".join(words))
        """The script most letters are in (``LATIN``), and their share of all."""
        if self.share < 1.0:
            words = [word for word in words if _is_in(self.script, word)]
        shouted = sum(word.isupper() for word in words if len(word) > 1)
        self.is_names = sum(word[:1].isupper() for word in words) >= _NAMES_SHARE * len(words) or (
            text[: letters * 2].count(",") * _WORDS_A_COMMA >= len(words)
        )
        """Whether nearly all words have a capital, or commas between them: names are at home in no language,
        nor are lists.
        """
        self.words = [word.lower() for word in words] if shouted > _SHOUTED_SHARE * len(words) else words
        self.letters = sum(map(len, self.words))
        self.text = " ".join(self.words)


def _script_of_most(letters: str) -> tuple[str, float]:
    """Kana and Han count together; it is Japanese from a share of kana on, since only Japanese mixes the two."""
    if letters.isascii():
        return "LATIN", 1.0
    counts: Counter[str] = Counter()
    for char, count in Counter(letters).items():
        counts["LATIN" if char.isascii() else _script_of(char)] += count
    kana = counts.pop("HIRAGANA", 0) + counts.pop("KATAKANA", 0)
    han = counts.get("CJK", 0)
    counts["CJK"] = han + kana
    script, most = max(counts.items(), key=lambda item: item[1])
    if script == "CJK" and kana > _KANA_SHARE * most:
        script = "HIRAGANA"
    return script, most / len(letters)


def _is_in(script: str, word: str) -> bool:
    found = "LATIN" if word[0].isascii() else _script_of(word[0])
    return found == script or (script in _EAST and found in _EAST)


@cache
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
    """Whether a token is an address, a file or a piece of a program: ``example.org``, ``a@b.example``,
    ``index.php?id=3``, ``f(x)=``.
    """
    return _NO_WORD.search(token) is not None
