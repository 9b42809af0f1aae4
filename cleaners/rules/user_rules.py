"""A user's own rules: phrases, CSS selectors and XPath, for some sites or all. They overrule all other rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from lxml import etree
from msgspec import Struct

from copydesk.cleaners.lexicon.words import MODES, Lexicon, PhraseMatcher, entries_of, fold
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.user_selectors import COMPILERS, compiled, element_of, evaluate
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.sites import bare_host, host_of
from copydesk.cleaners.types import KEPT, Block, Label, UserRule, Verdict
from copydesk.cleaners.user_tables import BadKey, check_keys, read_label, read_text, read_texts

PREFIX = "own."
"""The start of the rule's id in records."""
# in the order in which an error message lists them
_MATCHERS = (*MODES, "css", "xpath")
FIELDS = ("title", "authors", "date_published")
"""Keys whose selectors say where a field of the record is on the page."""
_SELECTED = ("content", *FIELDS)
KEYS = ("name", "label", "reason", "sites", *_MATCHERS, *_SELECTED)
# part of the rule's id: letters of any script, digits, hyphens
_NAME = lazy_pattern(r"(?:[^\W_]|-)+")
_NOT_IN_NAMES = lazy_pattern(r"[\W_]+")
# "example.org", "news.example.org"; no scheme, port or path
_HOST = lazy_pattern(r"[\w-]+(?:\.[\w-]+)*")
# "https://", "//", "*." or a dot, which people write before a host
_BEFORE_HOST = lazy_pattern(r"^(?:\w+:)?/*(?:[*.]+)?")


class _CompiledRules(Struct, frozen=True):
    """Compiled rules: one matcher for all phrases, and the paths of all selectors."""

    phrases: PhraseMatcher | None
    # number of the rule, the selector as the user wrote it, its path
    paths: tuple[tuple[int, str, etree.XPath], ...]


def read_user_rule(data: Mapping[str, Any]) -> UserRule:
    """Parses a rule of the settings. Raises BadKey, with a suggestion if a word resembles a known one."""
    selects = any(key in data for key in _SELECTED) and not any(key in data for key in _MATCHERS)
    # what only selects removes, at most, what is around the content
    check_keys(data, KEYS, required=("name", "reason") if selects else ("name", "label", "reason"))
    name, reason = _name(data["name"]), read_text("reason", data["reason"])
    lists = {key: read_texts(key, data[key]) for key in ("sites", *_MATCHERS) if key in data}
    lists |= {key: _read_selectors(key, data[key]) for key in _SELECTED if key in data}
    # `sites` only restricts a rule
    if not lists.keys() - {"sites"}:
        raise BadKey(None, f"it finds nothing: give one of {', '.join((*_MATCHERS, *_SELECTED))}")
    _validate(lists)
    label = read_label(data["label"]) if "label" in data else Label.OTHER
    if "content" in lists and label in KEPT:
        raise BadKey(
            "label", f"{label!s} is in the text, and content removes what is around it; leave it out"
        )
    return msgspec.structs.replace(UserRule(name, label, reason), **lists)


def _read_selectors(key: str, value: object) -> tuple[str, ...]:
    """One selector, or several, of which the first that finds anything on a page is used."""
    if value == []:
        raise BadKey(key, "needs at least one selector")
    return (read_text(key, value),) if isinstance(value, str) else read_texts(key, value)


def _validate(lists: Mapping[str, tuple[str, ...]]) -> None:
    _validate_phrases(lists)
    for site in lists.get("sites", ()):
        if not _HOST.fullmatch(site):
            raise BadKey("sites", f"{site!r} is no host; {_host_hint(site)}")
    for key, compile_ in (*COMPILERS.items(), *((key, compiled) for key in _SELECTED)):
        for selector in lists.get(key, ()):
            try:
                compile_(selector)
            except BadKey as error:
                raise BadKey(key, error.problem) from error


def _validate_phrases(lists: Mapping[str, tuple[str, ...]]) -> None:
    for mode in MODES:
        for phrase in lists.get(mode, ()):
            # folding drops punctuation
            if not fold(phrase):
                raise BadKey(mode, f"{phrase!r} has no letter to look for")
            # it would be matched literally, so the rule would never match
            if "*" in phrase:
                raise BadKey(
                    mode,
                    f"{phrase!r}: a star is no wildcard here, only in cues of language files; write words out",
                )


