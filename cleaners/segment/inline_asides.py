"""What is within a sentence and is no part of it: words that a page conceals, cards that it shows while something
is pointed at, buttons, links of headings to themselves, a platform's links to edit a section and marks of its
references.

In their place they would part a sentence. So each is moved behind the text it is in, into an ``aside``, before the
page is cut and before its text is read: the paragraph stays one block, and the aside is another, which is judged and
accounted for like any.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple, cast

from lxml import etree

from copydesk._core.walk import Finder
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.platforms.platform_files import inline_names, is_of_page
from copydesk.cleaners.segment.elements import APART, BLOCK_TAGS, CONTROLS, HEADINGS, conceals
from copydesk.cleaners.segment.folded_parts import FOLDING, PRESSED
from copydesk.cleaners.types import Platform
from copydesk.cleaners.word_count import count_words

# as many as the judgement asks of prose; entries of menus and buttons are judged with the words they conceal
_MIN_WORDS = 8
# of a card with a bare name, which what opens it may have too; set by hand
_MIN_CARD_WORDS = 5
_MOST_NAMES = 100  # that are looked for at once, in either case
_MAX_ASIDES = 2_000  # elements looked at; set by hand, the most of 316 real pages is 127
_PERMALINKS = frozenset({"¶", "#", "##", "§", "\U0001f517", "\U0001f517\ufe0e"})
_MAX_TEXTS = 50  # in which an aside's first letter is looked for
_BORDERS: Final = BLOCK_TAGS | {"td", "th"}
# cells and code are read in one piece; what one operates is no running text
_LEFT_ALONE: Final = CONTROLS | {"td", "th", "table", "pre", "listing", "xmp", "plaintext", "head"}
_LETTER: Final = lazy_pattern(r"[^\W_]")
# the rest of a text goes on where it was folded
_FOLDED: Final = lazy_pattern(r"more|rest\b|full|expand|collaps|trunc|toggle|fold")
_CARD: Final = lazy_pattern(
    r"(?:(?<![\w-])(?:tooltip|hover-?card|popover)|(?<!\w)(?:\w+-)?rollover)"
    r"(?P<part>[-_]{0,2}(?:text|content|body|inner|box|block|bubble))?(?![\w-])"
)
# elements and attributes of what opens a card
_OPENERS: Final = frozenset({"a", "abbr", "button", "dfn", "sup"})
_OPENING: Final = lazy_pattern(r"href|title|tabindex|data-|aria-(?:describedby|expanded|haspopup|controls)")
_PARAGRAPHS: Final = frozenset({"p", *HEADINGS})
# elements within sentences
_INLINE: Final = frozenset({
    "span", "a", "b", "i", "em", "strong", "small", "sup", "sub", "abbr", "dfn", "cite", "q", "u", "s", "mark", "font",
    "time", "data", "ins", "del",
})  # fmt: skip
_CONCEALING: Final = ("sr-only", "hidden", "reader", "invisible")
_MAY_CONCEAL: Final = (*_CONCEALING, "none", "tooltip", "hovercard", "hover-card", "popover", "rollover")

CONCEALED_ROLE: Final = "note"
"""The role (ARIA) of an ``aside`` made of what the page conceals within a sentence."""
_CARD_ROLE: Final = "tooltip"
MARK_ROLE: Final = "platform"
"""The same of what the platform of a page marks as no part of the sentence."""


class _Run(NamedTuple):
    """Text between two borders, the asides found within it, and what ends it: None at the element's end."""

    texts: list[str]
    asides: list[etree._Element]
    border: etree._Element | None


Hints = Mapping[str, Sequence[etree._Element]]
"""Elements that may be concealed, opened or aside, as ``find_hints`` has them."""


def find_hints(root: etree._Element, platforms: tuple[Platform, ...] = ()) -> Hints:
    """What attributes tell of a page before it is cut, in one walk. ``platforms``: a user's own."""
    return _finder(tuple(inline_names(platforms))).find(root)


