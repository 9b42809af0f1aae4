"""Rules that read shapes: of a line, of its neighbours, of runs of lines. They work without tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Set

from copydesk.cleaners import text_forms
from copydesk.cleaners.dates.written_dates import is_date_word, parse_date
from copydesk.cleaners.lexicon.agencies import find_dateline_agency
from copydesk.cleaners.metadata.authors import has_opener, is_reporters_line, split_authors
from copydesk.cleaners.rules.glued_rows import (
    MAX_STRAY_WORDS,
    MIN_ROW_KEEP,
    find_glued_row,
    find_stray_after_table,
)
from copydesk.cleaners.rules.names import (
    MAX_NAME_CHARS,
    OF_PERSONS,
    SURE_BESIDE,
    find_bio_after_name,
    find_doubled_name,
)
from copydesk.cleaners.rules.rule import Context, Rule, kept, kept_lines, kept_lines_by_now, vague
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.scores import is_score

# the signs by which a list of articles cuts its excerpts: "…", "...", "[...]", "[…]"
_CUT = re.compile(r"(?:…|\.\.\.|\[\.\.\.\]|\[…\])\s*$")
# set by hand: author and date stand within so many kept blocks of an end; larger reaches into the text
_EDGE = 3
_MAX_BYLINES = 2  # author and date
# of such lines above it 44 of 52 are the article's (docs/decisions/0010-an-article-alone.md)
_SURE_OF_LINE = 0.6
_NO_NAMES = KEPT | {Label.DUPLICATE, Label.OTHER}  # what a headline may be taken for
# set by hand: what is longer holds something that can be seen, and is not looked through by character
_MAX_INVISIBLE_CHARS = 12
# set by hand, like the lengths below; larger takes paragraphs without a full stop for headings
_MAX_HEADING_CHARS = 140
_MAX_TEASER_TITLE_CHARS = 160
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})
_BEFORE_NAME = re.compile(
    # "Bells ring – The Ashford Post"; "Bells ring|Post", "종소리ㅣ신문" with a letter for a bar; "Bells ring,Post"
    r"\s[|\-–—·:/»>•]\s|\s?[|｜ㅣ]|,[^\s\d]"
)  # a comma without a space is none of a sentence
# one excerpt that breaks off may be the author's own dots
_MIN_TEASERS = 2
# set by hand: "The U.S." and "Breaking news." end like sentences, too; larger leaves short ones titles
_MIN_SENTENCE_WORDS = 5
# blocks; set by hand: standfirst, credits and buttons stand between a dateline and the surely kept text
_ABOVE_TEXT = 8
# place, date and agency; what is longer goes on into the report
_MAX_DATELINE_CHARS = 80
_MAX_BYLINE_CHARS = 160
# "Published on Tuesday, 4 March 2025 at 9:30 am, last updated …"; larger takes sentences with a year
_MAX_DATE_WORDS = 12
_MAX_WORDS_BESIDE_DATE = 2  # "Updated", the name of a desk
# headings with a year are a chronicle's, rows with one a table's
_NEVER_BYLINES = (Kind.HEADING, Kind.TABLE_ROW, Kind.CODE, Kind.TITLE)
_UNSPACED_STOP = "。"  # ends a sentence where words are not parted, so that they cannot be counted; no date
# no part of a longer number, such as a telephone's
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MIN_BYLINE_KEEP = 0.02  # below, the learned judgement has placed the block far from the article


def _ends_sentence(block: Block) -> bool:
    return ends_sentence(block.text)


def _find_invisible(block: Block, _context: Context) -> str | None:
    # ASCII is not meant and told in one look; only the few other blocks are looked through by character
    if block.raw.isascii() or any(unicodedata.category(char) not in _INVISIBLE for char in block.text):
        return None
    return "nothing in it can be seen"


def _find_title_line(block: Block, context: Context) -> str | None:
    if context.is_html or not context.title:
        return None
    title, text = context.title_letters, context.letters[block.index]
    if text == title:
        return None if context.is_article_alone else "the headline of the text"
    # in an article alone only a line beside the headline is one, too; further down the author repeats it
    if context.is_article_alone and abs(block.index - context.once(_title_at)) > 1:
        return None
    if not _is_suffixed(text_forms.prose(block.raw), context.title):
        return None
    return "the headline with the site's or source's name"


def _title_at(context: Context) -> int:
    """The number of the block that is the headline; where none is, one below which nothing stands."""
    return next(
        (at for at, text in enumerate(context.letters) if text == context.title_letters), len(context.letters)
    )


def _find_first_sentence(block: Block, context: Context) -> str | None:
    """A plain paragraph taken for the headline that is a sentence of prose, on a page whose headline is
    another or unknown.

    Of 457,000 blocks of 2,300 real pages it keeps five: three sentences and two cards; of pages of bare
    sentences every eighth loses its first without it (`python -m benchmarks.openweb prose`).
    """
    if context.letters[block.index] == context.title_letters or not ends_in_full_stop(block.text):
        return None
    return "a sentence, not a headline" if count_words(block.text) >= _MIN_SENTENCE_WORDS else None


def _paragraphs_taken_for_titles(context: Context) -> Collection[int]:
    if not context.is_html:
        return ()
    titles = (at for at, learned in enumerate(context.learned) if learned.label is Label.TITLE)
    return [at for at in titles if context.blocks[at].kind is Kind.PARAGRAPH]


def _find_dateline(block: Block, _context: Context) -> str | None:
    found = find_dateline_agency(block.text)
    return f"names {found.agency.name}, and nothing else" if found and found.quote == block.text else None


def _short_first_blocks(context: Context) -> Collection[int]:
    """Short blocks above and at the beginning of the text."""
    # where the text surely begins; the page's beginning where nothing is sure
    first = next((at for at, keep in enumerate(context.keep) if keep > SURE_BESIDE), 0)
    around = context.blocks[max(0, first - _ABOVE_TEXT) : first + _EDGE]
    return [block.index for block in around if len(block.raw) <= _MAX_DATELINE_CHARS]


def _is_suffixed(text: str, title: str) -> bool:
    """Whether a line is the headline, a separator and a name. Of 1,487 real pages 715 part the two by a sign
    between spaces; none by a comma and a space, behind which a sentence that begins with the headline's words
    goes on.
    """
    rest = text[len(title) :]
    return (
        text.startswith(title)
        and 0 < len(rest) <= MAX_NAME_CHARS
        and _BEFORE_NAME.match(rest) is not None
        and rest[-1] not in ".!?。"  # a sentence that begins with the headline's words
    )


def _find_teaser(block: Block, context: Context) -> str | None:
    """One of several excerpts that break off, or the headline above one."""
    if context.is_article_alone:
        return None
    if _CUT.search(block.text):
        here = block.index
    elif block.index + 1 < len(context.blocks) and _CUT.search(context.blocks[block.index + 1].text):
        here = block.index + 1
    else:
        return None
    if not _has_headline_above(context, here) or context.once(_count_teasers) < _MIN_TEASERS:
        return None
    # asked on all pages it was right on 9 lines and wrong on 38 (decision 0010)
    if not context.once(_is_mostly_teasers):
        return None  # the learned judgement sees teasers; only pages made of them are left
    return f"{'an' if here == block.index else 'the headline of an'} excerpt that breaks off, one of several"


def _is_mostly_teasers(context: Context) -> bool:
    """Whether at least half of the kept text that is longer than a headline breaks off."""
    texts = [context.blocks[at].text for at in kept(context)]
    # the last eight characters hold any of these signs and spaces; long texts need not be searched whole
    cut = sum(1 for text in texts if _CUT.search(text[-8:]))
    return 2 * cut >= sum(1 for text in texts if _CUT.search(text[-8:]) or ends_sentence(text))


def _count_teasers(context: Context) -> int:
    return sum(
        1
        for block in context.blocks
        if _CUT.search(block.text[-8:]) and _has_headline_above(context, block.index)
    )


def _has_headline_above(context: Context, index: int) -> bool:
    above = context.blocks[index - 1] if index else None
    if above is None or len(above.text) > _MAX_TEASER_TITLE_CHARS:
        return False
    if context.is_html:  # a teaser leads somewhere, or has a heading; verses break off, too
        return above.kind is Kind.HEADING or above.link_chars > 0 or context.blocks[index].link_chars > 0
    return above.kind is Kind.HEADING or not ends_sentence(above.text)  # a headline may be a question


def _find_byline(block: Block, context: Context) -> str | None:
    """A line that opens like a byline and holds names, or holds a date and little else."""
    text = block.text
    if (
        len(text) > _MAX_BYLINE_CHARS
        or context.keep[block.index] < _MIN_BYLINE_KEEP
        or block.kind in _NEVER_BYLINES
    ):
        return None
    # "By the time they came it was over." opens like a byline and is a sentence
    is_signed = has_opener(text, context.language) or is_reporters_line(text)
    if is_signed and not ends_sentence(text):
        names = split_authors(text, language=context.language)
        if names:
            return f"reads like a byline and names {', '.join(names)}"
    # from the cheapest to the dearest: reading a date tries many forms in many languages
    if _YEAR.search(text) and count_words(text) <= _MAX_DATE_WORDS and not text.endswith(_UNSPACED_STOP):
        date = parse_date(text, language=context.language)
        if date and _is_mostly_date(text, context.language):
            return f"a line with a date: {date}"
    return None


def _is_mostly_date(text: str, language: str) -> bool:
    """Whether little is left beside digits, separators and words that go with dates."""
    # of three letters and more: "at", "de", "am" and "pm" stand beside dates in many languages
    rest = [word for word in re.findall(r"[^\W\d_]{3,}", text) if not is_date_word(word, language=language)]
    return len(rest) <= _MAX_WORDS_BESIDE_DATE


def _find_heading(block: Block, context: Context) -> str | None:
    """In flattened text: a short line of its own with text of the article below it."""
    if (
        context.is_html
        or block.kind is not Kind.PARAGRAPH
        or context.verdicts[block.index].label is not Label.PARAGRAPH
    ):
        return None
    if len(block.text) > _MAX_HEADING_CHARS or _ends_sentence(block) or is_score(block.text):
        return None
    # two blocks below: a caption or label may stand between a heading and its text
    for index in range(block.index + 1, min(len(context.blocks), block.index + 3)):
        after = context.blocks[index]
        if context.verdicts[index].label in KEPT and (
            len(after.text) > len(block.text) or after.kind is Kind.LIST_ITEM
        ):
            return "a short line of its own above text"
    return None


def _find_stray_caption(block: Block, context: Context) -> str | None:
    """A few words glued to an advertisement or another caption: what a picture leaves behind."""
    if (
        context.is_html
        or block.gap
        or not block.index
        or _ends_sentence(block)
        or count_words(block.text) > MAX_STRAY_WORDS
    ):
        return None
    before = context.verdicts[block.index - 1].label
    # a blank line must follow: without one the line belongs to what is below it
    after_gap = context.blocks[block.index + 1].gap if block.index + 1 < len(context.blocks) else 1
    return (
        f"a few words straight after {before}" if before in (Label.AD, Label.CAPTION) and after_gap else None
    )


def _find_second_title(block: Block, context: Context) -> str | None:
    """A line taken for a title with surely kept prose on either side of it."""
    at = block.index
    if len(block.raw) > _MAX_HEADING_CHARS or not 0 < at < len(context.blocks) - 1:
        return None
    # the headline itself may stand amid the text where a page repeats it; that stays a title
    if context.letters[at] == context.title_letters or ends_sentence(block.text):
        return None
    beside = (at - 1, at + 1)
    # both sides: at an end of the text a title may be the page's or the next article's
    if min(context.keep[near] for near in beside) < SURE_BESIDE:
        return None
    if not all(ends_sentence(context.blocks[near].text) for near in beside):
        return None
    return "a line amid surely kept sentences"


def _find_score(block: Block, context: Context) -> str | None:
    """A result taken for a headline or byline, beside text that is surely the article's or a result that is kept."""
    if not is_score(block.text):
        return None
    beside = [at for at in (block.index - 1, block.index + 1) if 0 <= at < len(context.blocks)]
    if any(context.keep[at] > SURE_BESIDE for at in beside):
        return "two sides and their points, beside the text"
    # in a list of results few stand beside prose; one that is kept speaks for its neighbours
    if any(at in kept(context) and is_score(context.blocks[at].text) for at in beside):
        return "two sides and their points, beside others of the text"
    return None


