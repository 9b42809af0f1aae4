"""Codes of languages: which are distinguished in which script, and what a page's declaration means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import tomli
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern

# `pt`, `zh-Hant-TW`, `en_us`; of a locale such as `de_de.utf-8@euro` what follows is ignored
_TAG = lazy_pattern(r"([a-z]{2,3})((?:[-_][a-z0-9]{1,8})*)(?:[.@][\w.@-]*)?")  # BCP 47, or a POSIX locale
# four letters are a script of ISO 15924 (RFC 5646, 2.2.3): `zh-Hant`, `sr_Latn_RS`
_SCRIPT = lazy_pattern(r"[-_]([a-z]{4})(?:[-_]|$)")
# codes of ISO 639-2 that name none: undetermined, several, no words at all, uncoded
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})


# fields are named by ISO 15924: simplified and traditional Chinese, Japanese
class _Chinese(Struct, frozen=True, forbid_unknown_fields=True):
    Hans: frozenset[str]
    Hant: frozenset[str]


class _Characters(Struct, frozen=True, forbid_unknown_fields=True):
    Hans: str
    Hant: str
    Jpan: str
    both: str


class _Tables(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``tables.toml`` holds; its comments say what each table means."""

    scripts: Mapping[str, tuple[str, ...]]
    same: Mapping[str, str]
    mistaken: Mapping[str, str]
    rare: frozenset[str]
    chinese: _Chinese
    characters: _Characters


class DeclaredLanguage(NamedTuple):
    """The language a page says it is in, and the script (ISO 15924) where it says that too."""

    language: str
    script: str | None


def languages_in(script: str) -> tuple[str, ...]:
    """The languages that are distinguished in a script, named as Unicode names its letters (``LATIN``); in order."""
    # a script that is in no table (runes) is nobody's: who asks names no language then
    return _tables().scripts.get(script, ())


def canonical(code: str) -> str:
    """The code used here for a language that also has others (``nb`` is ``no``)."""
    return _tables().same.get(code, code)


def is_detected(code: str) -> bool:
    """Whether a language is one that texts are detected to be in."""
    return any(code in codes for codes in _tables().scripts.values())


def is_rare(code: str) -> bool:
    """Whether texts in a language are rarer than noise that looks like it: names, made-up words, other
    languages in Latin letters.
    """
    return code in _tables().rare


@cache
def characters_of(script: str) -> frozenset[str]:
    """Characters that only one way of writing Chinese (``Hans``, ``Hant``) or only Japanese (``Jpan``) has."""
    return frozenset(getattr(_tables().characters, script))


@cache
def chinese_alone() -> frozenset[str]:
    """Characters of either way of writing Chinese that Japanese has not."""
    found = _tables().characters
    # 国 is simplified Chinese, and Japanese too
    return frozenset(found.Hans + found.Hant) - frozenset(found.both)


def read_declaration(declared: str | None) -> DeclaredLanguage | None:
    """What ``lang``, ``og:locale`` and the like say (``pt-BR``, ``en_US``, ``deu``); None where that is no language."""
    # whole: a declaration with more in it (`en, de`) does not say which one
    found = _TAG.fullmatch((declared or "").strip().lower())
    language = _language(found[1]) if found else None
    return DeclaredLanguage(language, _script(language, found[2])) if found and language else None


def _language(code: str) -> str | None:
    tables = _tables()
    # what is meant comes before its usual code: `jp` is no language, but `ja` is meant
    code = canonical(tables.mistaken.get(code, code))
    if code in _NO_LANGUAGE:
        return None
    # a language we cannot detect may still be declared: the page is believed then (decision 5)
    return code if is_detected(code) else _of_cldr(code)


@cache
def _of_cldr(code: str) -> str | None:
    """The code that Unicode's CLDR prefers (``de`` for ``ger``), or None where it knows no such language."""
    # imported where it is used: only a language beyond our tables needs it
    from babel import Locale
    from babel.core import get_global

    # an alias may carry a script (`sr_Latn` for `sh`): the language alone is looked up
    preferred = str(get_global("language_aliases").get(code, code)).partition("_")[0]
    return canonical(preferred) if preferred in Locale("en").languages else None


def _script(language: str, subtags: str) -> str | None:
    """A script that is named counts before the region, which only implies the usual one."""
    if named := _SCRIPT.search(subtags):
        return named[1].title()
    # of other languages a region does not imply the script: Serbia writes both
    if language != "zh":
        return None
    regions, chinese = set(re.split("[-_]", subtags)), _tables().chinese
    return "Hans" if regions & chinese.Hans else "Hant" if regions & chinese.Hant else None


@cache
def _tables() -> _Tables:
    text = Path(__file__).with_name("tables.toml").read_text("utf-8")
    return msgspec.convert(tomli.loads(text), _Tables)
