"""The record with all its fields. The JSON Schema is generated from these types."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

from copydesk.cleaners.notebook_view import as_html, as_line

# sorts dictionaries, so that equal records have equal bytes
_ENCODER = msgspec.json.Encoder(order="deterministic")
# U+2028, U+2029 and U+0085, which some readers of JSON Lines take for line ends; they occur only in strings
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def encode_value(value: object) -> bytes:
    """A value as JSON in UTF-8, in one line without a line end."""
    written = _ENCODER.encode(value)
    for raw, escaped in _LINE_ENDS:
        written = written.replace(raw, escaped)
    return written


SCHEMA_VERSION = "1"

# docs/records.md, "Status"
Status = Literal["ok", "partial", "rejected", "failed"]

# docs/records.md, "Kinds of pages"
PageKindTerm = Literal[
    "article", "listing", "collection", "search", "product", "forum", "service",
    "not_found", "error_page", "captcha", "consent", "login", "needs_javascript",
]  # fmt: skip


class SourceRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the page came from."""

    kind: str
    name: str
    # the URL in a web archive, if the page itself is gone
    retrieved_from: str | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the article."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A link in the article: its http, https or mailto URL, and its text."""

    url: str
    text: str
    # in lower case, separated by spaces: "nofollow", "sponsored"
    rel: str | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """A person who wrote the article."""

    name: str
    url: str | None = None


class LanguageShare(msgspec.Struct, frozen=True, kw_only=True):
    """Share (0 to 1) of one language in a mixed text."""

    language: str
    # of the letters, because some scripts have no spaces between words
    share: float


class Removed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A block of the page that is not in ``text``.

    ``after``: the number of lines of ``text`` before it, without blank lines.
    """

    # not an offset, so that it stays valid if white space changes
    after: int
    label: str
    rule: str
    evidence: str
    text: str
    # in an article that was joined from several pages, the number of its page, from 2 on
    page: int | None = None


class TextBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block of ``text``: its label, its start and end, in characters (Unicode code points)."""

    label: str
    # the rank of a heading in `markdown`, 2 to 6, or the depth of a list item, from 1
    level: int | None = None
    start: int
    end: int


class JoinedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A further page that was joined to the first one of its article: its number, from 2 on, and its URL.

    The number 1 is the single page with the whole article, if that was read instead of the first page.
    """

    page: int
    url: str | None = None
    # the number of lines of `text` before those of this page, without blank lines
    after: int


class AiUse(msgspec.Struct, frozen=True, kw_only=True):
    """One declared use of AI."""

    # null if the page does not say what AI was used for
    role: Literal["generated", "translated", "summarised", "assisted"] | None
    medium: Literal["text", "image", "audio", "video"] = "text"
    vendor: str | None = None
    model: str | None = None


class DerivedFrom(msgspec.Struct, frozen=True, kw_only=True):
    """An article this one was made from."""

    publisher: str | None = None
    title: str | None = None
    url: str | None = None
    date_published: str | None = None
    language: str | None = None
    # null if the page does not say how the source was used
    relation: Literal["rewrite", "translation", "summary", "republication"] | None = None


class Syndication(msgspec.Struct, frozen=True, kw_only=True):
    """Agency and first publisher of a republished article."""

    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the publisher allows. ``crawling``: whether robots.txt allows to fetch this page."""

    crawling: Literal["allow", "deny"] | None = None
    ai_training: Literal["allow", "deny"] | None = None
    search: Literal["allow", "deny"] | None = None
    # TDM Reservation Protocol (W3C community group)
    tdm_reserved: bool | None = None


class ProvenanceEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The words that a value of the provenance is based on."""

    field: str
    where: Literal["text", "meta", "json-ld", "header", "attribute", "c2pa", "site"]
    """``site``: a file of the site, such as robots.txt."""
    quote: str
    strength: Literal["strong", "weak"]


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of an article as declared or disclosed, never guessed from its style."""

    # a term of IPTC's digital source types
    digital_source_type: str | None = None
    ai: tuple[AiUse, ...] = ()
    derived_from: tuple[DerivedFrom, ...] = ()
    syndication: Syndication = Syndication()
    sponsored: bool | None = None
    press_release: bool | None = None
    machine_translated: bool | None = None
    usage: Usage = Usage()
    # whether a C2PA manifest was found; it is not verified
    content_credentials: bool = False
    evidence: tuple[ProvenanceEvidence, ...] = ()


