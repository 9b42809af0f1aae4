"""A user's own rules: phrases, CSS selectors and XPath, for some sites or all. What they say holds against
all others.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import msgspec
from lxml import etree
from msgspec import Struct

from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.lexicon.words import MODES, Lexicon, PhraseMatcher, entries_of, fold
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import Block, Label, UserRule, Verdict

PREFIX = "own."
"""What the rule's id in records starts with."""
# the order in which they are listed to whoever wrote an unknown one
KEYS = ("name", "label", "reason", "sites", *MODES, "css", "xpath")
_FINDING = (*MODES, "css", "xpath")
# the name becomes part of a rule's id: letters of any script, digits, hyphens
_NAME = re.compile(r"(?:[^\W_]|-)+")
_NOT_IN_NAMES = re.compile(r"[\W_]+")
# a host alone: "example.org", "news.example.org"; no scheme, port or path
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")
# what is often written before a host: "https://", "//", "*." or a dot
_BEFORE_HOST = re.compile(r"^(?:\w+:)?/*(?:[*.]+)?")
# most of what paths ask for is on it, so that what no page could answer shows before the first page
_SAMPLE = """<html lang="en"><head><title>Noon</title><meta name="a" content="b"/><link rel="a" href="b"/></head>
<body class="a"><header id="a"><nav><ul><li><a href="b">Home</a></li></ul></nav></header>
<main><article class="a" id="b"><h1>Noon</h1><h2>Bells</h2><h3>Ropes</h3>
<section><div class="a" id="c" role="b" data-a="b"><p class="a" id="d" style="b">The bell rang <b>at</b> <em>noon</em> and
<strong>stopped</strong> <i>at</i> <span class="a">one</span>.<br/></p></div></section><blockquote>Ding</blockquote>
<figure><img src="b" alt="a"/><figcaption>A bell</figcaption></figure><ol><li>One</li></ol><pre><code>x</code></pre>
<table><tr><th>Hour</th><td>12</td></tr></table><time datetime="b">Noon</time><dl><dt>a</dt><dd>b</dd></dl>
<form><label>a</label><input name="b"/><button>Go</button></form><iframe src="b"></iframe></article>
<aside class="a"><h4>a</h4><h5>b</h5><h6>c</h6></aside></main><footer><small>a</small></footer></body></html>"""
# emptied before the rest is searched: "contains(., 'call me (now)')" calls one function
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
# `$name`; nobody hands values to a path, so each would fail on every page
_VARIABLE = re.compile(r"\$\s*[\w:.-]+")
# a name before a bracket: a function, a kind of node, or an operator as in "a and (b)"
_CALL = re.compile(r"([\w.:-]+)\s*\(")
_CALLABLE = frozenset(
    {
        *("last", "position", "count", "id", "local-name", "namespace-uri", "name"),
        *("string", "concat", "starts-with", "contains", "substring-before", "substring-after", "substring"),
        *("string-length", "normalize-space", "translate", "boolean", "not", "true", "false", "lang"),
        *("number", "sum", "floor", "ceiling", "round"),
        *("comment", "text", "processing-instruction", "node"),
        *("and", "or", "div", "mod"),
    }
)
"""Functions and kinds of nodes of XPath 1.0, and the operators a bracket may follow."""


class BadRuleError(CopydeskError):
    """A rule is wrong; ``key`` is the key at fault, or None where one is missing."""

    def __init__(self, key: str | None, problem: str) -> None:
        super().__init__(problem if key is None else f"{key}: {problem}")
        self.key = key


class _Finders(Struct, frozen=True):
    """Rules ready to be applied: for phrases one matcher, for elements one path each."""

    matcher: PhraseMatcher | None
    paths: tuple[
        tuple[int, str, etree.XPath], ...
    ]  # number of the rule, what the user wrote, the same compiled


