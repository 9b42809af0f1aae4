"""What a block can be: the shape it has on the page, and the labels that decide where its text goes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Label(StrEnum):
    """What a block is. The groups below say where its text goes."""

    # in `text`
    STANDFIRST = "standfirst"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    TABLE = "table"
    CODE = "code"
    EMBED = "embed"
    FAQ = "faq"
    LIVE = "live"
    CORRECTION = "correction"
    DATELINE = "dateline"
    # in a field of their own
    TITLE = "title"
    CAPTION = "caption"
    BYLINE = "byline"
    TAGS = "tags"
    COMMENT = "comment"
    # residue
    NAV = "nav"
    AD = "ad"
    RELATED = "related"
    NEWSLETTER = "newsletter"
    SOCIAL = "social"
    COMMENT_FORM = "comment_form"
    AUTHOR_BIO = "author_bio"
    COOKIE = "cookie"
    PAYWALL = "paywall"
    COPYRIGHT = "copyright"
    SOURCE_NOTE = "source_note"
    AI_DISCLAIMER = "ai_disclaimer"
    LEAKED_PROMPT = "leaked_prompt"
    CHATBOT_META = "chatbot_meta"
    DUPLICATE = "duplicate"
    HIDDEN = "hidden"
    SIDEBAR = "sidebar"
    INFOBOX = "infobox"
    HATNOTE = "hatnote"
    REFERENCE = "reference"
    RECURRING = "recurring"
    OTHER = "other"

    __hash__ = str.__hash__  # an enum's own is a function of Python, called a thousand times a page


KEPT = frozenset([
    Label.STANDFIRST, Label.HEADING, Label.PARAGRAPH, Label.LIST_ITEM, Label.QUOTE, Label.TABLE, Label.CODE, Label.EMBED,
    Label.FAQ, Label.LIVE, Label.CORRECTION, Label.DATELINE])  # fmt: skip
"""Labels whose blocks make up ``Record.text`` unless an option says otherwise. The one table of the policy."""

OPTIONAL = (Label.STANDFIRST, Label.FAQ, Label.LIVE, Label.EMBED,
            Label.SIDEBAR, Label.INFOBOX, Label.HATNOTE, Label.REFERENCE)  # fmt: skip
"""Labels on which careful readers differ: ``Options.keep`` and ``Options.drop`` say whether they are in the text."""

PARTS = frozenset({Label.FAQ, Label.LIVE, Label.SIDEBAR, Label.INFOBOX, Label.HATNOTE, Label.REFERENCE})
"""Labels that say which part of a page a block belongs to, and not how it is written."""


class Kind(StrEnum):
    """The shape a block has in the page, before anyone judges what it is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    TABLE_ROW = "table_row"
    CODE = "code"
    CAPTION = "caption"
    CONTROL = "control"  # button, option, label: what a reader operates
    TITLE = "title"  # the head's <title>

    __hash__ = str.__hash__


SHAPES: Mapping[Kind, Label] = MappingProxyType({
    Kind.HEADING: Label.HEADING, Kind.LIST_ITEM: Label.LIST_ITEM, Kind.QUOTE: Label.QUOTE,
    Kind.TABLE_ROW: Label.TABLE, Kind.CODE: Label.CODE})  # fmt: skip
"""What tags say of how a block is written; where they say nothing, it is a paragraph."""

WRITTEN = frozenset({Label.PARAGRAPH, *SHAPES.values()})
"""Labels that say of a block of the text no more than how it is written."""
