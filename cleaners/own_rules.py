"""A user's own rules: phrases, CSS selectors and XPath, for some sites or all. What they say holds against all others."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import msgspec
from lxml import etree
from msgspec import Struct

from cleaners.errors import CopydeskError
from cleaners.lexicon import MODES, Lexicon, PhraseMatcher, fold
from cleaners.segment import numbers_of
from cleaners.sites import host_of
from cleaners.types import Block, Label, OwnRule, Verdict

PREFIX = "own."
"""What the rule's id in records starts with."""
KEYS = ("name", "label", "reason", "sites", *MODES, "css", "xpath")
_FINDING = (*MODES, "css", "xpath")


class BadRuleError(CopydeskError):
    """A rule is wrong; ``key`` is the key at fault, or None where one is missing."""

    def __init__(self, key: str | None, problem: str) -> None:
        super().__init__(problem if key is None else f"{key}: {problem}")
        self.key = key


class _Finders(Struct, frozen=True):
    """Rules ready to be asked: for phrases one matcher, for elements one path each."""

    matcher: PhraseMatcher | None
    paths: tuple[tuple[str, str, etree.XPath], ...]  # rule, what the user wrote, the same compiled


def read_own_rule(data: Mapping[str, Any]) -> OwnRule:
    """A rule from a table of settings. Raises BadRuleError, with a suggestion where a word is close to a known one."""
    for key in data:
        if key not in KEYS:
            raise BadRuleError(key, f"unknown key; {_suggestion(key, KEYS)}")
    for key in ("name", "label", "reason"):
        if key not in data:
            raise BadRuleError(None, f"{key} is missing")
    name, reason = _text("name", data["name"]), _text("reason", data["reason"])
    lists = {key: _texts(key, data[key]) for key in ("sites", *_FINDING) if key in data}
    if not any(key in _FINDING for key in lists):
        raise BadRuleError(None, f"it finds nothing: give one of {', '.join(_FINDING)}")
    _check(lists)
    return msgspec.structs.replace(OwnRule(name, _label(data["label"]), reason), **lists)


def _check(lists: Mapping[str, tuple[str, ...]]) -> None:
    for mode in MODES:
        for phrase in lists.get(mode, ()):
            if not fold(phrase):
                raise BadRuleError(mode, f"{phrase!r} has no letter to look for")
    for key, compile_ in _COMPILERS.items():
        for written in lists.get(key, ()):
            compile_(written)


def _label(value: object) -> Label:
    try:
        return Label(str(value))
    except ValueError as error:
        raise BadRuleError(
            "label", f"unknown label {value!r}; {_suggestion(str(value), list(Label))}"
        ) from error


def _suggestion(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRuleError(key, "expected a text")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadRuleError(key, "expected a list of texts")
    return tuple(_text(key, item) for item in value)


@lru_cache(maxsize=1024)
def _from_css(written: str) -> etree.XPath:
    from cssselect import HTMLTranslator, SelectorError

    try:
        return _from_xpath(HTMLTranslator().css_to_xpath(written))
    except SelectorError as error:
        raise BadRuleError("css", f"{written!r} is no selector: {error}") from error


@lru_cache(maxsize=1024)
def _from_xpath(written: str) -> etree.XPath:
    try:
        path = etree.XPath(written)
        found = path(etree.Element("html"))
    except etree.XPathError as error:
        raise BadRuleError("xpath", f"{written!r} is no path: {error}") from error
    if not isinstance(found, list):
        raise BadRuleError("xpath", f"{written!r} gives a value, not elements")
    return path


_COMPILERS: Mapping[str, Callable[[str], etree.XPath]] = {"css": _from_css, "xpath": _from_xpath}


def find_own(
    rules: tuple[OwnRule, ...], blocks: Sequence[Block], *, root: etree._Element | None, url: str | None
) -> dict[int, Verdict]:
    """The verdicts of a user's rules on a page, by number of the block; where several find it, the first rule's.

    Rules for certain sites need the page's ``url``; selectors need its tree.
    """
    host = host_of(url) if url else ""
    mine = tuple(rule for rule in rules if _is_for(rule, host))
    if not mine:
        return {}
    finders = _finders(mine)
    found = [*_by_phrase(finders, blocks)]
    if root is not None:
        found += _by_element(finders, blocks, root)
    order = {rule.name: place for place, rule in enumerate(mine)}
    verdicts: dict[int, Verdict] = {}
    for name, at, how in sorted(found, key=lambda one: order[one[0]]):
        rule = mine[order[name]]
        verdicts.setdefault(at, Verdict(rule.label, PREFIX + name, f"{rule.reason} ({how})"))
    return verdicts


def _is_for(rule: OwnRule, host: str) -> bool:
    sites = [site.lower().removeprefix("www.") for site in rule.sites]
    return not sites or any(host == site or host.endswith(f".{site}") for site in sites)


@lru_cache(maxsize=64)
def _finders(rules: tuple[OwnRule, ...]) -> _Finders:
    phrases = {
        rule.name: {mode: getattr(rule, mode) for mode in MODES if getattr(rule, mode)} for rule in rules
    }
    lexicon = Lexicon("own", "own", (), frozenset(), (), (), phrases)
    has_phrases = any(phrases.values())
    return _Finders(
        PhraseMatcher((lexicon,)) if has_phrases else None,
        tuple(
            (rule.name, f"{key} {written}", compile_(written))
            for rule in rules
            for key, compile_ in _COMPILERS.items()
            for written in getattr(rule, key)
        ),
    )


def _by_phrase(finders: _Finders, blocks: Sequence[Block]) -> Iterator[tuple[str, int, str]]:
    if finders.matcher is not None:
        for block in blocks:
            for name, hit in finders.matcher.find(block.raw).items():
                yield name, block.index, f"{hit.mode} {hit.phrase!r}"


def _by_element(
    finders: _Finders, blocks: Sequence[Block], root: etree._Element
) -> Iterator[tuple[str, int, str]]:
    for name, how, path in finders.paths:
        # elements, or what is theirs: an attribute or a text
        found = {
            one if isinstance(one, etree._Element) else one.getparent()
            for one in cast("list[Any]", path(root))
            if not isinstance(one, tuple)
        }
        numbers = numbers_of(root, found) if found else frozenset()
        for block in blocks if numbers else ():
            if any(step.number in numbers for step in block.path):
                yield name, block.index, how