def read_user_rule(data: Mapping[str, Any]) -> UserRule:
    """A rule from a table of settings. Raises BadRuleError, with a suggestion where a word is close to a known one."""
    # unknown keys first: with a misspelt "labl" the message is not that a label is missing
    for key in data:
        if key not in KEYS:
            raise BadRuleError(key, f"unknown key; {_suggestion(key, KEYS)}")
    for key in ("name", "label", "reason"):
        if key not in data:
            raise BadRuleError(None, f"{key} is missing")
    name, reason = _name(data["name"]), _text("reason", data["reason"])
    lists = {key: _texts(key, data[key]) for key in ("sites", *_FINDING) if key in data}
    # `sites` alone finds nothing: it only says where a rule is applied
    if not any(key in _FINDING for key in lists):
        raise BadRuleError(None, f"it finds nothing: give one of {', '.join(_FINDING)}")
    _check(lists)
    return msgspec.structs.replace(UserRule(name, _label(data["label"]), reason), **lists)


def _check(lists: Mapping[str, tuple[str, ...]]) -> None:
    for mode in MODES:
        for phrase in lists.get(mode, ()):
            # signs alone fold to nothing, and no word is left to look for
            if not fold(phrase):
                raise BadRuleError(mode, f"{phrase!r} has no letter to look for")
            # taken literally a star would find nothing, without a word of why
            if "*" in phrase:
                raise BadRuleError(
                    mode,
                    f"{phrase!r}: a star is no wildcard here, only in cues of language files; write words out",
                )
    for site in lists.get("sites", ()):
        if not _HOST.fullmatch(site):
            raise BadRuleError("sites", f"{site!r} is no host; {_host_hint(site)}")
    for key, compile_ in _COMPILERS.items():
        for written in lists.get(key, ()):
            # for the error alone; what is compiled stays in the cache for the first page
            compile_(written)


def _host_hint(site: str) -> str:
    host = _HOST.match(_BEFORE_HOST.sub("", site.strip()))
    example = f"write {host.group()}" if host else "write one like example.org"
    return f"{example}, which means all its pages and the hosts below it"


def _name(value: object) -> str:
    name = _text("name", value)
    if not _NAME.fullmatch(name):
        hint = _NOT_IN_NAMES.sub("-", name).strip("-") or "kiosk-box"
        raise BadRuleError(
            "name", f"{name!r} has more than letters, digits and hyphens; write something like {hint}"
        )
    return name


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
    # only here: at the top its import would delay every start, also of those who wrote no selectors
    from cssselect import HTMLTranslator, SelectorError

    try:
        return _from_xpath(HTMLTranslator().css_to_xpath(written))
    except (SelectorError, BadRuleError) as error:
        raise BadRuleError("css", f"{written!r} is no selector: {error}") from error


@lru_cache(maxsize=1024)
def _from_xpath(written: str) -> etree.XPath:
    try:
        path = etree.XPath(written)
        if unknown := _unanswerable(written):
            raise _no_path(written, unknown)
        # some errors show only when a path is followed
        found = path(etree.fromstring(_SAMPLE))
    except etree.XPathError as error:
        raise _no_path(written, error) from error
    # `count(//p)` is a number, `//p = 'a'` true or false
    if not isinstance(found, list):
        raise BadRuleError("xpath", f"{written!r} gives a value, not elements")
    return path


def _unanswerable(written: str) -> str | None:
    """What no page can answer, wherever it is: the sample may not have all that leads there."""
    bare = _LITERAL.sub("''", written)
    if variable := _VARIABLE.search(bare):
        return f"{variable.group()} has no value; put it between quotation marks if it is a text"
    for called in _CALL.findall(bare):
        # `child::text()` is a kind of node behind an axis
        if called.rpartition("::")[2] not in _CALLABLE:
            return f"there is no function {called}() in XPath 1.0"
    return None


def _no_path(written: str, problem: object) -> BadRuleError:
    return BadRuleError("xpath", f"{written!r} is no path: {problem}")


