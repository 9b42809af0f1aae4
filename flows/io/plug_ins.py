"""What installed packages add, found by entry points: formats, sources, rules; loaded by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from copydesk.flows.errors import SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def declared(group: str) -> Mapping[str, list[EntryPoint]]:
    """The entry points of a group by their names; nothing is loaded. Takes some hundredths of a second."""
    from importlib.metadata import entry_points  # here: a page of a usual ending needs no look at packages

    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, []).append(entry)
    return found


def loaded(what: str, entries: list[EntryPoint], kinds: tuple[type, ...], expected: str) -> Any:
    """What the only one of these entry points of one name leads to; ``what``: it is, in a word.

    Raises SettingsError, naming the package, where there are several, where it cannot be loaded, or is of none of these
    kinds; ``expected``: these in words.
    """
    packages = [entry.dist.name if entry.dist else entry.value for entry in entries]
    name = entries[0].name
    # it is unknown which of them was meant
    if len(entries) > 1:
        raise SettingsError(f"{what} {name!r} is declared by {' and '.join(packages)}; remove one of them")
    try:
        found = entries[0].load()
    except Exception as error:  # whatever that package raises while it is imported
        raise SettingsError(
            f"{what} {name!r} of {packages[0]} cannot be loaded: {error}; install that package again"
        ) from error
    if not isinstance(found, kinds):
        raise SettingsError(f"{what} {name!r} of {packages[0]}: {entries[0].value} is no {expected}")
    return found
