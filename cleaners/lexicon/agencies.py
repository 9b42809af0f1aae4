"""News agencies in datelines and credits, through the table ``agencies.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

import tomli
from msgspec import Struct

_FILE = Path(__file__).with_name("agencies.toml")
_HEAD_CHARS = 120
_MAX_CREDIT_CHARS = 120


class Agency(Struct, frozen=True):
    """An agency's short name; what a press-release wire carries is written by the company it is about."""

    name: str
    is_press_release_wire: bool


class AgencyHit(Struct, frozen=True):
    """An agency named at the head of a text or in a credit, with the words around it."""

    agency: Agency
    quote: str


def find_dateline_agency(text: str) -> AgencyHit | None:
    """The agency in the dateline that opens ``text`` ("PARIS (AP) —", "新华社北京5月6日电"), or None.

    A dateline without an agency is no evidence of one.
    """
    head = text.lstrip()[:_HEAD_CHARS]
    names = _names()
    present = tuple([name for name in names if name in head])
    if not present:
        return None
    for pattern in _dateline_patterns(present):
        found = pattern.match(head)
        if found:
            return AgencyHit(names[found["agency"]], found.group().strip())
    return None


def find_credit_agency(text: str) -> AgencyHit | None:
    """The agency a short credit line names ("Source: Reuters", "dpa"), or None."""
    if len(text) > _MAX_CREDIT_CHARS or True not in [name in text for name in _names()]:
        return None
    found = _credit().search(text.strip())
    return AgencyHit(_names()[found["agency"]], text.strip()) if found else None


def agency_called(name: str) -> Agency | None:
    """The agency that has this name or spelling and no other words, or None."""
    return _names().get(name.strip())


def names_picture_library(text: str) -> bool:
    """Whether a credit names where pictures come from."""
    return any(name in text for name in _picture_libraries())


@cache
def _picture_libraries() -> tuple[str, ...]:
    return tuple(tomli.loads(_FILE.read_text("utf-8"))["picture_libraries"])


@cache
def _names() -> Mapping[str, Agency]:
    names: dict[str, Agency] = {}
    for entry in tomli.loads(_FILE.read_text("utf-8"))["agency"]:
        agency = Agency(entry["name"], bool(entry.get("is_press_release_wire", False)))
        for name in (entry["name"], *entry.get("aliases", ())):
            names.setdefault(name, agency)
    return names


@lru_cache(maxsize=256)  # compiled for the few names at hand: for all, they take 20 ms
def _dateline_patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    agency = rf"(?P<agency>{_alternation(names)})"
    patterns = (
        # PARIS (AP) — · HELSINKI, Jan 8 (AFP) - · (ANSA) - ROMA, 9 APR - · Madrid, 8 may (EFE).-
        rf"[^.!?()\n]{{0,60}}[(（]{agency}(?:/[^()（）\n]{{1,20}})?[)）]\s*[.]?\s*[-–—:/]",
        rf"[(（]{agency}[)）]",
        # NEW YORK, May 5, 2026 /PRNewswire/ -- · (BUSINESS WIRE)--
        rf"[^!?\n]{{0,80}}/{agency}/\s*[-–—]",
        # LONDON, Reuters — · Berlin, dpa - : the place in capitals or followed by a comma
        rf"[^\W\d_a-z][^.!?\n()]{{1,40}}, {agency}\s+[-–—]\s",
        # МОСКВА, 5 мая - РИА Новости. · МОСКВА, 5 мая. /ТАСС/.
        rf"[А-ЯЁ][^!?\n]{{2,40}}?[-–—/]\s?{agency}\s?[./]",
        # 新华社北京5月6日电 · 中新网上海8月1日电
        rf"(?:据)?{agency}[^，。,\n]{{0,24}}?[日]?[电電讯訊]",
        # [서울=뉴시스] · (서울=연합뉴스)
        rf"[\[(（【][^\])）】\n]{{0,16}}[=＝]\s?{agency}[^\])）】\n]{{0,16}}[\])）】]",
        # 【ロイター】 · ［東京 5日 ロイター］ · 【ワシントン共同】
        rf"[【［\[][^】］\]\n]{{0,16}}?{agency}[】］\]]",
    )
    return tuple(map(re.compile, patterns))


@cache
def _credit() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?P<agency>{_alternation(_names())})(?![\w-])")


def _alternation(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
