"""What structured data says of who made a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Graph, Node, address, clean_text, types_of

# schema.org, ImageObject: as a picture's owner wants to be named; who made it
_CREDITS = ("creditText", "creator", "author")
_ADDRESSES = ("url", "contentUrl", "@id")
_MAX_PICTURES = 200  # set by hand, against lists of a site's archive


def declared_credits(page: Declared) -> Mapping[str, str]:
    """Address of a picture, as ``jsonld.address`` writes it, to whom its ImageObject credits."""
    found: dict[str, str] = {}
    for number, picture in enumerate(_pictures(page)):
        if number >= _MAX_PICTURES:
            break
        credit = _credit(page.graph, picture)
        for key in _ADDRESSES if credit else ():
            url = picture.get(key)
            if isinstance(url, str) and (whole := page.head.absolute(url)):
                found.setdefault(address(whole), credit)
    return found


def _pictures(page: Declared) -> Iterator[Node]:
    for node in page.nodes:
        for value in page.graph.values(node, "image"):
            if isinstance(value, dict):
                yield value
    yield from (node for node in page.graph.nodes if "imageobject" in types_of(node))


def _credit(graph: Graph, picture: Node) -> str:
    for key in _CREDITS:
        # several creators are named side by side
        names = [text for value in graph.values(picture, key) if (text := clean_text(value))]
        if names:
            return ", ".join(dict.fromkeys(names))
    return ""
