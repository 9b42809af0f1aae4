"""Where an article really comes from: declared in markup or disclosed in its text, never guessed from style.

Every value rests on a quotation that is in ``evidence``. Declared values win over disclosed ones,
strong ones over weak ones, a refusal of use over a permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from copydesk.cleaners.dates.timestamps import UNBOUNDED, DateBounds, bounds_of
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.headers import known_at
from copydesk.cleaners.markup.jsonld import MAX_FIELD_CHARS
from copydesk.cleaners.markup.page_head import web_address, without_controls
from copydesk.cleaners.provenance.ai_vocabulary import COMPOSITE, TRAINED
from copydesk.cleaners.provenance.findings import Finding, strong, weak
from copydesk.cleaners.provenance.markup_marks import find_marks
from copydesk.cleaners.provenance.origins import find_origins
from copydesk.cleaners.provenance.usage import find_site_usage
from copydesk.cleaners.schema import AiUse, DerivedFrom, Provenance, ProvenanceEvidence, Syndication, Usage
from copydesk.cleaners.types import Labelled, Metadata, Page, SiteSignal

T = TypeVar("T", str, bool, AiUse, DerivedFrom)
Known = TypeVar("Known")
Described = TypeVar("Described", AiUse, DerivedFrom)

# what tells one work from others; a date or a language many have in common
_NAMING = ("url", "title", "publisher")
_MAX_MERGED = 100  # sources or uses looked at: each is compared with all others


class ProvenanceSources(Struct, frozen=True):
    """All that may tell where an article comes from.

    ``page``: its headers and what files of its site say. ``labelled``: the blocks of its text; ``disclosed``: what they
    disclose. ``declared``: what its tree declares; None for plain text. ``language``: of its text. ``credentials``: the
    mark of content credentials found in the text.
    """

    page: Page
    labelled: Sequence[Labelled] = ()
    disclosed: Sequence[Finding] = ()
    declared: Declared | None = None
    metadata: Metadata = field(default_factory=Metadata)
    language: str = "und"
    credentials: str | None = None


def find_provenance(sources: ProvenanceSources) -> Provenance:
    """The provenance of one page.

    ``press_release`` and ``machine_translated`` are ``false`` where text and markup were searched for such a
    mark and have none, and null where the text could not be searched: its language has no lexicon.
    ``sponsored`` is null unless marked: its marks live in a layout that a text may have lost.
    """
    # no source can be dated after the page that rests on it was fetched
    bounds = bounds_of(known_at(sources.page.fetched_at, sources.page.headers))
    findings = [_checked(finding, bounds) for finding in _gathered(sources)]
    if sources.credentials:
        findings.append(strong("content_credentials", True, "c2pa", sources.credentials))
    concluded = _concluded_type(findings)
    # concluded from a use; what a page declares itself is never overruled by that
    if concluded and _best(findings, "digital_source_type", str) is None:
        findings.append(concluded)
    return _provenance_of(findings, is_searched=primary(sources.language) in languages())


def _gathered(sources: ProvenanceSources) -> list[Finding]:
    """The findings of all that may tell, as they were found."""
    page, canonical = sources.page, sources.metadata.best("canonical_url")
    canonical_url = canonical.value if canonical else None
    marked = find_marks(sources.declared, headers=page.headers, url=page.url, canonical_url=canonical_url)
    findings = [
        # the order counts: of equal strength the first is taken, so the declared wins over the disclosed
        *marked,
        *find_site_usage(page.signals),
        *sources.disclosed,
        *find_origins(sources.labelled, metadata=sources.metadata, language=sources.language),
    ]
    publisher = _best(findings, "syndication.original_publisher", str)
    own_name = sources.metadata.best("site_name")
    is_own = publisher and own_name and publisher.casefold() == own_name.value.casefold()
    if canonical_url and not page.url and publisher and not is_own:
        # the page's own address is unknown, but its text says that it appeared elsewhere first
        quote = f"canonical: {canonical_url}"
        findings.append(weak("syndication.original_url", canonical_url, "meta", quote))
    return findings


def _provenance_of(findings: Sequence[Finding], *, is_searched: bool) -> Provenance:
    """The best of all findings for each field. ``is_searched``: whether the text's language has a lexicon."""
    # false, not null, where text and markup were searched and have no such mark
    absent = False if is_searched else None
    return Provenance(
        # the best alone: the record has one term for the page
        digital_source_type=_best(findings, "digital_source_type", str),
        ai=merge_uses(_values(findings, "ai", AiUse)),
        derived_from=merge_sources(_values(findings, "derived_from", DerivedFrom)),
        syndication=Syndication(
            agency=_best(findings, "syndication.agency", str),
            original_publisher=_best(findings, "syndication.original_publisher", str),
            original_url=_best(findings, "syndication.original_url", str),
        ),
        sponsored=_best(findings, "sponsored", bool),
        press_release=_first((_best(findings, "press_release", bool), absent)),
        machine_translated=_first((_best(findings, "machine_translated", bool), absent)),
        usage=Usage(
            crawling=_strictest(_values(findings, "usage.crawling", str)),
            ai_training=_strictest(_values(findings, "usage.ai_training", str)),
            search=_strictest(_values(findings, "usage.search", str)),
            tdm_reserved=_any_true(_values(findings, "usage.tdm_reserved", bool)),
        ),
        content_credentials=any(_values(findings, "content_credentials", bool)),
        # each quotation once, in the order found: the same mark may stand in head and body
        evidence=tuple(dict.fromkeys(finding.evidence for finding in findings)),
    )


