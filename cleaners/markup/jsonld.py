"""JSON-LD, and microdata as nodes of the same shape: reading them, and choosing the nodes that speak of this page.

A *node* is one object of the data, a mapping with ``@type``. Broken scripts are repaired where that
is cheap and skipped where it is not; nothing in here raises on any content.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import Any

import msgspec
from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.markup.page_head import text_in, without_controls
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare
from copydesk.cleaners.text_forms import prose

Node = Mapping[str, Any]

MAX_SCRIPT_CHARS = 1_000_000
"""JSON-LD read of one page, all scripts together; the largest of 1,071 real pages had 0.2 million."""
# set by hand: more than a long list has; beyond, only time is spent
_MAX_NODES = 2_000
# of _FOLLOWED within each other; set by hand: deeper nodes are of other things
_MAX_DEPTH = 5
# levels of lists and objects; set by hand, far below Python's limit of recursion
_MAX_NESTING = 50
_MAX_VALUES = 200  # of one property
_MAX_PAGES = 20  # nodes that stand for this page
MAX_FIELD_CHARS = 4_000
"""Longest text of a metadata field; longer ones are cut."""

# schema.org: TechArticle, BlogPosting, SocialMediaPosting; new subtypes need no change
_ARTICLE_ENDINGS = ("article", "posting", "newsarticle")
_ARTICLE_TYPES = frozenset(
    {"report", "reportagenewsarticle", "review", "recipe", "howto", "claimreview", "guide", "criticreview"}
)
# schema.org: WebPage, ItemPage, CollectionPage
_PAGE_ENDINGS = ("webpage", "page")
# other values (author, image, comment) are parts of a node, never this page
_FOLLOWED = ("@graph", "mainEntity", "mainEntityOfPage")

# of XHTML and old templates: "<!-- … -->", "//<![CDATA[ … //]]>", "/*<![CDATA[*/ … /*]]>*/"
_WRAPPING = lazy_pattern(
    r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|"
    r"(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)\s*;?\s*$"
)
# escapes of controls and surrogates, or such characters themselves: only then values are gone through
_SUSPECT = lazy_pattern(
    r"\\u(?:00[0189]|007[fF]|[dD][89a-fA-F])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
)
# {"a": 1,} of templates; tried last, for it may hit a string as well
_TRAILING_COMMA = lazy_pattern(r",(\s*[}\]])")
# strings are taken whole, for brackets in them open nothing; possessive, so that time stays linear
_BRACKET = lazy_pattern(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
# objects of one script are glued, or parted by commas or semicolons
_BETWEEN = lazy_pattern(r"[\s,;]*")
# bounded, so that "a < b" far before a ">" is no tag
_TAG = lazy_pattern(r"<[^<>]{1,200}>")
# elements walked up or down from one property; set by hand, against deeply nested pages
_MAX_INNER = 60
# what some field reads; the rest (articleBody, comment) would only cost time
_KEPT = frozenset(
    {
        "headline", "name", "alternativeheadline", "description", "author", "creator", "publisher", "datepublished",
        "datecreated", "datemodified", "image", "keywords", "articlesection", "inlanguage", "license",
        "isaccessibleforfree", "mainentityofpage", "url",
    }
)  # fmt: skip
_KEPT_INSIDE = frozenset({"name", "url", "sameas"})  # of an author or publisher
# pages also write "datepublished"; readers of nodes ask in schema.org's spelling
_SPELLINGS = {
    "datepublished": "datePublished", "datemodified": "dateModified", "datecreated": "dateCreated",
    "alternativeheadline": "alternativeHeadline", "articlesection": "articleSection", "inlanguage": "inLanguage",
    "isaccessibleforfree": "isAccessibleForFree", "mainentityofpage": "mainEntityOfPage",
}  # fmt: skip
# HTML Standard, microdata, "Values": of meta, time, links and media
_ADDRESS_ATTRIBUTES = ("content", "datetime", "href", "src")


class Graph(Struct, frozen=True):
    """The nodes of one page in document order, and those that can be referred to by ``@id``."""

    nodes: tuple[Node, ...] = ()
    by_id: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    types: tuple[tuple[str, ...], ...] = ()
    """Those of each node."""

    def of_type(self, name: str) -> list[Node]:
        """The nodes of a type, in lower case."""
        return [node for node, types in zip(self.nodes, self.types, strict=True) if name in types]

    def resolve(self, value: object) -> object:
        """The node a bare ``@id`` reference represents; any other value unchanged."""
        if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value

    def values(self, node: Node, key: str) -> list[object]:
        """The first _MAX_VALUES values of a property, lists opened, references resolved, ``null`` left out."""
        value = node.get(key)
        if isinstance(value, list):
            return [self.resolve(one) for one in value[:_MAX_VALUES] if one is not None]
        return [] if value is None else [self.resolve(value)]


def read_graph(scripts: Iterable[str]) -> Graph:
    """Every node of these script texts. Unreadable parts and all beyond MAX_SCRIPT_CHARS are left out."""
    nodes: list[Node] = []
    room = MAX_SCRIPT_CHARS
    for script in scripts:
        room -= len(script)
        if room < 0:
            break
        is_suspect = _SUSPECT.search(script) is not None
        for value in _read_values(script):
            _flatten(_cleaned(value) if is_suspect else value, nodes)
    return graph_of(nodes)


def graph_of(nodes: Iterable[Node]) -> Graph:
    """A graph of nodes that are already there."""
    kept = tuple(nodes)
    by_id: dict[str, Node] = {}
    for node in kept:
        name = node.get("@id")
        # an object with nothing but its @id is a reference, not the thing
        if isinstance(name, str) and len(node) > len(by_id.get(name, ())):
            by_id[name] = node
    return Graph(kept, by_id, tuple(map(types_of, kept)))


def _read_values(script: str) -> list[object]:
    try:
        # the fast reader first; repairs only where it refuses
        return [msgspec.json.decode(script)]
    except ValueError:
        pass
    except RecursionError:
        script = _without_depths(script)
    text = _WRAPPING.sub("", script).strip()
    for repaired in (text, _TRAILING_COMMA.sub(r"\1", text)):
        with suppress(ValueError, RecursionError):
            if values := list(islice(_read_concatenated(repaired), _MAX_NODES)):
                return values
    return []


def _without_depths(script: str) -> str:
    """The JSON with null in the place of every list and object that nests beyond _MAX_NESTING."""
    parts: list[str] = []
    depth = at = 0
    for found in _BRACKET.finditer(script):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth == _MAX_NESTING + 1:
                parts.append(script[at : found.start()] + "null")
        elif mark in "]}":
            depth -= 1
            if depth == _MAX_NESTING:
                at = found.end()
    return "".join(parts) + (script[at:] if depth <= _MAX_NESTING else "")


def _cleaned(value: object, depth: int = 0) -> object:
    """A value whose strings and keys have no controls and surrogates; null where it nests beyond _MAX_NESTING."""
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, (list, dict)) and depth >= _MAX_NESTING:
        return None
    if isinstance(value, list):
        return [_cleaned(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {without_controls(key): _cleaned(one, depth + 1) for key, one in value.items()}
    return value


def _read_concatenated(text: str) -> Iterator[object]:
    """Objects one after the other; ``strict`` off lets raw line breaks stand in strings."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at


