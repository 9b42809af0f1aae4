"""The stages in order: decode, repair, cut, judge, name, describe, write, check.

Stages do not know each other; this module hands each one's result to the next.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

import msgspec
from lxml import etree
from msgspec import Struct, field

from cleaners import normal
from cleaners.declared import Declared
from cleaners.decode import decode
from cleaners.errors import BadPage, EmptyPage, TooLarge, WrongType
from cleaners.judge import PACKAGED, Judge, Opinion, judge_blocks, label_of
from cleaners.label import label
from cleaners.language import LanguageGuess, detect
from cleaners.lexicon import PhraseHit
from cleaners.metadata import authors_of, metadata_of
from cleaners.page_seen import Seen, declared_types
from cleaners.page_type import PageType, page_type, without_text
from cleaners.phrases import SAMPLE_CHARS, find_phrases, language_sample
from cleaners.provenance import find_provenance
from cleaners.records import blank, processing, record_id, without_controls
from cleaners.render import Rendered, check, render, render_paragraphs
from cleaners.repair import has_content_credentials, repair
from cleaners.rules.rule import Context, Learned
from cleaners.schema import Image, LanguageShare, Record, Status
from cleaners.script_body import find_script_body, set_aside
from cleaners.second_opinion import DOUBT_AT, doubt, with_second_opinion
from cleaners.segment import segment
from cleaners.text_metadata import complete, find_text_metadata, find_title
from cleaners.tree import page_text, parse
from cleaners.types import Block, Decoded, Label, Labelled, Metadata, Options, Page

_TAG = re.compile(
    r"<(?:!doctype|html|head|body|div|p|br|span|article|section|table|ul|h[1-6]|a|meta|title)\b[^<]*>",
    re.IGNORECASE,
)
_FEED = re.compile(r"<(rss|feed|sitemapindex|urlset|rdf:RDF)[\s>]")
_HEAD_CHARS = 1_000
_NO_PROSE = ("text/css", "text/javascript", "text/csv", "text/calendar", "text/vcard")
_SNIFFED_CHARS = 20_000
_MIN_ARTICLE_LETTERS = 40  # the shortest true text among 934 articles has 289
_PARAGRAPHS = frozenset(
    {Label.PARAGRAPH, Label.STANDFIRST, Label.QUOTE, Label.LIST_ITEM, Label.TABLE, Label.CODE, Label.EMBED}
)
_FIELD_OF = {"author": "authors", "tag": "tags", "image": "images"}
_PARTS = frozenset({"author_url", "language"})  # the language says its origin itself
_MAX_URL_CHARS = 2_048
_BEYOND_FRONT_PAGE = re.compile(r"https?://[^/?#]+/[^?#]")


class Explanation(Struct, frozen=True):
    """A record, and every block of its page with all verdicts given."""

    record: Record
    labelled: tuple[Labelled, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    seen: Seen | None = None
    """What the page's type was told by; None where there was nothing to look at."""


class _Read(Struct, frozen=True):
    """A page read and cut: what all later stages look at."""

    decoded: Decoded
    blocks: tuple[Block, ...]
    text: str
    root: etree._Element | None
    metadata: Metadata
    declared: Declared | None
    has_content_credentials: bool


class _Judged(Struct, frozen=True):
    """What is known once every block has its verdicts."""

    labelled: tuple[Labelled, ...]
    metadata: Metadata
    language: LanguageGuess
    told: PageType


def clean(body: bytes | str, url: str | None = None, *, options: Options | None = None) -> Record:
    """Cleans one page given as HTML or flattened text.

    Never raises for the page's sake: what is no article gives a record with the status ``rejected``
    and a reason code.
    """
    return clean_page(Page(body=body, url=url), options or Options())


