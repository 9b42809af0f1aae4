# cython: language_level=3
"""A block of a page, and a block with its verdicts: read some thousand times a page, and made once."""
cimport cython

from copydesk.cleaners.labels import KEPT, PARTS, SHAPES, WRITTEN, Label

_FIELDS = (
    "index",
    "kind",
    "raw",
    "path",
    "level",
    "ordinal",
    "link_chars",
    "gap",
    "table",
    "is_hidden",
    "image_url",
    "quote",
    "item",
    "cells",
    "link_url",
    "pieces",
    "marks",
)


@cython.final
@cython.no_gc
cdef class Block:
    r"""A run of the page's text, in order.

    ``raw`` keeps every visible character; runs of source white space are one space, a forced line break is ``\n``
    and cells of a table row are parted by ``\t``; ``text`` is ``raw`` with the white space at its ends dropped.
    ``path`` holds the elements above, outermost first; it is empty for plain text. ``level``: heading rank 1-6, or
    depth of a list item from 1. ``ordinal``: of a list item, the number that the first of its list has; 0 where it has
    none. ``link_chars``: how many characters of ``raw`` stand inside links; ``link_url``:
    where the first of these leads, as the page has it. ``gap``: blank lines before the block (plain text only).
    ``table``: number of the table a row belongs to. ``quote`` and ``item``: number of the quotation and of the list
    item around it, as in its ``path``; 0 where there is none. ``cells``: where in ``raw`` the cells after the first
    begin, in rows of plain text whose cells were glued. ``marks``: inline elements that begin (a ``Mark``) and end
    (``None``), innermost first, each with the number of ``pieces`` before it; ``pieces`` joined are ``raw``, and
    there are none where nothing is marked.
    """

    def __init__(
        self,
        index,
        kind,
        str raw not None,
        tuple path not None=(),
        level=0,
        ordinal=0,
        link_chars=0,
        gap=0,
        table=None,
        is_hidden=False,
        image_url=None,
        quote=0,
        item=0,
        tuple cells not None=(),
        str link_url not None="",
        tuple pieces not None=(),
        tuple marks not None=(),
    ):
        self.index = index
        self.kind = kind
        self.raw = raw
        self.path = path
        self.level = level
        self.ordinal = ordinal
        self.link_chars = link_chars
        self.gap = gap
        self.table = table
        self.is_hidden = is_hidden
        self.image_url = image_url
        self.quote = quote
        self.item = item
        self.cells = cells
        self.link_url = link_url
        self.pieces = pieces
        self.marks = marks

    @property
    def text(self):
        """``raw`` with the white space at its ends dropped."""
        return self.raw.strip()

    cdef tuple values(self):
        return (
            self.index, self.kind, self.raw, self.path, self.level, self.ordinal, self.link_chars, self.gap,
            self.table, self.is_hidden, self.image_url, self.quote, self.item, self.cells, self.link_url,
            self.pieces, self.marks,
        )

    def replace(self, **changes):
        """The same block with other values of some fields."""
        return Block(**{**dict(zip(_FIELDS, self.values())), **changes})

    def __reduce__(self):
        return Block, self.values()

    def __eq__(self, other):
        return type(other) is Block and self.values() == (<Block>other).values()

    def __hash__(self):
        return hash(self.values())

    def __repr__(self):
        return f"Block({self.index}, {self.kind!r}, {self.raw!r})"


@cython.final
@cython.no_gc
cdef class Labelled:
    """A block and its verdicts, of which the last holds; ``policy``: the labels whose blocks make up the text.

    The other fields are derived from these, once: the stages read them thousands of times a page. ``verdict``: the last
    one; ``label``: its label. ``is_kept``: whether the block is part of the text. ``shape``: how a kept block is
    written: its label, or of one of ``PARTS`` what it is apart from that; what is not kept has no shape but its label.
    """

    cdef readonly object block, verdicts, policy, verdict, label, is_kept, shape

    def __init__(self, block, tuple verdicts not None, policy=KEPT):
        self.block, self.verdicts, self.policy = block, verdicts, policy
        self.verdict = verdicts[len(verdicts) - 1]
        self.label = self.shape = self.verdict.label
        self.is_kept = self.label in policy
        if self.is_kept and self.label in PARTS:
            self.shape = SHAPES.get(block.kind, Label.PARAGRAPH)
            for one in verdicts:
                if one.label in WRITTEN:
                    self.shape = one.label

    def with_verdict(self, verdict):
        """The block with one more verdict, which holds from now on."""
        return Labelled(self.block, (*self.verdicts, verdict), self.policy)

    def under(self, policy):
        """The block where these labels make up the text."""
        return Labelled(self.block, self.verdicts, policy)

    def renumbered(self, index):
        """The same of a block with another number."""
        return Labelled(self.block.replace(index=index), self.verdicts, self.policy)

    def __reduce__(self):
        return Labelled, (self.block, self.verdicts, self.policy)

    def __eq__(self, other):
        return type(other) is Labelled and self.__reduce__() == other.__reduce__()

    def __hash__(self):
        return hash(self.__reduce__())

    def __repr__(self):
        return f"Labelled({self.block!r}, {self.verdicts!r})"