def _flatten(value: object, nodes: list[Node]) -> None:
    """Nodes of the page itself: what is at the top, in ``@graph``, or is declared the main entity."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting and len(nodes) < _MAX_NODES:
        current, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(current, list):
            waiting.extend((one, depth + 1) for one in reversed(current))
        elif isinstance(current, dict):
            nodes.append(current)
            waiting.extend((current[key], depth + 1) for key in reversed(_FOLLOWED) if key in current)


def types_of(node: Node) -> tuple[str, ...]:
    """The node's types, lower case, without the vocabulary's address."""
    declared = node.get("@type")
    names = declared if isinstance(declared, list) else (declared,)
    return tuple(
        [name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in names if isinstance(name, str)]
    )


def is_of_article(types: Sequence[str]) -> bool:
    """Whether one of the types is an article's."""
    return not _ARTICLE_TYPES.isdisjoint(types) or True in [one.endswith(_ARTICLE_ENDINGS) for one in types]


def is_of_page(types: Sequence[str]) -> bool:
    """Whether one of the types is that of a web page as such."""
    return True in [one.endswith(_PAGE_ENDINGS) for one in types]


def page_graph(
    scripts: Iterable[str],
    properties: Iterable[etree._Element],
    *,
    urls: frozenset[str],
    titles: frozenset[str],
) -> tuple[Graph, tuple[Node, ...], str]:
    """The graph of JSON-LD, or of microdata where that alone has an article, with its ``page_nodes`` and its name."""
    graph = read_graph(scripts)
    nodes = page_nodes(graph, urls=urls, titles=titles)
    # microdata comes second: its items are those that are shown, teasers among them
    if any(map(is_of_article, map(types_of, nodes))):
        return graph, nodes, "json-ld"
    items = graph_of(read_articles(properties))
    found = page_nodes(items, urls=urls, titles=titles)
    return (items, found, "microdata") if found else (graph, nodes, "json-ld")