def clean_page(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Record:
    """Cleans one page. See ``clean``; ``judge`` replaces the packaged learned judgement."""
    return explain(page, options, judge=judge).record


def explain(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Explanation:
    """Cleans one page and returns the verdicts on every block beside the record."""
    options = options or Options()
    try:
        read = _read(page, options)
    except BadPage as error:
        return Explanation(blank(page, options, status="rejected", reason=f"{error.reason}: {error}"))
    if not read.blocks:
        empty = blank(page, options, status="rejected", reason="empty: the page has no text")
        return Explanation(_with_script_body(empty, (), read)[0])
    guess = _detect_language(read)
    phrases = find_phrases(read.blocks, guess.language)
    opinions = judge_blocks(read.blocks, phrases, (judge.html if read.root is not None else judge.lines)())
    context = _context(page, read, opinions, phrases, guess.language)
    labelled = label(context)
    if context.is_html and doubt(labelled, context.keep) > DOUBT_AT:
        keep = with_second_opinion(read.blocks, context.keep, read.decoded.text)
        context = context.with_learned(_learned(read.blocks, opinions, keep), keep)
        labelled = label(context)
    metadata = (
        complete(read.metadata, labelled, language=context.language)
        if context.is_html
        else find_text_metadata(labelled, title=context.title, language=context.language)
    )
    seen = Seen(
        labelled=labelled,
        phrases=context.phrases,
        declared=_declared_types(read),
        metadata=metadata,
        url=page.url,
        language=guess.language,
        is_html=context.is_html,
    )
    told = page_type(seen)
    if not told.has_text:
        labelled = without_text(labelled, told)
    record = _record(page, options, read, _Judged(labelled, metadata, guess, told))
    record = without_controls(msgspec.structs.replace(record, field_origins=_origins(metadata, record)))
    record, labelled = _with_script_body(record, labelled, read)
    check(record, read.text)
    return Explanation(record, labelled, metadata, seen)


def _with_script_body(
    record: Record, labelled: tuple[Labelled, ...], read: _Read
) -> tuple[Record, tuple[Labelled, ...]]:
    """The record with the article's text from a script, where the page itself shows next to nothing of it."""
    if read.root is None or read.declared is None:
        return record, labelled
    body = find_script_body(
        read.root,
        read.declared.graph.nodes,
        kept_letters=len(normal.letters(record.text)),
        page_letters=sum(len(block.raw) for block in read.blocks),
    )
    if body is None:
        return record, labelled
    labelled = set_aside(labelled, body)
    rendered = render_paragraphs(body.paragraphs, labelled)
    declared = read.metadata.best("language")
    guess = detect(body.text[:SAMPLE_CHARS], declared.value if declared else None)
    record = msgspec.structs.replace(
        record,
        status="partial",
        reason=f"script_body: the page shows no article, its text stands in a script ({body.origin})",
        text=rendered.text,
        markdown=rendered.markdown,
        removed=rendered.removed,
        content_hash=_content_hash(rendered.text),
        language=guess.language,
        language_score=guess.score,
        language_source=guess.source,
        languages=_shares(guess),
        field_origins=record.field_origins | {"text": body.origin},
    )
    return record, labelled


def _declared_types(read: _Read) -> frozenset[str]:
    if read.declared is None:
        return frozenset()
    signals = read.declared.signals
    return declared_types(
        markup=read.decoded.text, scripts=signals.scripts, open_graph=signals.meta.get("og:type", ())
    )


def _detect_language(read: _Read) -> LanguageGuess:
    declared = read.metadata.best("language")
    return detect(language_sample(read.blocks), declared.value if declared else None)


def _context(
    page: Page,
    read: _Read,
    opinions: Sequence[Opinion],
    phrases: Sequence[Mapping[str, PhraseHit]],
    language: str,
) -> Context:
    """All that rules may look at."""
    is_html = read.root is not None
    best = read.metadata.best("title")
    keep = tuple(opinion.keep for opinion in opinions)
    title = best.value if best else "" if is_html else find_title(read.blocks, keep)
    return Context(
        blocks=read.blocks,
        phrases=phrases,
        metadata=read.metadata,
        is_html=is_html,
        url=page.url,
        language=language,
        title=title,
        title_letters=normal.letters(title),
        letters=[normal.letters(block.raw) for block in read.blocks],
        keep=keep,
        learned=_learned(read.blocks, opinions, keep),
    )


def _learned(
    blocks: Sequence[Block], opinions: Sequence[Opinion], keep: Sequence[float]
) -> tuple[Learned, ...]:
    """The learned verdicts, given the probabilities that blocks are kept."""
    learned = []
    for block, opinion, probability in zip(blocks, opinions, keep, strict=True):
        label_, share = label_of(block, opinion, probability)
        evidence = f"{probability:.2f} for keeping ({opinion.why}), {share:.2f} for {label_}"
        learned.append(Learned(label_, share, evidence))
    return tuple(learned)


def _read(page: Page, options: Options) -> _Read:
    size = len(page.body)
    if size > options.max_bytes:
        raise TooLarge(f"the page has more than {options.max_bytes:,} bytes")
    decoded = decode(page)
    has_credentials = has_content_credentials(decoded.text)
    decoded = repair(decoded)
    text = decoded.text
    if not text.strip():
        raise EmptyPage("the page is empty")
    if not _is_html(page, text):
        from cleaners.lines import segment_lines  # pages with tags need none of it

        return _Read(decoded, segment_lines(text), text, None, Metadata(), None, has_credentials)
    root = parse(text, options)
    blocks = segment(root, options)
    declared = Declared(root, markup=text, url=page.url)
    metadata = metadata_of(declared)
    return _Read(decoded, blocks, page_text(root), root, metadata, declared, has_credentials)


def _is_html(page: Page, text: str) -> bool:
    """What the caller says, then what the text looks like; a declared type without any tag is not believed."""
    if page.media:
        return page.media == "html"
    head = text[:_HEAD_CHARS]
    feed = _FEED.search(head)
    if feed and "<html" not in head.lower():
        raise WrongType(f"the page is a feed or sitemap ({feed.group(1)}), not an article")
    media = (page.content_type or "").split(";")[0].strip().lower()
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
    return _TAG.search(text, 0, _SNIFFED_CHARS) is not None or _TAG.search(text) is not None


def _record(page: Page, options: Options, read: _Read, judged: _Judged) -> Record:
    labelled, metadata, language = judged.labelled, judged.metadata, judged.language
    rendered = render(labelled, base=page.url)
    status, reason = _status(rendered, labelled, metadata, told=judged.told)
    canonical = _canonical(metadata, page.url)
    provenance = find_provenance(
        labelled=labelled,
        declared=read.declared,
        headers=page.headers,
        metadata=metadata,
        language=language.language,
        url=page.url,
        content_credentials=read.has_content_credentials,
    )
    base = blank(page, options, status=status, reason=reason)
    return msgspec.structs.replace(
        base,
        id=record_id(page, canonical_url=canonical),
        canonical_url=canonical,
        title=_value(metadata, "title"),
        subtitle=_value(metadata, "subtitle"),
        description=_value(metadata, "description"),
        section=_value(metadata, "section"),
        tags=tuple(candidate.value for candidate in metadata.all("tag")),
        images=_images(labelled, metadata, page.url),
        authors=authors_of(metadata),
        site_name=_value(metadata, "site_name"),
        date_published=_value(metadata, "date_published"),
        date_modified=_value(metadata, "date_modified"),
        language=language.language,
        language_score=language.score,
        language_source=language.source,
        languages=_shares(language),
        text=rendered.text,
        markdown=rendered.markdown,
        removed=rendered.removed,
        provenance=provenance,
        license=_value(metadata, "license"),
        is_accessible_for_free=_is_free(metadata, labelled),
        content_hash=_content_hash(rendered.text),
        processing=msgspec.structs.replace(
            processing(options),
            encoding=read.decoded.encoding,
            encoding_chosen_by=read.decoded.chosen_by,
            repairs=tuple(f"{step.name}: {step.count}" for step in read.decoded.repairs),
        ),
    )


def _shares(guess: LanguageGuess) -> tuple[LanguageShare, ...]:
    return () if guess.language == "und" else (LanguageShare(language=guess.language, share=1.0),)


def _content_hash(text: str) -> str | None:
    return hashlib.sha256(normal.letters(text).encode()).hexdigest() if text else None


def _status(
    rendered: Rendered, labelled: Sequence[Labelled], metadata: Metadata, *, told: PageType
) -> tuple[Status, str | None]:
    """Whether this is an article, what it is instead, and what is missing."""
    if not told.is_article:
        return ("partial" if told.has_text and rendered.text else "rejected"), told.reason
    letters = sum(len(normal.letters(item.block.raw)) for item in labelled if item.label in _PARAGRAPHS)
    if not rendered.text or letters < _MIN_ARTICLE_LETTERS:
        return "rejected", "no_article: nothing on the page reads like an article"
    if _is_cut_by_paywall(labelled, metadata):
        return "partial", "paywall: the page says that the rest is for subscribers"
    return "ok", None


def _is_cut_by_paywall(labelled: Sequence[Labelled], metadata: Metadata) -> bool:
    """Whether the page declares a paywall and shows one, or ends its text with one."""
    walls = [item.block.index for item in labelled if item.label is Label.PAYWALL]
    if not walls:
        return False
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        return declared.value.lower() == "false"
    return not any(item.label is Label.PARAGRAPH for item in labelled[walls[0] :])


def _is_free(metadata: Metadata, labelled: Sequence[Labelled]) -> bool | None:
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        return declared.value.lower() == "true"
    return (
        False
        if any(item.label is Label.PAYWALL and item.verdict.rule == "wording.paywall" for item in labelled)
        else None
    )


def _canonical(metadata: Metadata, url: str | None) -> str | None:
    """The canonical address; a site's front page names no article, unless it is the page."""
    candidate = metadata.best("canonical_url")
    address = _address(candidate.value, url) if candidate else None
    if address is None or address == url or _BEYOND_FRONT_PAGE.match(address):
        return address
    return None


def _value(metadata: Metadata, name: str) -> str | None:
    best = metadata.best(name)
    return best.value if best else None


def _images(labelled: Sequence[Labelled], metadata: Metadata, base: str | None) -> tuple[Image, ...]:
    """Pictures with their captions in the page's order, then those only declared."""
    images = [
        Image(url=_address(item.block.image_url, base), caption=" ".join(item.block.text.split()) or None)
        for item in labelled
        if item.label is Label.CAPTION
    ]
    known = {image.url for image in images}
    declared = (_address(found.value, base) for found in metadata.all("image"))
    return (*images, *(Image(url=url) for url in declared if url and url not in known))


def _address(url: str | None, base: str | None) -> str | None:
    """An absolute web address of sensible length, or None: no ``data:``, no ``javascript:``."""
    if not url:
        return None
    try:
        absolute = urljoin(base or "", url.strip())
    except ValueError:
        return None
    return (
        absolute if absolute.startswith(("http://", "https://")) and len(absolute) <= _MAX_URL_CHARS else None
    )


def _origins(metadata: Metadata, record: Record) -> dict[str, str]:
    """Field of the record to the place its value was found in, for the fields that have one."""
    origins = {
        _FIELD_OF.get(name, name): found[0].origin
        for name, found in sorted(metadata.candidates.items())
        if found and name not in _PARTS
    }
    return {
        name: origin for name, origin in origins.items() if getattr(record, name, None) not in (None, (), "")
    }