def provenance_of_site(signals: Sequence[SiteSignal]) -> Provenance:
    """What is known of a page that was not read: what files of its site say on its use."""
    # no time at which it was fetched: nothing of it was read, and files of a site date no source
    findings = [_checked(finding, UNBOUNDED) for finding in find_site_usage(signals)]
    return _provenance_of(findings, is_searched=False)


def _checked(finding: Finding, bounds: DateBounds) -> Finding:
    """The finding as it may stand in a record; a value that may not is dropped, its quotation stays."""
    value = finding.value
    if isinstance(value, DerivedFrom):
        value = _checked_source(value, bounds)
    elif finding.field == "syndication.original_url" and isinstance(value, str):
        # what is no address of the web is dropped: `javascript:` and paths without a host
        value = web_address(value)
    elif isinstance(value, str):
        value = value[:MAX_FIELD_CHARS]
    # quotations are printed and written into other formats, where control characters do harm
    quote = without_controls(finding.evidence.quote)
    return Finding(finding.field, value, msgspec.structs.replace(finding.evidence, quote=quote))


def _checked_source(source: DerivedFrom, bounds: DateBounds) -> DerivedFrom | None:
    date = source.date_published or ""
    checked = msgspec.structs.replace(
        source,
        publisher=source.publisher and source.publisher[:MAX_FIELD_CHARS],
        title=source.title and source.title[:MAX_FIELD_CHARS],
        url=source.url and web_address(source.url),
        # a prompt's time may lack an offset; it stays as it is written, if it is one at all
        date_published=date if read_date(date) and bounds.admits(date) else None,
        language=source.language and source.language[:MAX_FIELD_CHARS],
    )
    # where nothing is left but the relation it names no source
    return checked if checked != DerivedFrom(relation=source.relation) else None


def _values(findings: Iterable[Finding], field: str, kind: type[T]) -> tuple[T, ...]:
    return tuple([one.value for one in findings if one.field == field and isinstance(one.value, kind)])


def _best(findings: Iterable[Finding], field: str, kind: type[T]) -> T | None:
    """The first strong value, else the first weak one."""
    named = [one for one in findings if one.field == field]
    ranked = sorted(named, key=lambda one: one.evidence.strength)  # "strong" < "weak"
    return next(iter(_values(ranked, field, kind)), None)


