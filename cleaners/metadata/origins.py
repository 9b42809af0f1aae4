"""Where each field of metadata comes from: one list of origins, for each field best first.

Order of trust: structured data about this very page, then meta tags, then what is shown near the headline, then the
address, then lines labelled as bylines; headers, files of the site and what a feed announces come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.dates.timestamps import DATE_FIELDS, with_changes_after
from copydesk.cleaners.dates.written_dates import clock_beside, read_date
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.headers import content_languages
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.metadata import credits as people
from copydesk.cleaners.metadata import date_origins as dates
from copydesk.cleaners.metadata import licenses, tags, text_bylines, user_fields
from copydesk.cleaners.metadata.evidence import Evidence, Found, Precedence
from copydesk.cleaners.metadata.selected import Selected
from copydesk.cleaners.metadata.title_vote import find_titles, site_in_title
from copydesk.cleaners.metadata.user_fields import selected_titles
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Announced, Candidate, Label, Metadata, Page
from copydesk.cleaners.word_count import count_words

_Find = Callable[[Evidence, Found], Iterable[Candidate]]
_MIN_SUBTITLE_CHARS, _MAX_SUBTITLE_CHARS = 12, 500  # set by hand: a section's name, a whole introduction
_MAX_NAME_WORDS = 3
_TEXT = frozenset({Label.STANDFIRST, Label.PARAGRAPH, Label.HEADING, Label.LIST_ITEM})


class Origin(Struct, frozen=True):
    """One place in which values of a field are looked for. ``where``: the kind of page that has it."""

    where: Literal["any page", "markup", "flattened text"]
    field: str
    precedence: Precedence
    find: _Find


def find_metadata(evidence: Evidence) -> Metadata:
    """Everything the page says about itself, and its site and feed about the page. Never raises on any content.

    ``author``, ``tag`` and ``image`` are lists: all their candidates are meant. The other fields hold competing
    values, best first. Dates are RFC 3339, or the date alone where no offset is known; those that
    cannot be stand under ``rejected_`` and the field's name, as they were written.
    """
    found = Found(evidence.bounds)
    searched = {"any page", "markup" if evidence.declared is not None else "flattened text"}
    if evidence.has_lines:
        searched.add("flattened text")
    for origin in ORIGINS:
        is_searched = origin.precedence != "fallback" or origin.field not in found.fields
        if is_searched and origin.where in searched:
            found.add(origin.field, origin.precedence, origin.find(evidence, found))
    if evidence.declared is not None and (author := found.first("author")):
        found.confirm("author", author, people.origins_naming(evidence, author))
    return with_changes_after(found.metadata())


def find_early(declared: Declared | None, page: Page, selected: Sequence[Selected] = ()) -> Metadata:
    """Titles and languages as markup and headers declare them, behind the title that a user's rule selects: blocks are
    judged by both, before any other field is looked for. A title is listed as often as it is declared.
    """
    titles = (*selected_titles(declared, selected), *find_titles(declared)) if declared else ()
    languages = tuple(Candidate(tag, origin) for tag, origin in declared.languages) if declared else ()
    if not languages and (tags := content_languages(page.headers)):
        languages = (Candidate(tags, "header:content-language"),)
    if not languages and page.announced and page.announced.language:
        languages = (Candidate(page.announced.language, f"{page.announced.origin}:language"),)
    found = {"title": titles, "language": languages}
    return Metadata({field: candidates for field, candidates in found.items() if candidates})


def without_announced(metadata: Metadata, announced: Announced | None) -> Metadata:
    """``metadata`` without what only the page's feed or sitemap says."""
    if announced is None:
        return metadata
    return _without(metadata, lambda _field, one: one.origin.startswith(f"{announced.origin}:"))


def without_shown_dates(metadata: Metadata) -> Metadata:
    """``metadata`` without dates that only the page's text shows: on a list they are those of its entries."""
    return _without(metadata, lambda field, one: field in DATE_FIELDS and one.origin.startswith("text:"))


def _without(metadata: Metadata, is_dropped: Callable[[str, Candidate], bool]) -> Metadata:
    left = {
        field: tuple(one for one in found if not is_dropped(field, one))
        for field, found in metadata.candidates.items()
    }
    return replace(metadata, candidates={field: found for field, found in left.items() if found})


def _early(field: str) -> _Find:
    return lambda evidence, _: evidence.early.all(field)


def _nodes(key: str) -> _Find:
    """The texts of a property of JSON-LD or microdata."""
    return lambda evidence, _: _values(evidence.markup.texts(key))


def _metas(names: Iterable[str]) -> _Find:
    """Meta tags of these names, the first names first."""
    return lambda evidence, _: _values(evidence.markup.metas(names))


