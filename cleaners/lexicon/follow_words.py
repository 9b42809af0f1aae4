"""How sites ask their readers to follow them on a network: the words of ``follow_words.toml``, of all languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import tomli


def follow_request(line: str) -> str | None:
    """The network that a line names where it asks to follow somebody there, or None."""
    lowered = line.casefold()
    network = next((name for name in _words()["networks"] if name in lowered), None)
    return network if network is not None and _request().search(lowered) else None


@cache
def _words() -> dict[str, list[str]]:
    return tomli.loads((Path(__file__).parent / "follow_words.toml").read_text("utf-8").casefold())


@cache
def _request() -> re.Pattern[str]:
    openings, closings = map(_any_of, (_words()["openings"], _words()["closings"]))
    # signs may stand before a request, such as an arrow; behind a quotation mark it is somebody's
    return re.compile(rf"^[^\w\"“”„«»‘’「『]*{openings}|{closings}\W*$")


def _any_of(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(_bounded, words))})"


def _bounded(word: str) -> str:
    before = "" if word.startswith("*") else r"(?<!\w)"
    return before + re.escape(word.strip("*")) + ("" if word.endswith("*") else r"(?!\w)")