def _lines_above_text(context: Context) -> Collection[int]:
    if context.is_html:
        return ()
    return [at for at, learned in enumerate(context.learned) if learned.label in (Label.TITLE, Label.BYLINE)]


def _titled_lines(context: Context) -> Collection[int]:
    if context.is_html:
        return ()
    return [at for at, learned in enumerate(context.learned) if learned.label is Label.TITLE]


def _lines(context: Context) -> Collection[int]:
    return () if context.is_html else range(len(context.blocks))


def _unnamed_lines(context: Context) -> Collection[int]:
    if context.is_html:
        return ()
    return [at for at, learned in enumerate(context.learned) if learned.label in _NO_NAMES]


def _probable_lines(context: Context) -> Collection[int]:
    if context.is_html:
        return ()
    return [at for at, keep in enumerate(context.keep) if keep >= MIN_ROW_KEEP]


def _edges(context: Context) -> Collection[int]:
    """Where bylines stand: just below the headline, where the learned judgement is not sure of keeping the line, and
    where it does not know what it left out; of pages with tags among the first and last kept blocks.

    Of 52 dated or signed lines of the labelled pages, flattened, that it would keep with more than
    ``_SURE_OF_LINE``, 44 belong to the article: programmes, time lines, quoted posts. Of 45 below, 6.
    """
    if not context.is_html:
        below = context.once(_below_headline)
        if context.is_article_alone:
            return below
        return {at for at in kept(context) if context.keep[at] <= _SURE_OF_LINE} | vague(context) | below
    # with tags a signed line amid the text is rather a quoted post's or a list's
    ordered = sorted(kept(context))
    return {*ordered[:_EDGE], *ordered[-_EDGE:]} | vague(context)


