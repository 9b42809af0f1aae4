"""Pictures, films, sounds and posts of the kept parts of a page, in its order.

A picture without a caption is the article's where it is among kept text: the smallest element around it that holds
any text holds kept text, and it is between the first and the last of that. Icons, counters and advertising
are left out, by size and by the words of the elements around them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import tomli
from lxml import etree
from msgspec import Struct

from copydesk.cleaners.markup.jsonld import address
from copydesk.cleaners.markup.page_head import web_address
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.picture_credits import credit_alone, credit_beside, credit_in_caption
from copydesk.cleaners.schema import Image
from copydesk.cleaners.segment.pictures import Medium, largest_picture_url, picture_url
from copydesk.cleaners.types import Kind, Label, Labelled, Metadata

_CreditOf = Callable[[str], str | None]
MediumKind = Literal["image", "video", "audio", "post"]
_PICTURES: Final = frozenset({"img", "amp-img"})
# set by hand: icons and faces beside bylines are smaller, counters have one
_MIN_PIXELS: Final = 64
_NO_PICTURE = lazy_pattern(
    r"(?<![a-z])(?:ads?|advert\w*|banner|sponsor\w*|promo\w*|logo|icons?|emoji|smil(?:ey|ie)s?|g?r?avatar|pixel|tracking|spacer"
    r"|share|social|author|byline|related|teaser)(?![a-z])"
)
# of WordPress's smileys, and of what is loaded to be counted
_NO_ADDRESS = lazy_pattern(r"/emoji/|/smilies/|[/_.-](?:pixel|spacer|blank|1x1|transparent)[._-]")
# what pages without a picture of their own declare
_NO_LEAD = lazy_pattern(
    r"(?<![a-z])(?:logo|icon|favicon|default|place-?holder|fallback|avatar|no-?image|social-?(?:share|default|card))(?![a-z])|\.svg(?:[?#]|$)",
    re.IGNORECASE,
)
_FILM = lazy_pattern(r"\.(?:mp4|m4v|webm|mov|m3u8|mp3|m4a|ogg|ogv|wav)(?:$|[?#])", re.IGNORECASE)
# blocks; set by hand: between a picture and its caption stand a credit, a button and a counter
_NEAR: Final = 8
_MAX_ALT_CHARS: Final = 300  # set by hand: longer ones are a text of their own
_FIRST_OF_ARTICLE: Final = frozenset({Label.TITLE, Label.BYLINE, Label.CAPTION})
_WHOLE_PAGE: Final = frozenset({"html", "body"})


class ShownMedium(Struct, frozen=True):
    """One that is shown. ``before``: number of the block before which it is; ``caption``: number of the block that
    is its caption, or None. ``url``: where it is loaded from, as the page has it. ``title``: what the page says
    in place of it. ``link``, ``quote``, ``item``: as of ``Medium``.
    """

    kind: MediumKind
    before: int
    url: str
    title: str = ""
    link: str = ""
    quote: int = 0
    item: int = 0
    caption: int | None = None
    credit: str | None = None


def shown_media(
    labelled: Sequence[Labelled],
    media: Sequence[Medium],
    credited: Mapping[str, str],
    *,
    spans: Mapping[int, range],
    base: str | None,
) -> tuple[ShownMedium, ...]:
    """What is shown among the kept blocks of a page, and the pictures of its captions.

    ``credited``: of pictures by address, as structured data has them. ``spans``: the blocks in each element, as of
    ``PageTable``.
    """
    captions = [item for item in labelled if item.label is Label.CAPTION]
    if not captions and (not media or True not in [item.is_kept for item in labelled]):
        return ()
    credit_of = partial(_credit_of, credited=credited, base=base)
    places = [medium.before for medium in media]
    found = [*_without_credits([*_captioned(captions, media, places, credit_of)], captions)]
    known = {one.url for one in found}
    kept = [at for at, item in enumerate(labelled) if item.is_kept]
    opening = [at for at, item in enumerate(labelled) if item.label in _FIRST_OF_ARTICLE]
    opening = [at for at in opening if labelled[at].block.kind is not Kind.TITLE]
    first, last = min((*kept[:1], *opening[:1]), default=0), kept[-1] if kept else -2
    for medium in media[bisect_left(places, first) : bisect_right(places, last + 1)]:
        is_shown = _is_among(medium, kept, opening, spans)
        one = _shown(medium, credit_of) if is_shown else None
        if one is not None and one.url not in known:
            known.add(one.url)
            found.append(one)
    return tuple(sorted(found, key=lambda one: one.before))


def images_of(
    labelled: Sequence[Labelled],
    shown: Sequence[ShownMedium],
    metadata: Metadata,
    credited: Mapping[str, str],
    base: str | None,
) -> tuple[Image, ...]:
    """The picture that the page declares for itself, those in the page's order, with their captions and credits, then
    those only declared.
    """
    blocks = [item.block for item in labelled if item.label is Label.CAPTION]
    captions: dict[int | None, str] = {block.index: " ".join(block.text.split()) for block in blocks}
    images: list[Image] = []
    for one in shown:
        url, caption = web_address(one.url, base=base), captions.get(one.caption) or None
        # a declared picture is most often the one that has a caption on the page
        if one.kind == "image" and (url or caption):
            images.append(Image(url=url, caption=caption, credit=one.credit))
    known = {image.url for image in images}
    declared = {
        url: found.origin for found in metadata.all("image") if (url := web_address(found.value, base=base))
    }
    images += [Image(url=url, credit=credited.get(address(url))) for url in declared if url not in known]
    # structured data lists all pictures of a page; meta elements have the one it is shared with
    shared = (url for url, origin in declared.items() if origin.startswith("meta:"))
    lead = next((url for url in shared if not _NO_LEAD.search(url)), None)
    return tuple(sorted(images, key=lambda image: lead is not None and image.url != lead))


def _captioned(
    captions: Sequence[Labelled], media: Sequence[Medium], places: Sequence[int], credit_of: _CreditOf
) -> Iterator[ShownMedium]:
    """The pictures of captions; ``places``: where media stand, as numbers of blocks."""
    for item in captions:
        block = item.block
        near = media[bisect_left(places, block.index - _NEAR) : bisect_right(places, block.index + _NEAR)]
        # of a film and its caption there is no picture
        url = block_url = "" if _FILM.search(block.image_url or "") else block.image_url or ""
        credit = credit_in_caption(" ".join(block.text.split()))
        # the last: the same picture may stand in a teaser above
        pictures = (one for one in reversed(near) if one.element.tag in _PICTURES)
        picture = next((one for one in pictures if url and picture_url(one.element) == url), None)
        link = ""
        if picture:
            credit = credit_beside(picture) or credit
            link, url = picture.link, largest_picture_url(picture.element) or url
        credit = credit or credit_of(block_url)
        yield ShownMedium("image", block.index, url, link=link, caption=block.index, credit=credit)


def _without_credits(found: Sequence[ShownMedium], captions: Sequence[Labelled]) -> Iterator[ShownMedium]:
    """Without captions of no picture that say nothing but whom another one credits: its credit says it."""
    credited = {one.credit for one in found if one.url and one.credit}
    for one, item in zip(found, captions, strict=True):
        if one.url or credit_alone(item.block.text) not in credited:
            yield one


def _credit_of(url: str, *, credited: Mapping[str, str], base: str | None) -> str | None:
    whole = web_address(url, base=base) if credited else None
    return credited.get(address(whole)) if whole else None


def _shown(medium: Medium, credit_of: _CreditOf) -> ShownMedium | None:
    """A medium as it is shown, or None where it is none of an article's."""
    element = medium.element
    kind: MediumKind | None = "image"
    if element.tag in _PICTURES:
        url = largest_picture_url(element) or ""
        sizes = [element.get(name) or "" for name in ("width", "height")]
        is_small = any(len(size) < 5 and size.isdecimal() and int(size) < _MIN_PIXELS for size in sizes)
        if is_small or _NO_ADDRESS.search(url) or url.startswith("#"):
            return None
        title = element.get("alt") or ""
    elif element.tag == "iframe":
        url = _source_of(element)
        kind, title = _player(url), element.get("title") or ""
    else:
        url = _source_of(element) or next(map(_source_of, element.iterchildren("source")), "")
        kind = "video" if element.tag == "video" else "audio"
        title = element.get("title") or element.get("aria-label") or ""
    if kind is None or not url:
        return None
    place = medium.link, medium.quote, medium.item
    credit = (credit_beside(medium) or credit_of(url)) if kind == "image" else None
    alt = " ".join(title[:_MAX_ALT_CHARS].split())
    return ShownMedium(kind, medium.before, url, alt, *place, credit=credit)


