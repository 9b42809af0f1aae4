"""What is known of a described page, and the record made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners.language.detection import LanguageGuess
from copydesk.cleaners.language.shares import languages_of
from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.provenance.findings import Finding
from copydesk.cleaners.provenance.page_provenance import ProvenanceSources, find_provenance
from copydesk.cleaners.record.fields import rejected_dates, status_in_script, status_of, with_metadata
from copydesk.cleaners.record.media import images_of, shown_media
from copydesk.cleaners.record.picture_credits import declared_credits
from copydesk.cleaners.record.records import base_record, content_hash, processing, without_controls
from copydesk.cleaners.record.render import Rendered, render
from copydesk.cleaners.record.text_blocks import text_blocks
from copydesk.cleaners.rules.disclosures.assessment import Disclosure
from copydesk.cleaners.rules.overrides import RULE, matching_blocks
from copydesk.cleaners.schema import LanguageShare, Overridden, Provenance, Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled, Metadata, Options, Override, Page


class DescribedPage(Struct, frozen=True):
    """What is known of a page once every block has its verdicts.

    ``kept_letters``: of the blocks it keeps. ``origin``: which script of the page holds the article, or None where the
    page shows it; ``from_script``: the article there, which is no part of the page's text. ``disclosures``: those of
    its blocks, by number; ``disclosed``: the same as findings.
    """

    labelled: tuple[Labelled, ...]
    metadata: Metadata
    language: LanguageGuess
    page_type: PageType
    kept_letters: int = 0
    origin: str | None = None
    from_script: tuple[Labelled, ...] = ()
    disclosures: Mapping[int, Disclosure] = {}
    disclosed: tuple[Finding, ...] = ()

    @property
    def all_labelled(self) -> tuple[Labelled, ...]:
        """The blocks of the page and of its script."""
        return (*self.labelled, *self.from_script)


class Explanation(Struct, frozen=True):
    """A record, and every block of its page with all verdicts given; of an article on several pages those of all."""

    record: Record
    labelled: tuple[Labelled, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    seen: PageEvidence | None = None
    """The evidence for the page's type; None where the page has no text."""
    disclosures: Mapping[int, Disclosure] = {}
    """What blocks disclose of the page's making, by their number."""


class CleanedPage(Struct, frozen=True):
    """A page by itself, before anything is masked. ``text``: all of the page's; ``described`` is None of a page that
    could not be read or shows nothing.
    """

    explanation: Explanation
    described: DescribedPage | None = None
    text: str = ""


def record_of(page: Page, options: Options, read: ReadPage, described: DescribedPage) -> Record:
    """The record of a described page."""
    labelled, metadata, page_type = described.labelled, described.metadata, described.page_type
    base = read.base or page.url
    credited = declared_credits(read.declared) if read.declared and page_type.has_text else {}
    media = shown_media(labelled, read.media, credited, base=base)
    rendered = render(labelled, media, base=base)
    if described.origin:
        # the text from the script, the removals from the page: no text of the page is lost
        script = render(described.from_script)
        rendered = Rendered(script.text, script.markdown, rendered.removed, script.links, script.kept)
        status, reason = status_in_script(described.origin)
    else:
        status, reason = status_of(page_type, labelled, metadata, has_text=bool(rendered.text))
    record = base_record(
        page,
        status,
        reason,
        provenance=_provenance(page, read, described),
        processing=replace(
            processing(options),
            encoding=read.decoded.encoding,
            encoding_chosen_by=read.decoded.chosen_by,
            rejected_dates=rejected_dates(metadata),
            repairs=tuple(f"{step.name}: {step.count}" for step in read.decoded.repairs),
            overrides=_overridden(page.overrides, described.all_labelled),
        ),
    )
    images = images_of(labelled, media, metadata, credited, base)
    record = with_metadata(record, metadata, labelled, images, url=page.url)
    # a rejected page without another type has none: nothing showed that it is an article
    if status != "rejected" or not page_type.is_article:
        record = replace(record, page_kind=page_type.term)
    if described.origin:
        record = replace(record, field_origins={**record.field_origins, "text": described.origin})
    record = replace(
        record,
        text=rendered.text,
        # captions alone are no text: what is empty as text is empty as Markdown
        markdown=rendered.markdown if rendered.text else "",
        links=rendered.links,
        removed=rendered.removed,
        blocks=text_blocks(rendered.text, rendered.kept) if options.blocks else (),
        content_hash=content_hash(rendered.text),
    )
    # last: references such as &#1; in attributes and escapes in JSON-LD become characters late
    return without_controls(with_languages(record, described, described.all_labelled))


def _provenance(page: Page, read: ReadPage, described: DescribedPage) -> Provenance:
    return find_provenance(
        ProvenanceSources(
            page=page,
            labelled=described.all_labelled,
            disclosed=described.disclosed,
            declared=read.declared,
            metadata=described.metadata,
            language=described.language.language,
            credentials=read.credentials,
        )
    )


def _overridden(overrides: Sequence[Override], labelled: Sequence[Labelled]) -> tuple[Overridden, ...]:
    """The last manual decisions on the page, and to how many of its blocks they apply."""
    if not overrides:
        return ()
    words = [letters(item.block.raw) for item in labelled]
    blocks = [item.block for item in labelled]
    found = []
    for one in overrides:
        meant = [labelled[at] for at in matching_blocks(one, blocks, words)]
        decided = [item for item in meant if item.verdict.rule == RULE]
        held = [item for item in decided if item.is_kept == (one.decision == "keep")]
        # a later decision is another
        if decided and not held:
            continue
        found.append(
            Overridden(
                decision=one.decision,
                label=held[0].label if held else None,
                content_hash=content_hash(one.text),
                blocks=len(held),
                note=one.note or None,
            )
        )
    return tuple(found)


def with_languages(record: Record, described: DescribedPage, labelled: Iterable[Labelled]) -> Record:
    """``record`` with the language of the kept blocks, and the shares of all languages they are in."""
    kept = tuple([item.block.text for item in labelled if item.is_kept])
    declared = described.metadata.best("language")
    guess, shares = languages_of(kept, described.language, declared.value if declared else None)
    return replace(
        record,
        language=guess.tag,
        language_score=guess.score,
        language_source=guess.source,
        languages=tuple(LanguageShare(language=tag, share=share) for tag, share in shares),
    )
