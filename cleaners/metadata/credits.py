"""The authors of a page, declared or shown near its headline; tells people from outlets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.near_headline import Line
from copydesk.cleaners.metadata.authors import beside_dates
from copydesk.cleaners.metadata.byline_elements import (
    MAX_LINES,
    alike_beside,
    first_lines,
    is_declared_author,
    is_plausible,
    marks_author,
    may_credit,
    names_at_start,
    person_in,
)
from copydesk.cleaners.metadata.declared_authors import DeclaredAuthor, declared_authors
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.person_names import (
    clean_name,
    has_cjk,
    has_opener,
    is_collective,
    is_full_name,
    is_name,
    is_nobody,
    is_opener,
    is_organisation,
    is_page_word,
    names_nobody,
)
from copydesk.cleaners.metadata.signatures import FIRST_UNSPACED, MAX_BYLINE_CHARS
from copydesk.cleaners.metadata.text_bylines import people_beside, people_signing_surely, words_signing
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Author
from copydesk.cleaners.sentence_ends import ends_in_abbreviation, ends_sentence
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Candidate, Label, Metadata

# set by hand: a team comes first in its element; a longer text is a sentence about it
_MAX_OUTLET_LINES, _MAX_OUTLET_WORDS = 3, 6
_LONGEST_WITH_STOP = 80  # characters of a byline that ends in a full stop: names with roles; set by hand
_NOT_OF_AUTHORS = frozenset({Label.COPYRIGHT, Label.NAV, Label.RELATED, Label.COMMENT})
_MAX_AROUND = 6  # elements around one beside the article
_OF_OTHERS = lazy_pattern(
    r"comment|related|recommend|teaser|popular|latest|trending|most-read|card|widget|list"
)
_LETTERS = lazy_pattern(r"[^\W\d_]+")
_ACCOUNT = lazy_pattern(r"[\w.-]{2,30}")  # "jovelstefan", "h.szeyee", "oz"


def people_declared(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The declaration that names people, without the site itself: of several the first whose people a marked byline
    names, else the page shows; and rather one that names the same people and more. Those whom a marked byline names
    beside them wrote it, too.
    """
    site, shown = evidence.markup.site, evidence.memoized(_ShownNames)
    groups = [
        [author for author in group if not (author.is_outlet and site.is_named_by(author.name))]
        for group in evidence.memoized(declared_authors)
        if any(not author.is_outlet for author in group)
    ]
    if groups:
        marked = evidence.memoized(_marked_names)
        by_names = [(group, names) for names in (marked, shown) for group in groups]
        seen = (group for group, names in by_names if any(author.name in names for author in group))
        first = next(seen, groups[0])
        names = {author.name.lower() for author in first}
        fuller = (group for group in groups if names < {author.name.lower() for author in group})
        declared = next(fuller, first)
        yield from map(_field_value, declared)
        yield from people_beside([author.name for author in declared], marked, evidence)


class _ShownNames:
    """The names that a page shows, outside of its copyright notices."""

    def __init__(self, evidence: Evidence) -> None:
        shown = [item.block.text.lower() for item in evidence.labelled if item.label not in _NOT_OF_AUTHORS]
        self._texts, self._whole = shown, "\n".join(shown)

    def __contains__(self, name: str) -> bool:
        # "Berg, Anna" and "Anna M. Berg" show "Anna Berg", too; "planning for the police" does not show "Ann Li"
        words = _LETTERS.findall(name.lower())
        if not all(map(self._whole.__contains__, words)):
            return False
        near = [text for text in self._texts if all(map(text.__contains__, words))]
        # some names may stand amid other letters
        is_unspaced = any(word >= FIRST_UNSPACED for word in words)
        return (
            bool(near) if is_unspaced else any({*_LETTERS.findall(text)}.issuperset(words) for text in near)
        )


