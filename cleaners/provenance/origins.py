"""Where a piece appeared first, which agency it comes from, who paid for it or sent it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import cache

from msgspec.structs import replace

from copydesk.cleaners.lexicon.agencies import find_credit_agency, find_dateline_agency, names_picture_library
from copydesk.cleaners.lexicon.byline_words import WORDS
from copydesk.cleaners.lexicon.words import lexicon
from copydesk.cleaners.metadata.authors import fields_of, split_authors
from copydesk.cleaners.metadata.text_bylines import OPENING_BLOCKS, OPENING_SHAPES
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.findings import Finding, strong, weak
from copydesk.cleaners.residue.prompt_source import first_url
from copydesk.cleaners.schema import DerivedFrom
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.sites import bare, domain_of
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled, Metadata
from copydesk.cleaners.wording.cues import candidate_cues, codes_for, usual_codes
from copydesk.cleaners.wording.publisher_names import first_name
from copydesk.cleaners.wording.sentences import Sentence, sentences

# set by hand, like the next: a mark is a line ("For immediate release"); longer ones are prose
_MAX_MARK_CHARS = 120
_MAX_SPONSOR_CHARS = 80
# characters; and paragraphs at either end of the text beside which a note is about all of it; set by hand
_PROSE_CHARS, _EDGE_PARAGRAPHS = 100, 2
_CREDITS = frozenset({Label.SOURCE_NOTE, Label.BYLINE, Label.COPYRIGHT})
# labels of lines in which marks stand; not menus and teasers, which speak of other pieces
# small print at a page's end is called any of these
_MARKED = KEPT | {Label.SOURCE_NOTE, Label.BYLINE, Label.AD, Label.TAGS, Label.COPYRIGHT, Label.OTHER}
RELEASE = "cue.press-release"
_NAMING = ("cue.origin-published", "cue.origin-based")
# ids of phrases in the language files
_MARKS = (RELEASE, "cue.sponsored")
# taken out before a name is looked for: the words of an address are no name
_PICTURE = lazy_pattern(r"(?<![a-z])(?:caption|gallery|galerie|image|img|photo|picture|slide|thumb)")
_PICTURE_LEVELS = 3
_ASIDE_SIGNS = ("(", "（", "©", ". ")
_URL = lazy_pattern(r"https?://\S+")
_END = lazy_pattern(r"(?<=\w{4}[.!?])\s|(?<=[。！？\n])|[;；]")  # "St. Gallen" goes on
# "Photo: Una Platt/dpa": what the names in a credit are for, and between them
_PARTS = lazy_pattern(r"[:：/©]")
# "来源：光明网", in a byline between other fields
_HAN_FIELD = lazy_pattern(r"[\u3400-\u9fff]{2,6}\s?[:：]\s*\S{2,20}")
_FOLLOWED = lazy_pattern(r"\s*(?:[:：|–—-]|$|\n|\d)")  # what comes after a mark: nothing, a colon, a date


def find_origins(labelled: Sequence[Labelled], *, metadata: Metadata, language: str) -> tuple[Finding, ...]:
    """Findings on ``syndication``, ``derived_from``, ``press_release`` and ``sponsored``."""
    own_names = _own_names(metadata)
    found = [*_datelines(labelled)]
    amid = _amid_text(labelled)
    for at, item in enumerate(labelled):
        if item.label in _CREDITS:
            credited = _credited(item, language, own_names)
            found += map(_of_part, credited) if at in amid else credited
    found += _marks(labelled, language)
    return tuple(found)


def _amid_text(labelled: Sequence[Labelled]) -> range:
    """The places between paragraphs of the text: a source named there is that of a part, a table or a quotation. Of
    some thirty such notes on 1,376 pages (as HTML and as text) not one was about the article.
    """
    prose = [at for at, item in enumerate(labelled) if item.shape is Label.PARAGRAPH]
    prose = [at for at in prose if len(labelled[at].block.text) > _PROSE_CHARS]
    if len(prose) < 2 * _EDGE_PARAGRAPHS:
        return range(0)
    return range(prose[_EDGE_PARAGRAPHS - 1] + 1, prose[-_EDGE_PARAGRAPHS])


def _of_part(finding: Finding) -> Finding:
    """What an article is based on, given where a part of it is meant: evidence alone."""
    if finding.field != "derived_from":
        return finding
    return weak("derived_from", None, finding.evidence.where, finding.evidence.quote)


def _own_names(metadata: Metadata) -> frozenset[str]:
    """What the page's own site is called, in letters alone: sites write their name in capitals here and not there."""
    name, address = metadata.best("site_name"), metadata.best("canonical_url")
    named = bare(name.value) if name else ""
    # "enbw" of www.enbw.com
    domain = domain_of(address.value).partition(".")[0] if address else ""
    return frozenset({named, bare(domain)}) - {""}


