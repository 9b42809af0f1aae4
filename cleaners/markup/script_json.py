"""The JSON in a page's scripts: data elements, values given to names of the window, and rows that were streamed.

Values may stand for each other by number there; they are given here with what their references stand for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct

MAX_SCRIPT_CHARS: Final = 2_000_000
"""Characters read of a page's scripts, all together."""
MAX_DEPTH: Final = 30
"""Levels of data that are looked into."""
_MAX_ASSIGNMENTS = 200  # of one script
# values of one script; set by hand: a script with more of them is code, no data
_MAX_BROKEN = 20
# window.__STATE__ = {, self["data"] = [, var page = JSON.parse("…"), window.queue.push({
_ASSIGNMENT = re.compile(
    r"(?:(?:window|self|globalThis)\s*(?:\.\s*([\w$]+)|\[\s*[\"']([\w$]+)[\"']\s*\])|\b(?:var|let|const)\s+([\w$]+))"
    r"\s*(?:=|\.\s*push\s*\()\s*(?:JSON\s*\.\s*parse\s*\(\s*(?=\")|(?=\"?[{\[]))"
)
# Next.js: self.__next_f.push([1, "…"]) streams rows of React's Flight format
_STREAM = "__next_f"
_CHUNK = re.compile(r"\.\s*push\s*\(\s*\[\s*1\s*,\s*(?=\")")
# on bytes, for a row of text gives its length in bytes
_ROW = re.compile(rb"([0-9a-f]{0,16}):(?:T([0-9a-f]{1,8}),)?")
# "$1f", "$L1f" (lazy), "$@1f" (a promise)
_ROW_NUMBER = re.compile(r"\$[L@]?([0-9a-f]{1,16})")
_VALUE_CHARS = 8  # what a value is counted as, beside its text
# Nuxt: what devalue writes, one flat list whose numbers are places in it
_FLAT = "__NUXT_DATA__"


def page_data(root: etree._Element, *, at_least: int) -> Iterator[tuple[str, object]]:
    """(origin, value) of the JSON in the page's scripts, without JSON-LD.

    Scripts of fewer characters than ``at_least`` are not read; broken data is left out.
    """
    chunks: list[str] = []
    for kind, name, text in _scripts(root):
        if _STREAM in text:
            chunks.extend(_chunks(text))
        elif len(text) < at_least or "ld+json" in kind:
            continue
        elif "json" in kind:
            value = read(text)
            yield f"script:{name or kind}", _unfolded(value) if name == _FLAT else value
        else:
            yield from _assigned(text)
    if sum(map(len, chunks)) >= at_least:
        rows = _rows("".join(chunks).encode("utf-8", "surrogatepass"))
        yield f"script:{_STREAM}", _joined(rows)


def read(text: str) -> object:
    """The value of a JSON text; None where it is broken."""
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


def _assigned(script: str) -> Iterator[tuple[str, object]]:
    """What a script assigns or adds to names: objects, lists, and strings that hold one of them."""
    # raw_decode stops where the value ends; msgspec refuses the code that follows
    decoder = json.JSONDecoder(strict=False)
    at = broken = 0
    for _ in range(_MAX_ASSIGNMENTS):
        match = _ASSIGNMENT.search(script, at)
        if match is None or broken > _MAX_BROKEN:
            return
        at = match.end()
        try:
            value, at = decoder.raw_decode(script, at)
        except (ValueError, RecursionError):
            broken += 1
            continue
        yield f"script:{match[1] or match[2] or match[3]}", read(value) if isinstance(value, str) else value


def _chunks(script: str) -> Iterator[str]:
    """The pieces of text a script adds to the stream; they are parted anywhere, even within a word."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while match := _CHUNK.search(script, at):
        at = match.end()
        try:
            chunk, at = decoder.raw_decode(script, at)  # the string alone: each character is read once
        except ValueError:
            continue
        yield chunk


def _rows(stream: bytes) -> dict[str, object]:
    """Number to value: ``1f:{"a": 1}`` to the end of its line, ``20:T5,<div>`` for as many bytes as it says."""
    rows: dict[str, object] = {}
    at = 0
    while at < len(stream):
        match = _ROW.match(stream, at)
        start = match.end() if match else at
        if match and match[2]:
            at = start + int(match[2], 16)
            rows[match[1].decode()] = stream[start:at].decode("utf-8", "replace")
            continue
        end = stream.find(b"\n", start)
        at = len(stream) if end < 0 else end + 1
        # rows of modules and hints ("I[…]", "HL[…]") hold no text
        if match and stream[start : start + 1] in (b"{", b"[", b'"'):
            rows[match[1].decode()] = read(stream[start:at].decode("utf-8", "replace"))
    return rows


class _Budget(Struct):
    """How much may still be written out: references to references multiply."""

    room: int = 2 * MAX_SCRIPT_CHARS

    def allows(self, value: object, depth: int) -> bool:
        self.room -= _VALUE_CHARS + (len(value) if isinstance(value, str) else 0)
        return self.room >= 0 and depth <= MAX_DEPTH


def _joined(rows: Mapping[str, object]) -> list[object]:
    """The rows with each reference (``$1f``) replaced with its row; null beyond the budget."""
    budget = _Budget()

    def opened(value: object, depth: int) -> object:
        if not budget.allows(value, depth):
            return None
        if isinstance(value, str):
            number = _ROW_NUMBER.fullmatch(value)
            return opened(rows[number[1]], depth + 1) if number and number[1] in rows else value
        if isinstance(value, list):
            return [opened(one, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: opened(one, depth + 1) for key, one in value.items()}
        return value

    return [opened(row, 0) for row in rows.values() if not isinstance(row, str)]


def _unfolded(values: object) -> object:
    """The first of a flat list of values, in which numbers stand for places in the list; null beyond the budget."""
    if not isinstance(values, list):
        return None
    places: Sequence[object] = values
    budget = _Budget()

    def at(place: object, depth: int) -> object:
        if not isinstance(place, int) or not 0 <= place < len(places):
            return None
        value = places[place]
        if not budget.allows(value, depth):
            return None
        if isinstance(value, list):  # what begins with a name is one value wrapped
            return [at(one, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: at(one, depth + 1) for key, one in value.items()}
        return value

    return at(0, 0)
