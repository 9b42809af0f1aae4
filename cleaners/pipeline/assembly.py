"""A described page to its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.language.detection import LanguageGuess
from copydesk.cleaners.language.shares import languages_of
from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.provenance.findings import Finding
from copydesk.cleaners.provenance.page_provenance import ProvenanceSources, find_provenance
from copydesk.cleaners.record.fields import rejected_dates, with_metadata
from copydesk.cleaners.record.media import ShownMedium, images_of, shown_media
from copydesk.cleaners.record.picture_credits import declared_credits
from copydesk.cleaners.record.records import base_record, content_hash, processing, without_controls
from copydesk.cleaners.record.render import Rendered, render
from copydesk.cleaners.record.status import status_in_script, status_of
from copydesk.cleaners.rules.disclosures.assessment import Disclosure
from copydesk.cleaners.rules.overrides import RULE, blocks_meant
from copydesk.cleaners.schema import LanguageShare, Overridden, Processing, Provenance, Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled, Metadata, Options, Override, Page


class DescribedPage(Struct, frozen=True):
    """What is known of a page once every block has its verdicts.

    ``told``: what kind of page it is. ``kept_letters``: of the blocks it keeps. ``origin``: where in the page's
    scripts the article stands, or None where the page shows it; ``said``: the article there, which is no part of
    the page's text. ``disclosures``: those of its blocks, by number; ``disclosed``: the same as
    findings.
    """

    labelled: tuple[Labelled, ...]
    metadata: Metadata
    language: LanguageGuess
    told: PageType
    kept_letters: int = 0
    origin: str | None = None
    said: tuple[Labelled, ...] = ()
    disclosures: Mapping[int, Disclosure] = {}
    disclosed: tuple[Finding, ...] = ()


def record_of(page: Page, options: Options, read: ReadPage, described: DescribedPage) -> Record:
    """The record of a described page."""
    labelled, metadata, origin = described.labelled, described.metadata, described.origin
    base = read.base or page.url
    credited = declared_credits(read.declared) if read.declared and described.told.has_text else {}
    media = shown_media(labelled, read.media, credited, base=base)
    rendered = _rendered(described, media, base)
    if origin:
        status, reason = status_in_script(origin)
    else:
        status, reason = status_of(described.told, labelled, metadata, has_text=bool(rendered.text))
    record = base_record(
        page,
        status,
        reason,
        provenance=_provenance(page, read, described),
        processing=replace(
            _processing(options, read, metadata), overrides=_overridden(page.overrides, described)
        ),
    )
    images = images_of(labelled, media, metadata, credited, base)
    record = with_metadata(record, metadata, labelled, images, url=page.url)
    # nothing told it to be one where it is rejected as none: what is no other kind may be an article
    if status != "rejected" or not described.told.is_article:
        record = replace(record, page_kind=described.told.term)
    if origin:
        record = replace(record, field_origins={**record.field_origins, "text": origin})
    # last: references such as &#1; in attributes and escapes in JSON-LD become characters late
    return without_controls(_with_text(record, rendered, described))


def _rendered(described: DescribedPage, media: Sequence[ShownMedium], base: str | None) -> Rendered:
    shown = render(described.labelled, media, base=base)
    if not described.origin:
        return shown
    said = render(described.said)
    # the text from the script, the removals from the page: the page's own law still holds
    return Rendered(said.text, said.markdown, shown.removed, said.links)


def _provenance(page: Page, read: ReadPage, described: DescribedPage) -> Provenance:
    return find_provenance(
        ProvenanceSources(
            page=page,
            # what a script says is the article's, though no part of the page's text
            labelled=(*described.labelled, *described.said),
            disclosed=described.disclosed,
            declared=read.declared,
            metadata=described.metadata,
            language=described.language.language,
            credentials=read.credentials,
        )
    )


def _processing(options: Options, read: ReadPage, metadata: Metadata) -> Processing:
    return replace(
        processing(options),
        encoding=read.decoded.encoding,
        encoding_chosen_by=read.decoded.chosen_by,
        rejected_dates=rejected_dates(metadata),
        repairs=tuple(f"{step.name}: {step.count}" for step in read.decoded.repairs),
    )


def _overridden(overrides: Sequence[Override], described: DescribedPage) -> tuple[Overridden, ...]:
    """What persons decided of the page last, and of how many of its blocks that holds."""
    if not overrides:
        return ()
    # of a page without scripts that it keeps for some readers, its blocks are those that are said
    labelled = (*described.labelled, *described.said)
    words = [letters(item.block.raw) for item in labelled]
    blocks = [item.block for item in labelled]
    told = []
    for one in overrides:
        meant = [labelled[at] for at in blocks_meant(one, blocks, words)]
        decided = [item for item in meant if item.verdict.rule == RULE]
        held = [item for item in decided if item.is_kept == (one.decision == "keep")]
        # a person decided otherwise since
        if decided and not held:
            continue
        told.append(
            Overridden(
                decision=one.decision,
                label=held[0].label if held else None,
                content_hash=content_hash(one.text),
                blocks=len(held),
                note=one.note or None,
            )
        )
    return tuple(told)


def _with_text(record: Record, rendered: Rendered, described: DescribedPage) -> Record:
    """``record`` with what was kept and removed, the language of what was kept, and the shares of all it is in."""
    kept = tuple(item.block.text for item in (*described.labelled, *described.said) if item.is_kept)
    declared = described.metadata.best("language")
    told, shares = languages_of(kept, described.language, declared.value if declared else None)
    return replace(
        record,
        text=rendered.text,
        # captions alone are no text: what is empty as text is empty as Markdown
        markdown=rendered.markdown if rendered.text else "",
        links=rendered.links,
        removed=rendered.removed,
        content_hash=content_hash(rendered.text),
        language=told.tag,
        language_score=told.score,
        language_source=told.source,
        languages=tuple(LanguageShare(language=tag, share=share) for tag, share in shares),
    )