def _datelines(labelled: Sequence[Labelled]) -> Iterator[Finding]:
    opening = [item for item in labelled if item.shape in OPENING_SHAPES][:OPENING_BLOCKS]
    for item in opening:
        hit = find_dateline_agency(item.block.text)
        if not hit:
            continue
        yield strong("syndication.agency", hit.agency.name, "text", hit.quote)
        # a wire for press releases sends what others wrote and is no publisher
        if hit.agency.is_press_release_wire:
            yield strong("press_release", True, "text", hit.quote)
        else:
            yield strong("syndication.original_publisher", hit.agency.name, "text", hit.quote)
        return


def _credited(item: Labelled, language: str, own_names: Set[str]) -> Iterator[Finding]:
    text = item.block.text
    # labelled a source note, but it is the source's headline; it names no publisher
    if item.verdict.rule == "residue.headline-echo":
        return
    agency = find_credit_agency(text)
    # in a rights notice an agency beside other names may have given the picture; in bylines of 143 pages (Fundus) six
    # of seven such agencies had a part in the text
    if agency and (item.label is not Label.COPYRIGHT or _names_agencies_alone(text, language)):
        # weak beside a dateline: a credit may be for a part of the text
        yield weak("syndication.agency", agency.agency.name, "text", text)
        return
    if item.label is Label.BYLINE:
        # in other scripts one of five sources that were read so on the pages of all sets was the article's
        for field in filter(_HAN_FIELD.fullmatch, fields_of(text)):
            yield from _named_source(field, language, own_names)
    elif item.label is Label.SOURCE_NOTE and not (_is_of_picture(item.block) or names_picture_library(text)):
        yield from _named_source(text, language, own_names)


def _named_source(text: str, language: str, own_names: Set[str]) -> Iterator[Finding]:
    for code, ids in candidate_cues(text, language):
        if not ids.isdisjoint(_NAMING) and (found := tuple(_noted(text, code, own_names))):
            yield from found
            return


def _names_agencies_alone(text: str, language: str) -> bool:
    """Whether no name can be read in a credit but those of agencies: "© 2025 Reuters", not "© Una Platt/dpa"."""
    names = (name for part in _PARTS.split(text) for name in split_authors(part, language=language))
    return all(find_credit_agency(name) for name in names)


def _is_of_picture(block: Block) -> bool:
    """Whether a block is in an element of pictures: what is named there made the picture, not the text."""
    # flattened text has no elements: there captions end in "(Source: …)" or "© Source: …", on a line of its own
    if not block.path and block.text.lstrip().startswith(_ASIDE_SIGNS):
        return True
    around, tags = block.path[-_PICTURE_LEVELS:], ("figure", "figcaption")
    is_within = any(step.tag in tags or _PICTURE.search(step.words) for step in around)
    return is_within or block.kind is Kind.CAPTION


def _noted(text: str, code: str, own_names: Set[str]) -> Iterator[Finding]:
    """What a source note names. The page's own name is no other publisher."""
    for part in sentences(text, code):
        published, based = map(part.first, _NAMING)
        name = _name_in(text, part)
        # "First published on The Ashford Post", on that very site; "来源：网络"
        if name and (bare(name) in own_names or name in WORDS.no_publishers):
            name = None
        url = first_url(text)
        if published:
            if name:
                yield strong("syndication.original_publisher", name, "text", text)
            if url:
                yield strong("syndication.original_url", url, "text", text)
            return
        # only at the beginning: "a film based on a novel by …" is what a text speaks of
        if based and based.start == 0 and (name or url):
            source = DerivedFrom(publisher=name, url=url)
            if part.has("cue.translated"):
                source = replace(source, relation="translation")
            yield strong("derived_from", source, "text", text)
            return


