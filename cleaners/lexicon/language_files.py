"""Files of data, one a language: ``xx.toml`` in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from copydesk.cleaners.errors import BadData


def codes_in(folder: Path) -> tuple[str, ...]:
    """Codes of all languages there is a file for, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def read_language_file(folder: Path, code: str, *, has_tables: bool = True) -> dict[str, Any]:
    """What the file of a language holds; without ``has_tables`` only the keys before its first table, a tenth of a
    lexicon. Raises BadData, naming the file, where there is none or it is no TOML.
    """
    where = place_of(folder, code)
    try:
        text = (folder / f"{code}.toml").read_text("utf-8")
        return tomli.loads(text if has_tables else text.partition("\n[")[0])
    except FileNotFoundError as error:
        known = ", ".join(codes_in(folder))
        raise BadData(f"{where}: there is no such language; there are {known}") from error
    except tomli.TOMLDecodeError as error:
        raise BadData(f"{where}: {error}") from error


def place_of(folder: Path, code: str) -> str:
    """A file as messages name it: its folder and its name."""
    return f"{folder.name}/{code}.toml"
