"""The stages in order: decode, repair, cut, judge, name, describe, write, check.

Stages do not know each other; this module hands each one's result to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.date_bounds import bounds_of
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.judge.article_alone import LIKELY, is_program, keep_within, probability_alone
from copydesk.cleaners.judge.judgement import (
    PACKAGED,
    Judge,
    Opinion,
    judge_blocks,
    label_of,
    with_sources_said,
)
from copydesk.cleaners.judge.second_opinion import DOUBT_AT, doubt, with_second_opinion
from copydesk.cleaners.language.detection import LanguageGuess, detect
from copydesk.cleaners.lexicon.block_phrases import SAMPLE_CHARS, Phrased, find_phrases, language_sample
from copydesk.cleaners.markup.script_article import find_script_body, said_in, set_aside
from copydesk.cleaners.metadata.text_metadata import (
    LEAST_HEADLINE_ALONE,
    LEAST_HEADLINE_OF_PAGE,
    complete,
    find_text_metadata,
    find_title,
    run_on,
)
from copydesk.cleaners.page_kind.page_evidence import PageEvidence, declared_types
from copydesk.cleaners.page_kind.page_type import PageKind, PageType, page_type, told_by_shell, without_text
from copydesk.cleaners.pipeline.assembly import Judged, record_of
from copydesk.cleaners.pipeline.reading import ReadPage, read_page
from copydesk.cleaners.pipeline.verdicts import label, label_residue
from copydesk.cleaners.provenance.disclosed import find_disclosed
from copydesk.cleaners.record.records import blank
from copydesk.cleaners.record.render import check
from copydesk.cleaners.rules.admissions.block_admissions import admissions
from copydesk.cleaners.rules.admissions.weighing import Admission
from copydesk.cleaners.rules.founded import unfounded
from copydesk.cleaners.rules.rule import Context, Learned
from copydesk.cleaners.rules.user_rules import find_own
from copydesk.cleaners.rules.worded import left_by_machines
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Block, Labelled, Metadata, Options, Page
from copydesk.cleaners.wording.classifier import Wordings


class Explanation(Struct, frozen=True):
    """A record, and every block of its page with all verdicts given."""

    record: Record
    labelled: tuple[Labelled, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    seen: PageEvidence | None = None
    """What the page's type was told by; None where there was nothing to look at."""
    admitted: Mapping[int, Admission] = {}
    """What blocks admit of the page's making, by their number."""


def clean(body: bytes | str, url: str | None = None, *, options: Options | None = None) -> Record:
    """Cleans one page given as HTML or flattened text.

    Never raises for the page's sake: what is no article gives a record with the status ``rejected``
    and a reason code. Raises TypeError where it is given anything but these types.
    """
    return clean_page(Page(body=body, url=url), options)