_COMPILERS: Mapping[str, Callable[[str], etree.XPath]] = {"css": _from_css, "xpath": _from_xpath}


def find_own(
    rules: tuple[UserRule, ...], blocks: Sequence[Block], *, root: etree._Element | None, url: str | None
) -> dict[int, Verdict]:
    """The verdicts of a user's rules on a page, by number of the block; where several find it, the first
    rule's. Names may repeat.

    Rules for certain sites need the page's address, given or declared (``url``); selectors need its tree.
    Raises BadRuleError where a path cannot be followed on this page.
    """
    host = host_of(url) if url else ""
    mine = tuple(rule for rule in rules if _is_for(rule, host))
    if not mine:
        return {}
    finders = _finders(mine)
    found = [*_by_phrase(finders, blocks)]
    if root is not None:
        found += _by_element(finders, blocks, root)
    verdicts: dict[int, Verdict] = {}
    # by number alone and stable: the order of the settings, then phrases before elements
    for number, at, how in sorted(found, key=itemgetter(0)):
        rule = mine[number]
        verdicts.setdefault(at, Verdict(rule.label, PREFIX + rule.name, f"{rule.reason} ({how})"))
    return verdicts


def _is_for(rule: UserRule, host: str) -> bool:
    # with the dot: "ample.org" is not meant by a page of example.org
    sites = [site.lower().removeprefix("www.") for site in rule.sites]
    return not sites or any(host == site or host.endswith(f".{site}") for site in sites)


@lru_cache(maxsize=64)
def _finders(rules: tuple[UserRule, ...]) -> _Finders:
    # by number: rules of the settings and of several sources may share a name
    phrases = {
        str(number): {mode: getattr(rule, mode) for mode in MODES if getattr(rule, mode)}
        for number, rule in enumerate(rules)
    }
    lexicon = Lexicon("own", "own", (), frozenset(), (), (), phrases)
    has_phrases = any(phrases.values())
    return _Finders(
        PhraseMatcher(entries_of(lexicon)) if has_phrases else None,
        tuple(
            (number, f"{key} {written}", compile_(written))
            for number, rule in enumerate(rules)
            for key, compile_ in _COMPILERS.items()
            for written in getattr(rule, key)
        ),
    )


def _by_phrase(finders: _Finders, blocks: Sequence[Block]) -> Iterator[tuple[int, int, str]]:
    if finders.matcher is not None:
        for block in blocks:
            for number, hit in finders.matcher.find(block.raw).items():
                yield int(number), block.index, f"{hit.mode} {hit.phrase!r}"


def _by_element(
    finders: _Finders, blocks: Sequence[Block], root: etree._Element
) -> Iterator[tuple[int, int, str]]:
    found: dict[etree._Element, list[int]] = {}
    """An element to the places, among the paths, of those that lead to it."""
    for place, (_, _, path) in enumerate(finders.paths):
        # elements, or what is theirs: an attribute or a text
        for one in _followed(path, root):
            # lxml gives namespace nodes as pairs, which stand in no place
            if not isinstance(one, tuple):
                element = one if isinstance(one, etree._Element) else one.getparent()
                found.setdefault(element, []).append(place)
    if not found:
        return
    # numbers as blocks have them in their paths; elements themselves are not kept with blocks
    numbers = {number: found[element] for element, number in numbers_of(root, found).items()}
    for block in blocks:
        # every step of the path: a box that is found takes all blocks in it
        hits = {place for step in block.path for place in numbers.get(step.number, ())}
        for place in sorted(hits):
            number, how, _ = finders.paths[place]
            yield number, block.index, how


def _followed(path: etree.XPath, root: etree._Element) -> list[Any]:
    try:
        return cast("list[Any]", path(root))
    except (
        etree.XPathError
    ) as error:  # what the sample page did not come to, such as a wrong number of arguments
        raise _no_path(path.path, error) from error