def set_asides_last(root: etree._Element, hints: Hints, platforms: tuple[Platform, ...] = ()) -> None:
    """Moves what is aside from running text behind it; all else stays where it is. Time grows with the page.

    ``platforms``: a user's own; what they and ours mark is aside wherever it is.
    """
    roles = _roles_in(root, hints, platforms)
    within = [next(one.iterancestors(*_BORDERS), None) for one in roles if one.tag in _INLINE]
    pressed = [next(one.iterancestors(*_BORDERS), None) for one in root.iter("button")]
    blocks = dict.fromkeys((*within, *[one for one in pressed if one is not None and one.tag == "p"]))
    for block in blocks:
        if block is None or block.tag in _LEFT_ALONE:
            continue
        if next(block.iterancestors(*_LEFT_ALONE), None) is None:
            # all runs are read before the first aside is moved
            for run in _runs(block, roles):
                asides = run.asides
                if asides and not _is_running_text(run, block):
                    asides = [one for one in asides if roles.get(one) == MARK_ROLE]
                _move(asides, roles, block, run.border)


def _roles_in(
    root: etree._Element, hints: Hints, platforms: tuple[Platform, ...]
) -> dict[etree._Element, str]:
    """The elements that stand aside within sentences, each with the role (ARIA) that it shall have."""
    known = inline_names(platforms)
    names = [(one, {*one.get("class", "").lower().split()} & known.keys()) for one in hints["named"]]
    # once for each platform: a page may have thousands of classes
    met = {platform for _, its in names for name in its for platform in known[name]}
    of_page = {name for platform in met if is_of_page(platform, root) for name in platform.inline}
    for one, its in names:
        if one.tag in _INLINE and not of_page.isdisjoint(its):
            one.set("role", MARK_ROLE)
    # most have no title around them
    titled = [
        one for one in hints["unheard"] if (above := one.getparent()) is not None and above.get("title")
    ]
    looked_at = dict.fromkeys((*hints["concealed"], *titled, *[one for one, _ in names]))
    roles = {
        one: role
        for one in islice(looked_at, _MAX_ASIDES)
        if one.tag not in _BORDERS and one.tag not in APART and (role := _role_of(one))
    }
    links = (link for heading in root.iter(*HEADINGS, "dt") for link in heading.iter("a"))
    for link in filter(_is_permalink, islice(links, _MAX_ASIDES)):
        link.set("hidden", "")  # a sign alone is nothing to judge
        roles[link] = CONCEALED_ROLE
    return roles


@lru_cache(maxsize=16)
def _finder(names: tuple[str, ...]) -> Finder:
    concealed = {
        "hidden": ("",),
        "style": ("none", "hidden", "clip"),
        "class": _MAY_CONCEAL,
        "role": (_CARD_ROLE, MARK_ROLE, *_CONCEALING),
        **dict.fromkeys(("id", "itemprop", "rel"), _CONCEALING),
    }
    kinds: dict[str, dict[str, tuple[str, ...]]] = {
        "concealed": concealed,
        "pressed": dict.fromkeys(PRESSED, ("",)),
        "folding": {"class": FOLDING},
        "unheard": {"aria-hidden": ("true",)},
        # of a user's names, any may be there: what the finder does not take is looked for in all classes
        "named": {"class": names if len(names) <= _MOST_NAMES and all(one[1:] for one in names) else ("",)},
    }
    return Finder(kinds, lowered=kinds)


def _runs(block: etree._Element, roles: Container[etree._Element]) -> list[_Run]:
    """The texts directly within a block element."""
    runs: list[_Run] = []
    texts, asides, is_broken = [block.text or ""], list[etree._Element](), False
    walker = etree.iterwalk(block, events=("start", "end"))
    for event, element in walker:
        if element is block:
            continue
        text = element.tail
        if event == "start":
            text = None
            is_border = element.tag in _BORDERS and not (element.tag == "button" and block.tag == "p")
            if is_border or (element.tag == "br" and is_broken):
                runs.append(_Run(texts, asides, element))
                texts, asides, is_broken = [], [], False
            is_broken = is_broken or element.tag == "br"
            is_aside = not is_border and (element in roles or element.tag == "button")
            if is_aside:
                asides.append(element)
            if is_aside or is_border or element.tag in APART:
                walker.skip_subtree()
            else:
                text = element.text
        if text and not text.isspace():
            texts.append(text)
            is_broken = False
    return [*runs, _Run(texts, asides, None)]


