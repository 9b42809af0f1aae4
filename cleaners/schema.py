"""The record: every field that is written, and nothing else. The JSON Schema is made from it."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

from copydesk.cleaners.notebook_view import as_html, as_line

# sorts dictionaries: in the order they were filled, equal records could differ in their bytes
_ENCODER = msgspec.json.Encoder(order="deterministic")
# U+2028, U+2029 and U+0085 are line ends to some readers of JSON Lines; as UTF-8 they stand in strings only
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def encode_value(value: object) -> bytes:
    """A value as JSON, UTF-8, in one line without its end."""
    written = _ENCODER.encode(value)
    for raw, escaped in _LINE_ENDS:
        written = written.replace(raw, escaped)
    return written


SCHEMA_VERSION = "1"

# what each says, and which reasons it goes with: docs/records.md, "Status"
Status = Literal["ok", "partial", "rejected", "failed"]

# docs/records.md, "Kinds of pages"
PageKindTerm = Literal[
    "article", "listing", "collection", "search", "product", "forum", "service",
    "not_found", "error_page", "captcha", "consent", "needs_javascript",
]  # fmt: skip


class SourceRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the page came from."""

    kind: str
    name: str
    # left out but for a page that is gone, and was had from an archive of the web
    retrieved_from: str | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the article."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link in the article: an http, https or mailto address, and what of the text leads there."""

    url: str
    text: str
    # as the page has it, in lower case: "nofollow", "sponsored"; several are parted by a space
    rel: str | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """A person who wrote the article."""

    name: str
    url: str | None = None


class LanguageShare(msgspec.Struct, frozen=True, kw_only=True):
    """Share (0 to 1) of one language in a mixed text."""

    language: str
    # of the letters, not of the words: scripts without spaces count by the same measure
    share: float


class Removed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run of the page's text that is not in ``text``.

    ``after``: how many blocks of ``text`` came before it. A block that spans lines (verse,
    code) counts once a line, so that ``text`` alone shows where its blocks end.
    """

    # a number, not a place in `text`: it holds whatever white space a reader makes of the lines
    after: int
    label: str
    rule: str
    evidence: str
    text: str
    # of an article on several pages that were joined: on which one it stood, from 2 on; left out for the first
    page: int | None = None


class TextBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block of ``text``: its label, and where it begins and ends, in characters (Unicode code points)."""

    label: str
    # of a heading its rank as in `markdown`, 2 to 6; of a list item its depth, from 1; null of all others
    level: int | None = None
    start: int
    end: int


class JoinedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was joined to the first one of its article: its number, from 2 on, and its address.

    With the number 1: where all of the article was read, on a single page that the first one leads to.
    """

    page: int
    url: str | None = None
    # lines of `text` (blank ones aside) that come before those of this page
    after: int


class AiUse(msgspec.Struct, frozen=True, kw_only=True):
    """One declared use of AI."""

    # null where a page says that AI was used and not what for
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
    # null where a source is named and not what was made of it
    relation: Literal["rewrite", "translation", "summary", "republication"] | None = None


class Syndication(msgspec.Struct, frozen=True, kw_only=True):
    """Agency and first publisher of a republished article."""

    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the publisher allows. ``crawling``: what a line of robots.txt answers to fetching this very page."""

    crawling: Literal["allow", "deny"] | None = None
    ai_training: Literal["allow", "deny"] | None = None
    search: Literal["allow", "deny"] | None = None
    # as the TDM Reservation Protocol (W3C community group) has it; null where nobody says
    tdm_reserved: bool | None = None


class ProvenanceEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The words a provenance value rests on."""

    field: str
    where: Literal["text", "meta", "json-ld", "header", "attribute", "c2pa", "site"]
    """``site``: a file of the site, such as robots.txt."""
    quote: str
    strength: Literal["strong", "weak"]


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article really comes from: declared or disclosed, never guessed from style."""

    # a term of IPTC's vocabulary of digital source types
    digital_source_type: str | None = None
    ai: tuple[AiUse, ...] = ()
    derived_from: tuple[DerivedFrom, ...] = ()
    syndication: Syndication = Syndication()
    sponsored: bool | None = None
    press_release: bool | None = None
    machine_translated: bool | None = None
    usage: Usage = Usage()
    # whether a C2PA manifest was met; it is not verified
    content_credentials: bool = False
    evidence: tuple[ProvenanceEvidence, ...] = ()


