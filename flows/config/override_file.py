"""The file of manual decisions, each in a table ``[[override]]``; ``copydesk review`` writes such a file.

::

    [[override]]
    page = "https://example.org/news/1"
    decision = "keep"
    text = "A paragraph that was taken for an advertisement."

``page`` is the ``url`` of the page's record, the file of one that has none, or its ``id``; the other keys are those of
``copydesk.cleaners.rules.overrides``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import structs, to_builtins

from copydesk.cleaners.record.records import name_of, names_of
from copydesk.cleaners.rules.overrides import KEYS, read_override
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Override, Page
from copydesk.cleaners.user_tables import BadKey, check_keys
from copydesk.flows.config.toml_places import append_table, read_utf8, toml_file, toml_lines
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.sources.catalogue import Unreadable

FILE_NAME = "copydesk.overrides.toml"
"""The file that applies where none is named: in the current folder, as the settings."""
HEADER = "override"
PAGE = "page"
_MOST_NAMED = 3  # pages in a line

Item = TypeVar("Item", Page, Page | Unreadable)

Overrides = Mapping[str, tuple[Override, ...]]
"""The decisions on each page, by its URL, file or id, in the order of the file."""


def override_file(named: str | None, folder: Path) -> Path | None:
    """The file that applies: the named one, or the usual one in a folder, or None where that is not there."""
    if named is not None:
        return Path(named)
    return folder / FILE_NAME if (folder / FILE_NAME).exists() else None


def read_overrides(named: str | None, folder: Path) -> Overrides:
    """The manual decisions, checked. Raises SettingsError with file, line and, where there is one, a suggestion."""
    path = override_file(named, folder)
    return {} if path is None else overrides_in(override_text(path), path.name)


def override_text(path: Path) -> str:
    """The text of such a file. Raises SettingsError where it cannot be read."""
    with setting_errors(f"{path}: "):
        return read_utf8(path)


def overrides_in(text: str, name: str) -> Overrides:
    """The decisions in the text of a file called so. Raises as ``read_overrides`` does."""
    file = toml_file(name, text)
    for key in file.data:
        if key != HEADER:
            raise SettingsError(f"{file.place(key)}: unknown key {key!r}; expected tables [[{HEADER}]]")
    found: dict[str, list[Override]] = {}
    for page, override in file.read_tables(HEADER, _read):
        found.setdefault(page, []).append(override)
    return {page: tuple(decided) for page, decided in found.items()}


def _read(table: Mapping[str, Any]) -> tuple[str, Override]:
    check_keys(table, (PAGE, *KEYS), required=(PAGE, "text", "decision"))
    page = table[PAGE]
    if not isinstance(page, str) or not page.strip():
        raise BadKey(PAGE, "expected the url, file or id of a record")
    return page.strip(), read_override({key: value for key, value in table.items() if key != PAGE})


def append_override(folder: Path, record: Record, override: Override) -> str:
    """Appends a decision on the page of a record to the usual file in a folder; returns the file's name.

    Raises SettingsError if the decision or the file is wrong, EnvironmentFault if the file cannot be written; it is
    then as it was.
    """
    keys = {key: value for key, value in to_builtins(override).items() if value}
    table = "\n".join((*toml_lines(HEADER, {PAGE: name_of(record), **keys}), ""))
    append_table(folder / FILE_NAME, table, lambda _, after: overrides_in(after.decode("utf-8"), FILE_NAME))
    return FILE_NAME


def with_overrides(item: Item, overrides: Overrides) -> Item:
    """A page with the decisions on it."""
    # most runs have none: no id of a page is made then
    if not overrides or isinstance(item, Unreadable):
        return item
    decided = tuple(one for name in names_of(item) for one in overrides.get(name, ()))
    return structs.replace(item, overrides=decided) if decided else item


def unmatched_count(record: Record) -> int:
    """How many decisions on a page match no block of it."""
    return sum(one.blocks == 0 for one in record.processing.overrides)


def unknown_pages(
    overrides: Overrides, called: Callable[[str], Iterable[tuple[str, str | None, str]]]
) -> str | None:
    """A line on the pages of decisions that no record is of. ``called``: of the records with that id, address or source
    the id, the URL and the source.
    """
    unknown = []
    for name in overrides:
        found = [(id_, url or source) for id_, url, source in called(name)]
        if not any(name in names for names in found):
            # most write it so, since searches and exports show it
            unknown.append(f"{name} (the canonical URL of {found[0][1]})" if found else name)
    if not unknown:
        return None
    more = f" and {len(unknown) - _MOST_NAMED:,} more" if len(unknown) > _MOST_NAMED else ""
    return f"manual decisions name pages by a url, file or id that no record has: {', '.join(unknown[:_MOST_NAMED])}{more}"


def unmatched_message(count: int) -> str:
    """A line on decisions that match no block."""
    decisions = "manual decision matches" if count == 1 else "manual decisions match"
    return f"{count:,} {decisions} no block: the words are no longer on the page, or it has no text"
