"""Where a page's dates are found: in its declarations, in ``time`` elements, near its headline, in its URL, in its
lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, pairwise

from lxml import etree

from copydesk.cleaners.dates.timestamps import DATE_FIELDS, DateField, date_in_url
from copydesk.cleaners.dates.written_dates import (
    ShownDates,
    around_dates,
    clock_beside,
    dates_of_note,
    read_date,
)
from copydesk.cleaners.lexicon.byline_words import is_modified_note, is_other_credit, is_other_date_note
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.near_headline import NO_PROSE, Line, lines_in, sentence_around
from copydesk.cleaners.markup.page_head import text_before, text_in
from copydesk.cleaners.metadata.date_witnesses import (
    MAX_DATE_LINE,
    is_of_life,
    is_of_others_alone,
    is_of_something_else,
    is_witness,
    places_of_others,
    says_only_published,
)
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.text_bylines import (
    NOT_OF_PAGE,
    above_comments,
    at_article,
    at_kept_text,
    entry_places,
    places_at_kept_text,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Candidate, Label, Labelled

# of a date's element; set by hand: longer ones hold prose, with dates of events
_MAX_CHARS = 160
# set by hand: long threads have hundreds, and each costs a reading
_MAX_TIMES = 60
_MIN_CARDS = 3
_MAX_LINES = 10  # text nodes of a date's element that are read
_CELLS = ("td.", "th.", "dt.", "dd.", "li.")  # as lines near a headline name their elements
_MIN_DAYS = 2  # set by hand: a page is published on one
_DAY = 10  # characters of an RFC 3339 date up to its day
_SECONDS = len("2026-11-20T10:00:00")
# "Oslo, Norway – ", "August 13, 2025 — ": no sentence ends before the dash
_DATELINE = lazy_pattern(r"^[^.!?\n]{2,80}?\s[–—-]\s")
_OPENING_BLOCKS = 2
_MAX_OPENING_CHARS = 40
_Find = Callable[[Evidence, Found], Iterable[Candidate]]


def _times(evidence: Evidence) -> ShownDates:
    """Dates of the ``time`` elements outside of lists and comments; those after the headline count first."""
    page, bounds = evidence.markup, evidence.bounds
    found: dict[DateField, list[Candidate]] = {field: [] for field in DATE_FIELDS}
    all_times, language = () if _is_listing(page) else page.head.times, page.date_language
    for element in all_times[:_MAX_TIMES]:
        shown = text_in(element)
        if is_of_something_else(text_before(element), language) or is_of_others_alone(shown, evidence):
            continue
        if page.is_outside(element, evidence.title) or _is_of_life(element, language):
            continue
        told = sentence_around(element)
        if told and not is_witness(told, page, is_beside=True):
            continue
        # the only time of a page may stand beside the article
        if page.is_aside(element, evidence.title) and (len(all_times) > 1 or _is_of_others(element)):
            continue
        # the attribute is for machines (HTML Standard, time element); the text helps where it is wrong
        for written in (element.get("datetime", ""), shown):
            date = read_date(written, language=language)
            if not date:
                continue
            field: DateField = "date_modified" if _is_of_change(element) else "date_published"
            if bounds.admits(date):
                clock = clock_beside(written, language=language)
                found[field].append(Candidate(date, "text:time", clock, written))
                break
            found[field].append(Candidate("", "text:time", written=written))
    return {field: _first_possible(dates) for field, dates in found.items()}


def _is_of_life(element: etree._Element, language: str) -> bool:
    """Whether a time is that of a birth or a death: "Anna Berg (12 May 1934 – 3 October 2026)"."""
    around = element.getparent()
    text = "" if around is None else text_in(around)
    return len(text) <= _MAX_CHARS and is_of_life(text, language)


def _is_listing(page: Declared) -> bool:
    """Whether the times of a page without a headline are those of its cards."""
    if page.head.headings:
        return False
    cards = (next(one.iterancestors("article", "li"), None) for one in page.head.times[:_MAX_TIMES])
    return len({card for card in cards if card is not None}) >= _MIN_CARDS


def _first_possible(dates: Sequence[Candidate]) -> list[Candidate]:
    """The dates that cannot be, and of the others the first."""
    return [one for one in dates if not one.value] + [one for one in dates if one.value][:1]


def _near(evidence: Evidence) -> ShownDates:
    """Dates written out near the headline, or in elements whose class says that they hold a date."""
    found: dict[DateField, list[Candidate]] = {field: [] for field in DATE_FIELDS}
    for text in _date_texts(evidence):
        shown = _shown(text, evidence.markup)
        for field, dates in found.items():
            dates.extend(shown[field])
        # further down stand dates of teasers and events
        if _has_value(shown["date_published"]):
            break
    return {field: _first_possible(dates) for field, dates in found.items()}


def _date_beside(page: Declared, title: str | None) -> Candidate | None:
    """The first date of publication that is near the headline with little else in its line."""
    for text in _noted(page.lines_near(title)):
        if len(text) <= MAX_DATE_LINE and any(map(str.isdigit, text)):
            shown = _shown(text, page)
            if any(map(_has_value, shown.values())):
                return next((date for date in shown["date_published"] if date.value), None)
    return None


def _noted(lines: Iterable[Line]) -> Iterator[str]:
    """The texts of lines, behind what the line before or the element says of a date: "Updated:", "Next meeting:",
    ``time.updated``.
    """
    above = ""
    for tag, text in lines:
        is_of_change = _names_change(tag.lower()) and not is_modified_note(text)
        opening = _opening_of(above) or ("updated" if is_of_change else "")
        yield f"{opening} {text}".strip() if opening else _labelled(text, above)
        above = text


def _labelled(text: str, above: str) -> str:
    """A line behind the label that stands in an element of its own before it."""
    is_label = above.endswith((":", "：")) and len(above) <= _MAX_OPENING_CHARS
    return f"{above} {text}" if is_label else text


def _has_date(text: str, page: Declared) -> bool:
    return len(around_dates(text, language=page.date_language)) > 1


def _has_value(dates: Iterable[Candidate]) -> bool:
    return any(date.value for date in dates)


def _shown(text: str, page: Declared) -> ShownDates:
    return dates_of_note(text, origin="text:byline", language=page.date_language, bounds=page.bounds)


def _names_change(words: str) -> bool:
    # "entry-date published updated": themes write so where a post was never changed
    return ("modif" in words or "update" in words) and not ("updated" in words and "published" in words)


def _is_of_change(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('itemprop', '')}".lower()
    if "updated" in words and "published" in words:
        return False
    # "Updated on"; set by hand: more characters reach into the sentence before
    return _names_change(words) or is_modified_note(text_before(element)[-60:])


def _is_of_others(element: etree._Element) -> bool:
    """Whether an element is in a comment or an embedded post."""
    return any(
        above.tag == "blockquote" or "comment" in f"{above.get('class', '')} {above.get('id', '')}"
        for above in element.iterancestors()
    )


def _date_texts(evidence: Evidence) -> Iterator[str]:
    page, title = evidence.markup, evidence.title
    lines, beside = page.lines_near(title), page.lines_beside(title)
    figured = [pair for pair in zip(lines, _noted(lines), strict=True) if any(map(str.isdigit, pair[1]))]
    witnesses = [
        (line, text)
        for line, text in figured
        if is_witness(text, page, is_beside=line in beside) and not is_of_others_alone(line[1], evidence)
    ]
    # lines with a day in elements of one kind: a table of what happened when, a list of sources, cards below a brief
    days = Counter(line[0] for line, text in witnesses if line[1] == text)
    days |= Counter(line[0] for line, text in figured if line[0].startswith(_CELLS) and _has_date(text, page))
    dated = (
        text
        for line, text in witnesses
        if line[1] != text
        or days[line[0]] < (_MIN_DAYS if line[0].startswith(_CELLS) else _MIN_CARDS)
        or (line in beside and not line[0].startswith(_CELLS))
    )
    # what is hardly more than a date, or says that it is the day of publishing, before what speaks of one
    yield from sorted(
        dated,
        key=lambda text: len(text) > MAX_DATE_LINE and not says_only_published(text, page.date_language),
    )
    for element in page.marked.dated:
        if (
            element.tag not in NO_PROSE
            and not page.is_aside(element, title)
            and not page.is_outside(element, title)
        ):
            text = " ".join(text for _, text in lines_in(element, page.asides, _MAX_LINES))
            if (
                0 < len(text) <= _MAX_CHARS
                and not is_of_life(text, page.date_language)
                and not is_of_others_alone(text, evidence)
            ):
                yield text


def in_nodes(*keys: str) -> _Find:
    """Dates of JSON-LD or microdata; key by key over all nodes: one node's ``dateCreated`` must not outrank
    another's ``datePublished``.
    """
    return lambda evidence, _found: _read(chain.from_iterable(map(evidence.markup.texts, keys)), evidence)


def in_meta_tags(field: DateField) -> _Find:
    """Meta tags whose names say that they hold the date."""

    def find(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
        page = evidence.markup
        return _read(page.metas(meta_names.names_of_date(field, page.head.meta)), evidence)

    return find


def in_weak_tags(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Meta tags that name some date of the page."""
    return _read(evidence.markup.metas(meta_names.DATE), evidence)