def _announced(field: str, values: Callable[[Announced], Iterable[str | None]]) -> _Find:
    """What the feed or sitemap says that lists the page."""

    def find(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
        if listed := evidence.page.announced:
            yield from (Candidate(value or "", f"{listed.origin}:{field}") for value in values(listed))

    return find


def _subject(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """The title in front matter, and the subject of a mail without markup, whose first line is often where to read it
    in a browser.
    """
    origin = evidence.page.announced.origin if evidence.page.announced else ""
    if origin == "front_matter" or (origin == "mail" and not evidence.declared):
        yield from _announced("title", lambda listed: (listed.title,))(evidence, found)


def _announced_date(field: str, value: Callable[[Announced], str | None]) -> _Find:
    def find(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
        if listed := evidence.page.announced:
            date = value(listed) or ""
            yield Candidate(read_date(date) or "", f"{listed.origin}:{field}", clock_beside(date), date)

    return find


def _dated_by_front_matter(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """The day, with its time, that a file's front matter declares: what its text shows is less exact."""
    if evidence.page.announced and evidence.page.announced.origin == "front_matter":
        yield from _announced_date("date_published", lambda listed: listed.published)(evidence, found)


def _values(found: Iterable[tuple[str, str]]) -> Iterable[Candidate]:
    return [Candidate(text, origin) for origin, text in found]


def _shown_subtitle(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The text just below the headline whose element says that it is the subtitle."""
    for element in evidence.markup.subtitles(evidence.title):
        text = text_in(element)
        # a name or a date is of two or three words
        if len(text) <= _MAX_SUBTITLE_CHARS and count_words(text) > _MAX_NAME_WORDS:
            yield Candidate(text, "text:subtitle")
            return


def _standfirst(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The block labelled as a standfirst, where it is the description, too: others are the first words."""
    first = next((one for one in evidence.labelled if one.label in _TEXT), None)
    if first is None or first.label is not Label.STANDFIRST or len(first.block.text) > _MAX_SUBTITLE_CHARS:
        return
    letters = bare(first.block.text)
    for _, text in evidence.markup.metas(meta_names.DESCRIPTION):
        # either may be cut: "Ferries have been stopped for …"
        shorter, longer = sorted((letters, bare(text)), key=len)
        if len(shorter) >= _MIN_SUBTITLE_CHARS and longer.startswith(shorter):
            yield Candidate(" ".join(first.block.text.split()), "text:standfirst")
            return


def _site_in_title(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """What the head's title says besides the headline."""
    notices = (item.block.text for item in evidence.labelled if item.label is Label.COPYRIGHT)
    if rest := site_in_title(evidence.markup, evidence.early.all("title"), notices):
        yield rest


def _free_nodes(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    for node in evidence.markup.nodes:
        # written as true, "True", ["False"] or "https://schema.org/False"
        free = node.get("isAccessibleForFree")
        word = str(free[0] if isinstance(free, list) and free else free).rsplit("/", 1)[-1].lower()
        yield Candidate(word if word in {"true", "false"} else "", evidence.markup.origin)


def _free_tags(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    # "metered" stays open: whom it stops depends on the visitor
    for origin, text in evidence.markup.metas(meta_names.ACCESS):
        yield Candidate({"free": "true", "locked": "false"}.get(text.lower(), ""), origin)


def _tagged_images(names: Iterable[str]) -> _Find:
    return lambda evidence, _: _images(evidence, evidence.markup.metas(names))


def _node_images(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    page = evidence.markup
    offered = []
    for node in page.nodes:
        for value in page.graph.values(node, "image"):
            # an ImageObject of schema.org, a list of addresses, or one address
            picture = value if isinstance(value, dict) else {"@id": value}
            urls = picture.get("url", picture.get("contentUrl", picture.get("@id")))
            offered += [one for one in (urls if isinstance(urls, list) else [urls]) if isinstance(one, str)]
    return _images(evidence, ((page.origin, one) for one in offered))


def _linked_images(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    links = evidence.markup.head.links
    return _images(evidence, (("link:image_src", href) for rel, href in links if rel == "image_src"))


def _images(evidence: Evidence, offered: Iterable[tuple[str, str]]) -> Iterator[Candidate]:
    """The addresses, absolute."""
    return (Candidate(evidence.markup.head.absolute(text) or "", origin) for origin, text in offered)


_markup = partial(Origin, "markup")
_lines = partial(Origin, "flattened text")
_any_page = partial(Origin, "any page")

ORIGINS: Final[tuple[Origin, ...]] = (
    # which of the titles is the headline: title_vote
    _markup("title", "append", _early("title")),
    _lines("title", "append", lambda evidence, _: (Candidate(evidence.headline, "text:headline"),)),
    _any_page("title", "prepend", _subject),
    _markup("language", "append", _early("language")),
    _markup("subtitle", "append", _nodes("alternativeHeadline")),
    _markup("subtitle", "append", _metas(meta_names.SUBTITLE)),
    _markup("subtitle", "fallback", _shown_subtitle),
    _markup("subtitle", "fallback", _standfirst),
    _markup("section", "append", _nodes("articleSection")),
    _markup("section", "append", _metas(meta_names.SECTION)),
    _markup("description", "append", _metas(meta_names.DESCRIPTION[:1])),
    _markup("description", "append", _nodes("description")),
    _markup("description", "append", _metas(meta_names.DESCRIPTION[1:])),
    # og:site_name, the publisher, a node on the site itself, other meta tags
    _markup("site_name", "append", lambda evidence, _: _values(evidence.markup.site_names)),
    _markup("site_name", "fallback", _site_in_title),
    _markup("canonical_url", "append", lambda evidence, _: _values(evidence.markup.canonicals)),
    # the two dates side by side: each depends on the other in places
    _markup("date_published", "append", dates.in_nodes("datePublished", "dateCreated", "uploadDate")),
    _markup("date_modified", "append", dates.in_nodes("dateModified")),
    _markup("date_published", "append", dates.in_meta_tags("date_published")),
    _markup("date_modified", "append", dates.in_meta_tags("date_modified")),
    _markup("date_published", "append", dates.in_times("date_published")),
    _markup("date_modified", "append", dates.in_times("date_modified")),
    _markup("date_published", "append", dates.in_weak_tags),
    _markup("date_modified", "append", dates.near_headline("date_modified")),
    _markup("date_published", "fallback", dates.near_headline("date_published")),
    _markup("date_published", "prepend", dates.earlier_beside_headline),
    _markup("date_published", "append", dates.in_url),
    _markup("date_published", "fallback", dates.in_bylines("date_published")),
    _markup("date_modified", "fallback", dates.in_bylines("date_modified")),
    _lines("date_published", "append", dates.in_lines("date_published")),
    _lines("date_modified", "append", dates.in_lines("date_modified")),
    _markup("author", "fallback", people.people_declared),
    _markup("author", "fallback", people.people_near_headline),
    _markup("author", "fallback", people.outlet_declared),
    _markup("author", "fallback", people.outlet_near_headline),
    _markup("author", "replace", people.people_in_byline),
    _markup("author", "replace", people.people_marked),
    _markup("author", "replace", text_bylines.people_beside_site),
    _markup("author", "fallback", text_bylines.people_in_bylines),
    _markup("author", "fallback", text_bylines.people_signing),
    _markup("author", "fallback", text_bylines.people_in_openings),
    _markup("author", "fallback", people.people_beside_article),
    _markup("author", "fallback", text_bylines.people_in_bios),
    _markup("author", "fallback", people.account_near_headline),
    _lines("author", "fallback", text_bylines.people_in_lines),
    _lines("author", "fallback", text_bylines.people_signing),
    _lines("author", "fallback", text_bylines.people_introduced),
    _lines("author", "fallback", text_bylines.people_in_openings),
    _any_page("author", "fallback", text_bylines.person_posting),
    _lines("author", "fallback", text_bylines.team_in_lines),
    _markup("tag", "fallback", tags.in_nodes),
    _markup("tag", "fallback", tags.listed(meta_names.TAG_LISTS[1])),
    _markup("tag", "fallback", tags.linked),
    _markup("tag", "fallback", tags.shown),
    _markup("tag", "fallback", tags.in_labelled),
    # keywords are for search engines
    _markup("tag", "fallback", tags.listed(meta_names.TAG_LISTS[2])),
    _markup("image", "append", _tagged_images(meta_names.IMAGES[:1])),
    _markup("image", "append", _node_images),
    _markup("image", "append", _tagged_images(meta_names.IMAGES[1:])),
    _markup("image", "append", _linked_images),
    _markup("license", "append", licenses.declared_license),
    _markup("license", "append", licenses.linked_license),
    _markup("license", "fallback", licenses.license_in_link),
    # what is declared for machines before words, which may be about a picture alone
    _any_page("license", "fallback", licenses.license_in_header),
    _any_page("license", "fallback", licenses.license_of_site),
    _any_page("license", "fallback", licenses.license_in_words),
    _markup("is_accessible_for_free", "append", _free_nodes),
    _markup("is_accessible_for_free", "append", _free_tags),
    # behind everything the page says itself; of lists only where it says nothing
    _any_page("title", "append", _announced("title", lambda listed: (listed.title,))),
    _any_page("author", "fallback", _announced("author", lambda listed: listed.authors)),
    _any_page("tag", "fallback", _announced("tag", lambda listed: listed.tags)),
    _any_page("site_name", "append", _announced("site_name", lambda listed: (listed.site_name,))),
    _any_page("date_published", "prepend", _dated_by_front_matter),
    _any_page("date_published", "append", _announced_date("date_published", lambda listed: listed.published)),
    _any_page("date_modified", "append", _announced_date("date_modified", lambda listed: listed.updated)),
    # a user knows where the fields of a site are
    _markup("title", "prepend", user_fields.title),
    _markup("author", "replace", user_fields.authors),
    _markup("date_published", "prepend", user_fields.date_published),
)
"""Searched from the first to the last; of one field the better origins come before the lesser ones. ``fallback``: only
where the field has no value yet; ``replace`` and ``prepend``: the few that know better than those above them.
"""