def _concluded_type(findings: Iterable[Finding]) -> Finding | None:
    """The type that follows from what is disclosed: generated text is a model's, assisted text a mixture.

    Text that was only translated or summarised by a model leaves the type open.
    """
    disclosed: dict[tuple[str, str | None], ProvenanceEvidence] = {
        (one.evidence.strength, one.value.role): one.evidence
        for one in reversed(tuple(findings))  # the first of each counts
        # a generated picture says nothing of how the text was made
        if isinstance(one.value, AiUse) and one.value.medium == "text"
    }
    for strength in ("strong", "weak"):  # a note says more than a chatbot's talk beside it
        # generated first: text of which a part was only assisted is still a model's
        for role, term in (("generated", TRAINED), ("assisted", COMPOSITE)):
            if evidence := disclosed.get((strength, role)):
                return weak("digital_source_type", term, evidence.where, evidence.quote)
    return None


def merge_uses(uses: Iterable[AiUse]) -> tuple[AiUse, ...]:
    """Uses of the same kind become one where the one that says less agrees with the one that says more."""
    return _merged(uses, lambda one, other: _joined(one, other) if one.medium == other.medium else None)


def merge_sources(sources: Iterable[DerivedFrom]) -> tuple[DerivedFrom, ...]:
    """Sources that are the same and nowhere contradict each other become one."""
    return _merged(sources, lambda one, other: _joined(one, other) if _are_the_same(one, other) else None)


def _merged(
    items: Iterable[Described], join: Callable[[Described, Described], Described | None]
) -> tuple[Described, ...]:
    """The items, each joined with the first of those before it that it can be joined with, in whose place it stays."""
    merged: list[Described] = []
    for item in islice(items, _MAX_MERGED):
        for index, known in enumerate(merged):
            if (together := join(known, item)) is not None:
                merged[index] = together
                break
        else:
            merged.append(item)
    return tuple(merged)


def _are_the_same(one: DerivedFrom, other: DerivedFrom) -> bool:
    """Whether two mean one work: one thing that names it is equal, or one of the two names none."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in _NAMING]
    if any(left is not None and left == right for left, right in pairs):
        return True
    # "translated from the German" beside a headline and its publisher: one speaks of the other
    return not any(left for left, _ in pairs) or not any(right for _, right in pairs)


def _joined(one: Described, other: Described) -> Described | None:
    """What two say together; None where they contradict each other. Unknown agrees with all."""
    missing: dict[str, str] = {}
    for name in one.__struct_fields__:
        left, right = getattr(one, name), getattr(other, name)
        if left is None and right is not None:
            missing[name] = right
        elif right is not None and left != right:
            return None
    return msgspec.structs.replace(one, **missing)


def provenance_of_all(pages: Sequence[Provenance]) -> Provenance:
    """The provenance of an article on these pages, in their order.

    Of contradictions what claims or forbids more; of kinds of origin and of agencies the first that is named.
    """
    usages = [one.usage for one in pages]
    syndications = [one.syndication for one in pages if one.syndication != Syndication()]
    return Provenance(
        digital_source_type=_first(one.digital_source_type for one in pages),
        ai=_each_once(use for one in pages for use in one.ai),
        derived_from=_each_once(source for one in pages for source in one.derived_from),
        syndication=syndications[0] if syndications else Syndication(),
        sponsored=_any_true([one.sponsored for one in pages]),
        press_release=_any_true([one.press_release for one in pages]),
        machine_translated=_any_true([one.machine_translated for one in pages]),
        usage=Usage(
            crawling=_strictest([one.crawling for one in usages]),
            ai_training=_strictest([one.ai_training for one in usages]),
            search=_strictest([one.search for one in usages]),
            tdm_reserved=_any_true([one.tdm_reserved for one in usages]),
        ),
        content_credentials=any(one.content_credentials for one in pages),
        evidence=_each_once(found for one in pages for found in one.evidence),
    )


def _first(values: Iterable[Known | None]) -> Known | None:
    return next((value for value in values if value is not None), None)


def _each_once(values: Iterable[Known]) -> tuple[Known, ...]:
    return tuple(dict.fromkeys(values))


def _any_true(values: Sequence[bool | None]) -> bool | None:
    return True if True in values else _first(values)


def _strictest(answers: Sequence[str | None]) -> Literal["allow", "deny"] | None:
    # whatever its place and strength: who takes a refusal for a permission does harm, not the other way round
    if "deny" in answers:
        return "deny"
    return "allow" if "allow" in answers else None
