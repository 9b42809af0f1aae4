"""A tree to blocks: one walk, no character lost.

A block is the text between two block elements (two forced line breaks in a row part blocks, too, and one does in a
list of links).
All text outside ``SILENT`` elements is in some block, hidden or not; ``tree.page_text`` reads the same
text by another way, so that the two can be held against each other on every page.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from lxml import etree

from copydesk._core import compiled
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.errors import TooComplex
from copydesk.cleaners.segment import plain_walk
from copydesk.cleaners.segment.pictures import Medium
from copydesk.cleaners.segment.plain_walk import Walked
from copydesk.cleaners.types import Block, Kind, Options, PathStep

# of each thing that the walk reads in libxml2's nodes: text in pieces, attributes, elements of every sort
_SAMPLE = """<html><head><title>Ice melts</title></head><body class="Wide Page"><nav hidden><ul><li><a href="/a?b=1&amp;c" rel=next>
A</a><li>B</ul></nav><article id=a><h1>Ice <em>melts</em></h1><p>Lakes\xa0 are
 <b>wet</b>,<br>so <ruby>氷<rt>kori</rt></ruby>
<table><tr><th>Lake<th>Depth<tr><td colspan=2>Brim<td>9</table><figure><img src=a.jpg><figcaption>A lake</figcaption></figure>
<pre>a\tb
 c</pre><ol><li>One<blockquote style="display:none">Two</blockquote></ol><script>var a</script></article></body></html>"""


def segment(root: etree._Element, options: Options) -> tuple[Block, ...]:
    """The page's blocks in document order; joined, their letters are those of ``page_text``.

    Raises TooComplex where elements or blocks are more than ``options`` allow, TooDeep where elements are
    nested deeper.
    """
    return segment_with_media(root, options)[0]


def segment_with_media(
    root: etree._Element, options: Options
) -> tuple[tuple[Block, ...], tuple[Medium, ...]]:
    """The blocks as ``segment`` has them, and what is between them: pictures, films, frames."""
    walked = _WALK(root, options.max_depth) or plain_walk.walk(root, options.max_depth)
    blocks, media, number, readings = walked
    # after the walk: checked within it, it would cost each element a comparison
    if number > options.max_elements:
        raise TooComplex(f"the page has more than {options.max_elements:,} elements")
    # all readings of words, as one block that is no part of the running text
    raw = " ".join(readings)
    if raw and not raw.isspace():
        # a path of its own, beyond all numbers: no element of the page is taken for its place
        path = (PathStep(number + 1, "rt", ""),)
        blocks.append(Block(len(blocks), Kind.PARAGRAPH, raw, path, is_hidden=True))
    if len(blocks) > options.max_blocks:
        raise TooComplex(f"the page has more than {options.max_blocks:,} blocks of text")
    return tuple(blocks), tuple(media)


def _tested_walk() -> Callable[[etree._Element, int], Walked | None]:
    """The compiled walk, where there is one that cuts as the plain one does: it reads memory that is laid out as in the
    version of libxml2 for which it was compiled.
    """
    core = compiled("walk")
    if core is None:
        return plain_walk.walk
    walk: Callable[[etree._Element, int], Walked | None] = core.walk
    root = parse(_SAMPLE, Options())
    try:
        if etree.LIBXML_VERSION[0] == core.LIBXML2 and walk(root, 100) == plain_walk.walk(root, 100):
            return walk
    except (TypeError, ValueError, SystemError):
        pass  # as where it differs
    warnings.warn(
        "copydesk: the compiled core is for another lxml; the plain one is used", RuntimeWarning, stacklevel=1
    )
    return plain_walk.walk


_WALK = _tested_walk()
IS_COMPILED = _WALK is not plain_walk.walk
"""Whether the compiled core can read the tree's nodes where they lie."""
