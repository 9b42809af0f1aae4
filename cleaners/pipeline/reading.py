"""Reads a page: decodes, repairs, parses and segments it, and parses its declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from copydesk._core.markup import holds
from copydesk._core.walk import page_text
from copydesk.cleaners.decode.encoding import Decoded, decode
from copydesk.cleaners.decode.html_tree import parse, with_few_attributes
from copydesk.cleaners.decode.markdown_page import (
    html_of,
    is_marked,
    parted,
    read_front_matter,
    with_headline,
)
from copydesk.cleaners.decode.repair import has_content_credentials, repair
from copydesk.cleaners.errors import IS_EMPTY, TOO_LARGE, EmptyPage, TooDeep, TooLarge, WrongType
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.headers import known_at
from copydesk.cleaners.metadata.evidence import Evidence
from copydesk.cleaners.metadata.origins import find_early
from copydesk.cleaners.metadata.selected import Selected
from copydesk.cleaners.options import Options
from copydesk.cleaners.page_kind.page_evidence import declared_types
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.markup_marks import MANIFEST, has_manifest
from copydesk.cleaners.rules.user_content import find_fields
from copydesk.cleaners.segment.citation_marks import may_hold_marks, part_marks_from_lines, set_marks_last
from copydesk.cleaners.segment.code_languages import name_code_languages
from copydesk.cleaners.segment.folded_parts import accordions, open_folded_parts
from copydesk.cleaners.segment.formulas import keep_formulas_once, may_hold_formulas
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.segment.inline_asides import find_hints, set_asides_last
from copydesk.cleaners.segment.marked_lines import as_lines
from copydesk.cleaners.segment.nesting import MAX_LEVELS, flattened
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.segment.pictures import Medium
from copydesk.cleaners.segment.prose_headings import read_prose_headings
from copydesk.cleaners.segment.raised_text import keep_numbers_apart
from copydesk.cleaners.segment.shown_parts import (
    show_frames,
    show_late_pictures,
    show_shadow_roots,
    show_whole_page,
)
from copydesk.cleaners.types import Announced, Labelled, Metadata, Page

_TAG = lazy_pattern(
    r"<(?:!doctype|html|head|body|div|p|br|span|article|section|table|ul|h[1-6]|a|meta|title)\b[^<]*>",
    re.IGNORECASE,
)
# RSS 2.0, Atom (RFC 4287), sitemaps (sitemaps.org), RSS 1.0 by their root element, because many have no media type.
# Only instructions, comments and a document type may precede it (XML 1.0, 2.8): a text may quote <rss>
_FEED = lazy_pattern(
    r"(?:[\s\ufeff]|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>)*+"
    r"<(rss|feed|sitemapindex|urlset|rdf:RDF)[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_MARKDOWN = ("text/markdown", "text/x-markdown")
# media types that begin with text/ but have no prose
_NO_PROSE = ("text/css", "text/javascript", "text/csv", "text/calendar", "text/vcard")
_BEGINS_WITH_TAG = lazy_pattern(
    r"[\s\ufeff]*<(?:!doctype|\?xml|html|head|body|div|p|article|section|main|table|h[1-6]|ul|span|meta|title)\b",
    re.IGNORECASE,
)
# set by hand; does not change the result: if these characters have no tag, the whole text is searched
_SNIFFED_CHARS = 20_000


class ReadPage(Struct, frozen=True):
    """A page's table and declarations.

    ``text``: the whole text, read without segmentation, to check the record. ``root`` and ``declared`` are None for
    plain text that is no Markdown. ``early``: title and language, which judging the blocks needs.
    """

    decoded: Decoded
    table: PageTable
    text: str
    root: etree._Element | None
    early: Metadata
    declared: Declared | None
    credentials: str | None
    """The marker of content credentials found in the text, if any."""
    media: tuple[Medium, ...] = ()
    """Pictures, videos and frames with their places."""
    announced: Announced | None = None
    """What the front matter of a page in Markdown says of it, else what its list does."""
    selected: Mapping[str, Sequence[Selected]] = {}
    """What the user's rules select for fields."""
    address: str | None = None
    """By which its site is known: the given one, else the declared one."""
    is_html: bool = True
    """Whether its elements tell what its blocks are: those of Markdown tell no more than lines do."""

    @property
    def base(self) -> str | None:
        """The base of relative URLs on an HTML page, if known."""
        return self.declared.head.base if self.declared else None

    @property
    def declared_types(self) -> frozenset[str]:
        """The types that the page declares itself to be of, in structured data and Open Graph."""
        if self.declared is None:
            return frozenset()
        head = self.declared.head
        return declared_types(
            markup=self.decoded.text, scripts=head.scripts, open_graph=head.meta.get("og:type", ())
        )

    def evidence(
        self, page: Page, labelled: Sequence[Labelled] = (), *, headline: str = "", language: str = "und"
    ) -> Evidence:
        """What the metadata of the page is extracted from, once its blocks are labelled."""
        return Evidence(
            page,
            self.declared,
            self.early,
            labelled,
            headline,
            language,
            self.selected,
            has_lines=not self.is_html,
        )


