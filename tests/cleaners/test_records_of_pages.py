"""What records say of pages: tables of small pages in ``records/``, one file a theme.

A table ``[[page]]`` makes a page of ``form`` (its own, or that of its file; of several each makes one), in which
``{name}`` stands for its own value of that name, else for that of ``[parts]``; ``{title}``, ``{p1}``, ``{p2}`` and
``{p3}`` are the short article of its language (``tests/articles.toml``) where nobody says otherwise. ``url``,
``media``, ``content_type``, ``headers`` and ``fetched_at`` are those of the page.

``is``: what its record says, of authors the names, of a reason its code, or all of it where all is asked; ``none``:
what it does not say; ``kept`` is in its text, ``gone`` is not; ``removed``: pairs of a label and what was removed under
it. ``name`` is for who reads the file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli
from articles import ARTICLES, TITLES
from each_case import hold

from copydesk import Page, Record, clean_page
from copydesk.cleaners.lexicon.words import languages

FILES = sorted(Path(__file__).with_name("records").glob("*.toml"))
FORM = '<!DOCTYPE html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'
GIVEN = {"url", "media", "content_type", "headers", "fetched_at"}
SAID = {"is", "none", "kept", "gone", "removed"}


def filled(form: str, values: dict[str, str]) -> str:
    """A form with all that it names, and all that these name."""
    filled_once = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), form)
    return filled_once if filled_once == form else filled(filled_once, values)


def pages_of(case: dict[str, Any], table: dict[str, Any]) -> list[Page]:
    language = case.get("language", table.get("language", "en"))
    values = {"language": language, "head": "", "title": TITLES.get(language, "")}
    values |= {f"p{number}": text for number, text in enumerate(ARTICLES.get(language, ()), start=1)}
    values |= table.get("parts", {}) | {key: value for key, value in case.items() if isinstance(value, str)}
    given = {key: found for key in GIVEN if (found := case.get(key, table.get(key)))}
    forms = case.get("form", table.get("form", FORM))
    return [Page(filled(form, values), **given) for form in (forms if isinstance(forms, list) else [forms])]


def picked(found: Any, wanted: Any) -> Any:
    """As much of what was found as is wanted: of a table its keys, of a list of tables those of each."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {key: picked(found.get(key), value) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(found, (list, tuple)) and len(wanted) == len(found):
        return list(map(picked, found, wanted))
    return list(found) if isinstance(found, tuple) else found


def at(found: dict[str, Any], name: str) -> Any:
    """The value of a field; ``a.b`` is that of ``b`` in ``a``."""
    field, _, inner = name.partition(".")
    return at(found[field], inner) if inner else found[field]


def says(case: dict[str, Any], table: dict[str, Any]) -> None:
    used = json.dumps([table.get("form", FORM), table.get("parts", {}), case])
    # a key that is written wrong would ask nothing
    values = {key for key in case if f"{{{key}}}" in used}
    assert case.keys() - GIVEN - SAID - values <= {"name", "language", "form"}
    assert case.keys() & SAID
    for page in pages_of(case, table):
        is_said(case, clean_page(page))


def is_said(case: dict[str, Any], record: Record) -> None:
    found = msgspec.to_builtins(record)
    found["authors"] = [author.name for author in record.authors]
    wanted = case.get("is", {})
    if ":" not in wanted.get("reason", ""):
        found["reason"] = (record.reason or "").partition(":")[0]
    assert picked(found, wanted) == wanted
    assert {name: value for name in case.get("none", ()) if (value := at(found, name))} == {}
    assert [part for part in case.get("kept", ()) if part not in record.text] == []
    assert [part for part in case.get("gone", ()) if part in record.text] == []
    removed = [(str(one.label), one.text) for one in record.removed]
    assert [pair for pair in case.get("removed", ()) if tuple(pair) not in removed] == []


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_records_say_what_pages_do(file: Path) -> None:
    table = tomli.loads(file.read_text("utf-8"))
    hold(says, [(case, table) for case in table["page"]])


@pytest.mark.parametrize("theme", ["dates_of_change", "shells_of_pages"])
def test_every_language_has_a_page(theme: str) -> None:
    pages = next(tomli.loads(file.read_text("utf-8")) for file in FILES if file.stem == theme)["page"]
    assert {page.get("language", "en") for page in pages} >= set(languages())