def _source_of(element: etree._Element) -> str:
    for name in ("data-src", "data-lazy-src", "src"):
        url = (element.get(name) or "").strip()
        if url and not url.startswith(("about:", "data:", "blob:", "javascript:")):
            return url
    return ""


@cache
def _players() -> tuple[tuple[str, MediumKind], ...]:
    data = tomli.loads((Path(__file__).parent / "players.toml").read_text("utf-8"))
    kinds: tuple[MediumKind, ...] = ("video", "audio", "post")
    return tuple((place.lower(), kind) for kind in kinds for place in data[kind])


def _player(url: str) -> MediumKind | None:
    """What the frame at an address shows, or None where it is no player."""
    try:
        # "//www.youtube.com/embed/…" is as common as the whole address
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", ""):
        return None
    for place, kind in _players():
        domain, _, path = place.partition("/")
        if (host == domain or host.endswith("." + domain)) and parts.path.lower().startswith("/" + path):
            return kind
    return None


def _is_among(
    medium: Medium, kept: Sequence[int], opening: Sequence[int], spans: Mapping[int, range]
) -> bool:
    """Whether a medium is among kept text, in the smallest element around it that holds any; ``kept`` and ``opening``:
    numbers of the blocks that are kept, and of those that open an article.
    """
    near = medium.before
    for depth in reversed(range(len(medium.above))):
        number, tag, _ = medium.above[depth]
        span = spans.get(number, range(0))
        if near in span or near - 1 in span:
            break
    else:
        return False
    inside = kept[bisect_left(kept, span.start) : bisect_left(kept, span.stop)]
    if not inside or near > inside[-1] + (tag not in _WHOLE_PAGE):
        return False
    first = bisect_left(opening, span.start)
    if near < min((inside[0], *opening[first : first + 1])):
        return False
    around = [step[2] for step in medium.above[depth + 1 :]]
    return True not in map(_is_apart, (*around, medium.element))


def _is_apart(element: etree._Element) -> bool:
    """Whether an element is concealed, or says that it holds no picture of an article."""
    words = f"{element.get('class', '')} {element.get('id', '')}".lower()
    if "sponsored" in (element.get("rel") or "") or element.get("hidden") is not None:
        return True
    return not words.isspace() and _NO_PICTURE.search(words) is not None