def page_nodes(graph: Graph, *, urls: frozenset[str], titles: frozenset[str]) -> tuple[Node, ...]:
    """The nodes about this page, best first: at most one article, then the page's own nodes.

    ``urls`` and ``titles`` are what the rest of the page says of itself, through ``address`` and
    ``sites.bare``. Of several articles the one that agrees with them is taken; a list of teasers, where
    several are there and none agrees, gives none.
    """
    typed = [*zip(graph.nodes, graph.types, strict=True)]
    articles = [node for node, types in typed if is_of_article(types)]
    chosen = _best_article(graph, articles, urls, titles)
    pages = [node for node, types in typed if is_of_page(types) and not is_of_article(types)]
    if len(pages) > 1:
        pages = [node for node in pages if _addresses(node) & urls] or pages[:1]
    return (*((chosen,) if chosen else ()), *pages[:_MAX_PAGES])


def _best_article(
    graph: Graph, articles: list[Node], urls: frozenset[str], titles: frozenset[str]
) -> Node | None:
    def agreement(node: Node) -> int:
        own_titles = {bare(text) for key in ("headline", "name") if (text := text_of(graph, node, key))}
        # the address counts more: another node may have the same headline
        return 2 * bool(_addresses(node) & urls) + bool(own_titles & titles)

    if len(articles) < 2:
        return articles[0] if articles else None
    # the fuller node wins among equals: the same article is often declared twice
    best = max(articles, key=lambda node: (agreement(node), "datePublished" in node, "author" in node))
    headlines = {bare(text_of(graph, node, "headline") or "") for node in articles}
    is_list = len(headlines) > 2 or headlines == {""}  # teasers, with or without their titles
    return best if agreement(best) or not is_list else None


def _addresses(node: Node) -> set[str]:
    main = node.get("mainEntityOfPage")
    own_urls = (node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main)
    return {address(one) for one in own_urls if isinstance(one, str) and one} - {""}


def address(url: str) -> str:
    """A URL without scheme, ``www.``, query, fragment and final slash, for comparison. Never raises."""
    bare = url.split("#", 1)[0].split("?", 1)[0].rstrip("/")
    return bare.split("://", 1)[-1].removeprefix("www.").lower()


def clean_text(value: object) -> str | None:
    """A value as one line of plain text, cut at MAX_FIELD_CHARS; None where it is no text or empty."""
    if isinstance(value, dict):
        value = value.get("@value", value.get("name"))
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), None)
    if not isinstance(value, str):
        return None
    value = value[:MAX_FIELD_CHARS]
    if "&" in value:
        # twice: "&amp;quot;" was escaped by the editor and by the template
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = _TAG.sub(" ", value)
    value = " ".join(value.split())
    if not (value.isascii() and value.isprintable()):
        value = prose(value)[:MAX_FIELD_CHARS].rstrip()
    return value or None


def text_of(graph: Graph, node: Node, key: str) -> str | None:
    """The first text of a property."""
    value = node.get(key)
    if isinstance(value, str):
        return clean_text(value)
    return next(filter(None, map(clean_text, graph.values(node, key))), None)


def read_articles(properties: Iterable[etree._Element]) -> tuple[Node, ...]:
    """A node for every article-typed item that these elements with ``itemprop`` belong to, in document order."""
    # None: properties outside of any item, which have no type and so are no article
    nodes: dict[etree._Element | None, dict[str, Any]] = {}
    for element in properties:
        for name in element.get("itemprop", "").lower().split():
            if name in _KEPT:
                scope = item_of(element)
                node = nodes.setdefault(scope, {"@type": [] if scope is None else _types(scope)})
                node.setdefault(_SPELLINGS.get(name, name), []).append(_value(element))
    return tuple([node for node in nodes.values() if is_of_article(types_of(node))])


def item_of(element: etree._Element) -> etree._Element | None:
    """The item of microdata whose property an element is."""
    above = islice(element.iterancestors(), _MAX_INNER)
    return next((one for one in above if one.get("itemscope") is not None), None)


def _types(scope: etree._Element) -> list[str]:
    return (scope.get("itemtype") or "").split()


def _value(element: etree._Element) -> object:
    if element.get("itemscope") is None:
        return _text_or_address(element)
    node: dict[str, object] = {"@type": _types(element)}
    for inner in islice(element.iterdescendants(), _MAX_INNER):
        names = inner.get("itemprop", "").lower().split() if isinstance(inner.tag, str) else ()
        for name in names:
            if name in _KEPT_INSIDE and name not in node:
                node[name] = _text_or_address(inner)
    # <span itemprop="author" itemscope>Anna Berg</span>
    if "name" not in node:
        node["name"] = text_in(element)
    return node


def _text_or_address(element: etree._Element) -> str:
    if element.get("itemprop", "").lower() == "name":
        return element.get("content") or text_in(element)
    for attribute in _ADDRESS_ATTRIBUTES:
        if value := element.get(attribute):
            # a link around a name is the name, not its address
            is_name = attribute == "href" and element.tag == "a" and "url" not in element.get("itemprop", "")
            return text_in(element) if is_name else value
    return text_in(element)
