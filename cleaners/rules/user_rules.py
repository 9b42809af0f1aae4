"""A user's own rules: phrases, CSS selectors and XPath, for some sites or all. They overrule all other rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import msgspec
from lxml import etree
from msgspec import Struct

from copydesk.cleaners.lexicon.words import MODES, Lexicon, PhraseMatcher, entries_of, fold
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import Block, UserRule, Verdict
from copydesk.cleaners.user_tables import BadKey, check_keys, read_label, read_text, read_texts

PREFIX = "own."
"""The start of the rule's id in records."""
# in the order in which an error message lists them
KEYS = ("name", "label", "reason", "sites", *MODES, "css", "xpath")
_MATCHERS = (*MODES, "css", "xpath")
# part of the rule's id: letters of any script, digits, hyphens
_NAME = lazy_pattern(r"(?:[^\W_]|-)+")
_NOT_IN_NAMES = lazy_pattern(r"[\W_]+")
# "example.org", "news.example.org"; no scheme, port or path
_HOST = lazy_pattern(r"[\w-]+(?:\.[\w-]+)*")
# "https://", "//", "*." or a dot, which people write before a host
_BEFORE_HOST = lazy_pattern(r"^(?:\w+:)?/*(?:[*.]+)?")
# paths are tried on it, so that an error shows before the first page; it has most of what paths select
_SAMPLE = """<html lang="en"><head><title>Noon</title><meta name="a" content="b"/><link rel="a" href="b"/></head>
<body class="a"><header id="a"><nav><ul><li><a href="b">Home</a></li></ul></nav></header>
<main><article class="a" id="b"><h1>Noon</h1><h2>Bells</h2><h3>Ropes</h3>
<section><div class="a" id="c" role="b" data-a="b"><p class="a" id="d" style="b">The bell rang <b>at</b> <em>noon</em> and
<strong>stopped</strong> <i>at</i> <span class="a">one</span>.<br/></p></div></section><blockquote>Ding</blockquote>
<figure><img src="b" alt="a"/><figcaption>A bell</figcaption></figure><ol><li>One</li></ol><pre><code>x</code></pre>
<table><tr><th>Hour</th><td>12</td></tr></table><time datetime="b">Noon</time><dl><dt>a</dt><dd>b</dd></dl>
<form><label>a</label><input name="b"/><button>Go</button></form><iframe src="b"></iframe></article>
<aside class="a"><h4>a</h4><h5>b</h5><h6>c</h6></aside></main><footer><small>a</small></footer></body></html>"""
# replaced by '' before the search for calls: "contains(., 'call me (now)')" calls one function
_LITERAL = lazy_pattern(r"'[^']*'|\"[^\"]*\"")
# `$name`; a path gets no variables, so it would fail on every page
_VARIABLE = lazy_pattern(r"\$\s*[\w:.-]+")
# a name before a parenthesis: a function, a node type, or an operator as in "a and (b)"
_CALL = lazy_pattern(r"([\w.:-]+)\s*\(")
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
"""Functions and node types of XPath 1.0, and the operators that a parenthesis may follow."""


class _CompiledRules(Struct, frozen=True):
    """Compiled rules: one matcher for all phrases, and the paths of all selectors."""

    phrases: PhraseMatcher | None
    # number of the rule, the selector as the user wrote it, its path
    paths: tuple[tuple[int, str, etree.XPath], ...]


def read_user_rule(data: Mapping[str, Any]) -> UserRule:
    """Parses a rule of the settings. Raises BadKey, with a suggestion if a word resembles a known one."""
    check_keys(data, KEYS, required=("name", "label", "reason"))
    name, reason = _name(data["name"]), read_text("reason", data["reason"])
    lists = {key: read_texts(key, data[key]) for key in ("sites", *_MATCHERS) if key in data}
    # `sites` only restricts a rule
    if not any(key in _MATCHERS for key in lists):
        raise BadKey(None, f"it finds nothing: give one of {', '.join(_MATCHERS)}")
    _validate(lists)
    return msgspec.structs.replace(UserRule(name, read_label(data["label"]), reason), **lists)


def _validate(lists: Mapping[str, tuple[str, ...]]) -> None:
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
    for site in lists.get("sites", ()):
        if not _HOST.fullmatch(site):
            raise BadKey("sites", f"{site!r} is no host; {_host_hint(site)}")
    for key, compile_ in _COMPILERS.items():
        for selector in lists.get(key, ()):
            compile_(selector)  # raises BadKey


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


