"""What the fields of a page are called in JSON Lines, CSV and Parquet, where they have names of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.shortening import shortened

BODIES = ("body", "html", "text", "markdown")
"""The fields a page may be in; the first that a line or row has is taken."""
FIELDS = (
    "id",
    "url",
    *BODIES,
    "content_type",
    "headers",
    "fetched_at",
    "title",
    "author",
    "date",
    "modified",
)
"""What a line or row may hold of a page. The last three are looked for only where they are named: a date beside a page
may be that of anything.
"""
_ALSO_CALLED = {
    "body": ("content",),
    "html": ("raw_html", "html_content", "content_html", "page_html"),
    "text": ("full_text", "raw_text", "article_text", "content_text"),
    "markdown": ("raw_markdown", "fit_markdown", "content_markdown", "page_markdown"),
    "url": ("link", "page_url", "source_url", "permalink"),
}
"""Names that scrapers and programs to manage content give to fields, looked for where the usual one is not there."""
_WORD = "(?:article|body|code|content|data|doc|document|full|html|markup|original|page|raw|response|source|src|text|web)"
# words beside "html" in names of fields that hold a page: "html_source"; not "html_url", "is_html"
_MAY_BE_HTML = lazy_pattern(rf"(?s)(?=(?:.*[\W_])?html(?:[\W_]|$)){_WORD}(?:[\W_]+{_WORD})*")


class FieldNames(Struct, frozen=True):
    """The name of each field; None for one that is not looked for."""

    id: str | None = "id"
    url: str | None = "url"
    body: str | None = "body"
    html: str | None = "html"
    text: str | None = "text"
    markdown: str | None = "markdown"
    content_type: str | None = "content_type"
    headers: str | None = "headers"
    fetched_at: str | None = "fetched_at"
    title: str | None = "title"
    author: str | None = None
    date: str | None = None
    modified: str | None = None

    def within(self, present: Collection[str]) -> FieldNames:
        """The names for a line or row that has these (in lower case): other usual ones where those looked for are
        missing, of a page only where there is none under its own.
        """
        has_page = self.has_named_body or any(field in present for field in BODIES)
        guessed = {
            field: next((name for name in names if name in present), field)
            for field, names in _ALSO_CALLED.items()
            if getattr(self, field) == field and field not in present and not (field in BODIES and has_page)
        }
        if not has_page and all(guessed.get(field, field) == field for field in BODIES):
            guessed["html"] = next(filter(_MAY_BE_HTML.fullmatch, present), "html")
        return msgspec.structs.replace(self, **guessed)

    @property
    def looked_for(self) -> dict[str, str]:
        """Field to name, of those that are looked for."""
        return {field: name for field, name in msgspec.structs.asdict(self).items() if name is not None}

    @property
    def bodies(self) -> str:
        """The names a page may be under, for a message."""
        return ", ".join(name for field, name in self.looked_for.items() if field in BODIES)

    @property
    def has_named_body(self) -> bool:
        """Whether the user named the field of pages."""
        return any(self.looked_for.get(field) != field for field in BODIES)


USUAL_NAMES = FieldNames()


def read_field_names(given: Mapping[str, object]) -> FieldNames:
    """The names, where some are not the usual ones.

    Where one of ``BODIES`` is named, the page is looked for in no other that is not. Raises
    ValueError, with a suggestion, for a field that there is not and a name that is none.
    """
    for field, name in given.items():
        # before anything is read: a misspelt field would be taken for one that is not there
        if field not in FIELDS:
            raise ValueError(f"unknown field {shortened(field)!r}; {suggestion(field, FIELDS)}")
        if not isinstance(name, str) or not name:
            raise ValueError(f"{field}: expected the name that the field has in the file")
    # a column of two meanings would be read twice
    twice = [name for name in given.values() if list(given.values()).count(name) > 1]
    if twice:
        raise ValueError(f"{shortened(twice[0])!r} is given to two fields; a name is of one")
    # with “html=page” a column “text” is mostly an extract of the same page, and not looked at
    left_out = [field for field in BODIES if field not in given] if set(given) & set(BODIES) else []
    return msgspec.structs.replace(USUAL_NAMES, **dict.fromkeys(left_out), **given)


def named_fields(names: FieldNames) -> dict[str, str]:
    """The names that are not the usual ones; ``read_field_names`` makes the same of it."""
    looked_for = names.looked_for
    # some body is not looked for only where another was named: then the usual names count as named too
    has_named_body = any(field not in looked_for for field in BODIES)
    return {
        field: name
        for field, name in looked_for.items()
        if name != field or (has_named_body and field in BODIES)
    }


def parse_field_names(pairs: Iterable[str]) -> FieldNames:
    """The names as options give them, each ``field=name``. Raises ValueError as ``read_field_names`` does."""
    given: dict[str, object] = {}
    for pair in pairs:
        field, equals, name = pair.partition("=")
        if not equals:
            raise ValueError(f"{shortened(pair)!r}: expected field=name, such as body=html_content")
        if field in given:
            raise ValueError(f"{shortened(field)!r} is named twice")
        given[field] = name
    return read_field_names(given)
