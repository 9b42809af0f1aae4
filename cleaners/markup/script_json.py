"""Extracts the JSON in a page's scripts: data elements, values assigned to global variables, streamed rows.

Next.js and Nuxt write values that refer to each other by number; such references are resolved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern

MAX_SCRIPT_CHARS: Final = 2_000_000
"""Characters that are read of all scripts of a page together."""
MAX_DEPTH: Final = 30
"""Levels of nested data that are read."""
_MAX_ASSIGNMENTS = 200  # in one script
# in one script; set by hand: a script with more of them is code and has no data
_MAX_BROKEN_VALUES = 20
# window.__STATE__ = {, self["data"] = [, var page = JSON.parse("…"), window.queue.push({, Fusion.globalContent = {
_ASSIGNMENT = lazy_pattern(
    r"(?:(?:window|self|globalThis)\s*(?:\.\s*([\w$]+)|\[\s*[\"']([\w$]+)[\"']\s*\])"
    r"|\b(?:(?:var|let|const)\s+|[A-Z]\w*\s*\.\s*(?=\w*(?:[Cc]ontent|[Dd]ata|[Ss]tate|[Ss]tore|[Pp]rops)\b))([\w$]+))"
    r"\s*(?:=|\.\s*push\s*\()\s*(?:JSON\s*\.\s*parse\s*\(\s*(?=\")|(?=\"?[{\[]))"
)
# Next.js: self.__next_f.push([1, "…"]) streams rows of React's Flight format
_FLIGHT_NAME = "__next_f"
_FLIGHT_CHUNK = lazy_pattern(r"\.\s*push\s*\(\s*\[\s*1\s*,\s*(?=\")")
# of bytes, because a row of text gives its length in bytes
_FLIGHT_ROW = lazy_pattern(rb"([0-9a-f]{0,16}):(?:T([0-9a-f]{1,8}),)?")
# "$1f", "$L1f" (lazy), "$@1f" (a promise)
_FLIGHT_REFERENCE = lazy_pattern(r"\$[L@]?([0-9a-f]{1,16})")
_CHARS_PER_VALUE = 8  # that a value uses of the budget, besides its text
# Nuxt: devalue writes one flat list, in which numbers are indices
_NUXT_ID = "__NUXT_DATA__"


def page_data(root: etree._Element, *, at_least: int) -> Iterator[tuple[str, object]]:
    """(origin, value) of the JSON in the page's scripts, without JSON-LD.

    Scripts of fewer characters than ``at_least`` are not read. Broken JSON is skipped.
    """
    chunks: list[str] = []
    for kind, name, text in _scripts(root):
        if _FLIGHT_NAME in text:
            chunks.extend(_flight_chunks(text))
        elif len(text) < at_least or "ld+json" in kind:
            continue
        elif "json" in kind:
            value = parse_json(text)
            yield f"script:{name or kind}", _resolve_nuxt(value) if name == _NUXT_ID else value
        else:
            yield from _assigned_values(text)
    if sum(map(len, chunks)) >= at_least:
        rows = _flight_rows("".join(chunks).encode("utf-8", "surrogatepass"))
        yield f"script:{_FLIGHT_NAME}", _resolve_flight(rows)


def parse_json(text: str) -> object:
    """The value of a JSON text; None if it is broken."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def _scripts(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    """(type, id, text) of the page's scripts, up to MAX_SCRIPT_CHARS."""
    room = MAX_SCRIPT_CHARS
    for script in root.iter("script"):
        text = script.text or ""
        room -= len(text)
        if room < 0:
            return
        yield (script.get("type") or "").lower(), script.get("id") or "", text


def _assigned_values(script: str) -> Iterator[tuple[str, object]]:
    """(origin, value) of the objects and lists that a script assigns to variables, also those in strings."""
    # raw_decode stops at the end of the value; msgspec refuses the code that follows
    decoder = json.JSONDecoder(strict=False)
    at = broken = 0
    for _ in range(_MAX_ASSIGNMENTS):
        match = _ASSIGNMENT.search(script, at)
        if match is None or broken > _MAX_BROKEN_VALUES:
            return
        at = match.end()
        try:
            value, at = decoder.raw_decode(script, at)
        except (ValueError, RecursionError):
            broken += 1
            continue
        name = match[1] or match[2] or match[3]
        yield f"script:{name}", parse_json(value) if isinstance(value, str) else value


def _flight_chunks(script: str) -> Iterator[str]:
    """The pieces of text that a script adds to the stream. A piece may end anywhere, even within a word."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while match := _FLIGHT_CHUNK.search(script, at):
        at = match.end()
        try:
            # only the string, so that each character is read once
            chunk, at = decoder.raw_decode(script, at)
        except ValueError:
            continue
        yield chunk


def _flight_rows(stream: bytes) -> dict[str, object]:
    """Number to value: ``1f:{"a": 1}`` ends with its line, ``20:T5,<div>`` after the given number of bytes."""
    rows: dict[str, object] = {}
    at = 0
    while at < len(stream):
        match = _FLIGHT_ROW.match(stream, at)
        start = match.end() if match else at
        if match and match[2]:
            at = start + int(match[2], 16)
            rows[match[1].decode()] = stream[start:at].decode("utf-8", "replace")
            continue
        end = stream.find(b"\n", start)
        at = len(stream) if end < 0 else end + 1
        # rows of modules and hints ("I[…]", "HL[…]") have no text
        if match and stream[start : start + 1] in (b"{", b"[", b'"'):
            rows[match[1].decode()] = parse_json(stream[start:at].decode("utf-8", "replace"))
    return rows


class _OutputBudget(Struct):
    """Characters that may still be output: references to references multiply."""

    room: int = 2 * MAX_SCRIPT_CHARS

    def allows(self, value: object, depth: int) -> bool:
        self.room -= _CHARS_PER_VALUE + (len(value) if isinstance(value, str) else 0)
        return self.room >= 0 and depth <= MAX_DEPTH


def _resolve_flight(rows: Mapping[str, object]) -> list[object]:
    """The rows with each reference (``$1f``) replaced by its row; null beyond the budget."""
    budget = _OutputBudget()

    def resolve(value: object, depth: int) -> object:
        if not budget.allows(value, depth):
            return None
        if isinstance(value, str):
            number = _FLIGHT_REFERENCE.fullmatch(value)
            return resolve(rows[number[1]], depth + 1) if number and number[1] in rows else value
        if isinstance(value, list):
            return [resolve(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {key: resolve(item, depth + 1) for key, item in value.items()}
        return value

    return [resolve(row, 0) for row in rows.values() if not isinstance(row, str)]


def _resolve_nuxt(values: object) -> object:
    """The first value of a flat list in which numbers are indices of the list; null beyond the budget."""
    if not isinstance(values, list):
        return None
    items: Sequence[object] = values
    budget = _OutputBudget()

    def resolve(index: object, depth: int) -> object:
        if not isinstance(index, int) or not 0 <= index < len(items):
            return None
        value = items[index]
        if not budget.allows(value, depth):
            return None
        if isinstance(value, list):  # may begin with the name of a wrapper, which becomes null
            return [resolve(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {key: resolve(item, depth + 1) for key, item in value.items()}
        return value

    return resolve(0, 0)
