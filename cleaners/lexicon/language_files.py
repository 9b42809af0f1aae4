"""Files of data, one a language: ``xx.toml`` in a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from copydesk.cleaners.errors import BadData

Kind = TypeVar("Kind")


def codes_in(folder: Path) -> tuple[str, ...]:
    """Codes of all languages there is a file for, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def read_language_file(folder: Path, code: str) -> dict[str, Any]:
    """What the file of a language holds. Raises BadData, naming the file, where there is none or it is no TOML."""
    return _parse(_read(folder, code), folder, code)


def read_language_head(folder: Path, code: str) -> dict[str, Any]:
    """The keys before the first table of a language's file, a tenth of a lexicon; errors as read_language_file."""
    return _parse(_read(folder, code).partition("\n[")[0], folder, code)


def _read(folder: Path, code: str) -> str:
    try:
        return (folder / f"{code}.toml").read_text("utf-8")
    except FileNotFoundError as error:
        known = ", ".join(codes_in(folder))
        raise BadData(f"{place_of(folder, code)}: there is no such language; there are {known}") from error


def _parse(text: str, folder: Path, code: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise BadData(f"{place_of(folder, code)}: {error}") from error


def as_kind(data: object, kind: type[Kind], *, where: str) -> Kind:
    """What a file, or a part of it, holds, as this type. Raises BadData with ``where`` and the key at fault."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise BadData(f"{where}: {error}") from error


@lru_cache(maxsize=256)  # of all that tags may be: few are met
def primary(language: str) -> str:
    """The language of a BCP 47 tag, without script and region: ``zh`` of ``zh-Hant``."""
    return language.lower().replace("_", "-").partition("-")[0]


def place_of(folder: Path, code: str) -> str:
    """A file as messages name it: its folder and its name."""
    return f"{folder.name}/{code}.toml"