def _host_hint(site: str) -> str:
    host = _HOST.match(_BEFORE_HOST.sub("", site.strip()))
    example = f"write {host.group()}" if host else "write one like example.org"
    return f"{example}, which means all its pages and the hosts below it"


def _name(value: object) -> str:
    name = read_text("name", value)
    if not _NAME.fullmatch(name):
        hint = _NOT_IN_NAMES.sub("-", name).strip("-") or "kiosk-box"
        raise BadKey(
            "name", f"{name!r} has more than letters, digits and hyphens; write something like {hint}"
        )
    return name


def find_own(
    rules: tuple[UserRule, ...], blocks: Sequence[Block], *, root: etree._Element | None, url: str | None
) -> dict[int, Verdict]:
    """Block number to the verdict of the first user rule that matches it. Rules may share a name.

    ``url``: of the page, given or declared, for rules of certain sites; ``root``: its tree, for selectors.
    Raises BadKey if a path cannot be evaluated on this page.
    """
    own = rules_of(rules, url)
    if not own:
        return {}
    matchers = _compiled(own)
    found = [*_find_phrases(matchers, blocks)]
    if root is not None:
        found += _find_elements(matchers, blocks, root)
    verdicts: dict[int, Verdict] = {}
    # a stable sort by rule number: in the order of the settings, phrases before elements
    for number, at, how in sorted(found, key=itemgetter(0)):
        rule = own[number]
        verdicts.setdefault(at, Verdict(rule.label, PREFIX + rule.name, f"{rule.reason} ({how})"))
    return verdicts


def rules_of(rules: tuple[UserRule, ...], url: str | None) -> tuple[UserRule, ...]:
    """The rules for a page at this address, in their order: of thousands of other sites none is looked at."""
    if not rules:
        return ()
    by_site = _by_site(rules)
    labels = bare_host(host_of(url)).split(".") if url else []
    # by whole labels, so that "ample.org" is not example.org
    sites = ("", *(".".join(labels[at:]) for at in range(len(labels))))
    numbers = sorted({number for site in sites for number in by_site.get(site, ())})
    return tuple(rules[number] for number in numbers)


@lru_cache(maxsize=64)
def _by_site(rules: tuple[UserRule, ...]) -> Mapping[str, Sequence[int]]:
    """The numbers of the rules by the site that they are for, those for all sites by ``""``."""
    found: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for site in rule.sites or ("",):
            found.setdefault(bare_host(site), []).append(number)
    return found


# by the sites whose pages come in turn
@lru_cache(maxsize=1024)
def _compiled(rules: tuple[UserRule, ...]) -> _CompiledRules:
    # by number, because rules of several sources may share a name
    phrases = {
        str(number): {mode: getattr(rule, mode) for mode in MODES if getattr(rule, mode)}
        for number, rule in enumerate(rules)
    }
    lexicon = Lexicon("own", "own", frozenset(), phrases=phrases)
    has_phrases = any(phrases.values())
    return _CompiledRules(
        PhraseMatcher(entries_of(lexicon)) if has_phrases else None,
        tuple(
            (number, f"{key} {selector}", compile_(selector))
            for number, rule in enumerate(rules)
            for key, compile_ in COMPILERS.items()
            for selector in getattr(rule, key)
        ),
    )


def _find_phrases(matchers: _CompiledRules, blocks: Sequence[Block]) -> Iterator[tuple[int, int, str]]:
    if matchers.phrases is not None:
        for block in blocks:
            for number, hit in matchers.phrases.find(block.raw).items():
                yield int(number), block.index, f"{hit.mode} {hit.phrase!r}"


def _find_elements(
    matchers: _CompiledRules, blocks: Sequence[Block], root: etree._Element
) -> Iterator[tuple[int, int, str]]:
    # element to the indices of the paths that select it
    found: dict[etree._Element, list[int]] = {}
    for index, (_, _, path) in enumerate(matchers.paths):
        for node in evaluate(path, root):
            found.setdefault(element_of(node), []).append(index)
    if not found:
        return
    # blocks have the numbers of their elements, not the elements
    numbers = {number: found[element] for element, number in numbers_of(root, found).items()}
    for block in blocks:
        # a selected element applies to all blocks in it
        hits = {index for step in block.path for index in numbers.get(step.number, ())}
        for index in sorted(hits):
            number, how, _ = matchers.paths[index]
            yield number, block.index, how