def people_marked(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """Full names in elements that are marked as the author's, or in a dated line behind "by", where those who are
    declared are shown nowhere, or by their first name alone: posters and houses are declared, too.
    """
    declared = found.all("author")
    shown = [name for name in declared if name in evidence.memoized(_ShownNames)]
    if not declared or any(map(is_full_name, shown)):
        return
    marked = evidence.memoized(_marked_names) or people_signing_surely(evidence)
    is_other = not _share_name(declared, marked) or all(map(_is_first_name_of, declared, marked))
    if marked and all(map(is_full_name, marked)) and is_other:
        yield from (Candidate(name, "text:byline") for name in marked)


def _marked_names(evidence: Evidence) -> tuple[str, ...]:
    """The people in the first element that is marked as the author's, and names any, and in those alike beside it."""
    page, title = evidence.markup, evidence.title
    names = _people_in(page, _marked_lines(page, title))
    return _with_alike(names, page, title) if names else ()


def _people_in(page: Declared, found: Iterable[list[Line]]) -> tuple[str, ...]:
    """The names in the first lines that hold any, without the site's and those of organisations."""
    names = _first_names(page, found)
    return tuple(name for name in names if not (page.site.is_named_by(name) or is_organisation(name)))


def _is_first_name_of(name: str, other: str) -> bool:
    """Whether a name is the first word of a fuller one."""
    return not is_full_name(name) and other.lower().startswith(f"{name.lower()} ")


def people_beside_article(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The one person whom elements marked as the author's name in an ``aside`` or ``footer``, where nobody else is."""
    page = evidence.markup
    declared = filter(is_declared_author, dict.fromkeys((*page.marked.credited, *page.marked.linked)))
    beside = (one for one in declared if page.is_aside(one, evidence.title) and not _is_of_others(one))
    people = {name for one in beside for name in _people_in(page, [first_lines(one, page)])}
    if len(people) == 1 and all(map(is_full_name, people)):
        yield from (Candidate(name, "text:byline") for name in people)


def _is_of_others(element: etree._Element) -> bool:
    """Whether an element is in a list, a card or comments, by the tags and names of those around it."""
    around = [element, *islice(element.iterancestors(), _MAX_AROUND)]
    words = " ".join(
        f"{one.get('class', '')} {one.get('id', '')}" for one in around if one.tag != "body"
    ).lower()
    return any(
        one.tag in ("article", "li", "nav", "blockquote") and one is not element for one in around[1:3]
    ) or (_OF_OTHERS.search(words) is not None)


def _first_names(page: Declared, found: Iterable[list[Line]]) -> tuple[str, ...]:
    """The names in the first lines that hold any."""
    for lines in found:
        names = names_at_start(lines, page)
        if names and is_plausible(names, lines, page.language):
            return names
    return ()


def people_near_headline(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Names in elements that are marked as an author, or after a "By" near the headline. If an outlet is declared, one
    must be a full name, because a single word may be a section or an account.
    """
    page, title = evidence.markup, evidence.title
    possible = (
        first_lines(one, page)
        for one in dict.fromkeys((*page.marked.credited, *page.marked.linked))
        if not marks_author(one) and may_credit(one, page, title)
    )
    names = _first_names(page, chain(_author_lines(page, title), possible))
    names = _with_alike(names, page, title) if names else ()
    # "Anna Berg, Harbour News": the site is an author only if no person is named
    people = [name for name in names if not (page.site.is_named_by(name) or page.site.has_branch(name))]
    if people and all(_wrote_others(name, evidence) for name in people):
        return
    if not evidence.memoized(declared_authors) or any(" " in name for name in people or names):
        yield from (Candidate(name, "text:byline") for name in people or names)


def _wrote_others(name: str, evidence: Evidence) -> bool:
    """Whether a page shows a name on cards of other articles and nowhere else."""
    return {item.label for item in evidence.labelled if name in item.block.text} == {Label.RELATED}


def outlet_declared(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The first declaration, if only a desk, an account or the site itself is named."""
    yield from (_field_value(author) for group in evidence.memoized(declared_authors)[:1] for author in group)


def outlet_near_headline(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The team or site that a byline near the headline names instead of a person ("By the Harbour Post team")."""
    page = evidence.markup
    for lines in _author_lines(page, evidence.title):
        names = (clean_name(line, language=page.language) for _, line in lines[:_MAX_OUTLET_LINES])
        short = (one for one in names if len(one.split()) <= _MAX_OUTLET_WORDS)
        name = next((one for one in short if not is_opener(one, page.language)), "")
        if not names_nobody(name) and (is_collective(name) or page.site.is_named_by(name)):
            yield Candidate(name, "text:byline")
            return


def people_in_byline(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """Full names after a "By" near the headline, if the declared author is only the account that posted the page, the
    publisher, or a first name.
    """
    declared, page = found.all("author"), evidence.markup
    near = page.lines_near(evidence.title) if declared else ()
    # with a declared person, the byline may name the author of a reviewed book
    outlets = {bare_name(name) for name in page.outlets}
    people = (name for name in declared if is_full_name(name) and not page.site.is_named_by(name))
    if not near or any(bare_name(name) not in outlets for name in people):
        return
    # only the first opener: later ones may be of films and books
    lines = next(_lines_from_opener(page, evidence.title), [])
    names = names_at_start(lines, page)
    if (
        names
        and all(map(is_full_name, names))
        and is_plausible(names, lines, page.language)
        and not _share_name(declared, names)
        and not any(page.site.is_named_by(name) for name in names)
    ):
        yield from (Candidate(name, "text:byline") for name in names)


def account_near_headline(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The account that an author's element names ("jovelstefan"), or a dated line at the text behind "by", if no name
    was found.
    """
    page = evidence.markup
    parts = (*_marked_parts(page, evidence.title), *words_signing(evidence))
    names = (clean_name(part, language=page.language) for part in parts)
    if account := next((name for name in names if _is_account(name, page)), None):
        yield Candidate(account, "text:byline")


def _marked_parts(page: Declared, title: str | None) -> Iterator[str]:
    """What stands beside the dates in the first line of each element that is marked as the author's."""
    for element in (*page.marked.credited, *page.marked.linked):
        if marks_author(element) and may_credit(element, page, title):
            lines = [text for _, text in first_lines(element, page) if not is_opener(text, page.language)]
            yield from beside_dates(lines[0], language=page.language) if lines else ()


def origins_naming(evidence: Evidence, name: str) -> Iterator[str]:
    """The origins that name an author: declarations, and the lines near the headline."""
    authors = chain.from_iterable(evidence.memoized(declared_authors))
    yield from (one.origin for one in authors if one.name == name)
    if any(name in text for _, text in evidence.markup.lines_near(evidence.title)):
        yield "text:byline"


def _is_account(name: str, page: Declared) -> bool:
    # where words are not parted a whole sentence looks like an account
    if _ACCOUNT.fullmatch(name) is None or (has_cjk(name) and not is_name(name)):
        return False
    is_other = is_nobody(name) or names_nobody(name) or is_page_word(name) or is_opener(name, page.language)
    return not (is_other or page.site.is_named_by(name))


def _share_name(declared: Iterable[str], shown: Iterable[str]) -> bool:
    """Whether a declared and a shown name have a word in common. A first name alone is not the same as a full name."""
    known = [set(name.lower().replace(".", "").split()) for name in declared]
    names = [set(name.lower().replace(".", "").split()) for name in shown]
    return any(one & other and (len(one) > 1 or len(other) == 1) for one in known for other in names)


def authors_of(metadata: Metadata) -> tuple[Author, ...]:
    """The authors with their URLs, as in the record."""
    return tuple(Author(name=one.value, url=one.url or None) for one in metadata.all("author"))


def _field_value(author: DeclaredAuthor) -> Candidate:
    return Candidate(author.name, author.origin, url=author.url or "")


def _author_lines(page: Declared, title: str | None) -> Iterator[list[Line]]:
    """Lines that name authors, the most reliable first. The caller stops at the first that it can use."""
    yield from _marked_lines(page, title)
    # last, because "By" may also begin a sentence of the standfirst
    yield from _lines_from_opener(page, title)


def _marked_lines(page: Declared, title: str | None) -> Iterator[list[Line]]:
    """Lines of elements that are marked as the author's name."""
    for element in (*page.marked.credited, *page.marked.linked):
        if marks_author(element) and may_credit(element, page, title):
            yield first_lines(element, page)


def _with_alike(names: tuple[str, ...], page: Declared, title: str | None) -> tuple[str, ...]:
    """The names, and those in elements alike right behind the one that they were read in, of one full name each."""
    for element in (*page.marked.credited, *page.marked.linked):
        is_authors = marks_author(element) and may_credit(element, page, title)
        if is_authors and names_at_start(first_lines(element, page), page) == names:
            beside = (person_in(one, page) for one in alike_beside(element, page.language))
            return tuple(dict.fromkeys((*names, *filter(None, beside))))
    return names


def _lines_from_opener(page: Declared, title: str | None) -> Iterator[list[Line]]:
    """For each line near the headline that begins with "By", this line and the next ones."""
    near = page.lines_near(title)
    for at, (_, text) in enumerate(near):
        # "Von der Brücke blieb nach dem Hochwasser …, sagte Anna Berg."
        is_sentence = (
            len(text) > _LONGEST_WITH_STOP and ends_sentence(text) and not ends_in_abbreviation(text)
        )
        is_line = len(text) <= MAX_BYLINE_CHARS and not is_sentence
        if is_line and (has_opener(text, page.language) or is_opener(text, page.language)):
            yield list(near[at : at + MAX_LINES])