def _is_running_text(run: _Run, block: etree._Element) -> bool:
    text = " ".join(run.texts)
    if block.tag in HEADINGS or block.tag == "dt":
        return _LETTER.search(text) is not None
    return count_words(text) >= _MIN_WORDS


def _role_of(element: etree._Element) -> str:
    """The role that an element within a sentence shall have if it is aside, else ``""``."""
    role, name = element.get("role"), element.get("class", "").lower()
    if role != MARK_ROLE:
        may_be_card = role == _CARD_ROLE or _CARD.search(name) or element.get("aria-hidden") == "true"
        is_card = may_be_card and _is_card(element)
        if not is_card and not _is_concealed(element):
            return ""
        role = _CARD_ROLE if is_card else CONCEALED_ROLE
    return role if _LETTER.search(_text_of(element)) else ""


def _is_permalink(link: etree._Element) -> bool:
    """Whether a link at the edge of a heading leads to the heading itself: documentation shows such a sign beside a
    pointer.
    """
    if _text_of(link) not in _PERMALINKS or not link.get("href", "").startswith("#"):
        return False
    heading = next(link.iterancestors(*HEADINGS, "dt"))
    before, _, after = " ".join(cast("Iterator[str]", heading.itertext())).partition(_text_of(link))
    return not (_LETTER.search(before) and _LETTER.search(after))


def _is_concealed(element: etree._Element) -> bool:
    if not conceals(element) or _FOLDED.search(f"{element.get('class')} {element.get('id')}".lower()):
        return False
    # formulas stand once as letters, concealed, and once as a picture that has none
    return next(element.iter("math"), None) is None


def _is_card(element: etree._Element) -> bool:
    if _is_marked_card(element):
        return True
    # a bare name is that of the card, of what opens it, or of what holds both
    return (
        _card_name(element) is not None
        and element.tag not in _OPENERS
        and not any(map(_OPENING.match, cast("list[str]", element.keys())))
        and count_words(_text_of(element)) >= _MIN_CARD_WORDS
        and not any(map(_is_marked_card, element.iterdescendants()))
    )


def _is_marked_card(element: etree._Element) -> bool:
    """By its role, by a name that tells the card from what opens it, or as it says what the title around it says."""
    if element.get("role") == _CARD_ROLE:
        return True
    if element.get("aria-hidden") == "true":
        above = element.getparent()
        title = above.get("title") if above is not None else None
        if title and _text_of(element) == " ".join(title.split()):
            return True
    named = _card_name(element)
    return named is not None and named["part"] is not None


def _card_name(element: etree._Element) -> re.Match[str] | None:
    name = element.get("class")
    return _CARD.search(name.lower()) if name else None


def _text_of(element: etree._Element) -> str:
    texts = islice(cast("Iterator[str]", element.itertext()), _MAX_TEXTS)
    return " ".join("".join(texts).split())


def _move(
    asides: Sequence[etree._Element],
    roles: Mapping[etree._Element, str],
    block: etree._Element,
    border: etree._Element | None,
) -> None:
    """Puts each into an ``aside`` of its own, before the border or at the block's end."""
    behind = block
    aside: etree._Element | None = None
    for element in asides:
        if (
            aside is not None
            and aside.get("role") == MARK_ROLE
            and aside.get("class") == element.get("class")
        ):
            aside.append(_cut_out(element))  # all marks of a text are one block
            continue
        # blocks know the elements around them that part blocks, not inline ones: the aside has the name
        aside = etree.Element("aside", {"class": element.get("class", "")})
        # rules know cards by it, whatever the page calls them, and the judgement what is concealed
        if element.tag != "button":
            aside.set("role", roles[element])
        aside.append(_cut_out(element))
        if border is not None:
            border.addprevious(aside)
        elif block.tag in _PARAGRAPHS:
            # within, it would make the paragraph a container of two
            tail, behind.tail = behind.tail, None
            behind.addnext(aside)
            aside.tail, behind = tail, aside
        else:
            block.append(aside)


def _cut_out(element: etree._Element) -> etree._Element:
    # what follows an element moves with it: something has to keep its place
    left = etree.Element("span")
    left.tail, element.tail = element.tail, None
    cast("etree._Element", element.getparent()).replace(element, left)
    return element