def _name_in(text: str, part: Sentence) -> str | None:
    """The publisher's name: the first after the words that point to it, in their sentence. The longest words are meant:
    "first published in" rather than the "published by" of an aside.
    """
    cues = [cue for cue in part.cues if cue.id in _NAMING]
    # by length, longest first: `start - end` is its negative
    for cue in sorted(cues, key=lambda cue: cue.start - cue.end):
        if pointing := _words_of(cue.phrase).search(text):
            # the same sentence alone; of further ones the names are somebody else's
            rest = fields_of(_END.split(_URL.sub(" ", text[pointing.end() :]), maxsplit=1)[0])[0]
            if name := first_name(rest.lstrip(" :：自于於"), part.code):
                return name
    return None


@cache
def _words_of(phrase: str) -> re.Pattern[str]:
    """A phrase of the data as it may stand in a text."""
    # `*` is any ending and `#` any number, as in the language files
    words = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in phrase.split())
    return re.compile(r"[\W_]+".join(words).replace(r"\#", r"\d+").replace("#", r"\d+"), re.IGNORECASE)


def _marks(labelled: Sequence[Labelled], language: str) -> Iterator[Finding]:
    """Press-release marks in short lines, and a sponsor's line between headline and text."""
    prose = (at for at, item in enumerate(labelled) if item.shape is Label.PARAGRAPH)
    first = next((at for at in prose if len(labelled[at].block.text) > _MAX_MARK_CHARS), len(labelled))
    # the top of the page where it has no headline
    title = next((at for at, item in enumerate(labelled) if item.label is Label.TITLE), 0)
    usual = usual_codes(language)
    openings = _openings(usual) if usual else ("",)
    for at, item in enumerate(labelled):
        if item.label not in _MARKED or len(text := item.block.text) > _MAX_MARK_CHARS:
            continue
        # one call of C for nearly all blocks of a page
        if not text.lower().startswith(openings):
            continue
        opened = _opened(text, usual or codes_for(text, language))
        if RELEASE in opened:
            yield strong("press_release", True, "text", text)
        # one block of text may precede it; further down it labels an advertisement between paragraphs
        elif "cue.sponsored" in opened and title <= at <= first + 1 and len(text) <= _MAX_SPONSOR_CHARS:
            yield strong("sponsored", True, "text", text)


def _opened(text: str, codes: tuple[str, ...]) -> frozenset[str]:
    """Which of the marks a text begins with."""
    if not text.lower().startswith(_openings(codes)):
        return frozenset()
    first = [parts[0] for parts in (sentences(text, code) for code in codes) if parts]
    return frozenset(
        cue_id
        for cue_id in _MARKS
        for part in first
        if (cue := part.first(cue_id))
        and cue.start == 0
        and (cue_id != RELEASE or _is_mark(text, cue.phrase))
    )


def _is_mark(text: str, phrase: str) -> bool:
    """Whether a line that begins so is a mark and no sentence: "For immediate release of the hostages, she
    pleaded." is one.
    """
    found = _words_of(phrase).match(text.lstrip(" \t•*-–—|[("))
    is_followed = found is not None and _FOLLOWED.match(found.string, found.end()) is not None
    return is_followed or not ends_sentence(text)


@cache
def _openings(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The first words of the phrases that mark press releases and sponsored text, in some languages."""
    # the first word alone: what it finds is read properly afterwards
    modes = (lexicon(code).phrases.get(cue_id, {}).values() for code in codes for cue_id in _MARKS)
    phrases = (phrase for of_cue in modes for some in of_cue for phrase in some)
    return tuple(sorted({phrase.split()[0].rstrip("*").lower() for phrase in phrases}))
