"""What a word is, and the word-level score: defined once, for every set and every extractor."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain


def _marks() -> str:
    """Return a character class of all combining marks: vowel signs belong to the word they are in."""
    # the planes of rare Han have none
    codes = chain(range(0x300, 0x20000), range(0xE0000, 0xF0000))
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in {"Mn", "Mc"})


# Han, kana, Thai, Lao, Khmer, Burmese: written without spaces, so that a character is a word
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])(?:[^\\W_]|[{_marks()}]))+")
# most texts have no mark and nothing of these scripts, only Latin letters and punctuation: their words are found in a
# tenth of the time
_BEYOND_LATIN = re.compile("[\u0300-\u1fff\u20d0-\U0010ffff]")
_LATIN_WORD = re.compile(r"[^\W_]+")
# soft hyphen, zero-width space and joiners, byte order mark: no reader sees them
_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def words(text: str) -> list[str]:
    """Return the words of a text in order: compatibility form, case folded, no punctuation, one character
    each in unspaced scripts.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold()
    return (_WORD if _BEYOND_LATIN.search(plain) else _LATIN_WORD).findall(plain)


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1. Two empty texts agree fully, an empty and a filled one not at all."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def compare(*, truth: Iterable[str], found: Iterable[str]) -> Score:
    """Scores ``found`` against ``truth`` as multisets: order is not judged, number is."""
    wanted, got = Counter(truth), Counter(found)
    if not wanted and not got:
        return Score(1.0, 1.0)
    common = (wanted & got).total()
    return Score(common / got.total() if got else 0.0, common / wanted.total() if wanted else 0.0)


def compare_texts(truth: str, found: str) -> Score:
    """Scores one text against another, word by word."""
    return compare(truth=words(truth), found=words(found))


def without_leading(text: str, title: str | None) -> str:
    """``text`` without its first line where that is the title and nothing else.

    Sets and extractors differ in whether the text opens with the title. Taken off both sides,
    the title neither helps nor harms anyone.
    """
    first, _, rest = text.lstrip().partition("\n")
    return rest if title and words(first) == words(title) else text


def unmatched(lines: Iterable[str], *, other: str, share: float = 0.5) -> list[bool]:
    """For each line: whether fewer than ``share`` of its three-word runs are in ``other``."""
    known = _runs(words(other))
    result = []
    for line in lines:
        runs = _runs(words(line))
        result.append(bool(runs) and len(runs & known) < share * len(runs))
    return result


def _runs(tokens: list[str]) -> set[tuple[str, ...]]:
    """All runs of three words; a shorter text is one run, and each single word a run of its own."""
    single = {(token,) for token in tokens} if len(tokens) < 3 else set()
    return single | set(zip(tokens, tokens[1:], tokens[2:], strict=False))
