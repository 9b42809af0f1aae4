"""What the data in a page's scripts says of an article beside its body: title, authors, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import inf
from typing import Final

from copydesk.cleaners.text_forms import prose
from copydesk.cleaners.types import Announced

Data = Mapping[str, object]
# names in lower case and without "_" and "-"
_TITLE: Final = (
    "headline", "headlines", "title", "articletitle", "posttitle", "newstitle", "storytitle", "name", "heading",
)  # fmt: skip
_AUTHORS: Final = (
    "authors", "author", "byline", "bylines", "authorname", "authornames", "creator", "creators", "writers", "writer",
    "writtenby", "reporter", "reporters", "contributors", "journalist", "journalists", "autor", "auteur", "credits", "embedded",
)  # fmt: skip
_PUBLISHED: Final = (
    "datepublished", "publishedat", "publishdate", "publisheddate", "published", "publicationdate", "publishtime",
    "publishedtime", "publishedon", "firstpublished", "firstpublishedat", "firstpublisheddate", "firstpublicationdate", "firstpublishdate",
    "displaydate", "pubdate", "pubtime", "date", "dategmt", "publishedutc", "publisheddatetime", "publicationtime",
    "createdat", "created", "datecreated", "creationdate",
)  # fmt: skip
_UPDATED: Final = (
    "datemodified", "modifiedat", "updatedat", "modified", "updated", "lastmodified", "modifieddate", "updateddate",
    "lastupdated", "lastupdatedat", "modifieddatetime", "lastupdateddate",
)  # fmt: skip
_TEXTS: Final = ("rendered", "value", "text", "title", "basic", "name", "main", "web", "date", "iso")
_NAMES: Final = (
    "name", "fullname", "displayname", "authorname", "byline", "title", "rendered", "text", "value",
)  # fmt: skip
_LISTED: Final = (
    "by", "items", "nodes", "edges", "node", "data", "attributes", "author", "person", "fields", "authors",
)  # fmt: skip
_MAX_NAMES: Final = 20
_MAX_CHARS: Final = 300
_MAX_KEYS: Final = 200  # of an object; set by hand: one with more keeps a site's articles apart
_MAX_LEVELS: Final = 6  # of a field's value
# 1 January 2000 in seconds; in milliseconds it is a thousand times as much
_FIRST_EPOCH: Final = 946_684_800


def fields_of(around: Sequence[Data], origin: str) -> Announced | None:
    """What the objects around an article's body say of it, the innermost first; None where they say nothing.

    The first object that has a title, an author or a date is the article's; those farther out are of its page or site.
    """
    for data in around:
        named = _named(data)
        title = next((text for key in _TITLE if (text := _text(named.get(key), 0))), None)
        people = (tuple(dict.fromkeys(_names(named.get(key), around, 0))) for key in _AUTHORS)
        authors = next(filter(None, people), ())[:_MAX_NAMES]
        published, updated = (
            next((text for key in keys if (text := _date(named.get(key)))), None)
            for keys in (_PUBLISHED, _UPDATED)
        )
        if (title and (authors or published)) or (authors and published):
            return Announced(origin, title, authors, published, updated)
        if title:  # an object within the article may have a title of its own, and its author around it
            outer = fields_of(around[around.index(data) + 1 :], origin)
            return outer or Announced(origin, title)
    return None


def _named(data: Data) -> Data:
    """The values of an object by their names as they are compared."""
    return {bare_key(key): value for key, value in islice(data.items(), _MAX_KEYS)}


def bare_key(key: object) -> str:
    """A name of a value as it is compared."""
    return str(key).lower().replace("_", "").replace("-", "")


def _text(value: object, depth: int) -> str | None:
    if isinstance(value, str):
        text = prose(value[:_MAX_CHARS])
        return text if 0 < len(value) <= _MAX_CHARS and "<" not in text and "://" not in text else None
    if isinstance(value, Mapping) and depth < _MAX_LEVELS:
        named = _named(value)
        return next((found for key in _TEXTS if (found := _text(named.get(key), depth + 1))), None)
    return None


def _date(value: object) -> str | None:
    """A date as it is written; of a number of seconds or milliseconds its digits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value)) if _FIRST_EPOCH <= value < inf else None
    text = _text(value, 0)
    return text if text and any(map(str.isdigit, text)) else None


def _names(value: object, around: Sequence[Data], depth: int) -> Iterator[str]:
    if depth > _MAX_LEVELS:
        return
    if isinstance(value, str):
        name = _text(value, 0)
        if name and any(map(str.isalpha, name)):
            yield name
    elif isinstance(value, list):
        for one in value[:_MAX_NAMES]:
            yield from _names(one, around, depth + 1)
    elif isinstance(value, Mapping):
        yield from _names_of_object(value, around, depth)


def _names_of_object(value: Data, around: Sequence[Data], depth: int) -> Iterator[str]:
    reference = value.get("__ref")
    if isinstance(reference, str):  # Apollo keeps objects apart, by their keys
        for data in around:
            if reference in data:
                yield from _names(data[reference], around, depth + 1)
                return
    named = _named(value)
    parts = [part for key in ("firstname", "lastname") if (part := _text(named.get(key), 0))]
    name = next((text for key in _NAMES if (text := _text(named.get(key), 0))), None) or " ".join(parts)
    if name:
        yield name
    else:
        for key in _LISTED:
            yield from _names(named.get(key), around, depth + 1)
