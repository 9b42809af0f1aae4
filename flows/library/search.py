"""Full-text search over the newest records: their words in the database, in SQLite by FTS5, in PostgreSQL by its own.
Either gets the words as they are split and folded here, so that both find the same.

FTS5 splits words at spaces and punctuation. In scripts that are written without spaces a run of letters is indexed as
its pairs: most words of Chinese and Japanese have two characters, so the trigrams of FTS5 would find none of them, and
a dictionary for each language would find only the words that it has. A longer word is a phrase of pairs. Korean is
indexed so, too, where particles follow a word without a space.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import regex
from msgspec import Struct

from copydesk.flows.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Connection

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
"""Of an index: signs of vowels are parts of words, as in Hindi. Accents of Latin letters count for nothing."""

_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー々〆]+"
)
_SEMITIC = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
# vowel points, which most texts leave out, and the stroke that only stretches a word
_POINTS = regex.compile(
    r"[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
)
# letters of one sound that writers, and keyboards of Arabic and Persian, exchange
_VARIANTS = str.maketrans("أإآٱىیکة", "ااااييكه")
# NUL ends a query for SQLite, and half a letter (a surrogate) cannot be handed to it
_CONTROLS = regex.compile(r"[\p{Cc}\p{Cs}]")
# set by hand: room for a pasted sentence; the index is looked through for each word
_MOST_CHARACTERS, _MOST_WORDS = 1_000, 50
# "a phrase", or anything up to a space; a star after it stands for any end of the word
_TERM = regex.compile(r'"([^"]*)"|([^\s"]+)')


class Query(NamedTuple):
    """A query: ``match`` for SQLite's FTS5, ``tsquery`` for PostgreSQL; ``terms`` to look for in a text that is
    folded.
    """

    match: str
    tsquery: str
    terms: tuple[str, ...]


def folded(text: str) -> str:
    """A text without differences that readers do not search by: case, width, points of Arabic and Hebrew."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    if _SEMITIC.search(text):
        text = _POINTS.sub("", text).translate(_VARIANTS)
    return text


def indexed(text: str) -> str:
    """The words of a text, with spaces between the pairs of letters where none are written."""
    found: str = _UNSPACED.sub(_pairs, folded(text))
    return found


def searchable(title: str, text: str) -> tuple[str, str, str]:
    """The words of a title and of a text, as ``indexed`` gives them; and each letter once that is written without
    spaces: a word of one letter is in too many pairs to look for them.
    """
    words = folded(title), folded(text)
    runs = [run for each in words if not each.isascii() for run in _UNSPACED.findall(each)]
    if not runs:
        return *words, ""
    paired = [_UNSPACED.sub(_pairs, each) for each in words]
    return paired[0], paired[1], " ".join(sorted({letter for run in runs for letter in run}))


def parse_query(words: str) -> Query:
    """A query of words, all of which are to be there; "a phrase" is one, and a star ends the beginning of a word.

    Raises SettingsError where no word is in it, or too many.
    """
    if len(words) > _MOST_CHARACTERS:
        raise SettingsError(f"search: {len(words):,} characters; give {_MOST_CHARACTERS:,} or fewer")
    parts = _TERM.findall(_CONTROLS.sub(" ", words))
    found = [
        (folded(phrase or word.rstrip("*")), not phrase and word.endswith("*")) for phrase, word in parts
    ]
    if len(found) > _MOST_WORDS:
        raise SettingsError(f"search: {len(found):,} words; give {_MOST_WORDS} or fewer")
    found = [(term, star) for term, star in found if any(map(str.isalnum, term))]
    if not found:
        raise SettingsError("search: no word to look for; give one or more")
    terms = tuple(term for term, _ in found)
    matches = [_match(indexed(term).rstrip(), has_star=star) for term, star in found]
    lexemes_of = (_tsquery(indexed(term).rstrip(), has_star=star) for term, star in found)
    return Query(" ".join(matches), " & ".join(filter(None, lexemes_of)), terms)


def _match(words: str, *, has_star: bool) -> str:
    """A term as FTS5 has it: a phrase, whose last word may be the beginning of one."""
    words = words.replace('"', " ").strip()
    is_letter = len(words) == 1 and _UNSPACED.fullmatch(words)
    # a phrase may end in the first letter of a pair
    has_star = has_star or (_UNSPACED.fullmatch(words[-1]) is not None and words[-2:-1] in ("", " "))
    return f'letters : "{words}"' if is_letter else f'"{words}"{" *" if has_star else ""}'


def _tsquery(words: str, *, has_star: bool) -> str:
    """A term as PostgreSQL has it."""
    *first, last = _base_words(words) or [""]
    if not last:
        return ""
    has_star = has_star or (_UNSPACED.fullmatch(last) is not None and len(last) == 1 and bool(first))
    return "(" + " <-> ".join((*(f"'{word}'" for word in first), f"'{last}'{':*' if has_star else ''}")) + ")"