def clean_page(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Record:
    """Cleans one page. See ``clean``; ``judge`` replaces the packaged learned judgement."""
    return explain(page, options, judge=judge).record


def explain(page: Page, options: Options | None = None, *, judge: Judge = PACKAGED) -> Explanation:
    """Cleans one page and returns the verdicts on every block beside the record."""
    options = Options() if options is None else options
    _check_types(page, options)
    try:
        read = read_page(page, options)
    # a page that cannot be read has a record too: a run over many pages goes on, and counts it
    except BadPage as error:
        return Explanation(blank(page, options, status="rejected", reason=f"{error.reason}: {error}"))
    if read.blocks:
        judged, seen = _judge_page(page, read, judge, options)
    else:
        judged, seen = _nothing_shown(read), None
    # before the shell is looked for: a page whose text is in a script is not one without text
    judged = _with_script_body(page, read, judged, judge.wordings)
    if not judged.origin:
        judged = _without_shell(read, judged)
    # what a browser has to build is told above; what is left declares an article and shows no letter
    if not read.blocks and not judged.origin and judged.told.is_article:
        return Explanation(blank(page, options, status="rejected", reason="empty: the page has no text"))
    record = record_of(page, options, read, judged)
    # last, of what is written: a letter lost or put in by any stage above ends here
    check(record, read.text)
    return Explanation(record, judged.labelled, judged.metadata, seen, judged.admitted)


def _check_types(page: Page, options: Options) -> None:
    """Raises TypeError in one line where a caller gives something else: what it is and what is expected."""
    # asked first: a wrong type would fail within a stage, in words that name none of the caller's
    if not isinstance(page, Page):
        raise _wrong_type("page", "a copydesk.Page (clean takes HTML or text itself)", page)
    # an open file or a Path is refused: no stage reads files
    if not isinstance(page.body, bytes | str):
        raise _wrong_type("body", "the page as bytes or str (of a file: its read_bytes())", page.body)
    if not isinstance(page.url, str | None):
        raise _wrong_type("url", "the page's address as str, or None", page.url)
    if not isinstance(options, Options):
        raise _wrong_type("options", "a copydesk.Options, or None", options)


def _wrong_type(name: str, expected: str, given: object) -> TypeError:
    return TypeError(f"{name}: expected {expected}, not {type(given).__name__}")


def _nothing_shown(read: ReadPage) -> Judged:
    """A page without any text: what it declares of itself."""
    # "und" is undetermined (ISO 639-2): without text there is nothing to tell a language by
    return Judged((), read.metadata, LanguageGuess("und", None, None), PageType(PageKind.ARTICLE, "no text"))


def _judge_page(page: Page, read: ReadPage, judge: Judge, options: Options) -> tuple[Judged, PageEvidence]:
    """The verdicts on all blocks, the metadata and the type of a page that has any text."""
    guess = _detect_language(read)
    phrases = find_phrases(read.blocks, guess.language)
    opinions = with_sources_said(
        _opinions(read, phrases, guess.language, judge), read.blocks, phrases.hits, guess.language
    )
    context = _context(page, read, opinions, phrases, guess.language)
    # a function, not its result: weights are read where a rule first asks for them
    context = _with_headline(replace(context, wordings=judge.wordings), opinions)
    own = find_own(options.user_rules, read.blocks, root=read.root, url=page.url)
    labelled = label(context, own)
    # only where verdicts leave doubt: the second opinion reads the whole markup once more
    if read.declared is not None and doubt(labelled, context.keep) > DOUBT_AT:
        keep = with_second_opinion(read.blocks, context.keep, read.declared.markup)
        # rules look at these probabilities, so all verdicts are given anew
        context = replace(context, learned=_learned(read.blocks, opinions, keep), keep=keep)
        labelled = label(context, own)
    bounds = bounds_of(page.fetched_at)
    metadata = (
        # markup declares metadata, and its text completes them; flattened text has only its lines
        complete(read.metadata, labelled, language=context.language, bounds=bounds)
        if context.is_html
        else find_text_metadata(labelled, title=context.title, language=context.language, bounds=bounds)
    )
    seen = PageEvidence(
        labelled=labelled,
        phrases=context.phrases,
        declared=_declared_types(read),
        metadata=metadata,
        url=page.url,
        language=guess.language,
        is_html=context.is_html,
    )
    told = page_type(seen)
    judged = Judged(
        # a listing or a form keeps no text, but each of its blocks still says why
        labelled if told.has_text else without_text(labelled, told),
        metadata,
        guess,
        told,
        admitted=admissions(context),
        disclosed=find_disclosed(labelled, admissions(context), language=guess.language),
    )
    return judged, seen


def _opinions(read: ReadPage, phrases: Phrased, language: str, judge: Judge) -> tuple[Opinion, ...]:
    """What the network for the kind of page thinks of its blocks; of tags it is asked what bears its names out."""
    if read.root is None:
        return judge_blocks(read.blocks, phrases.hits, judge.lines())
    titles = [candidate.value for candidate in read.metadata.all("title")]
    return judge_blocks(
        read.blocks,
        phrases.hits,
        judge.html(),
        partial(unfounded, phrases=phrases.hits, titles=titles, language=language),
    )


def _with_script_body(page: Page, read: ReadPage, judged: Judged, wordings: Callable[[], Wordings]) -> Judged:
    """The page with the article's text from a script, where the page itself shows next to nothing of it."""
    if read.root is None or read.declared is None:
        return judged
    body = find_script_body(
        read.root,
        read.declared.graph.nodes,
        kept_letters=sum(len(text_forms.letters(item.block.raw)) for item in judged.labelled if item.is_kept),
        page_letters=sum(len(block.raw) for block in read.blocks),
    )
    if body is None:
        return judged
    declared = read.metadata.best("language")
    # of the script's text: the page around it may be a menu in another language
    guess = detect(body.text[:SAMPLE_CHARS], declared.value if declared else None)
    blocks, verdict = said_in(body)
    phrases = find_phrases(blocks, guess.language)
    context = Context(
        blocks=blocks,
        phrases=phrases.hits,
        words=phrases.words,
        metadata=read.metadata,
        is_html=False,
        url=page.url,
        language=guess.language,
        # not judged: the script holds the article alone, with no menu to tell it from
        keep=(1.0,) * len(blocks),
        wordings=wordings,
    )
    # a chatbot's line or a prompt may stand in a script's text as well as in a page's
    said = label_residue(context, verdict)
    return replace(
        judged,
        labelled=set_aside(judged.labelled, body),
        language=guess,
        origin=body.origin,
        said=said,
        disclosed=(*judged.disclosed, *find_disclosed(said, admissions(context), language=guess.language)),
    )


def _without_shell(read: ReadPage, judged: Judged) -> Judged:
    """The page as it is, unless it is one that a browser has to build: such a page has no text."""
    told = told_by_shell(judged.told, judged.labelled, read.root)
    if told is None:
        return judged
    # no claim of a machine's part is made on text that is not kept
    return replace(judged, labelled=without_text(judged.labelled, told), told=told, admitted={}, disclosed=())


def _declared_types(read: ReadPage) -> frozenset[str]:
    if read.declared is None:
        return frozenset()
    signals = read.declared.signals
    return declared_types(
        markup=read.decoded.text, scripts=signals.scripts, open_graph=signals.meta.get("og:type", ())
    )


def _detect_language(read: ReadPage) -> LanguageGuess:
    declared = read.metadata.best("language")
    return detect(language_sample(read.blocks), declared.value if declared else None)


def _context(
    page: Page,
    read: ReadPage,
    opinions: Sequence[Opinion],
    phrases: Phrased,
    language: str,
) -> Context:
    """All that rules may look at."""
    is_html = read.root is not None
    best = read.metadata.best("title")
    # tags tell menus from text; a text without any is first asked whether it has menus (decision 10)
    alone = 0.0 if is_html else probability_alone(opinions, phrases.hits)
    keep = keep_within(opinions, alone)
    # a program given as plain text reads like an article alone, since it has no menu either
    if not is_html and is_program([block.raw for block in read.blocks]):
        alone, keep = 0.0, (0.0,) * len(keep)
    title = best.value if best else ""
    return Context(
        blocks=read.blocks,
        phrases=phrases.hits,
        words=phrases.words,
        metadata=read.metadata,
        is_html=is_html,
        url=page.url,
        language=language,
        title=title,
        title_letters=text_forms.letters(title),
        letters=[text_forms.letters(block.raw) for block in read.blocks],
        keep=keep,
        learned=_learned(read.blocks, opinions, keep),
        is_article_alone=alone >= LIKELY,
    )


def _with_headline(context: Context, opinions: Sequence[Opinion]) -> Context:
    """A flattened text with its headline, which is none of what machines left above the text."""
    if context.is_html:
        return context
    headline = [opinion.headline for opinion in opinions]
    beside = left_by_machines(context)
    # a line that runs on is a stanza's or a list's; on a page a headline may run on as well
    if context.is_article_alone:
        beside, least = beside | run_on(context.blocks), LEAST_HEADLINE_ALONE
    else:
        least = LEAST_HEADLINE_OF_PAGE
    title = find_title(context.blocks, context.keep, headline, beside=beside, least=least)
    return context.with_title(title, text_forms.letters(title))


def _learned(
    blocks: Sequence[Block], opinions: Sequence[Opinion], keep: Sequence[float]
) -> tuple[Learned, ...]:
    """The learned verdicts, given the probabilities that blocks are kept."""
    learned = []
    for block, opinion, probability in zip(blocks, opinions, keep, strict=True):
        # numbers from 0 to 1, as `copydesk explain` shows them
        label_, share = label_of(block, opinion, probability)
        evidence = f"{probability:.2f} for keeping ({opinion.why}), {share:.2f} for {label_}"
        learned.append(Learned(label_, share, evidence))
    return tuple(learned)
