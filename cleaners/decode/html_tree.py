"""A page's text to a tree: one parse, shared by all stages."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import Final

from lxml import etree

from copydesk._core.markup import may_have_many_attributes
from copydesk.cleaners.errors import EmptyPage, TooComplex, TooDeep
from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern

SILENT: Final = frozenset({"script", "style", "template", "noscript", "svg"})
"""Elements whose content is not text of the page (design: what a browser could show)."""
# HTML Standard, "in head"
_OF_HEAD: Final = frozenset(
    {
        "base",
        "basefont",
        "bgsound",
        "link",
        "meta",
        "noframes",
        "noscript",
        "script",
        "style",
        "template",
        "title",
    }
)
READINGS: Final = frozenset({"rt", "rp"})
"""Elements of ``ruby`` that say how a word is read, set above it in small letters."""
_END_OF_PAGE = lazy_pattern(r"</(?:html|body)\b[^<>]*>", re.IGNORECASE)
# the parser compares each attribute of a tag with all before it; the most of 2,073 real pages is 186
_MAX_ATTRIBUTES = 1_000
_VALUE = r"""\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+)"""
_REMARK = r"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+)"
_RAW = "script|style|title|textarea|iframe|noembed|noframes|xmp"
# remarks whole, and elements that hold no tags with what they hold, as libxml2 reads them; of each tag all but the ">"
# (copydesk/_core/markup.pyx reads alike: what is changed here is changed there)
_TAG = lazy_pattern(
    rf"{_REMARK}|<(?P<tag>(?:(?=[stinx])(?P<raw>{_RAW})(?=[\s/>])|[a-z])"
    rf"(?:[^>=]++|{_VALUE})*+)(?(raw)(?:[^<]++|<(?!/(?P=raw)))*+)",
    re.IGNORECASE,
)
# as above, or where a ``noscript`` begins or ends
_NOSCRIPT = lazy_pattern(
    rf"{_REMARK}|<(?P<raw>{_RAW})(?=[\s/>])(?:[^<]++|<(?!/(?P=raw)))*+|<(?P<edge>/?)noscript(?=[\s/>])",
    re.IGNORECASE,
)
# elements that libxml2 does not end with the ``noscript`` around them
_OUTLASTING = ("div", "table", "tbody", "thead", "tfoot", "tr", "td", "th")
_OUTLASTING_TAG = lazy_pattern(
    rf"<(?P<end>/)?(?P<tag>{'|'.join(_OUTLASTING)})(?=[\s/>])[^>]*+>?", re.IGNORECASE
)
_HOLDS_OUTLASTING = etree.XPath(f"boolean(//noscript[{' or '.join(f'.//{tag}' for tag in _OUTLASTING)}])")
_MOST_OF_A_TAG = lazy_pattern(rf"<[^\s/>]++(?:[\s/]*+[^\s/>][^\s/>=]*+(?:{_VALUE})?+){{{_MAX_ATTRIBUTES}}}")


def parse(text: str, options: Options) -> etree._Element:
    """The page's tree, by lxml; by Beautiful Soup where the markup is beyond it.

    Raises EmptyPage where there is no element at all, TooComplex beyond ``options``, and TooDeep where libxml2
    ended the page because elements nest too deep.
    """
    if text.count("<") > options.max_elements * 2:  # before memory is spent on a tree
        raise TooComplex(f"the page has more than {options.max_elements:,} elements")
    root = _parse_by_lxml(text)
    if root is not None and root.getnext() is not None:
        # the page goes on after </html>: browsers take no notice of it, libxml2 begins a second tree
        text = _END_OF_PAGE.sub("", text)
        root = _parse_by_lxml(text)
    if root is not None and _HOLDS_OUTLASTING(root):
        balanced = with_balanced_noscripts(text)
        root = root if balanced == text else _parse_by_lxml(balanced)
    if root is None:
        return _parse_by_soup(text)
    _end_head(root)
    return root


def _end_head(root: etree._Element) -> None:
    """Puts into the body what cannot be in the head: of a page without tags of either, libxml2 leaves ``main`` and
    other elements that it does not know in the head, with all that they hold.
    """
    head = root[0] if root.tag == "html" and len(root) else None
    if head is None or head.tag != "head":
        return
    first = next((at for at, element in enumerate(head) if element.tag not in _OF_HEAD), None)
    if first is None:
        return
    moved, body = [*head][first:], root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    rest, text = [*body], body.text
    body.text = None
    body.extend(moved)
    moved[-1].tail = f"{moved[-1].tail or ''}{text or ''}" or None
    body.extend(rest)


def with_few_attributes(markup: str) -> str:
    """The markup without what the tags in it have beyond 1,000 attributes."""
    if not may_have_many_attributes(markup, _MAX_ATTRIBUTES):
        return markup
    pieces, at = [], 0
    for tag in _TAG.finditer(markup):
        end = tag.end("tag")
        # each has a letter and a blank before it; a remark has no end
        is_long = end - tag.start() > 2 * _MAX_ATTRIBUTES
        if is_long and (most := _MOST_OF_A_TAG.match(markup, tag.start(), end)):
            pieces.append(markup[at : most.end()])
            at = end
    return "".join((*pieces, markup[at:])) if pieces else markup


def with_balanced_noscripts(markup: str) -> str:
    """The markup without tags of boxes that begin in a ``noscript`` and end outside, or the other way round: browsers
    read none of it, and libxml2 would put the rest of the page into the ``noscript``.
    """
    pieces: list[str] = []
    at, begin = 0, None
    for found in _NOSCRIPT.finditer(markup):
        if found["edge"] == "" and begin is None:
            begin = found.end()
        elif found["edge"] and begin is not None:
            held = markup[begin : found.start()]
            if _is_unbalanced(held):
                pieces += markup[at:begin], _OUTLASTING_TAG.sub("", held)
                at = found.start()
            begin = None
    return "".join((*pieces, markup[at:]))


def _is_unbalanced(markup: str) -> bool:
    tags = Counter((one["tag"].lower(), bool(one["end"])) for one in _OUTLASTING_TAG.finditer(markup))
    return any(tags[name, False] != tags[name, True] for name in _OUTLASTING)


def _parse_by_lxml(text: str) -> etree._Element | None:
    parser = _parser()
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        return None
    error = parser.error_log.last_error
    if error is not None and error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        raise TooDeep("the page nests more elements than the parser holds")  # all that follows is missing
    return root


def _parser() -> etree.HTMLParser:
    # lxml.html would look up a Python class for each element: a quarter of the walk's time
    return etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)


def _parse_by_soup(text: str) -> etree._Element:
    """A page of the words Beautiful Soup finds where lxml finds nothing."""
    from bs4 import BeautifulSoup

    words = BeautifulSoup(text, "html.parser").get_text(" ", strip=True)
    if not words:
        raise EmptyPage("the page has no text")
    return etree.fromstring(f"<p>{escape(words)}</p>".encode(), parser=_parser())