class RejectedDate(msgspec.Struct, frozen=True, kw_only=True):
    """What is given as ``date_published`` or ``date_modified`` and is not in the record. ``value`` is the string as it
    is written; ``why``: it cannot be (no date or a placeholder for one, later than the page was fetched, or a change
    before the publication), or it is a time of day of which no zone is given.
    """

    field: Literal["date_published", "date_modified"]
    value: str
    origin: str
    why: Literal["impossible", "time of day without a zone"] = "impossible"


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """How many marks ``[email]`` and ``[phone]`` stand in ``text`` and ``removed``; null of a kind not requested."""

    email: int | None = None
    phone: int | None = None


class Overridden(msgspec.Struct, frozen=True, kw_only=True):
    """A manual decision on a block. Of its words only a digest is given: what is removed or masked is not repeated."""

    decision: Literal["keep", "remove"]
    # the one it was given; null where no block of the page has these words, or the page has no text
    label: str | None = None
    # SHA-256 of the letters of the words that were quoted
    content_hash: str | None
    # how many blocks it holds for; 0 where it holds for none
    blocks: int
    note: str | None = None


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """How the record was made."""

    copydesk: str
    rules: str
    options: str
    # milliseconds; filled in by who runs the cleaning, since cleaning itself asks no clock
    duration_ms: float | None = None
    encoding: str | None = None
    encoding_chosen_by: str | None = None
    repairs: tuple[str, ...] = ()
    rejected_dates: tuple[RejectedDate, ...] = ()
    # null where nothing was to be masked
    masked: Masked | None = None
    # labels that an option puts into the text or takes out of it
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    # manual decisions on this page
    overrides: tuple[Overridden, ...] = ()
    # of an article on several pages: whether some are missing that may be had another time (later), or for good
    # (gone); null where none is
    missing_pages: Literal["later", "gone"] | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How the text of a version differs from that of the version before."""

    # a correction where the page says so in a notice that is new
    kind: Literal["correction", "update"]
    # 0 to 1: of the words of both versions, those that only one of them has
    share: float


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One page, cleaned: the contract with every program that reads our output."""

    schema_version: str = SCHEMA_VERSION
    id: str
    status: Status
    reason: str | None = None
    # the detected page type; null where nothing on the page decides it
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
    # the two dates as the page writes them
    date_published_raw: str | None = None
    date_modified_raw: str | None = None
    language: str = "und"
    # 0 to 1; null where only the page says its language
    language_score: float | None = None
    language_source: Literal["text", "declared", "both"] | None = None
    languages: tuple[LanguageShare, ...] = ()
    text: str = ""
    markdown: str = ""
    links: tuple[Link, ...] = ()
    removed: tuple[Removed, ...] = ()
    # none where the article is on one page, or nobody requested the others
    joined_pages: tuple[JoinedPage, ...] = ()
    # those of `text`, in order; none where nobody requested them
    blocks: tuple[TextBlock, ...] = ()
    provenance: Provenance = Provenance()
    license: str | None = None
    license_kind: str | None = None
    is_accessible_for_free: bool | None = None
    content_hash: str | None = None
    # filled by the store: a page by itself cannot know
    duplicate_of: str | None = None
    # 0 to 1: how much of the shorter of the two texts the other has; null with the other
    duplicate_similarity: float | None = None
    # these four too. 1, and one more for each change of the text
    version: int = 1
    # content_hash of the version before, and of the one after: null in the newest of a page
    previous: str | None = None
    next: str | None = None
    change: Change | None = None
    # msgspec copies the empty default for each record: none shares it
    field_origins: dict[str, str] = {}
    # how many origins on the page give the same value
    field_agreement: dict[str, int] = {}
    processing: Processing

    def to_dict(self) -> dict[str, Any]:
        """The record as dictionaries, lists, strings and numbers: what its JSON holds."""
        fields: dict[str, Any] = msgspec.json.decode(encode_value(self))
        return fields

    def to_json(self) -> str:
        """The record as written in a line of JSON Lines, without the line's end."""
        return encode_value(self).decode()

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """The record that ``to_json`` wrote, or a line of JSON Lines holds. Raises ValueError where that is none."""
        try:
            return msgspec.json.decode(line, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError(f"no record of copydesk: {error}") from error

    def __repr__(self) -> str:
        return as_line(self)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        return as_html(self)
