"""Every title a page gives itself, without the site's name; and which of them is the headline a reader sees.

Every place that names a title has a voice, and titles with the same letters are one. What the page shows as a
heading outweighs what is only declared; declarations that repeat each other are mostly one field filled in once,
so all but the first count little. A kicker before the headline does not part two titles.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import accumulate, chain, islice
from typing import cast
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.page_head import is_heading, is_site_heading, text_in
from copydesk.cleaners.metadata.person_names import has_cjk, has_opener, is_full_name, without_opener
from copydesk.cleaners.metadata.title_parts import BARS, forms_of, part_shown, parts_of, tails, without_site
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Candidate
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

# set by hand: what is longer is a text put into a title's place
_MAX_CHARS = 500
# set by hand: a longer rest is a slogan or a second headline
_MAX_SITE_CHARS = 80
_MAX_PIECES = 40  # texts in a heading; set by hand: one word each is the most that is seen
_FILE_NAME = lazy_pattern(r"[a-z0-9]+(?:[-_][a-z0-9]+){2,}")  # "ferry-test-2018"
_MAX_SUBHEADINGS = 5  # one of which may be the headline of a page without h1
_MAX_SET_APART = 100  # set by hand: elements of which one may be the headline of a page without headings
_HEAD = "head:title"
_AROUND = " |｜ㅣ-–—·•:»«_/"
_MIN_SHOWN_LETTERS = 12  # of a title looked for among the subheadings


class Voice(StrEnum):
    """Where a title is."""

    HEADING = "heading"  # the h1 that shows the headline
    OTHER = "other"  # any other h1
    SHOWN = "shown"  # an h2 that says what is declared
    DECLARED = "declared"  # structured data
    SHARED = "shared"  # og:title
    META = "meta"  # other meta tags
    HEAD = "head"  # the head's title
    TAIL = "tail"  # what two headings and declarations share behind different kickers


_VOICES = {"meta:og:title": Voice.SHARED, _HEAD: Voice.HEAD}
# chosen on half of the sites of 934 pages and flat around these values: half a point more or less for any of them
# moves fewer than 2 % of the titles
_WEIGHTS = {
    Voice.HEADING: 3.0, Voice.OTHER: 0.5, Voice.SHOWN: 3.0, Voice.DECLARED: 2.5, Voice.SHARED: 1.5, Voice.META: 0.25,
    Voice.HEAD: 1.0, Voice.TAIL: 0.5,
}  # fmt: skip
_SEEN = frozenset({Voice.HEADING, Voice.OTHER, Voice.SHOWN, Voice.TAIL})
_WELL_FOUNDED = frozenset({Voice.HEADING, Voice.DECLARED, Voice.SHARED})
_REPEATED = 0.15  # what a second declaration of the same title counts
_SLUG = 1.5  # what a title counts whose words are all the address's
_PLAIN = 0.5  # what the form without kicker counts beside the one with it
_MIN_SLUG_WORDS = 3
_AKIN = 0.3  # share of words from which a heading has to do with a title
_MIN_RELATING_CHARS = 5  # of a word that is enough to relate two titles
# set by hand: shorter tails are shared by chance ("and what now?")
_MIN_TAIL_LETTERS = 15
_MAX_COMPARED = 40  # titles
_WORD = lazy_pattern(r"\w+")
# an address writes "ü" as "ue" or as "u": _share_in compares both
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})


class Title(Struct, frozen=True):
    """A title without the site's name, where it was found and what place that is; ``ends``: the letters of those of its
    ends that begin with an element of their own.
    """

    text: str
    origin: str
    voice: Voice
    ends: frozenset[str] = frozenset()


class _Group(Struct):
    """Titles with the same letters."""

    letters: str
    titles: list[Title] = field(default_factory=list)

    @property
    def voices(self) -> frozenset[Voice]:
        return frozenset([title.voice for title in self.titles])

    @property
    def text(self) -> str:
        """The spelling that most places have; among equals the one with more signs, which others may have lost."""
        texts = [title.text for title in self.titles]
        if len({*texts}) == 1:
            return texts[0]
        return max(texts, key=lambda text: (not text.isupper(), texts.count(text), len(text)))


def _lead_of(headings: Sequence[str], others: Sequence[str]) -> int | None:
    """The place of the heading most akin to a declared title; the first where nothing is declared."""
    if not others:
        return 0
    letters = list(map(bare, headings))
    # what is declared of the article comes first among the others: a head's title may be cut to the section's name
    if same := next((form for other in others if (form := bare(other)) in letters), None):
        return letters.index(same)
    words_of_others: list[frozenset[str]] = []
    best, lead = 0.0, None
    for place, heading in enumerate(headings):
        words_of_others = words_of_others or [_words(other) for other in dict.fromkeys(others)]
        words = _words(heading)
        share = max(_kinship(words, other) for other in words_of_others)
        if share > best:
            best, lead = share, place
    return lead


def rank_titles(titles: Sequence[Title], *, url: str | None) -> tuple[Candidate, ...]:
    """The titles as candidates: the headline first, the others as they were offered."""
    groups = _groups(titles[:_MAX_COMPARED])
    if not groups:
        return ()
    slug = _slug_words(url or "") if len(groups) > 1 else ()
    best = max(groups, key=lambda group: _score(group, groups, slug))
    chosen = best.text
    origin = next(title.origin for title in best.titles if title.text == chosen)
    return (Candidate(chosen, origin), *(Candidate(title.text, title.origin) for title in titles))


def _groups(titles: Iterable[Title]) -> list[_Group]:
    found: dict[str, _Group] = {}
    for title in titles:
        if letters := bare(title.text):
            found.setdefault(letters, _Group(letters)).titles.append(title)
    if len(found) > 1:
        for title in _shared_tails([group for group in found.values() if group.voices & _WELL_FOUNDED]):
            letters = bare(title.text)
            found.setdefault(letters, _Group(letters)).titles.append(title)
    return list(found.values())


def _shared_tails(groups: Sequence[_Group]) -> list[Title]:
    """What two titles have in common behind different kickers is the headline itself."""
    found = []
    for place, one in enumerate(groups):
        for other in groups[place + 1 :]:
            if one.letters.endswith(other.letters) or other.letters.endswith(one.letters):
                continue
            first, second = one.titles[0].text, other.titles[0].text
            found += [
                Title(tail, one.titles[0].origin, Voice.TAIL)
                for tail in sorted(tails(first) & tails(second))
                if len(bare(tail)) > _MIN_TAIL_LETTERS
                # with a word in common before it both spell one sentence, of which it is a part
                and _words(first.removesuffix(tail)).isdisjoint(_words(second.removesuffix(tail)))
            ]
    return found


def _score(group: _Group, groups: Sequence[_Group], slug: Sequence[str]) -> tuple[float, float]:
    linked = [other for other in groups if _is_kicked_group(other, group) or _is_kicked_group(group, other)]
    voices = frozenset[Voice]().union(*[other.voices for other in linked])
    in_slug = _SLUG * _share_in(group.text, slug) if slug else 0.0
    plain = _PLAIN if group is _without_kicker(linked) else 0.0
    return _weight(voices) + in_slug + plain, _weight(group.voices)


def _weight(voices: Iterable[Voice]) -> float:
    seen = sum([_WEIGHTS[voice] for voice in voices if voice in _SEEN])
    unseen = sorted([_WEIGHTS[voice] for voice in voices if voice not in _SEEN], reverse=True)
    return seen + sum(unseen[:1]) + _REPEATED * sum(unseen[1:])


def is_kicked(longer: str, shorter: str) -> bool:
    """Whether ``longer`` is ``shorter``, perhaps with a kicker before it that is no longer; both as letters alone."""
    return len(longer) <= 2 * len(shorter) and longer.endswith(shorter)


def _is_kicked_group(longer: _Group, shorter: _Group) -> bool:
    if not is_kicked(longer.letters, shorter.letters):
        return False
    ends = frozenset[str]().union(*[title.ends for title in longer.titles])
    return _is_parted(longer.text, shorter.text, ends)


def _is_parted(longer: str, shorter: str, ends: frozenset[str]) -> bool:
    """Whether a sign or an element (``ends``) parts ``shorter`` from what ``longer`` has before it: "Seven keys" is no
    "Keys" with a kicker.
    """
    before, found, _ = longer.lower().rpartition(shorter.lower())
    return not found or not before.rstrip()[-1:].isalnum() or has_cjk(before) or bare(shorter) in ends


def _without_kicker(linked: Sequence[_Group]) -> _Group:
    """Which of several titles that differ by a kicker is the headline: the site's own choice for readers elsewhere."""
    if len(linked) == 1:
        return linked[0]
    shortest = min(linked, key=lambda group: len(group.letters))
    voices = shortest.voices
    rest = max(_weight(group.voices) for group in linked if group is not shortest)
    if Voice.TAIL in voices or (Voice.HEADING in voices and _weight(voices) > rest):
        return shortest
    if voices == {Voice.OTHER}:  # a heading of a part of the page: "Club/Regulars", "Regulars"
        return max(linked, key=lambda group: _weight(group.voices))
    return next((group for group in linked if Voice.SHARED in group.voices), shortest)


