"""Platforms as data: a file for each, ``<name>.toml`` beside this module, or a user's own of the same form.

``signs``: every page of the platform has one of these: a name of an element that no other platform has, or a part of an
address in the head (of a style, a script, a picture), or of what generated it ("generator: Ghost "). ``[parts]``: to a
label the names of the elements that the platform itself has for it, whole words of ``class``, ``id``, ``role``,
``itemprop`` or ``rel``.
``inline``: names of elements within sentences that are no part of them. ``content``: names, or tags, of the element
that holds an article to its end: what comes below is none of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, cast

import tomli
from lxml import etree

from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.types import KEPT, Label, Platform

_KEYS = ("name", "signs", "parts", "inline", "content")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# plain strings: those that know their element are two objects each
_XPath = partial(etree.XPath, smart_strings=False)
_GENERATORS = _XPath("head/meta[@name='generator' or @name='Generator']/@content")
_ADDRESSES = _XPath("head/link/@href | head/script/@src | head/meta[contains(@content, '://')]/@content")
_NAMES = _XPath("descendant-or-self::*/@id | descendant-or-self::*/@class")
_WORD = re.compile(r"[\w:-]+")
_LEAST_SIGN = 6  # set by hand: shorter ones are on pages of all kinds

Named = Mapping[str, Sequence[tuple[Platform, Label | None]]]
"""To the name of an element the platforms that have it, each with the label it is for; None: it holds the article."""


class BadPlatformError(CopydeskError):
    """A platform's file is wrong; ``key`` is the key at fault, or None where one is missing."""

    def __init__(self, key: str | None, problem: str) -> None:
        super().__init__(problem if key is None else f"{key}: {problem}")
        self.key = key


def read_platform(data: Mapping[str, Any]) -> Platform:
    """A platform from its file. Raises BadPlatformError, with a suggestion where a word is close to a known one."""
    for key in data:
        if key not in _KEYS:
            raise BadPlatformError(key, f"unknown key; {_suggestion(key, _KEYS)}")
    for key in ("name", "signs", "parts"):
        if key not in data:
            raise BadPlatformError(None, f"{key} is missing")
    name = data["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadPlatformError("name", f"{name!r} is no name of lower-case letters, digits and hyphens")
    signs = _texts("signs", data["signs"])
    if short := next((sign for sign in signs if len(sign) < _LEAST_SIGN), None):
        raise BadPlatformError(
            "signs", f"{short!r} is too short to tell a platform: {_LEAST_SIGN} letters or more"
        )
    if not isinstance(data["parts"], dict) or not data["parts"]:
        raise BadPlatformError("parts", "expected a table of labels, each with a list of names")
    parts = tuple((_label(label), _names(f"parts.{label}", names)) for label, names in data["parts"].items())
    inline, content = (_names(key, data[key]) if key in data else () for key in ("inline", "content"))
    return Platform(name, signs, parts, inline, content)


def _label(name: str) -> Label:
    removed = [label for label in Label if label not in KEPT]
    if name not in removed:
        raise BadPlatformError(
            "parts", f"{name!r} is no label of what is removed; {_suggestion(name, removed)}"
        )
    return Label(name)


def _names(key: str, value: object) -> tuple[str, ...]:
    names = _texts(key, value)
    if odd := next((name for name in names if name != name.lower() or not _WORD.fullmatch(name)), None):
        raise BadPlatformError(key, f"{odd!r} is no single word in lower case; write it without dot or #")
    return names


def _texts(key: str, value: object) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(one, str) and one.strip() for one in value)
    ):
        raise BadPlatformError(key, "expected a list of texts")
    return tuple(value)


def _suggestion(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


@cache
def packaged() -> tuple[Platform, ...]:
    """The platforms that come with copydesk."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return tuple(read_platform(tomli.loads(file.read_text("utf-8"))) for file in files)


@lru_cache(maxsize=16)
def named_parts(own: tuple[Platform, ...]) -> Named:
    """The names of elements that a user's own platforms have, and those that come with copydesk."""
    found: dict[str, list[tuple[Platform, Label | None]]] = {}
    for platform in (*own, *packaged()):
        for label, names in (*platform.parts, (None, platform.content)):
            for name in names:
                found.setdefault(name, []).append((platform, label))
    return found


def is_of(platform: Platform, names: Set[str], addresses: str) -> bool:
    """Whether a page is the platform's, by the names of its elements and the addresses in its head."""
    return any(sign in names or sign in addresses for sign in platform.signs)


def addresses_in_head(root: etree._Element) -> str:
    """Where the head of a page has its styles, scripts and pictures from, and what it was generated by."""
    generators = (f"generator: {content}" for content in cast("list[str]", _GENERATORS(root)))
    return "\n".join([*generators, *cast("list[str]", _ADDRESSES(root))])


def inline_test(own: tuple[Platform, ...], root: etree._Element) -> Callable[[str], bool]:
    """Whether elements of a class are, where they are within sentences, no part of them."""
    known = _inline_names(own)
    # once for each platform: a page may have thousands of classes
    is_met = cache(partial(is_of_page, root=root))
    return lambda names: any(
        is_met(platform) for name in names.lower().split() for platform in known.get(name, ())
    )


def is_of_page(platform: Platform, root: etree._Element) -> bool:
    """The same as ``is_of``, of a page before it is cut."""
    return is_of(platform, frozenset(_all_names(root)), addresses_in_head(root))


@lru_cache(maxsize=16)
def _inline_names(own: tuple[Platform, ...]) -> Mapping[str, Sequence[Platform]]:
    found: dict[str, list[Platform]] = {}
    for platform in (*own, *packaged()):
        for name in platform.inline:
            found.setdefault(name, []).append(platform)
    return found


def _all_names(root: etree._Element) -> Iterator[str]:
    for names in cast("list[str]", _NAMES(root)):
        yield from names.lower().split()