def read_page(page: Page, options: Options) -> ReadPage:
    """Decodes, repairs and segments a page and parses its declarations.

    Raises BadPage if it is too large, empty, not a page or too deeply nested.
    """
    size = len(page.body)
    if size > options.max_bytes:
        raise TooLarge(f"{TOO_LARGE} {options.max_bytes:,} bytes")
    decoded = decode(page)
    as_sent = decoded.text
    # before the repair, which may remove the invisible characters of a manifest
    credentials = "C2PATextManifestWrapper" if has_content_credentials(as_sent) else None
    decoded = repair(decoded)
    text = decoded.text
    if not text.strip():
        raise EmptyPage(IS_EMPTY)
    is_markdown = _is_markdown(page)
    is_html = not is_markdown and _is_html(page, text)
    if is_markdown or (not is_html and is_marked(text)):
        _refuse_feed(text)
        if front := read_front_matter(text):
            page, text = replace(page, announced=page.announced or front.announced), front.text
        source = text if is_markdown else parted(text)
        # what is a page of HTML stays as it is
        if (markup := html_of(source)) != source:
            return replace(_read_markdown(page, markup, decoded, options), credentials=credentials)
    elif not is_html:
        from copydesk.cleaners.segment.line_blocks import segment_lines  # not needed for HTML

        if credentials is None and has_manifest(as_sent):
            credentials = MANIFEST
        blocks = segment_lines(part_marks_from_lines(text), options)
        early = find_early(None, page)
        read = ReadPage(decoded, PageTable(blocks), text, None, early, None, credentials, is_html=False)
        return replace(read, announced=page.announced, address=page.url)
    return replace(_read_markup(page, text, decoded, options), credentials=credentials)


def _read_markdown(page: Page, markup: str, decoded: Decoded, options: Options) -> ReadPage:
    if page.announced is None or not page.announced.title:
        markup = with_headline(markup)
    read = _read_markup(page, markup, decoded, options)
    return replace(read, table=PageTable(as_lines(read.table.blocks)), is_html=False)


def _read_markup(page: Page, text: str, decoded: Decoded, options: Options) -> ReadPage:
    markup, root, (table, media) = _parse_and_segment(text, options)
    declared = Declared(root, markup=markup, url=page.url, fetched_at=known_at(page.fetched_at, page.headers))
    address = page.url or declared.canonical
    selected = find_fields(options.user_rules, root, address) if options.user_rules else {}
    early = find_early(declared, page, selected.get("title", ()))
    shown = page_text(root)
    return ReadPage(
        decoded,
        table,
        shown,
        root,
        early,
        declared,
        None,
        media,
        page.announced,
        selected,
        address,
    )


def _parse_and_segment(
    text: str, options: Options
) -> tuple[str, etree._Element, tuple[PageTable, tuple[Medium, ...]]]:
    """The parsed markup, its tree, its table and media. Markup that is nested too deeply is rewritten first."""
    text = with_few_attributes(text)
    # first without rewriting, which renames tags: none of 1,071 pages has more than 56 levels
    shallow = replace(options, max_depth=min(options.max_depth, MAX_LEVELS))
    try:
        root = parse(text, options)
        _prepare(root, text, options)
        return text, root, segment(root, shallow)
    except TooDeep:
        if options.max_depth <= MAX_LEVELS:
            raise
        text = flattened(text, max_depth=options.max_depth)
        root = parse(text, options)
        _prepare(root, text, options)
        return text, root, segment(root, options)


def _prepare(root: etree._Element, markup: str, options: Options) -> None:
    """Shows what browsers do, opens folded parts, reads each formula once, tells raised numbers from those before
    them, and moves inline asides and citation marks after their paragraphs.
    """
    if holds(markup, "shadowroot"):
        show_shadow_roots(root)
    if holds(markup, "srcdoc"):
        show_frames(root, options)
    show_whole_page(root)
    show_late_pictures(root)
    read_prose_headings(root)
    hints = find_hints(root, options.platforms)
    folding = (*hints["folding"], *accordions(root, markup))
    open_folded_parts(root, hints["concealed"], hints["pressed"], folding)
    name_code_languages(root)
    if may_hold_formulas(markup):
        keep_formulas_once(root)
    set_asides_last(root, hints, options.platforms)
    keep_numbers_apart(root, markup)
    if may_hold_marks(markup):
        set_marks_last(root)


def _media_type(page: Page) -> str:
    """The media type as declared, without its parameters."""
    return (page.content_type or "").split(";")[0].strip().lower()


def _is_markdown(page: Page) -> bool:
    return page.media is None and _media_type(page) in _MARKDOWN


def _refuse_feed(text: str) -> None:
    if feed := _FEED.match(text):
        raise WrongType(f"the page is a feed or sitemap ({feed.group(1)}), not an article")


def _is_html(page: Page, text: str) -> bool:
    """Whether a page is HTML: as the caller says, else by its media type and tags. Raises WrongType."""
    if page.media is not None:
        return page.media == "html"
    _refuse_feed(text)
    media = _media_type(page)
    if media in _NO_PROSE or (
        media
        and not (
            media.startswith("text/")
            or "html" in media
            or media in ("application/xml", "application/octet-stream")
        )
    ):
        raise WrongType(f"the page is declared as {media}, neither HTML nor text")
    if media == "text/plain":
        return False
    # only known elements, because of "a < b" in plain text declared as text/html
    if _TAG.search(text, 0, _SNIFFED_CHARS) is None and _TAG.search(text) is None:
        return False
    # Markdown may quote tags; HTML begins with one
    return "html" in media or _BEGINS_WITH_TAG.match(text) is not None or not is_marked(text)