def _words(text: str) -> frozenset[str]:
    """Lower-case words; pairs of characters where a script does not part words."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if not word.isascii() and HAN_KANA_HANGUL.search(word):
            found.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        else:
            found.add(word)
    return frozenset(found)


def _kinship(one: frozenset[str], other: frozenset[str]) -> float:
    """How far a heading has to do with a title: the share of common words, 0 where it is too small."""
    fewer, more = sorted((len(one), len(other)))
    common = one & other
    share = len(common) / max(1, fewer if 4 * fewer >= more else more)
    is_akin = share >= _AKIN or any(len(word) >= _MIN_RELATING_CHARS for word in common)
    return share if is_akin else 0.0


def _slug_words(url: str) -> tuple[str, ...]:
    """The words of the longest part of an address's path, where it has enough of them to be a title."""
    path = unquote(url.partition("://")[2].partition("/")[2].split("?", 1)[0].split("#", 1)[0]).lower()
    longest = max((_WORD.findall(part.replace("_", " ")) for part in path.split("/")), key=len, default=[])
    words = tuple(word for word in longest if len(word) > 2 and not word.isdigit())
    return words if len(longest) >= _MIN_SLUG_WORDS else ()


def _share_in(text: str, slug: Sequence[str]) -> float:
    lowered = text.lower()
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    spelled = f"{bare(plain)} {bare(lowered.translate(_UMLAUTS))}"
    return sum(map(spelled.__contains__, slug)) / len(slug)


