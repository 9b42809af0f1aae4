"""Languages are data: how a language builds its sentences is in its file, and no code lists languages by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.cleaners.lexicon.words import languages

CLEANERS = Path(__file__).resolve().parents[2] / "cleaners"
CODES = frozenset(languages())
FALLBACK = "en"
"""English is read beside every language, so that its code alone is no sign of a grammar."""
TELL_LANGUAGES_APART = "what it detects is the language of a text"
SPELLING = "how one language spells, not how it builds its sentences"
EXCEPTIONS = {
    "language/codes.py": TELL_LANGUAGES_APART,
    "language/detection.py": TELL_LANGUAGES_APART,
    "wording/headlines.py": TELL_LANGUAGES_APART,
    "language/names.py": SPELLING,  # Chinese names of languages end in two ways, of which the CLDR has one
    "lexicon/cue_phrases.py": SPELLING,  # marks of Arabic that most texts leave out
    "metadata/authors.py": SPELLING,  # a space parts two names of Chinese people
}
"""Modules that may name languages, and why."""


def languages_named(code: str) -> Iterator[int]:
    """The lines of some code that list languages by their codes, are keyed by them, or compare with one of them.

    A list (set, tuple, list, keys of a table) counts where all its strings are codes and not all English; a
    comparison or a ``case`` where a string in it is the code of another language than English, and what is
    compared is no ``tag``: "tr" is a row of a table as well. Codes that are put together or read are not seen.
    """
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Set(elts=items) | ast.Tuple(elts=items) | ast.List(elts=items):
                codes = _strings(items)
            case ast.Dict(keys=keys):
                codes = _strings([key for key in keys if key is not None])
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                is_element = any(isinstance(side, ast.Attribute) and side.attr == "tag" for side in sides)
                codes = set() if is_element else _strings(sides) & CODES
            case ast.MatchValue(value=value):
                codes = _strings([value]) & CODES
            case _:
                continue
        if codes <= CODES and codes - {FALLBACK}:
            yield node.lineno if not isinstance(node, ast.MatchValue) else node.value.lineno


def _strings(items: list[ast.expr]) -> set[str]:
    return {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}


NAMING = (
    'LAST = frozenset({"ja", "ko"})', 'LAST = ("de",)', 'LAST = (*OTHERS, "ar")', 'MARKS = {"ja": "を"}',
    'if words.code == "ja": ...', 'if "hi" != code: ...', 'if code in ("en", "hi"): ...',
    'match code:\n    case "tr": ...',
)  # fmt: skip
OTHER = (
    'codes = (code, "en")', 'if code == "en": ...', 'if row.tag == "tr": ...',
    'CELLS = frozenset({"td", "th", "tr"})', 'SMALL = ("de", "la", "van")',
)  # fmt: skip


def test_code_that_names_languages_is_detected_and_no_other() -> None:
    assert [code for code in NAMING + OTHER if list(languages_named(code))] == [*NAMING]


@pytest.mark.slow
def test_no_code_states_how_a_language_builds_its_sentences() -> None:
    named = {
        path.relative_to(CLEANERS).as_posix(): lines
        for path in sorted(CLEANERS.rglob("*.py"))
        if (lines := sorted(languages_named(path.read_text("utf-8"))))
    }
    assert {place: lines for place, lines in named.items() if place not in EXCEPTIONS} == {}
    assert set(EXCEPTIONS) <= set(named), "an exception that is none any more"
