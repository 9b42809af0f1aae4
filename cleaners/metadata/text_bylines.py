"""Authors in lines: of flattened text, and in those labelled as bylines of pages that declare none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.written_dates import is_date_word
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import openers
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.metadata.authors import beside_dates, has_degree, is_signed, split_byline, unglued
from copydesk.cleaners.metadata.dated_entries import entry_lines
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.person_names import (
    LEADING,
    clean_name,
    has_cjk,
    is_collective,
    is_common,
    is_full_name,
    is_joint,
    is_name,
    is_organisation,
    names_nobody,
    split_opener,
)
from copydesk.cleaners.metadata.reporters import names_in_opening
from copydesk.cleaners.metadata.signatures import (
    ABOVE,
    BELOW,
    DATED,
    LIKELY,
    MAX_BARE_BYLINE_CHARS,
    MAX_BYLINE_CHARS,
    is_byline,
    names_in,
    probability_of,
    signatures,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Candidate, Kind, Label, Labelled

# set by hand: a standfirst or a note may stand above the dateline; further down agencies are quoted
OPENING_BLOCKS = 3
OPENING_SHAPES = frozenset({Label.PARAGRAPH, Label.DATELINE, Label.STANDFIRST})
"""What a dateline may open, or be; and among how many of these it stands."""
# behind "Written by" they name no one
_BESIDE_NAMES = frozenset({Label.RELATED, Label.COMMENT, Label.COMMENT_FORM, Label.AD})
# what readers write below a text, and where they do
_OF_READERS = frozenset({Label.COMMENT, Label.COMMENT_FORM})
NOT_OF_PAGE = _OF_READERS | {Label.RELATED}
"""What readers and other pages wrote."""
_PROSE = frozenset({Label.PARAGRAPH, Label.BYLINE})
# set by hand: a longer line is no byline
_PROSE_CHARS = 120
# "Harbour Post Desk / post.example / Updated: 5 May"
_FIELD_ENDS = lazy_pattern(r"\s+[/|·•]\s+")
_POSTED = lazy_pattern(
    r"([^\W\d_][\w-]+)\s+((?:[^\W\d_]{1,8}[.:]?\s+){0,2})\d{1,2}[:.h]\d\d\s*(?:[ap]\.?m\.?|uhr|h)?\s*(?:$|[|·•,–—-]|\d+\s[^\W\d_]+\s?:?$|[^\W\d_]+\s[^\W\d_]+\s?:$)",
    re.IGNORECASE,
)
_OPENER_CHARS = 5  # "by" and "von" begin sentences, too
_ABOVE_TEXT = 6  # blocks; set by hand: above stand the headline and the standfirst
_MAX_TEAM_WORDS = 6  # set by hand: a longer line is a sentence about it
# of a line of names alone, and words of each name; set by hand: more is a heading
_MAX_NAMES_CHARS, _MAX_NAME_WORDS = 80, 4


def people_in_lines(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Those named in lines of flattened text who are likely the article's authors."""
    for item in evidence.labelled:
        yield from _in_author_box(item)
    above = evidence.memoized(above_comments)
    names = [
        name
        for item in evidence.labelled
        if item.verdict.rule == "worded.signature"
        for name in names_in(item.block.text, evidence.language)
    ]
    names += [
        name
        for name, signs in signatures(evidence.labelled, evidence.headline, evidence.language)
        if probability_of(signs) >= LIKELY and any(name in item.block.text for item in above)
    ]
    # "Jonas Hale", and the paper on the next line: beside people it is where they work
    people = [name for name in names if not is_organisation(name)]
    yield from (Candidate(name, "text:byline") for name in people or names)