def find_titles(page: Declared) -> tuple[Candidate, ...]:
    """The page's titles as candidates, best first."""
    site = page.site
    # a logo set as h1 is no headline
    # the first is the article's own, others are of the page around it
    declared = [(origin, without_site(text, site)) for origin, text in _short(page.texts("headline"))][:1]
    shared = [without_site(text, site) for _, text in _short(page.metas(meta_names.TITLE[:1]))]
    known = forms_of([*(text for _, text in declared), *shared])
    headings = [without_site(text, site) for text in _headings(page, known) if not site.is_named_by(text)]
    # a template may put the whole title into each: "Ferries stop | District"
    named_so = [text for _, text in _short(page.metas(meta_names.HEADLINE)) if not BARS & set(text)]
    smaller = [] if headings else [text_in(one) for one in page.head.subheadings[:_MAX_SUBHEADINGS]]
    if not headings and not smaller:
        smaller = list(_set_apart(page))
    part = part_shown(page, headings, known)
    seen = headings if part is None else [text_in(part)]
    forms = forms_of([*seen, *(text for _, text in declared), *named_so, *smaller])
    offered = [
        (origin, text)
        for origin, text in _short((*page.metas(meta_names.TITLE), (_HEAD, page.head.head_title or "")))
        # what begins with a bar is the site's name without a headline
        if not (text.lstrip()[:1] in BARS or _FILE_NAME.fullmatch(text))
    ]
    named = {
        text: without_site(text, site, forms=forms) for text in dict.fromkeys(text for _, text in offered)
    }
    titles = [
        *(Title(text, origin, Voice.DECLARED) for origin, text in declared),
        *(Title(named[text], origin, _VOICES.get(origin, Voice.META)) for origin, text in offered),
    ]
    # a site that declares nothing else often has one title for all of its pages
    is_only_heading = len(headings) == 1 and all(title.voice is Voice.HEAD for title in titles)
    ends = {without_site(text, site): _ends(element) for text, element in page.headed if len(element)}
    # the h1 that shows the headline is chosen by what is declared
    others = [] if is_only_heading else [title.text for title in titles]
    lead = _lead_of(headings[:_MAX_COMPARED], others) if part is None else None
    shown = [
        Title(text, "text:h1", Voice.HEADING if place == lead else Voice.OTHER, ends.get(text, frozenset()))
        for place, text in enumerate(headings)
    ]
    if part is not None:
        shown.insert(0, Title(text_in(part), f"text:{part.tag}", Voice.SHOWN))
    return rank_titles([*shown, *_subheadings(page, titles), *titles], url=page.url or page.canonical)