def _pairs(run: regex.Match[str]) -> str:
    letters = run[0]
    return f" {' '.join(letters[at : at + 2] for at in range(max(1, len(letters) - 1)))} "


def snippet(text: str, terms: Sequence[str], *, chars: int) -> str:
    """About so many characters of a text around the first of the terms in it, in one line."""
    letters = text.translate(_BASE)
    places = [at for term in terms if (at := letters.find(term.translate(_BASE))) >= 0]
    # a third before it: what follows says more
    start = max(0, min(places, default=0) - chars // 3)
    if start:
        start = text.find(" ", start, start + chars // 6) + 1 or start
    part = " ".join(text[start : start + chars].split())
    return f"{'… ' if start else ''}{part}{' …' if start + chars < len(text) else ''}"


class _Base(dict[int, str]):
    """Each letter in lower case without its accents, one for one, so that places in a text stay what they are."""

    def __missing__(self, code: int) -> str:
        letter = unicodedata.normalize("NFKD", chr(code))[0].lower()[:1]
        self[code] = letter
        return letter


_BASE = _Base()


_LEXEME = regex.compile(r"[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}]+")
_ACCENTED = regex.compile(r"(\p{Latin})\p{Mn}+")
# limits of PostgreSQL: a word of 2,046 bytes, 256 positions of it up to 16,383, a megabyte a record in all
_LONGEST_WORD, _MOST_POSITIONS, _LAST_POSITION, _MOST_BYTES = 255, 256, 16_383, 1_000_000
# of a word beside its letters, and of each of its positions
_WORD_BYTES, _POSITION_BYTES = 3, 2


def _base_words(text: str) -> list[str]:
    """The words of a text that is ``indexed``, as FTS5 would split it."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", text)))
    return [word[:_LONGEST_WORD] for word in _LEXEME.findall(text)]


def lexemes(*parts: tuple[str, str]) -> str:
    """Texts as PostgreSQL's ``tsvector`` is written, each with the weight of its words."""
    found: dict[str, list[str]] = {}
    position, room = 1, _MOST_BYTES
    for text, weight in parts:
        for word in _base_words(text):
            places = found.get(word, ())
            place = f"{min(position, _LAST_POSITION)}{weight}"
            size = _POSITION_BYTES if places else len(word.encode()) + _WORD_BYTES + _POSITION_BYTES
            if size <= room and len(places) < _MOST_POSITIONS and place not in places[-1:]:
                found.setdefault(word, []).append(place)
                room -= size
            position += 1
        position += 1  # no phrase reaches from one part into the next
    return " ".join(f"'{word}':{','.join(places)}" for word, places in found.items())


# --- in the database

_CREATE = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE search USING fts5(title, text, letters, content='', tokenize=\"{TOKENIZER}\")",
    ),
    "postgresql": (
        "CREATE TABLE search_words (number bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX search_words_found ON search_words USING gin (words)",
        # for queries by hand: its columns stay
        "CREATE VIEW search AS SELECT number, words FROM search_words",
    ),
}


class Searched(Struct, frozen=True):
    """The fields of a record that are searched."""

    title: str | None = None
    text: str = ""


decode_searched = msgspec.json.Decoder(Searched).decode


def has_same_words(one: bytes, other: bytes) -> bool:
    """Whether two records are found by the same words."""
    return decode_searched(one) == decode_searched(other)


def create(connection: Connection) -> None:
    """Makes the tables."""
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def add(connection: Connection, records: Sequence[tuple[int, bytes]]) -> None:
    """Takes in the words of records, by their numbers."""
    if not records:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO search (rowid, title, text, letters) VALUES (?, ?, ?, ?)",
            [(number, *_words(line)) for number, line in records],
        )
    else:
        connection.exec_driver_sql(
            "INSERT INTO search_words (number, words) VALUES (%s, %s::tsvector)",
            [(number, _vector(line)) for number, line in records],
        )


def remove(connection: Connection, records: Sequence[tuple[int, bytes]]) -> None:
    """Takes out the words of records, which are given as they were taken in."""
    if not records:
        return
    if connection.dialect.name == "sqlite":
        # an index without the text itself needs the old words to delete them
        connection.exec_driver_sql(
            "INSERT INTO search (search, rowid, title, text, letters) VALUES ('delete', ?, ?, ?, ?)",
            [(number, *_words(line)) for number, line in records],
        )
    else:
        numbers = [(number,) for number, _ in records]
        connection.exec_driver_sql("DELETE FROM search_words WHERE number = %s", numbers)


def clear(connection: Connection) -> None:
    """Takes out all words."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search (search) VALUES ('delete-all')")
    else:
        connection.exec_driver_sql("DELETE FROM search_words")


def _words(line: bytes) -> tuple[str, str, str]:
    found = decode_searched(line)
    return searchable(found.title or "", found.text)


def _vector(line: bytes) -> str:
    """The words of a record as PostgreSQL has them; those of the title count most (A)."""
    title, text, letters = _words(line)
    return lexemes((title, "A"), (text, ""), (letters, "D"))
