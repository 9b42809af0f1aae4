"""The results of cleaning a page, and the record made from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners.confidence.calibration import confidence
from copydesk.cleaners.confidence.measures import Measures
from copydesk.cleaners.language.detection import LanguageGuess
from copydesk.cleaners.language.shares import languages_of
from copydesk.cleaners.options import Options
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
from copydesk.cleaners.rules.user_content import Content, left_empty
from copydesk.cleaners.schema import LanguageShare, Overridden, Processing, Provenance, Record, Status
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled, Metadata, Override, Page


class DescribedPage(Struct, frozen=True):
    """All that is known of a page once every block has its verdicts.

    ``kept_letters``: the number of letters in kept blocks. ``origin``: the script that has the article, or None if the
    page shows it; ``from_script``: the blocks of the article there, which are not part of the page's text.
    ``disclosures``: by block number; ``disclosed``: the same as findings for provenance. ``missed``: the user's rules
    whose content is not on the page; ``content``: what one of them names as the page's. ``measures``: what tells how
    good the text is; None without one.
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
    missed: tuple[str, ...] = ()
    content: Content | None = None
    measures: Measures | None = None

    @property
    def all_labelled(self) -> tuple[Labelled, ...]:
        """The blocks of the page and of its script."""
        return (*self.labelled, *self.from_script)


class Explanation(Struct, frozen=True):
    """A record, and every block of its page, or of all pages of its article, with all verdicts."""

    record: Record
    labelled: tuple[Labelled, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    seen: PageEvidence | None = None
    """The evidence for the page type; None if the page has no text."""
    disclosures: Mapping[int, Disclosure] = {}
    """Block number to the AI notes, chatbot lines and prompts in the block."""
    missed: tuple[str, ...] = ()
    """The names of the user's rules whose content is not on the page."""
    measures: Measures | None = None
    """What the confidence is told from, if there is one; of an article on several pages the first one's."""


class CleanedPage(Struct, frozen=True):
    """A single page before masking. ``text``: all of its text. ``described``: None if the page could not be read or
    has no text.
    """

    explanation: Explanation
    described: DescribedPage | None = None
    text: str = ""


def record_of(page: Page, options: Options, read: ReadPage, described: DescribedPage) -> Record:
    """The record of a described page."""
    labelled, metadata, page_type = described.labelled, described.metadata, described.page_type
    base = read.base or page.url
    credited = declared_credits(read.declared) if read.declared and page_type.has_text else {}
    media = shown_media(labelled, read.media, credited, spans=read.table.spans, base=base)
    rendered = render(labelled, media, base=base)
    if described.origin:
        # text from the script, removed blocks from the page
        script = render(described.from_script)
        rendered = Rendered(script.text, script.markdown, rendered.removed, script.links, script.kept)
        status, reason = status_in_script(described.origin)
    else:
        status, reason = _status(described, has_text=bool(rendered.text))
    record = base_record(
        page,
        status,
        reason,
        provenance=_provenance(page, read, described),
        processing=_processing(page, options, read, described),
    )
    measures = None if described.origin or status == "rejected" else described.measures
    images = images_of(labelled, media, metadata, credited, base)
    if status == "rejected":
        # what reads like a caption where no article is belongs to no picture
        images = tuple(one for one in images if one.url)
    record = with_metadata(record, metadata, labelled, images, url=page.url)
    # "article" is only the default type of a rejected page
    if status != "rejected" or not page_type.is_article:
        record = replace(record, page_kind=page_type.term)
    if described.origin:
        record = replace(record, field_origins={**record.field_origins, "text": described.origin})
    record = replace(
        record,
        text=rendered.text,
        # captions alone are no text
        markdown=rendered.markdown if rendered.text else "",
        links=rendered.links,
        removed=rendered.removed,
        blocks=text_blocks(rendered.text, rendered.kept) if options.blocks else (),
        content_hash=content_hash(rendered.text),
        # a script's text was not judged
        confidence=confidence(measures) if measures is not None else None,
    )
    # last, because attributes (&#1;) and JSON-LD are unescaped late
    return without_controls(with_languages(record, described, described.all_labelled))


def _processing(page: Page, options: Options, read: ReadPage, described: DescribedPage) -> Processing:
    return replace(
        processing(options),
        encoding=read.decoded.encoding,
        encoding_chosen_by=read.decoded.chosen_by,
        rejected_dates=rejected_dates(described.metadata),
        repairs=tuple(f"{step.name}: {step.count}" for step in read.decoded.repairs),
        overrides=_overridden(page.overrides, described.all_labelled),
    )


def _status(described: DescribedPage, *, has_text: bool) -> tuple[Status, str | None]:
    """Status and reason of a page that shows its text."""
    found = status_of(described.page_type, described.labelled, described.metadata, has_text=has_text)
    if described.content and not has_text:
        return found[0], f"{found[1]}; {left_empty(described.content)}"
    return found


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
    """The manual decisions with the number of blocks that each applies to, without those that a later one reversed."""
    if not overrides:
        return ()
    texts = [letters(item.block.raw) for item in labelled]
    blocks = [item.block for item in labelled]
    found = []
    for one in overrides:
        matching = [labelled[at] for at in matching_blocks(one, blocks, texts)]
        decided = [item for item in matching if item.verdict.rule == RULE]
        applied = [item for item in decided if item.is_kept == (one.decision == "keep")]
        if decided and not applied:
            continue
        found.append(
            Overridden(
                decision=one.decision,
                label=applied[0].label if applied else None,
                content_hash=content_hash(one.text),
                blocks=len(applied),
                note=one.note or None,
            )
        )
    return tuple(found)


def with_languages(record: Record, described: DescribedPage, labelled: Iterable[Labelled]) -> Record:
    """``record`` with the language of the kept blocks and the shares of all their languages."""
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