def _headings(page: Declared, forms: frozenset[str]) -> Iterator[str]:
    """The texts of the h1; where one holds more than a declared title, in elements of its own, that title alone."""
    # a word alone may be what the rest speaks of
    long = {form for form in forms if len(form) >= _MIN_SHOWN_LETTERS}
    for text, element in page.headed:
        letters = bare(text)
        if len(element) and any(letters.startswith(form) and letters != form for form in long):
            # up to the end of each piece of it
            parts = (" ".join(line.split()) for line in accumulate(_pieces(element)))
            yield next((part for part in parts if bare(part) in long), text)
        else:
            yield text


def _ends(element: etree._Element) -> frozenset[str]:
    """The letters of an element's text from each piece of it on, but for the first."""
    texts = [*_pieces(element)]
    pieces = [letters for piece in texts if (letters := bare(piece))] if len(texts) < _MAX_PIECES else []
    return frozenset("".join(pieces[place:]) for place in range(1, len(pieces)))


def _pieces(element: etree._Element) -> Iterator[str]:
    """The texts in an element, as far as a heading has any."""
    return islice(cast("Iterator[str]", element.itertext()), _MAX_PIECES)


def site_in_title(
    page: Declared, titles: Iterable[Candidate], notices: Iterable[str] = ()
) -> Candidate | None:
    """What the head's title says besides the headline is what the site calls itself: of several parts the one that its
    address or its copyright ``notices`` have, too, else the outermost, for the others are of a section or an author.
    """
    whole = page.head.head_title or ""
    headline = next((title.value for title in titles if title.origin == _HEAD), None)
    before, _, after = whole.partition(headline) if headline else ("", "", "")
    rest = (after or before).strip(_AROUND)
    if not 0 < len(rest) <= _MAX_SITE_CHARS:
        return None
    language = page.language
    parts = [
        part
        for part in parts_of(rest)
        # "Why pipelines rot - by Priya Raman" names no site
        if part and not (has_opener(part, language) and is_full_name(without_opener(part, language)))
    ]
    if not parts:
        return None
    noticed = [bare(notice) for notice in notices]
    known = (part for part in parts if page.site.is_named_by(part))
    owning = (part for part in parts if any(bare(part) in notice for notice in noticed))
    return Candidate(next(chain(known, owning), parts[-1] if after else parts[0]), _HEAD)


def _set_apart(page: Declared) -> Iterator[str]:
    """Of a page without ``h1`` and ``h2``, the texts that it sets as smaller headings, bold or in another font and that
    are most of the head's title: the site's name may be set so, too.
    """
    if not (title := bare(page.head.head_title or "")):
        return
    for element in islice(page.root.iter("h3", "h4", "font", "big", "b", "strong"), _MAX_SET_APART):
        # a whole page may stand in a font
        pieces = [*islice(cast("Iterator[str]", element.itertext()), _MAX_PIECES)]
        text = "".join(pieces)
        if len(pieces) < _MAX_PIECES and len(text) <= _MAX_CHARS and len(bare(text)) > len(title) / 2:
            yield text


def _short(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(origin, text) for origin, text in found if 0 < len(text) <= _MAX_CHARS]


def _subheadings(page: Declared, titles: list[Title]) -> Iterator[Title]:
    """What is declared and shown as an ``h2``, perhaps behind a kicker: where the ``h1`` is for search engines."""
    forms = {form: title for title in titles if len(form := bare(title.text)) >= _MIN_SHOWN_LETTERS}
    if not forms or (len(forms) == 1 and any(bare(text) in forms for text in page.headings)):
        return  # nothing to find, or nothing to decide
    endings = tuple(forms)
    for element in page.head.subheadings:
        # a quick look first: reading a heading's text takes ten times as long
        if bare("".join(cast("Iterator[str]", element.itertext()))).endswith(endings) and not (
            is_site_heading(element) or not is_heading(element)
        ):
            for form, title in forms.items():
                text = text_in(element)
                if is_kicked(bare(text), form) and _is_parted(text, title.text, _ends(element)):
                    yield Title(title.text, "text:h2", Voice.SHOWN)
