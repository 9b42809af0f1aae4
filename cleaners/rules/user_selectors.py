"""The CSS selectors and XPath expressions of a user's own rules: compiled, tried, and bounded in what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final, cast

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.user_tables import BadKey

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
_CALL = lazy_pattern(r"(?<![\w.:-])([\w.:-]+)\s*\(")
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
_MAX_COMPILED = 20_000  # the selectors of some thousand imported site files
# how a path begins, as no CSS selector does
_PATH_START = lazy_pattern(r"\s*(?:/|\(|\.\.?/|id\s*\(|(?:child|descendant|descendant-or-self|self)::)")
# no CSS selector has a function at its start
_VALUE = lazy_pattern(
    r"\s*(string|concat|normalize-space|substring(?:-before|-after)?|translate|count|name)\s*\("
)
_BRACKET = lazy_pattern(r"[\[\]]")
# from every element they look through the rest of the page: on one of 400 kB for longer than ten seconds
_REST_OF_PAGE = lazy_pattern(r"\b(?<!-)(?:following|preceding)\s*::")
# within a predicate: a path from the root, or up and down again ("../p"), costs as much
_FROM_ROOT = lazy_pattern(r"(?:^|[\[(,|=<>+]|\b(?:and|or|div|mod)\s)\s*/")
_DOWN_AGAIN = lazy_pattern(
    r"(?:\.\.|\b(?:parent|ancestor|ancestor-or-self)\s*::\s*[\w*.-]+)[\s()\[\]]*/+\s*"
    r"(?!@|\.\.|self::|attribute::)"
)
# within a predicate of a predicate: whatever reaches further than an element's children
_FAR = lazy_pattern(
    r"//|\.\.|\b(?:descendant|ancestor|parent|following|preceding)(?:-or-self|-sibling)?\s*::"
)


@cache
def _sample() -> etree._Element:
    return etree.fromstring(_SAMPLE)


@lru_cache(maxsize=_MAX_COMPILED)
def compiled_css(selector: str) -> etree.XPath:
    """The path of a CSS selector. Raises BadKey where it is none, or costs too much."""
    if match := _VALUE.match(selector):
        raise BadKey("css", f"{selector!r}: {match[1]}() gives a value, not elements")
    # imported here, because it would delay the start of every run without selectors
    from cssselect import HTMLTranslator, SelectorError

    try:
        return compiled_xpath(HTMLTranslator().css_to_xpath(selector))
    except (SelectorError, BadKey) as error:
        raise BadKey("css", f"{selector!r} is no selector: {error}") from error


@lru_cache(maxsize=_MAX_COMPILED)
def compiled_xpath(expression: str) -> etree.XPath:
    """A path of XPath 1.0 that selects elements, attributes or texts. Raises BadKey where it is none, or costs too
    much.
    """
    try:
        path = etree.XPath(expression)
        bare = _LITERAL.sub("''", expression)
        if problem := _unsupported(bare):
            raise _path_error(expression, problem)
        if problem := _too_slow(bare):
            raise BadKey("xpath", f"{expression!r} may take minutes on a large page: {problem}")
        # some errors occur only when a path is evaluated
        found = path(_sample())
    except etree.XPathError as error:
        raise _path_error(expression, error) from error
    # `count(//p)` is a number, `//p = 'a'` a boolean
    if not isinstance(found, list):
        raise BadKey("xpath", f"{expression!r} gives a value, not elements")
    return path


def is_path(selector: str) -> bool:
    """Whether a selector is an XPath expression rather than a CSS selector: it begins with a slash, a parenthesis,
    ``./``, ``id(`` or an axis.
    """
    return _PATH_START.match(selector) is not None


def compiled(selector: str) -> etree.XPath:
    """The path of a selector of either kind. Raises BadKey."""
    return (compiled_xpath if is_path(selector) else compiled_css)(selector)


def named(selector: str) -> str:
    """A selector of either kind as evidence names it: ``css article``."""
    return f"{'xpath' if is_path(selector) else 'css'} {selector}"


def _unsupported(bare: str) -> str | None:
    """A variable or an unknown function, if any: the sample page may not have the elements that lead to it."""
    if variable := _VARIABLE.search(bare):
        return f"{variable.group()} has no value; put it between quotation marks if it is a text"
    for called in _CALL.findall(bare):
        # `child::text()` is a node type after an axis
        if called.rpartition("::")[2] not in _CALLABLE:
            return f"there is no function {called}() in XPath 1.0"
    return None


def _too_slow(bare: str) -> str | None:
    """What takes a time that grows with the square of the page, or faster, if anything does.

    A predicate may hold a path downwards (``[.//b]``), and a predicate in that one only children and attributes.
    """
    if axis := _REST_OF_PAGE.search(bare):
        name = axis.group().rstrip(": ")
        return f"{name}:: looks through the rest of the page from each element; use {name}-sibling::"
    for depth, part in _predicates(bare):
        if _FROM_ROOT.search(part):
            return "a path from the root in a predicate is followed again for each element"
        if _DOWN_AGAIN.search(part):
            return "a path up and down again in a predicate goes through all siblings for each element"
        if depth > 1 and (far := _FAR.search(part)):
            return f"{far.group()} stands in a predicate within a predicate"
    return None


def _predicates(bare: str) -> Iterator[tuple[int, str]]:
    """The predicates of an expression, each with its depth, from 1; those within it are empty.

    "div[ul[1]/li]" has "1" at depth 2 and "ul[]/li" at depth 1: what follows an inner predicate begins no path.
    """
    open_: list[list[str]] = [[]]
    start = 0
    for bracket in _BRACKET.finditer(bare):
        open_[-1].append(bare[start : bracket.start()])
        start = bracket.end()
        if bracket.group() == "[":
            open_.append([])
        else:
            yield len(open_) - 1, "[]".join(open_.pop())


def _path_error(expression: str, problem: object) -> BadKey:
    return BadKey("xpath", f"{expression!r} is no path: {problem}")


COMPILERS: Final[Mapping[str, Callable[[str], etree.XPath]]] = {"css": compiled_css, "xpath": compiled_xpath}
"""By the key of a rule."""


def evaluate(path: etree.XPath, root: etree._Element) -> list[Any]:
    """The nodes that a path selects: elements, and attributes and texts as lxml gives them, without namespaces.

    Raises BadKey for an error that the sample page did not show, such as a wrong number of arguments.
    """
    try:
        found = cast("list[Any]", path(root))
    except etree.XPathError as error:
        raise _path_error(path.path, error) from error
    # lxml gives namespace nodes as pairs, which have no place in the tree
    return [node for node in found if not isinstance(node, tuple)]


def element_of(node: Any) -> etree._Element:
    """An element; attributes and texts stand for theirs."""
    return node if isinstance(node, etree._Element) else cast("etree._Element", node.getparent())
