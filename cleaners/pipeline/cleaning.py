"""The stages in order: decode, repair, cut, judge, name, describe, write, check.

Stages do not know each other; this module hands each one's result to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain

from msgspec.structs import replace

from copydesk.cleaners.confidence.measures import measure
from copydesk.cleaners.errors import BadPage, BrokenInvariant
from copydesk.cleaners.facts.page_facts import PageFacts, facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage, without_boxes_below
from copydesk.cleaners.judge.judgement import PACKAGED, Judge, Opinions
from copydesk.cleaners.judge.second_opinion import votes
from copydesk.cleaners.language.detection import LanguageGuess, detect
from copydesk.cleaners.lexicon.block_phrases import SAMPLE_CHARS, language_sample
from copydesk.cleaners.markup.declared_parts import DeclaredParts
from copydesk.cleaners.markup.script_article import (
    ScriptBody,
    find_script_body,
    is_in_article_body,
    noscript_markup,
    noscripts,
    script_blocks,
    with_all_removed,
)
from copydesk.cleaners.metadata.authors import split_authors
from copydesk.cleaners.metadata.origins import find_metadata, without_announced, without_shown_dates
from copydesk.cleaners.options import Options, labels_in_text
from copydesk.cleaners.page_kind.continuation import EarlierPages, kind_of_continuation, without_repeated
from copydesk.cleaners.page_kind.main_content import with_main_content
from copydesk.cleaners.page_kind.page_evidence import (
    PageEvidence,
    asks_password,
)
from copydesk.cleaners.page_kind.page_type import (
    LISTS,
    PageKind,
    PageType,
    page_type,
    type_by_shell,
    without_text,
)
from copydesk.cleaners.pipeline.assembly import CleanedPage, DescribedPage, Explanation, record_of
from copydesk.cleaners.pipeline.given import (
    as_page,
    checked_options,
    checked_page,
    refuse_name,
)
from copydesk.cleaners.pipeline.joining import join_pages
from copydesk.cleaners.pipeline.judging import headline_of, judge_page
from copydesk.cleaners.pipeline.own_content import (
    Decided,
    find_decided,
    wanted_for_content,
    with_content_kept,
    without_outside,
)
from copydesk.cleaners.pipeline.reading import ReadPage, read_page
from copydesk.cleaners.pipeline.verdicts import label, label_residue, named_together
from copydesk.cleaners.provenance.disclosed import find_disclosed
from copydesk.cleaners.record.records import blank, content_hash
from copydesk.cleaners.record.render import check
from copydesk.cleaners.record.text_blocks import moved
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.parts.enclosed_text import headline_above
from copydesk.cleaners.schema import Record
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Label, Metadata, Page
from copydesk.cleaners.wording.text_kinds import TextClassifier


def clean(body: bytes | str | Page, url: str | None = None, *, options: Options | None = None) -> Record:
    """Cleans one page given as HTML or flattened text, or as a ``Page``, at ``url`` where that is given.

    Never raises for the page's sake: what is no article gives a record with the status ``rejected`` and a reason code;
    one that would lose text gives a ``failed`` one (``broken_law``). Raises TypeError or ValueError where it is given
    anything else.
    """
    refuse_name(body)
    return clean_page(as_page(body, url), options)


def clean_page(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Record:
    """Cleans one page. See ``clean``; ``judge`` replaces the packaged learned judgement."""
    try:
        return explain(page, options, judge=judge).record
    except BrokenInvariant as error:
        # a bug of ours must not stop a run over many pages
        return blank(page, checked_options(options), status="failed", reason=f"{error.reason}: {error}")


def explain(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Explanation:
    """Cleans one page; returns its record and the verdicts on every block. Raises BrokenInvariant, a bug of ours."""
    # first: a wrong type would fail within a stage, in words that name none of the caller's
    page, options = checked_page(page), checked_options(options)
    if page.options:
        options = options.with_own(page.options)
    clean_further = partial(_cleaned, options=options, judge=judge)
    first = clean_further(page, None)
    explanation = first.explanation
    if page.continuations or page.cut_short or page.read_at:
        explanation = join_pages(page, first, clean_further, max_bytes=options.max_bytes)
    if options.mask and first.described is not None:
        declared = [one.value for one in explanation.metadata.all("language")]
        from copydesk.cleaners.masking.masks import masked, masks_of  # most runs mask nothing

        before = explanation.record
        record = masked(before, masks_of(before, options.mask, declared))
        blocks = moved(record.blocks, before.text, record.text)
        # the digest is of the text as it is written
        record = replace(record, blocks=blocks, content_hash=content_hash(record.text))
        explanation = replace(explanation, record=record)
    if options.comments:
        said = tuple(one.text for one in explanation.record.removed if one.label == Label.COMMENT)
        explanation = replace(explanation, record=replace(explanation.record, comments=said))
    return explanation


def _cleaned(page: Page, before: EarlierPages | None, *, options: Options, judge: Judge) -> CleanedPage:
    """One page by itself; ``before``: of a further page of an article, what the pages before it have."""
    policy = labels_in_text(options)
    try:
        read = read_page(page, options)
    # a page that cannot be read has a record too: a run over many pages goes on, and counts it
    except BadPage as error:
        return _without_article(page, options, f"{error.reason}: {error}")
    page = replace(page, announced=read.announced)
    if read.table.blocks:
        described, seen = _described(page, read, judge, options, before)
    else:
        described, seen = _nothing_shown(page, read), None
    # before the shell is looked for: a page whose text is in a script is not one without text
    described = _with_script_body(page, read, described, judge.text_classifier)
    if not described.origin:
        described = _with_noscript_page(page, read, described, judge, options)
    if not described.origin:
        described = _without_shell(read, described)
    # pages that a browser has to build have their type by now; what is left declares an article and shows no letter
    if not read.table.blocks and not described.origin and described.page_type.is_article:
        return _without_article(page, options, "empty: the page has no text")
    # last of all: what a block is depends on no option, nor does what the page says of itself
    if policy != KEPT and described.page_type.has_text and not described.origin:
        labelled = tuple([item.under(policy) for item in described.labelled])
        described = replace(described, labelled=labelled)
    record = record_of(page, options, read, described)
    # of what is written: a letter lost or put in by any stage above ends here
    check(record, read.text)
    explained = Explanation(
        record,
        described.labelled,
        described.metadata,
        seen,
        described.disclosures,
        described.missed,
        described.measures if record.confidence is not None else None,
    )
    return CleanedPage(explained, described, read.text)


def _without_article(page: Page, options: Options, reason: str) -> CleanedPage:
    return CleanedPage(Explanation(blank(page, options, status="rejected", reason=reason)))


def _nothing_shown(page: Page, read: ReadPage) -> DescribedPage:
    """A page without any text: what it declares of itself."""
    metadata = find_metadata(read.evidence(page))
    # "und" is undetermined (ISO 639-2): without text no language can be detected
    return DescribedPage(
        (), metadata, LanguageGuess("und", None, None), PageType(PageKind.ARTICLE, "no text")
    )


def _described(
    page: Page, read: ReadPage, judge: Judge, options: Options, before: EarlierPages | None = None
) -> tuple[DescribedPage, PageEvidence]:
    """The verdicts on all blocks, the metadata and the type of a page that has any text."""
    guess, facts = _facts(read, options)
    decided = find_decided(page, read, options, facts.table.letters)
    judged, opinions = judge_page(read, facts, judge, favor=options.favor)
    judged = with_content_kept(judged, opinions, decided.content)
    metadata, seen = _seen(page, read, judged, opinions, decided)
    found = page_type(seen)
    shorter = without_boxes_below(judged, seen.labelled, opinions) if found.is_article else judged
    if shorter is not judged:
        of_shorter = _seen(page, read, shorter, opinions, decided)
        # below the sentence that introduces a list the box is the list
        if (again := page_type(of_shorter[1])).is_article and not again.is_in_doubt:
            judged, (metadata, seen) = shorter, of_shorter
    labelled = seen.labelled
    if found.kind in LISTS:
        metadata = without_shown_dates(metadata)
    if before is not None:
        found, labelled = kind_of_continuation(found, before), without_repeated(labelled, before)
    if options.pages == "all" and (found.has_main_content or found.is_in_doubt):
        found = replace(found, is_wanted=found.has_main_content)
        markup = read.declared.markup if read.declared else ""
        labelled = without_outside(
            with_main_content(seen, found, partial(votes, facts, markup)), decided.content
        )
    found = wanted_for_content(found, labelled, decided.content)
    # a listing or a form keeps no text, but each of its blocks still says why
    shown = labelled if found.has_text else without_text(labelled, found)
    # last: nothing of the page depends on what removed blocks are called together
    shown = named_together(judged, shown, is_article=found.is_article)
    is_dated = seen.metadata.best("date_published") is not None
    described = DescribedPage(
        shown,
        metadata,
        guess,
        found,
        kept_letters=sum([len(facts.table.letters[item.block.index]) for item in shown if item.is_kept]),
        disclosures=disclosures(judged),
        disclosed=find_disclosed(labelled, disclosures(judged), language=guess.language),
        missed=decided.missed,
        content=decided.content,
        measures=measure(judged, shown, found, is_dated=is_dated, inside=decided.inside),
    )
    return described, seen


def _facts(read: ReadPage, options: Options) -> tuple[LanguageGuess, PageFacts]:
    """The language of a page, and the facts of its blocks."""
    declared_language, declared_title = read.early.best("language"), read.early.best("title")
    guess = detect(language_sample(read.table.blocks), declared_language.value if declared_language else None)
    facts = facts_of(
        read.table,
        language=guess.language,
        is_html=read.is_html,
        declared_title=declared_title.value if declared_title else "",
        parts=DeclaredParts(read.declared, options.platforms),
    )
    return guess, facts


def _seen(
    page: Page, read: ReadPage, judged: JudgedPage, opinions: Opinions, decided: Decided
) -> tuple[Metadata, PageEvidence]:
    """The metadata of a judged page, and what its type is told from: its blocks with their verdicts, and all else."""
    title = headline_of(judged, opinions)
    labelled = label(judged, title, decided.verdicts, decided.content)
    headline = title or headline_above(labelled)
    evidence = read.evidence(page, labelled, headline=headline, language=judged.page.language)
    metadata = find_metadata(evidence)
    return metadata, PageEvidence(
        page=judged.page,
        labelled=labelled,
        declared=read.declared_types,
        # what a feed says of a page does not decide its type
        metadata=without_announced(metadata, page.announced),
        url=page.url,
        asks_password=asks_password(read.root),
        text_classifier=judged.text_classifier,
    )


def _with_script_body(
    page: Page, read: ReadPage, described: DescribedPage, text_classifier: Callable[[], TextClassifier]
) -> DescribedPage:
    """The page with the article's text from a script, where the page itself shows next to nothing of it."""
    if read.root is None or read.declared is None:
        return described
    body = find_script_body(
        read.root,
        read.declared.graph.nodes,
        title=declared_title.value if (declared_title := described.metadata.best("title")) else "",
        kept_letters=described.kept_letters,
        page_letters=sum(map(len, read.table.raws)),
    )
    if body is None:
        return described
    declared = read.early.best("language")
    # of the script's text: the page around it may be a menu in another language
    guess = detect(body.text[:SAMPLE_CHARS], declared.value if declared else None)
    blocks, verdict = script_blocks(body)
    facts = facts_of(PageTable(blocks), language=guess.language, is_html=False)
    # not judged: the script holds the article alone, with no menu to tell it from
    judged = JudgedPage(facts, keep=(1.0,) * len(blocks), text_classifier=text_classifier)
    # a script's text may hold a chatbot's line or a prompt as well as a page's
    from_script = label_residue(judged, verdict)
    disclosed = find_disclosed(from_script, disclosures(judged), language=guess.language)
    metadata = described.metadata
    if body.said is not None and page.announced is None:
        # what the page says itself counts first, and all that it shows besides is around the article
        names = (split_authors(text, language=guess.language) for text in body.said.authors)
        authors = tuple(dict.fromkeys(chain.from_iterable(names)))
        page = replace(page, announced=replace(body.said, authors=authors))
        metadata = find_metadata(read.evidence(page, language=guess.language))
    return replace(
        described,
        metadata=metadata,
        labelled=with_all_removed(described.labelled, body),
        language=guess,
        origin=body.origin,
        from_script=from_script,
        disclosed=(*described.disclosed, *disclosed),
    )


