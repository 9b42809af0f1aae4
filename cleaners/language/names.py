"""Names of languages as other languages write them, from the CLDR by way of Babel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import tomli

from copydesk.cleaners.lexicon.words import fold

# set by hand: languages that articles are translated from; each name more may begin some other word
_CODES = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
_ENDING = 2  # letters of a name that inflection may change ("Italienisch", "aus dem Italienischen")
# letters a cut name keeps, by hand: with fewer other words would begin so, with more endings stay in it
_MIN_STEM = 4


def language_translated_from(text: str, code: str) -> str | None:
    """The first language from which ``text`` says that something was translated; it is written in the language
    ``code``, and in one that is not known here names none. "Polished by a Danish editor" names none, either.
    """
    folded = fold(text)
    # the own language is the one translated into: "aus dem Englischen ins Deutsche übersetzt"
    stems = [(stem, found) for stem, found in _stems(code) if found != code]
    places = [
        (at, found)
        for stem, found in stems
        if (at := _place(stem, folded)) >= 0 and _leads_from(folded, at, stem, code)
    ]
    return min(places)[1] if places else None


def _leads_from(folded: str, at: int, stem: str, code: str) -> bool:
    """Whether the words around a language's name say that something comes from it."""
    words = _words()
    if code == "zh":
        return folded[:at].endswith(("自", "从", "從", "由"))
    fillers = words["fillers"]["all"].split()
    before = [word for word in folded[:at].split() if word not in fillers]
    behind = tuple(words["behind"].get(code, "").split())
    name, _, rest = (own := folded[at + len(stem) :]).partition(" ")
    is_led = bool(before) and before[-1] in words["before"].get(code, "").split()
    return is_led or (
        behind != () and (name.endswith(behind) or rest.startswith(behind) or own.startswith(behind))
    )


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomli.loads(Path(__file__).with_name("translated_from.toml").read_text("utf-8"))


def language_places(folded: str, code: str) -> list[tuple[int, int]]:
    """Where languages are named in a folded text: from the name's start to its word's end."""
    places = []
    for stem, _ in _stems(code):
        at = _place(stem, folded)
        if at >= 0:
            # to the word's end, for the stem lacks its ending; without spaces the name is written whole
            end = folded.find(" ", at + len(stem)) if _is_spaced(stem) else at + len(stem)
            places.append((at, end if end >= 0 else len(folded)))
    return places


def _is_spaced(stem: str) -> bool:
    # kana, Han and Hangul
    return not "\u3040" <= stem[0] <= "\ud7a3"


def _place(stem: str, folded: str) -> int:
    """Where the stem starts a word; in scripts without spaces, and after glued articles, anywhere."""
    if _is_spaced(stem) and not "\u0600" <= stem[0] <= "\u06ff":
        # a space before both: so the first word counts too, and the place is that in the text itself
        return f" {folded}".find(f" {stem}")
    return folded.find(stem)


@cache
def _stems(code: str) -> tuple[tuple[str, str], ...]:
    # imported where it is used: only notes on a translation need the names
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(code).languages
    # a language the CLDR has no file of is no error: nothing is named in it
    except (UnknownLocaleError, ValueError):
        return ()
    found = []
    for other in _CODES:
        name = fold(str(names.get(other, "")))
        # the CLDR says 法语, notes say 法文 as well
        if code == "zh":
            found.append((name.removesuffix("语").removesuffix("文") + "文", other))
        if name:
            end = None if code in ("zh", "ja", "ko") else max(_MIN_STEM, len(name) - _ENDING)
            found.append((name[:end], other))
    return tuple(found)