def _read(texts: Iterable[tuple[str, str]], evidence: Evidence) -> Iterator[Candidate]:
    """(origin, text) pairs with the date each text means, empty where it is none."""
    for origin, text in texts:
        language = evidence.markup.date_language
        date = read_date(text, language=language) or ""
        yield Candidate(date, origin, clock_beside(text, language=language) if date else "", text)


def in_times(field: DateField) -> _Find:
    """``time`` elements; behind all that is declared: one may be a teaser's or an event's."""
    return lambda evidence, _found: evidence.memoized(_times)[field]


def near_headline(field: DateField) -> _Find:
    """Dates in words near the headline, the likeliest to be those of something else."""

    def find(evidence: Evidence, found: Found) -> Iterable[Candidate]:
        # a change is looked for where the publication has to be looked for
        is_wanted = field == "date_published" or "date_published" not in found.fields
        return evidence.memoized(_near)[field] if is_wanted else ()

    return find


def earlier_beside_headline(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """Some systems stamp every change as publication: an earlier date beside the headline is the better one."""
    published, modified = found.first("date_published"), found.first("date_modified")
    # to the second, for a system may write one stamp with and without its offset; without a stamp of a change the
    # earlier date may be that of a birth, a match, a concert
    if published is None or modified is None or published[:_SECONDS] < modified[:_SECONDS]:
        return
    declared = in_meta_tags("date_published")(evidence, found)
    # another declaration may have kept the day: system and template write one each
    earlier = (one for one in declared if one.value and one.value[:_DAY] < published[:_DAY])
    shown = _date_beside(evidence.markup, evidence.title) or next(earlier, None)
    # published after its change: such a stamp is neither
    if shown is None and published[:_SECONDS] > modified[:_SECONDS]:
        shown = next((one for one in evidence.memoized(_times)["date_published"] if one.value), None)
    # an earlier day only: the same day without a time would lose the time
    if shown and shown.value[:_DAY] < published[:_DAY]:
        year, month, day = shown.value[:_DAY].split("-")
        # "11/01/2021" may be that day, swapped
        if published[:_DAY] != f"{year}-{day}-{month}":
            yield shown


def in_url(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The day in the page's URL; it has a day at most, and keeps it whatever is changed later."""
    if found := date_in_url(evidence.page.url or evidence.markup.canonical or ""):
        raw, date = found
        yield Candidate(date, "url", written=raw)


def _bylines(evidence: Evidence) -> tuple[ShownDates, ...]:
    lines = {item.block.text: item for item in (*evidence.memoized(at_article), *at_kept_text(evidence))}
    short, page = MAX_DATE_LINE, evidence.markup
    above = {after.block.text: item.block.text for item, after in pairwise(evidence.labelled)}
    own = (
        item
        for text, item in lines.items()
        if is_witness(_labelled(text, above.get(text, "")), page, is_beside=len(text) <= short)
    )
    return (*(_shown_by(item, evidence) for item in own), *_in_dateline(evidence))


def in_bylines(field: DateField) -> _Find:
    """The first byline above or below the text that has a date."""
    return lambda evidence, _found: _first(evidence.memoized(_bylines), field)


def in_lines(field: DateField) -> _Find:
    """The first line of flattened text that has a date and little else, or the dateline of its first paragraph."""
    return lambda evidence, _found: _first(_dated_lines(evidence), field)


def _first(lines: Iterable[ShownDates], field: DateField) -> Iterator[Candidate]:
    """The first date there is, and the impossible ones before it."""
    for shown in lines:
        yield from shown[field]
        if _has_value(shown[field]):
            return


def _dated_lines(evidence: Evidence) -> Iterator[ShownDates]:
    """Dates in lines of their own, from the top, then the dateline of the first paragraph, or of the
    second below a headline that stays in the text; last what a menu parts from the headline.
    """
    above, language, entries = "", evidence.language, evidence.memoized(entry_places)
    at_text, of_others = {*evidence.memoized(places_at_kept_text)}, evidence.memoized(places_of_others)
    of_site, last = evidence.memoized(_above_menu), list[ShownDates]()
    for at, item in enumerate(evidence.memoized(above_comments)):
        text = item.block.text
        if is_of_life(text, language):
            continue
        # "Published on 3 October 2023", whatever it was taken for, and wherever it stands
        is_published = partial(says_only_published, text, language)
        is_dated = item.label in (Label.BYLINE, Label.DATELINE) or (
            at in at_text and item.label not in NOT_OF_PAGE and is_published()
        )
        if (
            is_dated
            and at not in entries
            and (at not in of_others or is_published())
            and not is_of_something_else(around_dates(text, language=language)[0], language)
        ):
            shown = _shown_by(item, evidence, note_above=_opening_of(above))
            if at in of_site:
                last.append(shown)
            else:
                yield shown
        above = text
    yield from _in_dateline(evidence)
    yield from last


def _above_menu(evidence: Evidence) -> range:
    """The lines that a menu parts from the headline below: the name of the site, the day of the visit."""
    shown, labelled = bare(evidence.headline), evidence.labelled
    place = next((at for at, item in enumerate(labelled) if bare(item.block.text) == shown), 0)
    return range(max([at for at in range(place) if labelled[at].label is Label.NAV], default=0))


def _in_dateline(evidence: Evidence) -> Iterator[ShownDates]:
    for item in islice((one for one in evidence.labelled if one.is_kept), _OPENING_BLOCKS):
        # "Paris, France – August 13, 2025 –"; set by hand: a dash further on is one of the first sentence
        head = item.block.text[:120]
        last = max(map(head.rfind, (" – ", " — ", " - ")))
        if last > 0 and _DATELINE.match(item.block.text):
            yield _dates_in(head[:last], Label.DATELINE, evidence)
            return


def _opening_of(line: str) -> str:
    """A line that says what the date in the next one is of, where texts of elements are lines of their own: "Updated:",
    "Member since". Of 888 dates of flattened pages (WCXB, Fundus, open web) 84 were wrong without it, 62 are.
    """
    is_bare = len(line) <= _MAX_OPENING_CHARS and not any(map(str.isdigit, line))
    # "Edited by Anna Berg" is about a person
    is_note = is_bare and not is_other_credit(line) and (is_modified_note(line) or is_other_date_note(line))
    return line if is_note else ""


def _shown_by(item: Labelled, evidence: Evidence, *, note_above: str = "") -> ShownDates:
    return _dates_in(f"{note_above} {item.block.text}".strip(), item.label, evidence)


def _dates_in(text: str, label: Label, evidence: Evidence) -> ShownDates:
    return dates_of_note(text, origin=f"text:{label}", language=evidence.language, bounds=evidence.bounds)