def _with_noscript_page(
    page: Page, read: ReadPage, described: DescribedPage, judge: Judge, options: Options
) -> DescribedPage:
    """The page with the text that it has for readers without scripts: of another kind that is wanted, where it shows
    less than that; of an article, where it shows nothing of it and declares that as its body.
    """
    is_wanted = options.pages == "all" and described.page_type.is_wanted
    if read.root is None or not (is_wanted or described.page_type.is_article):
        return described
    if is_wanted:
        shown = sum([sum(map(str.isalnum, raw)) for raw in read.table.raws])
        markup = noscript_markup(noscripts(read.root), shown_letters=shown)
    elif described.kept_letters:
        return described
    else:
        markup = noscript_markup(filter(is_in_article_body, noscripts(read.root)), shown_letters=0)
    if markup is None:
        return described
    try:
        # a page of its own: it has menus and a footer, too
        held = read_page(replace(page, body=markup, media="html"), options)
    except BadPage:
        return described
    inner, _ = _described(page, held, judge, options)
    kept = tuple(item for item in inner.labelled if item.is_kept)
    if not kept or not (is_wanted or inner.page_type.is_article):
        return described
    body = ScriptBody(tuple(item.block.raw for item in kept), "noscript")
    return replace(
        described,
        page_type=described.page_type if is_wanted else inner.page_type,
        labelled=with_all_removed(described.labelled, body),
        language=inner.language,
        origin=body.origin,
        from_script=kept,
        disclosed=(*described.disclosed, *inner.disclosed),
    )


def _without_shell(read: ReadPage, described: DescribedPage) -> DescribedPage:
    """The page as it is, unless it is one that a browser has to build: such a page has no text."""
    shell = type_by_shell(described.page_type, described.labelled, read.root)
    if shell is None:
        return described
    # text that is not kept gives no claim of AI's part
    labelled = without_text(described.labelled, shell)
    return replace(described, labelled=labelled, page_type=shell, disclosures={}, disclosed=())