class RejectedDate(msgspec.Struct, frozen=True, kw_only=True):
    """A declared date that is not in the record.

    ``value``: as the page has it. ``why``: it is impossible (not a date, a placeholder, later than the fetch, or a
    change before the publication), or it is a time of day without a time zone.
    """

    field: Literal["date_published", "date_modified"]
    value: str
    origin: str
    why: Literal["impossible", "time of day without a zone"] = "impossible"


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of ``[email]`` and ``[phone]`` in ``text`` and ``removed``; null for a kind that is not masked."""

    email: int | None = None
    phone: int | None = None


class Overridden(msgspec.Struct, frozen=True, kw_only=True):
    """A manual decision on a block. The quoted text is not repeated, only its digest."""

    decision: Literal["keep", "remove"]
    # of the block; null if no block has the quoted text
    label: str | None = None
    # SHA-256 of the quoted text without white space
    content_hash: str | None
    # the number of blocks that it applies to
    blocks: int
    note: str | None = None


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """How the record was made."""

    copydesk: str
    rules: str
    options: str
    # milliseconds; set by the caller, because cleaning does not read the clock
    duration_ms: float | None = None
    encoding: str | None = None
    encoding_chosen_by: str | None = None
    repairs: tuple[str, ...] = ()
    rejected_dates: tuple[RejectedDate, ...] = ()
    # null if masking was not requested
    masked: Masked | None = None
    # labels that options put into the text or remove from it
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    # manual decisions on this page
    overrides: tuple[Overridden, ...] = ()
    # whether missing pages of the article may be fetched later or are gone
    missing_pages: Literal["later", "gone"] | None = None
    # left out unless an option favors one of them
    favor: Literal["precision", "recall"] | msgspec.UnsetType = msgspec.UNSET


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How the text of a version differs from that of the previous version."""

    # a correction if the page has a new correction notice
    kind: Literal["correction", "update"]
    # share (0 to 1) of the words of both versions that only one of them has
    share: float


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A cleaned page. Programs that read the output rely on this schema."""

    schema_version: str = SCHEMA_VERSION
    id: str
    status: Status
    reason: str | None = None
    # the detected page type; null if there is no evidence for one
    page_kind: PageKindTerm | None = None
    url: str | None = None
    canonical_url: str | None = None
    source: SourceRef
    fetched_at: str | None = None
    title: str | None = None
    subtitle: str | None = None
    description: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    authors: tuple[Author, ...] = ()
    site_name: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    # the two dates as the page has them
    date_published_raw: str | None = None
    date_modified_raw: str | None = None
    language: str = "und"
    # 0 to 1; null if the language is only declared
    language_score: float | None = None
    language_source: Literal["text", "declared", "both"] | None = None
    languages: tuple[LanguageShare, ...] = ()
    text: str = ""
    markdown: str = ""
    links: tuple[Link, ...] = ()
    removed: tuple[Removed, ...] = ()
    joined_pages: tuple[JoinedPage, ...] = ()
    # of `text`, in order; empty unless requested
    blocks: tuple[TextBlock, ...] = ()
    # of readers: the blocks of `removed` with the label "comment"; there only if requested
    comments: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    provenance: Provenance = Provenance()
    license: str | None = None
    license_kind: str | None = None
    is_accessible_for_free: bool | None = None
    content_hash: str | None = None
    # set by the store, like the next five
    duplicate_of: str | None = None
    # 0 to 1: the share of the shorter text that the other one contains
    duplicate_similarity: float | None = None
    # from 1, increased with each change of the text
    version: int = 1
    # content_hash of the previous and the next version
    previous: str | None = None
    next: str | None = None
    change: Change | None = None
    # msgspec copies the empty default for each record
    field_origins: dict[str, str] = {}
    # the number of origins on the page with the same value
    field_agreement: dict[str, int] = {}
    # 0 to 1: the expected F1 of `text` against a careful reader's; null where it cannot be told
    confidence: float | None = None
    processing: Processing

    def to_dict(self) -> dict[str, Any]:
        """The record as dictionaries, lists, strings and numbers, as in its JSON."""
        fields: dict[str, Any] = msgspec.json.decode(encode_value(self))
        return fields

    def to_json(self) -> str:
        """The record as a line of JSON Lines, without the line end."""
        return encode_value(self).decode()

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """Parses the output of ``to_json`` or a line of JSON Lines. Raises ValueError if it is not a record."""
        try:
            return msgspec.json.decode(line, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError(f"no record of copydesk: {error}") from error

    def __repr__(self) -> str:
        return as_line(self)

    def _repr_html_(self) -> str:
        """The HTML that notebooks show."""
        return as_html(self)