def people_in_bylines(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Those named just above or below the text."""
    sites = [bare_name(name) for name in evidence.markup.outlets]
    # a name that is the last line of the text
    signed = (item for item in at_kept_text(evidence) if item.verdict.rule == "worded.signature")
    for item in dict.fromkeys((*evidence.memoized(at_article), *signed)):
        yield from _in_author_box(item)
        for name in names_in(item.block.text, evidence.language) if is_byline(item) else ():
            # "26 April 2020 Nordic Lamps"
            is_section = any(text_in(link) == name for link in evidence.markup.marked.filed)
            # "江城晚报 2026-03-04" says whose page it is; in other scripts it may be who blogs there. A headline
            # without spaces looks like a name
            says_page = (
                has_cjk(name)
                and (bare_name(name) in sites or _is_headline(name, evidence.headline))
                and not is_signed(item.block.text, evidence.language)
            )
            if not (is_section or says_page):
                yield Candidate(name, "text:byline")


def _is_headline(name: str, headline: str) -> bool:
    """Whether a name is the headline, or all of it up to a space or a sign: "欲張りなイヌ ＜童話集＞"."""
    return headline.startswith(name) and not headline[len(name) :][:1].isalpha()


def people_beside(declared: Sequence[str], marked: Sequence[str], evidence: Evidence) -> Iterator[Candidate]:
    """The others in a marked byline, or one at the text, that names all who are declared: platforms declare the first
    one alone.
    """
    language = evidence.language
    known = {name.lower() for name in declared}
    bylines = [item.block.text for item in evidence.memoized(at_article) if is_byline(item)]
    for names in (marked, *(_listed(line, language) for line in bylines)):
        others = [name for name in names if name.lower() not in known]
        is_all = known <= {name.lower() for name in names}
        if others and is_all and all(is_full_name(name) and not is_common(name, language) for name in others):
            yield from (Candidate(name, "text:byline") for name in others)
            return


def _listed(line: str, language: str) -> tuple[str, ...]:
    """The names of a line that is "by" and a list of them, "A, B and C", and nothing else: behind a comma is as often
    where somebody works, and behind "and" who took the pictures.
    """
    names = tuple(names_in(line, language))
    rest = split_opener(line, language)[1] or line
    for name in names:
        rest = rest.replace(name, "\0", 1)
    between = [part.strip(" ,;") for part in rest.split("\0")]
    is_list = len(names) > 1 and not any(between[:-2]) and between[-2] and is_joint(between[-2], language)
    return names if is_list else ()


def people_signing(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Full names behind a word such as "by" in the first such line at the text that was kept."""
    lines = (item.block.text for item in at_kept_text(evidence))
    for line in (*lines, *_lines_introducing(evidence)):
        if people := _signing(line, evidence.language):
            yield from (Candidate(name, "text:byline") for name in people)
            return


def _lines_introducing(evidence: Evidence) -> Iterator[str]:
    """Lines at the text that were not told from headings and boxes: "Written by Anna Berg", or "Written by" with
    the name in the next one. A lone "by" may begin a heading.
    """
    for at in evidence.memoized(places_at_kept_text):
        text = evidence.labelled[at].block.text
        opener, rest = split_opener(text, evidence.language)
        if " " not in opener or len(text) > MAX_BARE_BYLINE_CHARS:
            continue
        if not rest and at + 1 < len(evidence.labelled):
            below = evidence.labelled[at + 1]
            rest = below.block.text
            # not what heads something, or is of others
            is_other = below.block.kind is Kind.HEADING or below.label in _BESIDE_NAMES
            if is_other or is_organisation(rest) or agency_called(rest) is not None:
                rest = ""
        if is_name(rest) and not rest.endswith("."):
            yield f"{opener} {rest}"


def people_signing_surely(evidence: Evidence) -> tuple[str, ...]:
    """The same of bylines that have a date or a degree, too: "By Jane Austen" may be the book that is reviewed."""
    lines = (item.block.text for item in at_kept_text(evidence))
    people = (_signing(text, evidence.language) for text in lines if DATED.search(text) or has_degree(text))
    return next(filter(None, people), ())


def words_signing(evidence: Evidence) -> Iterator[str]:
    """The single words, also in lower case, behind "by" beside the date of such a line."""
    lines = (item.block.text for item in at_kept_text(evidence))
    for line in (one for one in lines if len(one) <= MAX_BYLINE_CHARS):
        before, *others = beside_dates(line, language=evidence.language)
        opened = openers(primary(evidence.language)).match(before) if others else None
        if opened and len(words := before[opened.end() :].split()) == 1:
            yield words[0]


def _signing(line: str, language: str) -> tuple[str, ...]:
    if len(line) > MAX_BYLINE_CHARS or not is_signed(line, language):
        return ()
    names = split_byline(line, language=language)
    return tuple(name for name in names if is_full_name(name) and not is_common(name, language))


def person_posting(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The one name before a time of day in a line at the text that says who wrote it: "Posted by Mia at 11:05"."""
    language, prose = evidence.language, evidence.memoized(_kept_prose)
    for at in (*_around_text(evidence.labelled, prose), *prose[-1:]):
        text = evidence.labelled[at].block.text
        opener, rest = split_opener(text, language) if len(text) <= MAX_BYLINE_CHARS else ("", "")
        posted = _POSTED.match(rest) if len(opener) >= _OPENER_CHARS else None
        # "at", "um", "a las"; "Written by Paul in Romans 12:19"
        name = posted[1] if posted and posted[2] == posted[2].lower() else ""
        # not "admin", "Staff", "Friday"
        is_other = (
            names_nobody(name) or is_collective(f"{opener} {name}") or is_date_word(name, language=language)
        )
        if name and not name.islower() and not is_other:
            yield Candidate(name, "text:byline")
            return


def people_in_openings(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The reporters named by the words with which the text begins: "(서울=연합뉴스) 홍길동 기자 = …"."""
    first = (item for item in evidence.labelled if item.is_kept and item.shape in OPENING_SHAPES)
    for item in islice(first, OPENING_BLOCKS):
        if names := names_in_opening(item.block.text):
            yield from (Candidate(name, "text:dateline") for name in names)
            return


def people_introduced(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The full names in the first line at the beginning of a flattened text that "by" begins, whatever it was taken
    for.
    """
    language, labelled = evidence.language, evidence.labelled
    first = next(iter(evidence.memoized(_kept_prose)), len(labelled))
    for item in labelled[max(0, first - _ABOVE_TEXT) : first + BELOW]:
        people = _signing(unglued(item.block.text, language), language)
        # "By The Numbers"
        if people and people[0].split()[0].lower() not in LEADING:
            yield from (Candidate(name, "text:byline") for name in people)
            return


def team_in_lines(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The team or desk that a byline of flattened text names in place of people: "Harbour Post Staff"."""
    for item in at_kept_text(evidence):
        for field in _FIELD_ENDS.split(item.block.text[:MAX_BYLINE_CHARS]):
            for part in beside_dates(field, language=evidence.language):
                name = clean_name(part, language=evidence.language)
                words = name.lower().split()
                # not "Join Our Team", nor "Editors: Anna Berg"
                is_other = names_nobody(name) or ":" in name or not LEADING.isdisjoint(words[1:])
                if is_collective(name) and len(words) <= _MAX_TEAM_WORDS and not is_other:
                    yield Candidate(name, "text:byline")
                    return


def people_in_bios(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The full name that heads a box about the author below the text, of one person."""
    language = evidence.language
    boxes = (item.block for item in evidence.labelled if item.label is Label.AUTHOR_BIO)
    texts = {one.text for one in boxes if one.kind is not Kind.CONTROL and not one.is_hidden}
    people = {one for one in texts if is_full_name(one) and split_byline(one, language=language) == (one,)}
    if len(people) == 1:
        yield from (Candidate(name, "text:author-box") for name in people if not is_common(name, language))


def people_beside_site(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """Full names in bylines, where nobody is named so far but the site itself."""
    sites = [bare_name(name) for name in found.all("site_name")]
    if "author" not in found.fields or not all(_is_site(name, sites) for name in found.all("author")):
        return
    named = (*people_in_bylines(evidence, found), *people_in_openings(evidence, found))
    people = [one for one in named if is_full_name(one.value) and not _is_site(one.value, sites)]
    # "By Gabby BoucherIn Budget Travel", of the site "Gabby Boucher": it is named, with more
    if any(one.value.startswith(tuple(found.all("author"))) for one in people):
        return
    yield from people or _opening_names(evidence.labelled, evidence.language)


def above_comments(evidence: Evidence) -> Sequence[Labelled]:
    """The blocks up to the comments below the text, where the writers and days are those of readers. They begin at the
    first that is told to be one, or their heading, above which most of the kept text stands: one may have been kept.
    """
    labelled = evidence.labelled
    letters = [len(item.block.raw) if item.is_kept else 0 for item in labelled]
    above, total = 0, sum(letters)
    for at, item in enumerate(labelled):
        if item.label in _OF_READERS and 2 * above > total:
            return labelled[:at]
        above += letters[at]
    return labelled


def entry_places(evidence: Evidence) -> Set[int]:
    """The places of the lines that date entries of the text, not the page."""
    blocks = [item.block for item in evidence.labelled]
    texts = [block.text for block in blocks]
    sentences = {at for at, text in enumerate(texts) if ends_sentence(text)}
    kept = {at for at, item in enumerate(evidence.labelled) if item.is_kept}
    return entry_lines(texts, [block.kind for block in blocks], sentences, kept, evidence.language)


def at_article(evidence: Evidence) -> tuple[Labelled, ...]:
    """The bylines just above the text and just below it; those of teasers and comments stand elsewhere."""
    labelled = evidence.labelled
    return _bylines_around(evidence, [at for at, item in enumerate(labelled) if item.shape in _PROSE])


def at_kept_text(evidence: Evidence) -> tuple[Labelled, ...]:
    """The bylines just above the first paragraph that was kept and just below the last: behind those of a long menu."""
    return _bylines_around(evidence, evidence.memoized(_kept_prose))


def places_at_kept_text(evidence: Evidence) -> list[int]:
    """The places just above the first paragraph that was kept, at it, and just below the last."""
    return _around_text(evidence.labelled, evidence.memoized(_kept_prose))


def _kept_prose(evidence: Evidence) -> list[int]:
    return [at for at, item in enumerate(evidence.labelled) if item.is_kept and item.shape is Label.PARAGRAPH]


def _bylines_around(evidence: Evidence, text: Sequence[int]) -> tuple[Labelled, ...]:
    labelled, entries = evidence.labelled, evidence.memoized(entry_places)
    around = (at for at in _around_text(labelled, text) if at not in entries)
    return tuple([labelled[at] for at in around if labelled[at].label is Label.BYLINE])


def _around_text(labelled: Sequence[Labelled], text: Sequence[int]) -> list[int]:
    """The places just above the first of these paragraphs, at it, and just below the last."""
    if not text:
        return []
    first, last, end = text[0], text[-1], len(labelled)
    above = range(max(0, first - ABOVE), min(first + BELOW, end))
    return [*dict.fromkeys((*above, *range(last + 1, min(last + 1 + BELOW, end))))]


def _is_site(name: str, sites: Sequence[str]) -> bool:
    """Whether an author is the site, as any of its names calls it."""
    bare = bare_name(name)
    # "Harbour Post" signs pages of "Harbour Post Online"
    return any(site.startswith(bare) for site in sites)


def _opening_names(labelled: Sequence[Labelled], language: str) -> tuple[Candidate, ...]:
    """Full names that are all the line before the first paragraph holds: small papers set the byline so."""
    prose = [item.block.text for item in labelled if item.shape in _PROSE]
    first = next((place for place, text in enumerate(prose) if len(text) > _PROSE_CHARS), 0)
    line = prose[first - 1] if first else ""
    if len(line) > _MAX_NAMES_CHARS or line.endswith((".", ":", "?", "!")):
        return ()
    parts = line.split("/")
    names = [name for part in parts for name in split_byline(part, language=language)]
    is_full = all(2 <= len(part.split()) <= _MAX_NAME_WORDS for part in parts)
    # each word must belong to a name: a heading loses some to split_byline
    if not is_full or " ".join(names).split() != line.replace("/", " ").split():
        return ()
    if any(is_common(name, language) for name in names):
        return ()
    return tuple(Candidate(name, "text:byline") for name in names)


def _in_author_box(item: Labelled) -> Iterator[Candidate]:
    if item.verdict.rule == "shape.doubled-name" and len(item.block.text) <= MAX_BYLINE_CHARS:
        yield Candidate(text_forms.prose(item.block.text), "text:author-box")
