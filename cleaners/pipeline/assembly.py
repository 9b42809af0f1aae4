"""A judged page to its record: text and removals, metadata, provenance, status."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.date_bounds import REJECTED
from copydesk.cleaners.language.detection import LanguageGuess
from copydesk.cleaners.language.shares import languages_of
from copydesk.cleaners.markup.page_head import web_address
from copydesk.cleaners.metadata.credits import authors_of
from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.provenance.findings import Finding
from copydesk.cleaners.provenance.page_provenance import find_provenance
from copydesk.cleaners.record.records import blank, processing, without_controls
from copydesk.cleaners.record.render import Rendered, render
from copydesk.cleaners.rules.admissions.weighing import Admission
from copydesk.cleaners.schema import Image, LanguageShare, Processing, Record, RejectedDate, Status
from copydesk.cleaners.types import Label, Labelled, Metadata, Options, Page
from copydesk.cleaners.word_count import count_words

_MIN_ARTICLE_WORDS = 8  # the shortest true text among 934 articles has 53
# labels whose words make an article; headings and captions alone do not
_PARAGRAPHS = frozenset(
    {Label.PARAGRAPH, Label.STANDFIRST, Label.QUOTE, Label.LIST_ITEM, Label.TABLE, Label.CODE, Label.EMBED}
)
# candidates are named for one value, fields of the record for all
_FIELD_OF = {"author": "authors", "tag": "tags", "image": "images"}
_PARTS = frozenset({"author_url", "language"})  # the language says its origin itself
# https://example.com/a matches, neither https://example.com/ nor https://example.com/?id=1 does
_BEYOND_FRONT_PAGE = re.compile(r"https?://[^/?#]+/[^?#]")


class Judged(Struct, frozen=True):
    """What is known once every block has its verdicts.

    ``origin``: where in the page's scripts the article stands, or None where the page shows it; ``said``: the
    article there, which is no part of the page's text. ``admitted``: what its blocks admit of their making, by
    number; ``disclosed``: the same as findings.
    """

    labelled: tuple[Labelled, ...]
    metadata: Metadata
    language: LanguageGuess
    told: PageType
    origin: str | None = None
    said: tuple[Labelled, ...] = ()
    admitted: Mapping[int, Admission] = {}
    disclosed: tuple[Finding, ...] = ()


def record_of(page: Page, options: Options, read: ReadPage, judged: Judged) -> Record:
    """The record of a judged page."""
    labelled, metadata, language = judged.labelled, judged.metadata, judged.language
    rendered = _rendered(judged, base=page.url)
    status, reason = _status(rendered, judged)
    canonical = _canonical(metadata, page.url)
    provenance = find_provenance(
        # what a script says is the article's, though no part of the page's text
        labelled=(*labelled, *judged.said),
        disclosed=judged.disclosed,
        declared=read.declared,
        page=page,
        metadata=metadata,
        language=language.language,
        credentials=read.credentials,
    )
    told, languages = _languages(judged)
    base = blank(page, options, status=status, reason=reason)
    record = msgspec.structs.replace(
        base,
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
        language=told.tag,
        language_score=told.score,
        language_source=told.source,
        languages=languages,
        text=rendered.text,
        markdown=rendered.markdown,
        removed=rendered.removed,
        provenance=provenance,
        license=_value(metadata, "license"),
        is_accessible_for_free=_is_free(metadata, labelled),
        content_hash=_content_hash(rendered.text),
        processing=_processing(options, read, metadata),
    )
    # after the record: only fields that got a value have an origin
    origins = _origins(metadata, record) | ({"text": judged.origin} if judged.origin else {})
    # last: references such as &#1; in attributes and escapes in JSON-LD become characters late
    return without_controls(msgspec.structs.replace(record, field_origins=origins))


def _processing(options: Options, read: ReadPage, metadata: Metadata) -> Processing:
    return msgspec.structs.replace(
        processing(options),
        encoding=read.decoded.encoding,
        encoding_chosen_by=read.decoded.chosen_by,
        rejected_dates=_rejected_dates(metadata),
        repairs=tuple(f"{step.name}: {step.count}" for step in read.decoded.repairs),
    )


def _rendered(judged: Judged, *, base: str | None) -> Rendered:
    shown = render(judged.labelled, base=base)
    if not judged.origin:
        return shown
    said = render(judged.said)
    # the text from the script, the removals from the page: the page's own law still holds
    return Rendered(said.text, said.markdown, shown.removed)


def _languages(judged: Judged) -> tuple[LanguageGuess, tuple[LanguageShare, ...]]:
    """The language of the kept text, and the shares of all it is in."""
    kept = tuple(item.block.text for item in (*judged.labelled, *judged.said) if item.is_kept)
    declared = judged.metadata.best("language")
    guess, shares = languages_of(kept, judged.language, declared.value if declared else None)
    return guess, tuple(LanguageShare(language=tag, share=share) for tag, share in shares)


def _content_hash(text: str) -> str | None:
    # of letters alone: the same article with other white space has the same hash
    return hashlib.sha256(text_forms.letters(text).encode()).hexdigest() if text else None


def _status(rendered: Rendered, judged: Judged) -> tuple[Status, str | None]:
    """Whether this is an article, what it is instead, and what is missing."""
    labelled, told = judged.labelled, judged.told
    # before the type, which was told by the little that such a page shows
    if judged.origin:
        return (
            "partial",
            f"script_body: the page shows no article, its text stands in a script ({judged.origin})",
        )
    if not told.is_article:
        return ("partial" if told.has_text and rendered.text else "rejected"), told.reason
    words = sum(count_words(item.block.text) for item in labelled if item.label in _PARAGRAPHS)
    if not rendered.text or words < _MIN_ARTICLE_WORDS:
        return "rejected", "no_article: nothing on the page reads like an article"
    if _is_cut_by_paywall(labelled, judged.metadata):
        return "partial", "paywall: the page says that the rest is for subscribers"
    return "ok", None


def _is_cut_by_paywall(labelled: Sequence[Labelled], metadata: Metadata) -> bool:
    """Whether the page declares a paywall and shows one, or ends its text with one."""
    walls = [item.block.index for item in labelled if item.label is Label.PAYWALL]
    if not walls:
        return False
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        # schema.org isAccessibleForFree, a boolean that pages write as "False" too
        return declared.value.lower() == "false"
    # paragraphs below the wall: it is a notice on the way, and the text is whole
    return not any(item.label is Label.PARAGRAPH for item in labelled[walls[0] :])


def _is_free(metadata: Metadata, labelled: Sequence[Labelled]) -> bool | None:
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        return declared.value.lower() == "true"
    return (
        False
        # only words that say so: the learned label alone is no ground to say that readers must pay
        if any(item.label is Label.PAYWALL and item.verdict.rule == "wording.paywall" for item in labelled)
        else None
    )


def _canonical(metadata: Metadata, url: str | None) -> str | None:
    """The canonical address; a site's front page names no article, unless it is the page."""
    candidate = metadata.best("canonical_url")
    address = web_address(candidate.value, base=url) if candidate else None
    if address is None or address == url or _BEYOND_FRONT_PAGE.match(address):
        return address
    return None


def _value(metadata: Metadata, name: str) -> str | None:
    best = metadata.best(name)
    return best.value if best else None


def _rejected_dates(metadata: Metadata) -> tuple[RejectedDate, ...]:
    return tuple(
        RejectedDate(field=field, value=said.value, origin=said.origin)
        for field in ("date_published", "date_modified")
        for said in metadata.all(REJECTED + field)
    )


def _images(labelled: Sequence[Labelled], metadata: Metadata, base: str | None) -> tuple[Image, ...]:
    """Pictures with their captions in the page's order, then those only declared."""
    images = [
        Image(
            url=web_address(item.block.image_url or "", base=base),
            caption=" ".join(item.block.text.split()) or None,
        )
        for item in labelled
        if item.label is Label.CAPTION
    ]
    # a declared picture is most often the one that has a caption on the page
    known = {image.url for image in images}
    declared = (web_address(found.value, base=base) for found in metadata.all("image"))
    return (*images, *(Image(url=url) for url in declared if url and url not in known))


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
