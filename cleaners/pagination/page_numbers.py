"""Which page of an article a URL is of, by comparison with the URL of the first one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import tomli
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern

_FILE: Final = Path(__file__).with_name("pagination.toml")
_EXTENSION = lazy_pattern(r"\.(?:html?|s?html|php|aspx?|jsp)$", re.IGNORECASE)
# two digits: no article has a hundred pages, and longer numbers are years and articles' own
_NUMBER = lazy_pattern(r"[1-9][0-9]?")
# "/ferry-2.html", "/ferry_2", "/ferry,2"
_APPENDED = lazy_pattern(r"[-_,]([1-9][0-9]?)")


class Words(Struct, frozen=True):
    """The lists of ``pagination.toml``."""

    names: frozenset[str]
    short: frozenset[str]
    single_names: frozenset[str]
    single_values: frozenset[str]
    single_folders: frozenset[str]
    tracking: frozenset[str]
    next: frozenset[str]
    lists: frozenset[str]


@cache
def words() -> Words:
    """The lists of ``pagination.toml``."""
    data = tomli.loads(_FILE.read_text("utf-8"))
    return Words(**{name: frozenset(listed) for name, listed in (data["address"] | data["words"]).items()})


class _Address(NamedTuple):
    host: str
    path: str
    query: tuple[tuple[str, str], ...]


def page_number(url: str, *, first: str) -> int | None:
    """The number that ``url`` has among the pages of the article whose first page is at ``first``; None where it is
    none of them.

    A number alone (``/2``, ``-2``) counts only behind the whole address of the first page: ``/article/2`` is another
    article than ``/article/1``.
    """
    one, other = _read(first), _read(url)
    if one is None or other is None or one.host != other.host:
        return None
    if one.path == other.path:
        return _by_query(one, other)
    return _by_path(one.path, other.path) if _has_same_query(one, other) else None


def is_number_alone(url: str, *, first: str) -> bool:
    """Whether ``url`` is the first page's address with nothing but ``-2`` behind it: many sites call another article of
    the same title so.
    """
    one, other = _read(first), _read(url)
    if one is None or other is None or _EXTENSION.search(one.path) or not other.path.startswith(one.path):
        return False
    return _APPENDED.fullmatch(other.path[len(one.path) :]) is not None


def is_single_page(url: str, *, first: str) -> bool:
    """Whether ``url`` says that all of the article is there whose first page is at ``first``."""
    one, other = _read(first), _read(url)
    if one is None or other is None or one.host != other.host:
        return False
    if one.path != other.path:
        is_below = other.path.rsplit("/", 1)[0] == one.path and _has_same_query(one, other)
        return is_below and other.path.rsplit("/", 1)[1].lower() in words().single_folders
    if len(other.query) != len(one.query) + 1:
        return False
    more = [pair for pair in other.query if pair not in one.query]
    is_front_page = not one.path and not one.query
    if is_front_page or len(more) != 1 or any(pair not in other.query for pair in one.query):
        return False
    name, value = more[0][0].lower(), more[0][1].lower()
    # "?page=1" is the first page, "?singlepage=1" all of them
    is_first_page = name in words().names and value == "1"
    return name in words().single_names and value in words().single_values and not is_first_page


def _has_same_query(one: _Address, other: _Address) -> bool:
    return len(one.query) == len(other.query) and sorted(one.query) == sorted(other.query)


@lru_cache(maxsize=64)
def _read(url: str) -> _Address | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = tuple((name, value) for name, value in query if name.lower() not in words().tracking)
    usual = {None: "", 80: "", 443: ""}
    named = f"{host.removeprefix('www.')}:{usual.get(port, port)}"
    return _Address(named, unquote(parts.path).rstrip("/"), kept)


def _by_query(one: _Address, other: _Address) -> int | None:
    """Of addresses with the same path: ``?page=2``."""
    first, number_of_first, _ = _without_number(one.query)
    rest, number, name = _without_number(other.query)
    if sorted(first) != sorted(rest) or number_of_first not in (None, "0", "1"):
        return None
    # "/?page=2" is of a site's front page; "?p=124" is an article of its own where "?p=123" is one
    if (not one.path and not rest) or (name in words().short and number_of_first is not None):
        return None
    if number is None:
        return 1
    return int(number) if _NUMBER.fullmatch(number) else None


def _without_number(query: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str]], str | None, str | None]:
    """A query without the number of its page, that number, and what it is called; long names before short ones."""
    for names in (words().names, words().short):
        for pair in query:
            if pair[0].lower() in names and pair[1].isdecimal():
                return [one for one in query if one is not pair], pair[1], pair[0].lower()
    return list(query), None, None


def _by_path(one: str, other: str) -> int | None:
    """Of addresses with the same query: ``/2``, ``/page/2``, ``-2.html``."""
    first = re.fullmatch(r"(.+?)[/-]([^\W\d_/]+)[-_/]1", one)
    # without what says that it is of the first page: "/page/1", "/seite-1"
    stem = first[1] if first and first[2].lower() in words().names else one
    # "/2" is of a site's front page
    if not stem:
        return None
    if stem == other:
        return 1
    if other.startswith(f"{stem}/"):
        return _of_folders(other[len(stem) + 1 :].lower(), may_be_bare=stem == one)
    extension = _EXTENSION.search(one)
    bare, end = (one[: extension.start()], extension[0]) if extension else (one, "")
    if not (other.startswith(bare) and other.endswith(end)):
        return None
    appended = other[len(bare) : len(other) - len(end) or None]
    if found := _APPENDED.fullmatch(appended):
        return int(found[1])
    is_parted = appended[:1] in ("-", "_", ",", "/")
    return _of_folders(appended[1:].lower(), may_be_bare=False) if is_parted else None


def _of_folders(text: str, *, may_be_bare: bool) -> int | None:
    """The number in what follows the first page's address: ``2``, ``page/2``, ``seite-2``, ``p2``."""
    if _NUMBER.fullmatch(text):
        return int(text) if may_be_bare else None
    found = re.fullmatch(r"([^\W\d_]+)[-_/=]?([1-9][0-9]?)", text)
    if found is None:
        return None
    known = words().names | (words().short if may_be_bare else frozenset())
    return int(found[2]) if found[1] in known else None