@lru_cache(maxsize=1024)
def _compile_css(selector: str) -> etree.XPath:
    # imported here, because it would delay the start of every run without selectors
    from cssselect import HTMLTranslator, SelectorError

    try:
        return _compile_xpath(HTMLTranslator().css_to_xpath(selector))
    except (SelectorError, BadKey) as error:
        raise BadKey("css", f"{selector!r} is no selector: {error}") from error


@lru_cache(maxsize=1024)
def _compile_xpath(expression: str) -> etree.XPath:
    try:
        path = etree.XPath(expression)
        if problem := _unsupported(expression):
            raise _path_error(expression, problem)
        # some errors occur only when a path is evaluated
        found = path(etree.fromstring(_SAMPLE))
    except etree.XPathError as error:
        raise _path_error(expression, error) from error
    # `count(//p)` is a number, `//p = 'a'` a boolean
    if not isinstance(found, list):
        raise BadKey("xpath", f"{expression!r} gives a value, not elements")
    return path


def _unsupported(expression: str) -> str | None:
    """A variable or an unknown function, if any: the sample page may not have the elements that lead to it."""
    bare = _LITERAL.sub("''", expression)
    if variable := _VARIABLE.search(bare):
        return f"{variable.group()} has no value; put it between quotation marks if it is a text"
    for called in _CALL.findall(bare):
        # `child::text()` is a node type after an axis
        if called.rpartition("::")[2] not in _CALLABLE:
            return f"there is no function {called}() in XPath 1.0"
    return None


def _path_error(expression: str, problem: object) -> BadKey:
    return BadKey("xpath", f"{expression!r} is no path: {problem}")


_COMPILERS: Mapping[str, Callable[[str], etree.XPath]] = {"css": _compile_css, "xpath": _compile_xpath}


def find_own(
    rules: tuple[UserRule, ...], blocks: Sequence[Block], *, root: etree._Element | None, url: str | None
) -> dict[int, Verdict]:
    """Block number to the verdict of the first user rule that matches it. Rules may share a name.

    ``url``: of the page, given or declared, for rules of certain sites; ``root``: its tree, for selectors.
    Raises BadKey if a path cannot be evaluated on this page.
    """
    host = host_of(url) if url else ""
    own = tuple(rule for rule in rules if _is_for(rule, host))
    if not own:
        return {}
    compiled = _compiled(own)
    found = [*_find_phrases(compiled, blocks)]
    if root is not None:
        found += _find_elements(compiled, blocks, root)
    verdicts: dict[int, Verdict] = {}
    # a stable sort by rule number: in the order of the settings, phrases before elements
    for number, at, how in sorted(found, key=itemgetter(0)):
        rule = own[number]
        verdicts.setdefault(at, Verdict(rule.label, PREFIX + rule.name, f"{rule.reason} ({how})"))
    return verdicts


def _is_for(rule: UserRule, host: str) -> bool:
    # with the dot, so that "ample.org" does not match example.org
    sites = [site.lower().removeprefix("www.") for site in rule.sites]
    return not sites or any(host == site or host.endswith(f".{site}") for site in sites)


@lru_cache(maxsize=64)
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
            for key, compile_ in _COMPILERS.items()
            for selector in getattr(rule, key)
        ),
    )


def _find_phrases(compiled: _CompiledRules, blocks: Sequence[Block]) -> Iterator[tuple[int, int, str]]:
    if compiled.phrases is not None:
        for block in blocks:
            for number, hit in compiled.phrases.find(block.raw).items():
                yield int(number), block.index, f"{hit.mode} {hit.phrase!r}"


def _find_elements(
    compiled: _CompiledRules, blocks: Sequence[Block], root: etree._Element
) -> Iterator[tuple[int, int, str]]:
    # element to the indices of the paths that select it
    found: dict[etree._Element, list[int]] = {}
    for index, (_, _, path) in enumerate(compiled.paths):
        for node in _evaluate(path, root):
            # lxml gives namespace nodes as pairs, which have no place in the tree
            if not isinstance(node, tuple):
                # attributes and texts stand for their element
                element = node if isinstance(node, etree._Element) else node.getparent()
                found.setdefault(element, []).append(index)
    if not found:
        return
    # blocks have the numbers of their elements, not the elements
    numbers = {number: found[element] for element, number in numbers_of(root, found).items()}
    for block in blocks:
        # a selected element applies to all blocks in it
        hits = {index for step in block.path for index in numbers.get(step.number, ())}
        for index in sorted(hits):
            number, how, _ = compiled.paths[index]
            yield number, block.index, how


def _evaluate(path: etree.XPath, root: etree._Element) -> list[Any]:
    try:
        return cast("list[Any]", path(root))
    # an error that the sample page did not show, such as a wrong number of arguments
    except etree.XPathError as error:
        raise _path_error(path.path, error) from error
