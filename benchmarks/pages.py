"""Pages for the measures of time and memory: real ones where there is a data folder, else composed ones."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from lxml import html

from benchmarks.composed import compose_pages
from benchmarks.sets import Case, load, pick


def pages_for_timing(data: Path, *, count: int, seed: int = 0) -> tuple[list[Case], str]:
    """About ``count`` pages and, in words, where they come from."""
    if not data.is_dir():
        composed = [
            Case(
                id=f"composed-{place}", file=Path(), truth="", url=f"http://localhost/news/{place}", body=page
            )
            for place, page in enumerate(compose_pages(count))
        ]
        return composed, f"{len(composed)} composed pages"
    parts = (("wcxb", count - count // 2), ("fundus", count // 2))
    cases = [case for name, part in parts for case in pick(load(name, data), sample=part, seed=seed)]
    random.Random(seed).shuffle(cases)  # noqa: S311 - no secret
    return cases, f"{len(cases)} pages of wcxb and fundus, seed {seed}"


def reworded(body: bytes, turn: int) -> bytes:
    """The page with the words of each text in another order and other links, by ``turn``: of the same size,
    language and build, with no text that it had before.
    """
    if not body.strip():
        return body
    root = html.document_fromstring(body)
    for element in root.iter("*"):
        # what the parser took and lxml would not give back (controls, NUL) stays as it was
        with suppress(ValueError):
            if element.tag not in _NO_TEXT:
                element.text = _turned(element.text, turn)
            element.tail = _turned(element.tail, turn)
            if element.tag == "a" and "href" in element.attrib:
                element.set("href", f"{element.get('href')}-{turn}")
    return bytes(html.tostring(root, encoding="utf-8"))


_NO_TEXT = frozenset({"script", "style", "template", "noscript"})


def _turned(text: str | None, turn: int) -> str | None:
    words = text.split() if text else []
    at = turn % max(1, len(words))
    # spaces around it, lest its first or last word run into a neighbour's
    return f" {' '.join(words[at:] + words[:at])} " if at else text


def seconds_of_rest(records: Iterator[object], *, warming: int) -> float:
    """What the rest of some records takes once so many have come: workers are there by then, and have loaded all they
    need. A long run pays that once.
    """
    for _ in islice(records, warming):
        pass
    started = time.perf_counter()
    for _ in records:
        pass
    return time.perf_counter() - started
