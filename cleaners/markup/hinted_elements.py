"""Elements whose attributes say that they hold an author, a date or a property; looked for on first use."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from itertools import islice
from typing import Any, cast

from lxml import etree

_MAX_MARKED = 60  # elements of a kind
_MAX_PROPERTIES = 400
# the presence of an attribute costs a tenth of a predicate on every element
_CLASSES = etree.XPath("descendant-or-self::*/@class")
_PROPERTIES = etree.XPath("descendant-or-self::*/@itemprop/..")
# without its first letter: "Author" and "author", "Byline" and "byline"
_LINKED = etree.XPath(
    "descendant::*/@data-testid[contains(.,'uthor') or contains(.,'yline')]/.."
    " | descendant::a/@rel[.='author']/.. | descendant::a/@href[contains(.,'/aut')]/.."
)
_LICENCES = etree.XPath("descendant::a/@rel[contains(.,'icense')]/..")
_DISCLOSING = etree.XPath("descendant-or-self::*/@ai-disclosure/.. | descendant-or-self::*/@aidisclosure/..")
_AUTHOR_PAGES = ("/author", "/autor", "/auteur")


class HintedElements:
    """The elements of one tree, each kind in document order.

    ``markup`` is what the tree was read from: a walk through all attributes costs ten times as much as seeing
    in it that there are none of a kind.
    """

    def __init__(self, root: etree._Element, markup: str) -> None:
        self._root = root
        self._markup = markup

    def _find(self, path: etree.XPath, *signs: str) -> list[etree._Element]:
        """The elements a path finds, where the markup holds one of the signs."""
        if not any(sign in self._markup for sign in signs):
            return []
        return cast("list[etree._Element]", path(self._root))

    @cached_property
    def properties(self) -> tuple[etree._Element, ...]:
        """Elements with ``itemprop``."""
        return tuple(self._find(_PROPERTIES, "itemprop", "ITEMPROP", "itemProp")[:_MAX_PROPERTIES])

    @cached_property
    def credited(self) -> tuple[etree._Element, ...]:
        """Elements whose class says that they hold an author."""
        return self._classed[0]

    @cached_property
    def linked(self) -> tuple[etree._Element, ...]:
        """Elements that hold an author by other attributes or by where they lead."""
        found = self._find(_LINKED, "uthor", "yline", "/aut")
        named = [one for one in self.properties if one.get("itemprop") == "author"]
        leading = [one for one in found if one.tag != "a" or _is_to_author(one)]
        return tuple(dict.fromkeys((*named, *leading)))[:_MAX_MARKED]

    @property
    def licences(self) -> list[etree._Element]:
        """Links whose ``rel`` may speak of a licence."""
        return self._find(_LICENCES, "icense")

    @property
    def disclosing(self) -> list[etree._Element]:
        """Elements with ``ai-disclosure``."""
        # the parser lowers the case of attributes; pages that write them in capitals are passed over, since each
        # look through the markup costs a tenth of a millisecond
        return self._find(_DISCLOSING, "isclosure")

    @cached_property
    def dated(self) -> tuple[etree._Element, ...]:
        """Elements whose class says that they hold a date."""
        return self._classed[1]

    @cached_property
    def _classed(self) -> tuple[tuple[etree._Element, ...], ...]:
        # both at once: strings that know their element are two objects each, and not kept
        classes = cast("list[Any]", _CLASSES(self._root))
        # elements share their classes: each spelling is judged once
        spellings = set(classes)
        return tuple(
            _with_class(classes, set(filter(is_wanted, spellings))) for is_wanted in (_is_authors, _is_dates)
        )


def _with_class(classes: Sequence[Any], wanted: Set[str]) -> tuple[etree._Element, ...]:
    found = (words for words in classes if words in wanted) if wanted else ()
    return tuple(words.getparent() for words in islice(found, _MAX_MARKED))


def _is_authors(words: str) -> bool:
    return "uthor" in words or "yline" in words or "autor" in words


def _is_dates(words: str) -> bool:
    return "date" in words or "Date" in words or "publi" in words or "time" in words


def _is_to_author(anchor: etree._Element) -> bool:
    href = anchor.get("href", "")
    return any(page in href for page in _AUTHOR_PAGES) or "author" in (
        anchor.get("rel"),
        anchor.get("itemprop"),
    )
