"""Fills the metadata fields of a record with the best candidates and their origins, and determines its status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import dropwhile
from typing import Final

from msgspec.structs import replace

from copydesk.cleaners.dates.timestamps import DATE_FIELDS, REJECTED
from copydesk.cleaners.markup.page_head import web_address
from copydesk.cleaners.metadata.credits import authors_of
from copydesk.cleaners.metadata.licenses import kind_of_license
from copydesk.cleaners.page_kind.page_evidence import evident_paywalls
from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Image, Record, RejectedDate, Status
from copydesk.cleaners.types import KEPT, Label, Labelled, Metadata
from copydesk.cleaners.word_count import count_words

_MIN_ARTICLE_WORDS = 8  # the shortest of 934 articles has 53
# labels whose words are counted; headings and captions alone are not an article
_ARTICLE_LABELS = frozenset(
    {Label.PARAGRAPH, Label.STANDFIRST, Label.QUOTE, Label.LIST_ITEM, Label.TABLE, Label.CODE, Label.EMBED}
)

_PLAIN_FIELDS = (
    "title", "subtitle", "description", "section", "site_name", "date_published", "date_modified", "license",
)  # fmt: skip
# names of candidates are singular
_FIELD_OF = {"author": "authors", "tag": "tags", "image": "images"}
# https://example.com/a matches, neither https://example.com/ nor https://example.com/?id=1 does
_BEYOND_FRONT_PAGE = lazy_pattern(r"https?://[^/?#]+/[^?#]")


def with_metadata(
    record: Record,
    metadata: Metadata,
    labelled: Sequence[Labelled],
    images: tuple[Image, ...],
    *,
    url: str | None,
) -> Record:
    """``record`` with the metadata of the page. ``url``: of the page, the base of a relative canonical URL."""
    best = {name: found[0] for name, found in metadata.candidates.items() if found}
    raw = {f"{name}_raw": best[name].written or best[name].value for name in DATE_FIELDS if name in best}
    described = replace(
        record,
        canonical_url=_canonical(metadata, url),
        **{name: best[name].value for name in _PLAIN_FIELDS if name in best},
        **raw,
        tags=tuple(candidate.value for candidate in metadata.all("tag")),
        images=images,
        authors=authors_of(metadata),
        license_kind=kind_of_license(best["license"].value) if "license" in best else None,
        is_accessible_for_free=is_free(labelled, metadata),
    )
    # after the other fields, because only fields with a value have an origin
    origins = _origins(metadata, described)
    counts = {_FIELD_OF.get(name, name): count for name, count in sorted(metadata.agreement.items())}
    agreement = {name: count for name, count in counts.items() if name in origins}
    return replace(described, field_origins=origins, field_agreement=agreement)


def rejected_dates(metadata: Metadata) -> tuple[RejectedDate, ...]:
    """Impossible dates of the page, and times of day without a time zone."""
    found: list[RejectedDate] = []
    why: Final = "time of day without a zone"
    for field in DATE_FIELDS:
        impossible = metadata.all(REJECTED + field)
        found += [RejectedDate(field=field, value=one.value, origin=one.origin) for one in impossible]
        if (best := metadata.best(field)) and best.clock:
            found.append(RejectedDate(field=field, value=best.clock, origin=best.origin, why=why))
    return tuple(found)


def _canonical(metadata: Metadata, url: str | None) -> str | None:
    """The canonical URL, unless it is the front page of the site and not of this page."""
    candidate = metadata.best("canonical_url")
    address = web_address(candidate.value, base=url) if candidate else None
    if address is None or address == url or _BEYOND_FRONT_PAGE.match(address):
        return address
    return None


def _origins(metadata: Metadata, record: Record) -> dict[str, str]:
    """Field of the record to the origin of its value, for fields with a value."""
    return {
        name: found[0].origin
        for field, found in sorted(metadata.candidates.items())
        if found and field != "language"  # it has `language_source`
        if getattr(record, name := _FIELD_OF.get(field, field), None) not in (None, (), "")
    }


def status_in_script(origin: str) -> tuple[Status, str | None]:
    """Status and reason of a page whose article is in a script."""
    return "partial", f"script_body: the page shows no article, its text is in a script ({origin})"


def status_of(
    page_type: PageType, labelled: Sequence[Labelled], metadata: Metadata, *, has_text: bool
) -> tuple[Status, str | None]:
    """Status and reason of a page. ``has_text``: whether any text was kept."""
    if page_type.is_wanted and has_text:
        return _ok_or_partial(labelled, metadata)
    if not page_type.is_article:
        return ("partial" if page_type.has_text and has_text else "rejected"), page_type.reason
    words = _words(item for item in labelled if item.is_kept and item.shape in _ARTICLE_LABELS)
    if not has_text or words < _MIN_ARTICLE_WORDS:
        dropped = [item for item in labelled if item.label in KEPT and not item.is_kept]
        if words + _words(dropped) < _MIN_ARTICLE_WORDS:
            return "rejected", "no_article: nothing on the page reads like an article"
        labels = ", ".join(sorted({item.label for item in dropped}))
        return "rejected", f"no_article: what reads like an article is dropped by its label ({labels})"
    return _ok_or_partial(labelled, metadata)


def _ok_or_partial(labelled: Sequence[Labelled], metadata: Metadata) -> tuple[Status, str | None]:
    if is_cut_by_paywall(labelled, metadata):
        return "partial", "paywall: the page says that the rest is for subscribers"
    return "ok", None


def _words(items: Iterable[Labelled]) -> int:
    """The number of words in these blocks, counted up to ``_MIN_ARTICLE_WORDS``."""
    count = 0
    for item in items:
        count += count_words(item.block.text)
        if count >= _MIN_ARTICLE_WORDS:
            break
    return count


def is_cut_by_paywall(labelled: Sequence[Labelled], metadata: Metadata) -> bool:
    """Whether the words of a paywall end the text. Of a page that declares that it is not free any block labelled so
    may be its paywall, where text stands above it: what is above the text sells subscriptions.
    """
    if (declared := metadata.best("is_accessible_for_free")) is None:
        walls = evident_paywalls(labelled)
    elif declared.value.lower() == "false":  # pages also write "False"
        below = dropwhile(lambda item: not item.is_kept or item.label is Label.TITLE, labelled)
        walls = [item for item in below if item.label is Label.PAYWALL][-1:]
    else:
        return False
    # with paragraphs below it, the text is complete
    return bool(walls) and Label.PARAGRAPH not in [item.shape for item in labelled[walls[0].block.index :]]


def is_free(labelled: Sequence[Labelled], metadata: Metadata) -> bool | None:
    """As the page declares; else False if a block says that readers must pay, and None if none does."""
    if (declared := metadata.best("is_accessible_for_free")) is not None:
        return declared.value.lower() == "true"
    return False if evident_paywalls(labelled) else None
