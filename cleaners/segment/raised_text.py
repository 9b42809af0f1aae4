"""Raised and lowered text (``sup``, ``sub``), so that no number changes where its height is lost.

``10<sup>6</sup>`` is no 106. Signs that plain text has for it are put into the page before it is cut and before its
text is read: ``10^6``, ``2^(n+1)``, ``101_2``; marks of notes in brackets, ``3.400[2]``; fractions and prices as they
are said, ``3 1/4``, ``$4.95``. Only signs and spaces are added: no letter or digit is, and none is moved.
What is read right as it is stays so: ``CO2``, ``1er``, ``20°C``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import tomli
from babel import Locale, UnknownLocaleError
from lxml import etree

from copydesk._core.markup import holds
from copydesk._core.walk import Finder
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import APART, BLOCK_TAGS

NOTE_TAG: Final = "note"
"""The tag that a mark of a note is given; ``sup`` and ``sub`` keep theirs where their height says something."""
_PLAIN_TAG: Final = "span"
_TAGS: Final = ("sup", "sub")
_BORDERS: Final = BLOCK_TAGS | {"td", "th", "br"}
# characters of a mark; set by hand: longer ones are words or cards
_MAX_CHARS: Final = 24
_MAX_BEFORE: Final = 32  # characters read before a mark
_MAX_STEPS: Final = 12  # elements looked at on the way to them
_SHORTEST_RUN: Final = 2
_MAX_MARKS: Final = 20_000  # of a page, against hostile ones
_NUMBER: Final = lazy_pattern(r"\d+")
# "2-", "+", "−1", "-3": charges and negative powers
_SIGNED: Final = lazy_pattern(r"\d{0,3}[+\-−–]|[+\-−–]\d{1,3}(?:[.,/]\d{1,3})?")
_OPERATION: Final = lazy_pattern(r"(?=.*[\w)])(?=.*[+\-−–*/=×·])[\w.()+\-−–*/=×·\s]+|\d+[.,]\d+|\d+[a-z]")
_VARIABLE: Final = lazy_pattern(r"[nkxyzij]|[α-ωϕ]")
# "1, 2"; "3–5"; "2)"; "a": marks of notes where a link or a name says so
_NOTES: Final = lazy_pattern(r"\d{1,3}[a-z]?(?:\s*[,;–-]\s*\d{1,3}[a-z]?)*\)?|[a-z]{1,2}|[ivx]{1,5}")
_NOTE_LIST: Final = lazy_pattern(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})+|\d{1,3}\)")
_NOTE_NAME: Final = lazy_pattern(r"(?<![a-z])(?:foot-?|end-?)?(?:notes?|refs?|reference|references|cites?|citations?)(?![a-z])|noteref|(?<![a-z])fn", re.IGNORECASE)  # fmt: skip
_NOTE_TARGET: Final = lazy_pattern(r"#.+")
_POWER_OF_TWO: Final = lazy_pattern(r"(?<![\w.,-])2$")
_GOES_ON: Final = lazy_pattern(r"\s?[=×·⋅]")  # a calculation, behind its first exponent
# "Mr X", "Section A"
_NAMED_BY_LETTER: Final = lazy_pattern(r"(?<![^\W\d_])[A-ZÀ-ÞΑ-ΩА-Я][^\W\d_]+\.?\s[A-ZΑ-ΩА-Я]$")
_POWER_OF_TEN: Final = lazy_pattern(r"(?:[×x·*⋅]\s*|(?<![\d.,]))10$")
# 10 and 2 with exponents no note has, and what calculates
_IN_CALCULATION: Final = lazy_pattern(r"[=×·⋅^√]|\d\s*[*/+−]\s*\d*$|\(\s*1\s*\+")
_SHORT_WORD: Final = lazy_pattern(r"(?<!\w)[^\W\d_]{1,2}$")
_WHOLE_PRICE: Final = lazy_pattern(r"\d{1,3}(?:[.,' ]?\d{3})*$")
_CENTS: Final = lazy_pattern(r"(\d\d)\s?[€$£¢]?")
# 20 15 Uhr, 20 15 h: minutes are raised in several languages
_HOUR: Final = lazy_pattern(r"(?<![\d.,:])(?:[01]?\d|2[0-4])$")
_MINUTES: Final = lazy_pattern(r"[0-5]\d")
_SLASH: Final = lazy_pattern(r"\s?[/⁄∕]\s?")
_ELEMENT_SYMBOL: Final = lazy_pattern(r"[A-Z][a-z]?(?![a-z])")
# of elements that are raised or lowered by their style or class
_RAISED_STYLE: Final = lazy_pattern(r"vertical-align\s*:\s*(super|sub)(?![\w-])", re.IGNORECASE)
_RAISED_CLASS: Final = lazy_pattern(r"(?<!\S)(sup|sub)(?:erscript|script)(?!\S)")
_RAISING: Final = ("superscript", "align:super", "align: super")
_FINDER: Final = Finder(
    {"raised": {"style": ("super", "sub"), "class": ("erscript", "pscript", "bscript")}}, lowered=("raised",)
)
_MAY_BE_RAISED: Final = frozenset({"span", "small", "font", "i", "em"})


@cache
def _words() -> Mapping[str, str]:
    """The words beside numbers, by kind, as alternatives of a pattern."""
    listed = tomli.loads((Path(__file__).parent / "number_words.toml").read_text("utf-8"))
    return {kind: "|".join(map(re.escape, words)) for kind, words in listed.items()}


@cache
def _unit() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d])(?:{_words()['units']}|[a-zA-Zα-ωΑ-Ωм])$|(?<=[/·*])\w{{1,3}}$")


@cache
def _currency_before() -> re.Pattern[str]:
    return re.compile(
        rf"(?:[$£€¥₹₽₺₩]|(?<![A-Z])(?:{_words()['currencies']}))\s?\d{{1,3}}(?:[.,' ]?\d{{3}})*$"
    )


@cache
def _currency_after() -> re.Pattern[str]:
    return re.compile(rf"\s?(?:[$£€¥₹₽₺₩¢]|(?:{_words()['currencies']})(?!\w))")


@cache
def _clock() -> re.Pattern[str]:
    return re.compile(rf"\s?(?:{_words()['clock']})(?!\w)", re.IGNORECASE)


def keep_numbers_apart(root: etree._Element, markup: str) -> None:
    """Writes what raised and lowered text means where a number would change without. Time grows with the page."""
    if any(holds(markup, one) for one in _RAISING):
        _name_raised(root)
    elif not (holds(markup, "<su") or holds(markup, "<SU")):
        return
    marks = [element for element in root.iter(*_TAGS) if element.text or len(element)][:_MAX_MARKS]
    labels = frozenset((*_labels(marks), *_run(marks)))
    for mark in marks:
        if next(mark.iterancestors(*APART), None) is None:
            _write(mark, labels)


def _name_raised(root: etree._Element) -> None:
    """Calls ``sup`` or ``sub`` what its style or class alone raises or lowers."""
    for element in _FINDER.find(root)["raised"]:
        found = element.tag in _MAY_BE_RAISED and (
            _RAISED_STYLE.search(element.get("style", "")) or _RAISED_CLASS.search(element.get("class", ""))
        )
        if found:
            element.tag = f"su{'p' if found[1].lower().startswith('sup') else 'b'}"


def _labels(marks: Sequence[etree._Element]) -> Iterator[str]:
    """What the notes of a page are called, where links or places say so."""
    for mark in marks:
        text = _text(mark)
        if text and _NUMBER.fullmatch(text) and (_is_named_note(mark) or not _before(mark).strip()):
            yield text


def _run(marks: Sequence[etree._Element]) -> Iterator[str]:
    """The numbers that marks of a page count up, 1 2 3, in their order: its notes."""
    expected = 1
    for mark in marks:
        if mark.tag == "sup" and _text(mark) == str(expected):
            expected += 1
    if expected > _SHORTEST_RUN:
        yield from map(str, range(1, expected))


def _write(mark: etree._Element, labels: Set[str]) -> None:
    text = _text(mark)
    if not text or len(text) > _MAX_CHARS:
        return
    before, after = _before(mark), _after(mark)
    if mark.tag == "sub":
        _write_lowered(mark, text, before, after)
    elif _is_named_note(mark) and _NOTES.fullmatch(text):
        _write_note(mark, before, after)
    elif _NUMBER.fullmatch(text) or _CENTS.fullmatch(text):
        _write_number(mark, text, before, after, labels)
    elif before[-1:].strip() and _NOTE_LIST.fullmatch(text) and not _IN_CALCULATION.search(before):
        _write_note(mark, before, after)
    elif _is_exponent(mark, text, before):
        _write_power(mark, text, after)
    elif text[-1].isdigit() and after[:1].isdigit():
        _put(mark, after=" ")


def _is_exponent(mark: etree._Element, text: str, before: str) -> bool:
    """Whether raised text that is no bare number is an exponent or a charge."""
    if _SIGNED.fullmatch(text) or (_is_number_or_name(before) and _OPERATION.fullmatch(text)):
        return before[-1:].isalnum() or before[-1:] in (")", "]")
    return before[-1:].isdigit() and (
        _VARIABLE.fullmatch(text) is not None or mark.find(".//var") is not None
    )


def _write_number(mark: etree._Element, text: str, before: str, after: str, labels: Set[str]) -> None:
    last = before[-1:]
    if _NUMBER.fullmatch(text) and _is_fraction(mark):
        mark.tag = _PLAIN_TAG
        _put(mark, " " if last.isdigit() else "")
    elif _is_price(text, before, after):
        mark.tag = _PLAIN_TAG
        _put(mark, _decimal_sign(mark, before), _space_before(after))
    elif _MINUTES.fullmatch(text) and _HOUR.search(before) and _clock().match(after):
        mark.tag = _PLAIN_TAG
        _put(mark, ":")
    elif not last or last.isspace():
        # what a note begins with; the number of an isotope belongs to the letters behind it
        if after[:1].isdigit() or (after[:1].isalpha() and not _ELEMENT_SYMBOL.match(after)):
            _write_note(mark, before, after)
    elif _is_power(text, before, after, labels):
        _write_power(mark, text, after)
    else:
        _write_note(mark, before, after)


def _is_power(text: str, before: str, after: str, labels: Set[str]) -> bool:
    """Whether a raised number is an exponent, not a mark of a note."""
    if _POWER_OF_TEN.search(before) or _is_calculated(before, after):
        return True
    # nobody raises to the first power; "Mr X" and "Section A" have notes
    if text == "1" or _NAMED_BY_LETTER.search(before):
        return False
    if _unit().search(before):
        return True
    # "page 12", "covid-19" and "B12" have notes, too: a note in brackets leaves every number as it is
    base = _POWER_OF_TWO if before[-1].isdigit() else _SHORT_WORD
    return text not in labels and base.search(before) is not None


def _is_calculated(before: str, after: str) -> bool:
    """Whether something is calculated around a raised number."""
    if before[-1] in ")]":
        return bool(_IN_CALCULATION.search(before) or re.search(r"[+\-−*/]", before))
    return before[-1].isdigit() and bool(_IN_CALCULATION.search(before) or _GOES_ON.match(after))


def _is_number_or_name(before: str) -> bool:
    last = before[-1:]
    return last.isdigit() or last in (")", "]") or _unit().search(before) is not None


def _is_fraction(mark: etree._Element) -> bool:
    """Whether a raised number, a slash and a lowered number follow each other."""
    below = mark.getnext()
    slash = mark.tail or ""
    if below is not None and below.tag == "span" and not slash.strip():  # the slash in an element of its own
        slash, below = f"{slash}{below.text or ''}{below.tail or ''}", below.getnext()
    return (
        below is not None
        and below.tag == "sub"
        and _SLASH.fullmatch(slash) is not None
        and _NUMBER.fullmatch(_text(below)) is not None
    ) or slash.startswith("⁄")


def _is_price(text: str, before: str, after: str) -> bool:
    if not _CENTS.fullmatch(text) or not before[-1:].isdigit():
        return False
    if _currency_before().search(before):
        return True
    follows = _currency_after().match(after) or not text[-1].isdigit()
    return bool(follows) and _WHOLE_PRICE.search(before) is not None


def _write_lowered(mark: etree._Element, text: str, before: str, after: str) -> None:
    last = before[-1:]
    if _SLASH.fullmatch(last or "-") and _NUMBER.fullmatch(text) and before[:-1].rstrip()[-1:].isdigit():
        mark.tag = _PLAIN_TAG  # below the stroke of a fraction
        _put(mark, after=_space_before(after))
    elif (above := mark.getnext()) is not None and above.tag == "sup" and not mark.tail and last.isalpha():
        return  # the charge of an ion is written behind it
    elif text[0].isdigit() and (last.isdigit() or (text[-1].isdigit() and after[:1].isdigit())):
        _put(mark, "_" if last else "", _space_before(after))
    elif last.isalnum() and _OPERATION.fullmatch(text) and not _NUMBER.fullmatch(text):
        _put(mark, "_(", ")")


def _write_power(mark: etree._Element, text: str, after: str) -> None:
    is_bare = _NUMBER.fullmatch(text) or re.fullmatch(r"[+\-−–]?\d*|\d*[+\-−–]|\w", text)
    _put(mark, "^" if is_bare else "^(", _space_before(after) if is_bare else ")")


def _write_note(mark: etree._Element, before: str, after: str) -> None:
    mark.tag = NOTE_TAG
    is_first = not before.strip()
    _put(mark, "[", "] " if is_first and after[:1].isalnum() else "]")


def _space_before(after: str) -> str:
    return " " if after[:1].isdigit() else ""


def _put(mark: etree._Element, before: str = "", after: str = "") -> None:
    """Puts signs at both ends of an element; a space behind it."""
    space = " " if after.endswith(" ") else ""
    if before:
        mark.text = before + (mark.text or "").lstrip()
    if sign := after.rstrip():
        if len(mark):
            mark[-1].tail = (mark[-1].tail or "").rstrip() + sign
        else:
            mark.text = (mark.text or "").rstrip() + sign
    if space:
        mark.tail = space + (mark.tail or "")


def _is_named_note(mark: etree._Element) -> bool:
    """Whether an element, a link in it or around it says that it leads to a note."""
    around = mark.getparent()
    elements = [mark, *mark.iterdescendants("a"), *([] if around is None or around.tag != "a" else [around])]
    for one in elements[:4]:
        if one.tag == "a" and (_NOTE_TARGET.match(one.get("href", "")) or one.get("href") is None):
            return True
        names = f"{one.get('class', '')} {one.get('id', '')} {one.get('role', '')} {one.get('rel', '')}"
        if not names.isspace() and _NOTE_NAME.search(names):
            return True
    return False


def _text(element: etree._Element) -> str:
    found, length = [], 0
    for text in element.itertext():
        found.append(str(text))
        length += len(text)
        if length > 4 * _MAX_CHARS:
            break
    return "".join(found).strip()


def _before(element: etree._Element) -> str:
    """The text before an element, in its block."""
    found, length = [], 0
    node = element
    for _ in range(_MAX_STEPS):
        previous = node.getprevious()
        if previous is not None:
            texts = [previous.tail or ""]
            if previous.tag in _BORDERS:
                found += texts
                break
            if previous.tag not in APART and length + len(texts[0]) < _MAX_BEFORE:
                texts.append("".join(map(str, previous.itertext())))
            node = previous
        else:
            around = node.getparent()
            if around is None:
                break
            texts = [around.text or ""]
            node = around
        found += texts
        length += sum(map(len, texts))
        if length >= _MAX_BEFORE or (previous is None and node.tag in _BORDERS):
            break
    return re.sub(r"\s+", " ", "".join(reversed(found)))[-_MAX_BEFORE:]


def _after(element: etree._Element) -> str:
    """The first characters behind an element, in its block."""
    node = element
    for _ in range(_MAX_STEPS):
        if node.tail:
            return node.tail[:_MAX_CHARS]
        following = node.getnext()
        if following is None:
            around = node.getparent()
            if around is None or around.tag in _BORDERS:
                return ""
            node = around
            continue
        if following.tag in _BORDERS:
            return ""
        if following.tag not in APART and (text := _text(following)):
            return text[:_MAX_CHARS]
        node = following
    return ""


def _decimal_sign(mark: etree._Element, before: str) -> str:
    """What parts cents: as the language of the page writes numbers."""
    language = next((found for one in mark.iterancestors() if (found := one.get("lang"))), "")
    return _decimal_of(language[:12]) if language else "." if re.search(r"[$£¥₹]", before) else ","


@lru_cache(maxsize=64)
def _decimal_of(language: str) -> str:
    try:
        signs = Locale.parse(language.replace("-", "_")).number_symbols
    except (UnknownLocaleError, ValueError):
        return "."
    latin = signs.get("latn", signs)
    return str(latin.get("decimal", "."))