def _below_headline(context: Context) -> Set[int]:
    if not context.title:
        return frozenset()
    # nothing where the headline is no block: then the number is past the end
    first = context.once(_title_at) + 1
    return frozenset(range(first, min(len(context.blocks), first + _MAX_BYLINES)))


def _kept_or_of_persons(context: Context) -> Collection[int]:
    """Kept blocks, and lines that might be a person's words: a card of headline and excerpt reads like a box
    of name and text.

    Of such lines of the labelled pages this names 18 rightly and 3 wrongly; of all vague ones it would name 32 and 48.
    """
    if context.is_html:
        return kept(context)
    return kept(context) | {at for at in vague(context) if context.learned[at].label in OF_PERSONS}


def _unusual(context: Context) -> Collection[int]:
    return [
        block.index
        for block in context.blocks
        if len(block.raw) <= _MAX_INVISIBLE_CHARS and not block.raw.isascii()
    ]


# the order tells: a title amid the text is no headline of it, and a score is no row of a table
KEEPING: tuple[Rule, ...] = (
    Rule(
        "shape.second-title",
        Label.HEADING,
        "A title amid the article is one of its headings.",
        _find_second_title,
        _titled_lines,
    ),
    Rule(
        "shape.score",
        Label.PARAGRAPH,
        "How a match ended is told by the article, not by its head.",
        _find_score,
        _lines_above_text,
    ),
    Rule(
        "shape.glued-row",
        Label.TABLE,
        "Cells that lost their borders are still a table's.",
        find_glued_row,
        _probable_lines,
    ),
    Rule(
        "shape.headline",
        Label.TITLE,
        "The headline has a field of its own.",
        _find_title_line,
        _unnamed_lines,
    ),
    Rule(
        "shape.first-sentence",
        Label.PARAGRAPH,
        "What ends like a sentence and is not the page's title opens the text.",
        _find_first_sentence,
        _paragraphs_taken_for_titles,
    ),
    Rule(
        "shape.dateline",
        Label.DATELINE,
        "Place, date and agency on a line of their own open a report.",
        _find_dateline,
        _short_first_blocks,
    ),
    Rule("shape.invisible", Label.HIDDEN, "Joiners and marks alone are no text.", _find_invisible, _unusual),
    Rule(
        "shape.doubled-name",
        Label.BYLINE,
        "Author boxes say the name twice.",
        find_doubled_name,
        _lines,
    ),
)

TEASER = Rule(
    "shape.teaser",
    Label.RELATED,
    "Excerpts that break off are advertisements of other articles.",
    _find_teaser,
    _kept_or_of_persons,
)

BYLINE = Rule(
    "shape.byline",
    Label.BYLINE,
    "Author and date have fields of their own.",
    _find_byline,
    _edges,
)

SURE: tuple[Rule, ...] = (
    Rule(
        "shape.after-table",
        Label.RELATED,
        "A headline straight after a table belongs to a link, not to the text.",
        find_stray_after_table,
        kept_lines,
    ),
    TEASER,
    BYLINE,
)

# boxes and captions before headings: they are short lines above text, too
CONTEXT: tuple[Rule, ...] = (
    Rule(
        "shape.bio-after-name",
        Label.AUTHOR_BIO,
        "What follows the name in an author box is about the author.",
        find_bio_after_name,
        _lines,
    ),
    Rule(
        "shape.stray-caption",
        Label.CAPTION,
        "Pictures leave their captions behind.",
        _find_stray_caption,
        kept_lines,
    ),
    Rule("shape.heading", Label.HEADING, "Headings structure the text.", _find_heading, kept_lines_by_now),
)
