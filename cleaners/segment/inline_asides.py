"""What is within a sentence and is no part of it: words that a page conceals, cards that it shows while something
is pointed at, buttons, a platform's links to edit a section and marks of its references.

In their place they would part a sentence. So each is moved behind the text it is in, into an ``aside``, before the
page is cut and before its text is read: the paragraph stays one block, and the aside is another, which is judged and
accounted for like any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, cast

from lxml import etree
from msgspec import Struct, field

from copydesk._core.walk import elements_having
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import APART, BLOCK_TAGS, CONTROLS, HEADINGS, Wanted, conceals
from copydesk.cleaners.word_count import count_words

# as many as the judgement asks of prose; entries of menus and buttons are judged with the words they conceal
_MIN_WORDS = 8
# of a card with a bare name, which what opens it may have too; set by hand
_MIN_CARD_WORDS = 5
_MAX_ASIDES = 2_000  # elements looked at; set by hand, the most of 316 real pages is 127
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
_MAY_CONCEAL: Final = (
    "sr-only", "hidden", "none", "reader", "invisible", "tooltip", "hovercard", "hover-card", "popover", "rollover",
)  # fmt: skip

CONCEALED_ROLE: Final = "note"
"""The role (ARIA) of an ``aside`` made of what the page conceals within a sentence."""
_CARD_ROLE: Final = "tooltip"
MARK_ROLE: Final = "platform"
"""The same of what the platform of a page marks as no part of the sentence."""


def _never(_names: str) -> bool:
    return False


class _Run(Struct):
    """Text between two borders, and the asides found within it."""

    texts: list[str] = field(default_factory=list)
    asides: list[etree._Element] = field(default_factory=list)
    breaks: int = 0

    def add(self, text: str | None) -> None:
        if text and not text.isspace():
            self.texts.append(text)
            self.breaks = 0


def set_asides_last(root: etree._Element, is_mark: Callable[[str], bool] = _never) -> None:
    """Moves what is aside from running text behind it; all else stays where it is. Time grows with the page.

    ``is_mark``: whether elements of a class are aside wherever they are.
    """
    blocks: dict[etree._Element, None] = {}
    for element in islice(_candidates(root, is_mark), _MAX_ASIDES):
        block = next((above for above in element.iterancestors() if above.tag in _BORDERS), None)
        if block is not None and block not in blocks and block.tag not in _LEFT_ALONE:
            blocks[block] = None
    for block in blocks:
        if next(block.iterancestors(*_LEFT_ALONE), None) is None:
            # all runs are read before the first aside is moved
            for run, border in list(_runs(block)):
                is_text = _is_running_text(run, block)
                _move([one for one in run.asides if is_text or _is_mark(one)], block, border)


def _candidates(root: etree._Element, is_mark: Callable[[str], bool]) -> Iterator[etree._Element]:
    """Elements that may stand aside; which do is checked on them alone."""
    marks: set[str] = set()

    def is_class_wanted(name: str) -> bool:
        if is_mark(name):
            marks.add(name)
        return name in marks or _may_conceal(name)

    wanted: Wanted = {
        "class": is_class_wanted,
        "hidden": lambda _: True,
        "role": (_CARD_ROLE, MARK_ROLE).__contains__,
        "style": _may_conceal,
        "aria-hidden": "true".__eq__,
    }
    for element in elements_having(root, wanted, _INLINE):
        name = element.get("class", "")
        if name in marks:
            element.set("role", MARK_ROLE)
        if (
            element.get("hidden") is not None
            or element.get("role") in (_CARD_ROLE, MARK_ROLE)
            or _may_conceal(name)
            or _may_conceal(element.get("style", ""))
            or _repeats_title(element)
        ):
            yield element
    yield from root.iter("button")


def _may_conceal(words: str) -> bool:
    # plain searches: a pattern without regard to case takes five times as long
    return any(map(words.lower().__contains__, _MAY_CONCEAL))


def _runs(block: etree._Element) -> Iterator[tuple[_Run, etree._Element | None]]:
    """The texts directly within a block element, each with what ends it: None at the element's end."""
    run = _Run()
    run.add(block.text)
    walker = etree.iterwalk(block, events=("start", "end"))
    for event, element in walker:
        if element is block:
            continue
        if event == "end":
            run.add(element.tail)
            continue
        if element.tag == "button" and block.tag == "p":
            run.asides.append(element)
            walker.skip_subtree()
            continue
        is_border = element.tag in _BORDERS
        if is_border or (element.tag == "br" and run.breaks):
            yield run, element
            run = _Run()
        run.breaks += element.tag == "br"
        if is_border or element.tag in APART:
            walker.skip_subtree()
        elif _is_aside(element):
            run.asides.append(element)
            walker.skip_subtree()
        else:
            run.add(element.text)
    yield run, None


def _is_running_text(run: _Run, block: etree._Element) -> bool:
    text = " ".join(run.texts)
    if block.tag in HEADINGS:
        return _LETTER.search(text) is not None
    return count_words(text) >= _MIN_WORDS


def _is_aside(element: etree._Element) -> bool:
    # most elements have no attribute, and of the others nearly all conceal nothing: their text comes last
    if not element.keys() or not (_is_mark(element) or _is_card(element) or _is_concealed(element)):
        return False
    return _LETTER.search(_text_of(element)) is not None


def _is_concealed(element: etree._Element) -> bool:
    if not conceals(element) or _FOLDED.search(f"{element.get('class')} {element.get('id')}".lower()):
        return False
    # formulas stand once as letters, concealed, and once as a picture that has none
    return next(element.iter("math"), None) is None


def _is_mark(element: etree._Element) -> bool:
    return element.get("role") == MARK_ROLE


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
    if _repeats_title(element):
        return True
    named = _card_name(element)
    return named is not None and named["part"] is not None


def _repeats_title(element: etree._Element) -> bool:
    if element.get("aria-hidden") != "true":
        return False
    above = element.getparent()
    title = above.get("title") if above is not None else None
    return bool(title) and _text_of(element) == " ".join((title or "").split())


def _card_name(element: etree._Element) -> re.Match[str] | None:
    name = element.get("class")
    return _CARD.search(name.lower()) if name else None


def _text_of(element: etree._Element) -> str:
    texts = islice(cast("Iterator[str]", element.itertext()), _MAX_TEXTS)
    return " ".join("".join(texts).split())


def _move(asides: Sequence[etree._Element], block: etree._Element, border: etree._Element | None) -> None:
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
        aside = _taken_out(element)
        if border is not None:
            border.addprevious(aside)
        elif block.tag in _PARAGRAPHS:
            # within, it would make the paragraph a container of two
            tail, behind.tail = behind.tail, None
            behind.addnext(aside)
            aside.tail, behind = tail, aside
        else:
            block.append(aside)


def _taken_out(element: etree._Element) -> etree._Element:
    # blocks know the elements around them that part blocks, not inline ones: the aside has the name
    aside = etree.Element("aside", {"class": element.get("class", "")})
    # rules know cards by it, whatever the page calls them, and the judgement what is concealed
    if element.tag != "button":
        aside.set(
            "role", MARK_ROLE if _is_mark(element) else _CARD_ROLE if _is_card(element) else CONCEALED_ROLE
        )
    aside.append(_cut_out(element))
    return aside


def _cut_out(element: etree._Element) -> etree._Element:
    # what follows an element moves with it: something has to keep its place
    left = etree.Element("span")
    left.tail, element.tail = element.tail, None
    cast("etree._Element", element.getparent()).replace(element, left)
    return element
