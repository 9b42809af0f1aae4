"""Every title a page gives itself, without the site's name, the headline first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.page_head import is_heading, text_in
from copydesk.cleaners.metadata.title_vote import Title, Voice, headings_first, is_kicked, rank_titles
from copydesk.cleaners.metadata.titles import forms_of, parts_of, without_site
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Candidate

# set by hand: what is longer is a text put into a title's place
_MAX_CHARS = 500
# set by hand: a longer rest is a slogan or a second headline
_MAX_SITE_CHARS = 80
_HEAD = "head:title"
_VOICES = {"meta:og:title": Voice.SHARED, _HEAD: Voice.HEAD}
_AROUND = " |｜ㅣ-–—·•:»«_/"
_MIN_SHOWN_LETTERS = 12  # of a title looked for among the subheadings


def find_titles(page: Declared) -> tuple[Candidate, ...]:
    """The page's titles as candidates, best first."""
    site = page.site
    # a logo set as h1 is no headline
    headings = [without_site(text, site) for text in page.headings if not site.is_named_by(text)]
    # the first is the article's own, others are of the page around it
    declared = [(origin, without_site(text, site)) for origin, text in _short(page.texts("headline"))][:1]
    forms = forms_of(
        [*headings, *(text for _, text in (*declared, *_short(page.metas(meta_names.HEADLINE))))]
    )
    offered = list(_short((*page.metas(meta_names.TITLE), *_head(page))))
    named = {
        text: without_site(text, site, forms=forms) for text in dict.fromkeys(text for _, text in offered)
    }
    said = [
        *(Title(text, origin, Voice.DECLARED) for origin, text in declared),
        *(Title(named[text], origin, _VOICES.get(origin, Voice.META)) for origin, text in offered),
    ]
    shown = headings_first(headings, [title.text for title in said])
    return rank_titles([*shown, *_subheadings(page, said), *said], url=page.url or page.canonical())


def site_in_title(page: Declared, titles: Iterable[Candidate]) -> Candidate | None:
    """What the head's title says besides the headline is what the site calls itself: of several
    names the one that its address has, too, for others are of an author, a section or a slogan.
    """
    whole = page.head.head_title or ""
    headline = next((title.value for title in titles if title.origin == _HEAD), None)
    before, _, after = whole.partition(headline) if headline else ("", "", "")
    said = (after or before).strip(_AROUND)
    if not 0 < len(said) <= _MAX_SITE_CHARS:
        return None
    return Candidate(next((part for part in parts_of(said) if page.site.is_named_by(part)), said), _HEAD)


def _head(page: Declared) -> Iterator[tuple[str, str]]:
    yield _HEAD, page.head.head_title or ""


def _short(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((origin, text) for origin, text in found if 0 < len(text) <= _MAX_CHARS)


def _subheadings(page: Declared, said: list[Title]) -> Iterator[Title]:
    """What is declared and shown as an ``h2``, perhaps behind a kicker: where the ``h1`` is for search engines."""
    forms = {form: title for title in said if len(form := bare(title.text)) >= _MIN_SHOWN_LETTERS}
    if not forms or (len(forms) == 1 and any(bare(text) in forms for text in page.headings)):
        return  # nothing to find, or nothing to decide
    endings = tuple(forms)
    for element in page.head.subheadings:
        # a quick look first: reading a heading's text takes ten times as long
        if bare("".join(cast("Iterator[str]", element.itertext()))).endswith(endings) and is_heading(element):
            for form, title in forms.items():
                if is_kicked(bare(text_in(element)), form):
                    yield Title(title.text, "text:h2", Voice.SHOWN)
