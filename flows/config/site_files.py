"""Site files of FiveFilters and wallabag (``host.txt``: XPath by the line) as a user's rules.

https://help.fivefilters.org/full-text-rss/site-patterns.html describes the format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import tomli
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.user_selectors import compiled_xpath, is_path
from copydesk.cleaners.sites import bare_host
from copydesk.cleaners.types import Label, UserRule
from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.config.toml_places import read_utf8
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import shortened

MAX_BYTES: Final = 200_000
"""Of a site file; set by hand: they have some dozens of lines."""
_MAX_PROBLEM = 240  # characters; set by hand: with most paths whole
_SUFFIX = ".txt"
_HOST = lazy_pattern(r"[\w-]+(?:\.[\w-]+)+")
_NOT_IN_NAMES = lazy_pattern(r"[\W_]+")
# "strip: //aside", "replace_string(<br>): <p>", "http_header(user-agent): x"
_LINE = lazy_pattern(r"(\w+)\s*(?:\(.*\)\s*)?:\s*(.*)")
# the halves of a union are looked for outside of texts, brackets and parentheses
_UNION = lazy_pattern(r"'[^']*'|\"[^\"]*\"|[\[\]()|]")
# what a path without a slash can begin with: the document has one element
_FROM_DOCUMENT = lazy_pattern(r"(?:html(?![\w.-])|\*)")
_SELECTING: Final = {"body": "content", "title": "title", "author": "authors", "date": "date_published"}
"""The directives of the format that say where something is, and the keys of a rule."""
_NOTES: Final = frozenset({"test_url", "test_contains", "test_title"})
"""What a file says for those who try it, not for those who use it."""
_Lines = list[tuple[int, str, str]]
_LACKING: Mapping[str, str] = tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""Directives of the format that become no rule, each with the reason."""


class Unsupported(Struct, frozen=True):
    """What of a site file becomes no rule. ``line``: from 1; None: of the whole file."""

    file: str
    line: int | None
    problem: str

    def __str__(self) -> str:
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.problem}"


class SiteFiles(Struct, frozen=True):
    """The rules of site files, those of the longest hosts first; all that became none; ``notes``: the number of lines
    for those who try a file.
    """

    rules: tuple[UserRule, ...]
    unsupported: tuple[Unsupported, ...]
    notes: int


def read_site_files(place: Path) -> SiteFiles:
    """The site files in a folder, or one such file. Raises SettingsError if there are none."""
    if not place.exists():
        raise SettingsError(f"{place}: no such file or folder")
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
    except OSError as error:
        raise SettingsError(f"{place}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    rules: dict[str, UserRule] = {}
    unsupported: list[Unsupported] = []
    notes = 0
    for file in files:
        name = shortened(file.name.encode("utf-8", "backslashreplace").decode())
        try:
            host, lines = _host(file), _lines(file)
        except ValueError as error:
            unsupported.append(Unsupported(name, None, str(error)))
            continue
        selectors, refused = _selectors(name, lines)
        notes += sum(key in _NOTES for _, key, _ in lines)
        if selectors:
            # `news-example-org`
            plain = _NOT_IN_NAMES.sub("-", host)
            names = (plain, *(f"{plain}-{number}" for number in range(2, len(rules) + 2)))
            free = next(one for one in names if one not in rules)
            found = {key: tuple(paths) for key, paths in selectors.items()}
            rules[free] = UserRule(free, Label.OTHER, f"site file {name}", (host,), **found)
        elif not refused:
            refused.append(Unsupported(name, None, "says nothing that becomes a rule"))
        unsupported += refused
    if not rules and not unsupported:
        raise SettingsError(f"{place}: has no site files, such as example.org.txt")
    # of two rules that find something, the first wins: that of the narrower site
    narrowest_first = sorted(rules.values(), key=lambda rule: -rule.sites[0].count("."))
    return SiteFiles(tuple(narrowest_first), tuple(unsupported), notes)


def _host(file: Path) -> str:
    """The host that a file is for, and all below it. Raises ValueError for another name."""
    # ".example.org.txt": for the hosts below it, which a rule's site means, too
    host = bare_host(file.name.removesuffix(_SUFFIX).removeprefix("."))
    if not file.name.endswith(_SUFFIX) or not _HOST.fullmatch(host):
        raise ValueError("is no site file, whose name is a host: example.org.txt")
    return host


def _lines(file: Path) -> _Lines:
    """The lines of a site file: number, directive and value; without a directive what is none. Raises ValueError."""
    if file.is_file() and (size := file.stat().st_size) > MAX_BYTES:
        raise ValueError(f"has {size:,} bytes; a site file has at most {MAX_BYTES:,}")
    lines = map(str.strip, read_utf8(file).removeprefix("\ufeff").splitlines())
    return [
        (number, found[1].lower(), found[2]) if (found := _LINE.fullmatch(line)) else (number, "", line)
        for number, line in enumerate(lines, 1)
        if line and not line.startswith("#")
    ]


def _selectors(file: str, lines: _Lines) -> tuple[dict[str, dict[str, None]], list[Unsupported]]:
    """The selectors by the key of a rule, each once and in order; and the lines that become none."""
    selectors: dict[str, dict[str, None]] = {}
    refused: list[Unsupported] = []
    for number, key, value in lines:
        if key in _NOTES:
            continue
        try:
            rule_key, path = _selected(key, value)
            selectors.setdefault(rule_key, {})[path] = None
        except BadKey as error:
            cut = len(error.problem) > _MAX_PROBLEM
            problem = f"{error.problem[:_MAX_PROBLEM]}…" if cut else error.problem
            refused.append(Unsupported(file, number, ": ".join(filter(None, (key, problem)))))
    return selectors, refused


def _selected(key: str, value: str) -> tuple[str, str]:
    """The key of a rule that a line becomes, with its path. Raises BadKey if it becomes none."""
    if not key:
        raise BadKey(None, f"{shortened(value)!r} is no line of a site file, such as body: //article")
    if key in _LACKING:
        raise BadKey(key, f"not supported: {_LACKING[key]}")
    if key not in {*_SELECTING, "strip", "strip_id_or_class"}:
        raise BadKey(key, "not supported: unknown")
    if not value:
        raise BadKey(key, "has no value")
    if key == "strip_id_or_class":
        name = value.strip("'\" ")
        # a text of XPath has no escapes
        if "'" in name and '"' in name:
            raise BadKey(key, "not supported: both quotation marks in a name")
        part = f'"{name}"' if "'" in name else f"'{name}'"
        return "xpath", f"//*[contains(@class, {part}) or contains(@id, {part})]"
    # first whole: a half of what is no path is none to name
    compiled_xpath(value)
    path = " | ".join(map(_from_document, _halves(value)))
    compiled_xpath(path)
    return _SELECTING.get(key, "xpath"), path


def _halves(path: str) -> Iterator[str]:
    """The paths of which a path is the union."""
    depth = start = 0
    for sign in _UNION.finditer(path):
        if sign.group() in {"[", "("}:
            depth += 1
        elif sign.group() in {"]", ")"}:
            depth -= 1
        elif sign.group() == "|" and not depth:
            yield path[start : sign.start()].strip()
            start = sign.end()
    yield path[start:].strip()


def _from_document(path: str) -> str:
    """The path from the document, where the format begins. Raises BadKey where it finds nothing there."""
    if is_path(path):
        return path
    if not _FROM_DOCUMENT.match(path):
        raise BadKey(
            "path", f"not supported: {path!r} is no path of XPath from the document, such as //aside"
        )
    return f"/{path}"
