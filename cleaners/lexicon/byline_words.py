"""The words of ``byline_words.toml``: what distinguishes a byline's names from the text around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec
import tomli
from msgspec import Struct

from copydesk.cleaners.lexicon.words import languages, lexicon_without_tables


class BylineWords(Struct, frozen=True):
    """The data file, read; every word in lower case."""

    joints: tuple[str, ...]
    joints_of: Mapping[str, tuple[str, ...]]
    nobody: frozenset[str]
    text_kinds: frozenset[str]
    roles: frozenset[str]
    date_words: frozenset[str]
    ours: frozenset[str]
    articles: frozenset[str]
    organisations: frozenset[str]
    titles_before: tuple[str, ...]
    titles_behind: tuple[str, ...]
    reports: tuple[str, ...]
    photographs: tuple[str, ...]
    posts: tuple[str, ...]
    no_reporters: frozenset[str]
    written_at: tuple[str, ...]
    offices: tuple[str, ...]
    no_publishers: frozenset[str]
    editors: tuple[str, ...]
    editor_credits: tuple[str, ...]
    at_places: Mapping[str, tuple[str, ...]]
    collectives: frozenset[str]
    page_words: frozenset[str]
    name_words: frozenset[str]
    names_too: frozenset[str]
    particles: frozenset[str]
    other_credits: tuple[str, ...]
    openers_of: Mapping[str, tuple[str, ...]]
    talks_of: Mapping[str, tuple[str, str]]
    before_full_names: Mapping[str, tuple[str, ...]]
    months_besides: Mapping[str, tuple[str, ...]]
    solar_months_of: Mapping[str, tuple[str, ...]]
    modified: tuple[str, ...]
    other_dates: tuple[str, ...]
    card_labels: tuple[str, ...]
    before_dates: tuple[str, ...]
    before_points: tuple[str, ...]
    variants: tuple[str, ...]


def _load() -> BylineWords:
    data = tomli.loads((Path(__file__).parent / "byline_words.toml").read_text("utf-8"))
    # single words stand in one text; lists are of phrases of several words: "mis à jour"
    words = {key: value.split() for key, value in data.items() if isinstance(value, str)}
    tables = {
        name: {code: some.split() for code, some in data[name].items()}
        for name in ("joints_of", "at_places", "before_full_names")
    }
    return msgspec.convert({**data, **words, **tables}, BylineWords)


WORDS = _load()
# a comma parts two names too, unless a role or a degree follows it
# strokes only with spaces around them: Anne-Marie is one person
_SIGNS = r"\s*[,;،、，；|｜•●·∙⋅／\n\t&＆]\s*|\s+[-–—/+]\s+"


def is_modified_note(text: str) -> bool:
    """Whether a text speaks of a change rather than of publication."""
    lowered = text.lower()
    return True in [word in lowered for word in WORDS.modified]


def is_other_date_note(text: str) -> bool:
    """Whether a text before a date makes it that of something else: of an account, an offer, a deadline."""
    lowered = text.lower()
    return True in [phrase in lowered for phrase in WORDS.other_dates]


def is_other_credit(text: str) -> bool:
    """Whether the text before a name makes it that of a reviewer, a photographer, a translator."""
    return _other_credits().search(text) is not None


def opens_other_credit(text: str) -> bool:
    """Whether the text begins so: "编辑 李明"; "사진희" is a name."""
    found = _other_credits().match(text)
    return found is not None and not "\uac00" <= text[found.end() : found.end() + 1] <= "\ud7a3"


@cache
def _other_credits() -> re.Pattern[str]:
    # "編集部" is a team, and 편집국장 a title of authors
    editors, credits_ = _alternation(WORDS.editors), _alternation(WORDS.other_credits)
    return re.compile(rf"(?!{editors})(?:{credits_})", re.IGNORECASE)


@cache
def credit_fields() -> re.Pattern[str]:
    """What parts names from a credit behind them where nothing else does: "Text: Anna Berg Foto: Tom Bell"."""
    credits_ = _alternation((*WORDS.other_credits, *WORDS.editor_credits))
    return re.compile(
        rf"(?<=[^\W\d_]{{2}})\s+(?:[–—-]\s+)?(?=(?:{credits_})[^\W\d_]*(?:\s[^\W\d_]+)?\s?:\s|editing by\s)",
        re.IGNORECASE,
    )


@cache
def separators(code: str) -> re.Pattern[str]:
    """What parts two names in a language."""
    words = _alternation((*WORDS.joints, *WORDS.joints_of.get(code, ())))
    # both at once, "A. Berg, and B. Lind"; else a name would begin with the word
    return re.compile(rf"(?:{_SIGNS})(?:(?:{words})\s+)?|\s+(?:{words})\s+", re.IGNORECASE)


@cache
def joint(code: str) -> re.Pattern[str]:
    """A text that does nothing but join two names; ``match`` at the end tells an open list."""
    words = _alternation((*WORDS.joints, *WORDS.joints_of.get(code, ())))
    # not within a word: `e` joins names in Italian, and occurs in most of them
    return re.compile(rf"(?:[\s,;،、，&＆+|·•/]|(?<!\w)(?:{words})(?!\w))+", re.IGNORECASE)


# "Vložil/a", "Autor*in", "Autor(a)", "Redakteur:in", "Text/Foto:"
_VARIANT = rf"(?:(?:(?:/-?|[*_])|(?<=\w):(?=(?-i:in)))(?:{'|'.join(WORDS.variants)})(?![^\W\d_])|\((?:{'|'.join(WORDS.variants)})\))?"


@cache
def openers(code: str) -> re.Pattern[str]:
    """What introduces a name in a language or in English; in any known language where it is unknown.

    Group 1 is the phrase, group 2 the colon or stroke after it.
    """
    known = languages()
    # English too, whatever the page's language: templates are often left untranslated
    wanted = (code, "en") if code in known else ("en", *known)
    phrases = {phrase for one in {*wanted} for phrase in lexicon_without_tables(one).byline}
    phrases |= {*WORDS.openers_of.get(code, ())}
    # "Z Janem Kowalem rozmawia Ewa Lis"
    with_, verbs = WORDS.talks_of.get(code, ("", ""))
    # a name between, or a role and a full name: "Mit großer Sorge sprach Otto Kern" is a sentence
    capital = r"[^\W\d_a-zß-öø-ÿа-џąćęłńśźżčďěňřšťůž]"
    talking = verbs and (
        rf"|(?:{_alternation(with_.split())})\s(?-i:{capital}|(?:[^\W\d_A-Z]+\s){{1,3}}{capital}\w+\s{capital})"
        rf"[^,;:.]{{1,60}}?\s(?:{_alternation(verbs.split())})"
    )
    return re.compile(
        rf"((?:{_alternation(phrases)}){_VARIANT}{talking})(?:\s*([:：/／|｜丨=＝]|(?<!\s)[・·](?=[^\W\d_]{{3,}}$))\s*|\s+)",
        re.IGNORECASE,
    )


def _alternation(words: Iterable[str]) -> str:
    # the first that fits is taken: a short phrase would hide a longer one that begins with it.
    # Without words `(?!)`, which nothing matches: nothing between bars would match everywhere
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) or r"(?!)"
