"""The record of an article on several pages, made from the records of these pages.

Each page is segmented, judged and checked by itself. Then the texts and the removed blocks are appended, so that
``restore`` gives the text of all pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from copydesk.cleaners.provenance.page_provenance import provenance_of_all
from copydesk.cleaners.record.records import content_hash, plain
from copydesk.cleaners.record.render import count_lines
from copydesk.cleaners.record.text_blocks import shifted
from copydesk.cleaners.schema import Image, JoinedPage, Overridden, Record

CONTINUATION = "continuation"
"""Reason code of an article of which pages are missing for good."""
CONTINUATION_LATER = "continuation_later"
"""Reason code of one of which pages are missing that may be had another time."""

BETWEEN_PAGES = "\n\n"
"""Parts the texts of two pages, as it parts blocks."""


def joined_record(first: Record, further: Mapping[int, Record]) -> Record:
    """The first page's record with the text, the removals and the origin of all pages; ``further``: those behind it, by
    number, from 2 on. Its language is the first page's: of the whole text it is detected anew.
    """
    records = [first, *further.values()]
    texts = [record.text for record in records if record.text]
    removed, joined, lines = list(first.removed), list[JoinedPage](), count_lines(first.text)
    blocks, chars = list(first.blocks), len(first.text)
    for number, record in further.items():
        joined.append(JoinedPage(page=number, url=record.url, after=lines))
        chars += len(BETWEEN_PAGES) if chars and record.text else 0
        blocks += shifted(record.blocks, chars)
        chars += len(record.text)
        removed += [replace(gone, after=gone.after + lines, page=number) for gone in record.removed]
        lines += count_lines(record.text)
    text = BETWEEN_PAGES.join(texts)
    return replace(
        first,
        text=text,
        markdown="\n\n".join(record.markdown for record in records if record.markdown),
        links=tuple(link for record in records for link in record.links),
        images=_images(records),
        removed=tuple(removed),
        joined_pages=(*first.joined_pages, *joined),
        blocks=tuple(blocks),
        provenance=provenance_of_all([record.provenance for record in records]),
        is_accessible_for_free=_is_free([record.is_accessible_for_free for record in records]),
        content_hash=content_hash(text),
        confidence=_confidence([record for record in records if record.text]),
        processing=replace(
            first.processing,
            repairs=_repairs(first, further),
            rejected_dates=tuple(
                dict.fromkeys(date for record in records for date in record.processing.rejected_dates)
            ),
            overrides=_overrides(records),
        ),
    )


def with_missing_pages(record: Record, why: str, *, is_temporary: bool) -> Record:
    """The record as partial because pages of the article are missing; ``why`` is added to its reason.

    ``is_temporary``: whether a later run may fetch one of them.
    """
    message = plain(f"{CONTINUATION_LATER if is_temporary else CONTINUATION}: {why}")
    return replace(
        record,
        status="partial",
        reason=f"{record.reason}; {message}" if record.reason else message,
        processing=replace(record.processing, missing_pages="later" if is_temporary else "gone"),
    )


def _repairs(first: Record, further: Mapping[int, Record]) -> tuple[str, ...]:
    """What was repaired on all pages, and on which of the further ones; also in what they were written, where that is
    another encoding than the first one's.
    """
    repairs: list[str] = []
    for number, record in further.items():
        made = record.processing
        if made.encoding not in (None, first.processing.encoding):
            repairs.append(f"page {number}: encoding {made.encoding} (by {made.encoding_chosen_by})")
        repairs += (f"page {number}: {repair}" for repair in made.repairs)
    return (*first.processing.repairs, *repairs)


def _images(records: Sequence[Record]) -> tuple[Image, ...]:
    """The pictures of all pages; one that is on each, such as the lead picture, is one."""
    found = dict[object, Image]()
    for image in (image for record in records for image in record.images):
        found.setdefault(image.url or image, image)
    return tuple(found.values())


def _confidence(records: Sequence[Record]) -> float | None:
    """The mean over the pages by the lengths of their texts; None where one of them has none."""
    known = [(one.confidence, len(one.text)) for one in records if one.confidence is not None]
    if not known or len(known) < len(records):
        return None
    return round(sum(value * size for value, size in known) / sum(size for _, size in known), 3)


def _is_free(values: Sequence[bool | None]) -> bool | None:
    return False if False in values else next((one for one in values if one is not None), None)


def _overrides(records: Sequence[Record]) -> tuple[Overridden, ...]:
    """What people decided of the article: on whichever of its pages it holds."""
    found = dict[tuple[str, str | None], Overridden]()
    for one in (one for record in records for one in record.processing.overrides):
        key = (one.decision, one.content_hash)
        before = found.get(key, replace(one, blocks=0))
        found[key] = replace(before, label=before.label or one.label, blocks=before.blocks + one.blocks)
    return tuple(found.values())
