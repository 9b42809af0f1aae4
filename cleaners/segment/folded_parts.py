"""Parts that a page folds until the reader opens them: panels of accordions and tabs, the rest of a text, what is
hidden until a search of the page finds it; and parts that a script puts in their place as soon as the page is there.

They are the page's text like any other, so what conceals them is taken off before the page is cut. What opens over
the page, holds a form, or is mostly links (dialogs, menus, letters to subscribe to) stays concealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Final, cast

from lxml import etree

from copydesk._core.markup import holds
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import HIDING_STYLE
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

OPENED_ROLE: Final = "opened-part"
"""The role that a part is given when it is opened, by which rules know it."""
# https://html.spec.whatwg.org/multipage/interaction.html#the-hidden-attribute
_UNTIL_FOUND: Final = "until-found"
_PANEL: Final = "tabpanel"
# React streams what was not ready into hidden elements with such ids, and moves it to its place
_STREAMED: Final = lazy_pattern(r"S:[0-9a-f]+")
# attributes by which what is pressed names what it opens; a bare link does not
_CONTROLS: Final = ("aria-controls", "data-target", "data-bs-target")
PRESSED: Final = (*_CONTROLS, "aria-expanded", "data-toggle", "data-bs-toggle")
"""Attributes of what is pressed to open something."""
_NOT_OPENED: Final = frozenset({"nav", "header", "footer", "aside", "form", "dialog", "menu"})
_NOT_OPENED_ROLES: Final = frozenset(
    {"dialog", "alertdialog", "menu", "navigation", "banner", "search", "tooltip"}
)
_FIELDS: Final = ("form", "input", "textarea", "select")
_TICKED: Final = ("checkbox", "radio")
_MAX_LINKED: Final = 0.5  # share of the letters: a menu has more; set by hand
_MIN_PARAGRAPH: Final = 80  # characters; set by hand: a byline has fewer
_MAX_FOLDED: Final = 500  # elements looked at; set by hand
_ALL_NAMED: Final = etree.XPath("//*[@id]")
# https://amp.dev/documentation/components/amp-accordion: sections of a headline and what it opens
_ACCORDION: Final = "amp-accordion"


def open_folded_parts(
    root: etree._Element,
    markup: str,
    may_conceal: Iterable[etree._Element],
    pressed: Iterable[etree._Element],
) -> None:
    """Takes off the attributes that conceal what a reader opens. Time grows with the page.

    ``may_conceal``: the elements that may be concealed; ``pressed``: those with an attribute of ``PRESSED``.
    """
    concealed = [
        one
        for one in may_conceal
        if one.get("hidden") is not None or HIDING_STYLE.search(one.get("style", ""))
    ][:_MAX_FOLDED]
    opened = _opened_ids(pressed)
    by_style = dict.fromkeys(_folded_by_style(root, markup, opened))
    hidden = set(concealed)
    unmarked = [one for one in by_style if one not in hidden][:_MAX_FOLDED]
    if not (concealed or unmarked):
        return
    streamed = [one for one in concealed if _STREAMED.fullmatch(one.get("id", ""))]
    folded = unmarked + [
        one
        for one in concealed
        if one not in streamed
        and (one.get("hidden") == _UNTIL_FOUND or one.get("role") == _PANEL or one in by_style)
    ]
    below = _below_text(root, hidden, {*folded}) if folded else ()
    folded = [one for one in folded if one in below and _is_text(one)]
    # what is streamed is the page itself, with all that is beside its text: no reader opens it
    for part in dict.fromkeys((*folded, *_panels_beside(folded, concealed))):
        part.set("role", f"{part.get('role', '')} {OPENED_ROLE}".strip())
    for element in (*streamed, *folded):
        element.attrib.pop("hidden", "")
        if style := element.get("style"):
            element.set("style", HIDING_STYLE.sub("", style))


def _folded_by_style(root: etree._Element, markup: str, opened: Set[str]) -> Iterator[etree._Element]:
    """The panels that style sheets alone conceal: what something pressed opens, what a box that is ticked unfolds, and
    what is below the headlines of an accordion.
    """
    if opened:
        named = cast("list[etree._Element]", _ALL_NAMED(root))
        yield from (one for one in named if one.get("id") in opened)
    if holds(markup, "checkbox") or holds(markup, "radio"):
        fields = (one for one in root.iter("input") if one.get("type") in _TICKED and one.get("id"))
        yield from (panel for panel in map(_panel_of_ticked, fields) if panel is not None)
    if holds(markup, _ACCORDION):
        yield from (panel for one in root.iter(_ACCORDION) for section in one for panel in list(section)[1:])


def _panel_of_ticked(field: etree._Element) -> etree._Element | None:
    """What follows a box and its label, which style sheets show while it is ticked."""
    is_labelled = False
    for beside in field.itersiblings(etree.Element):
        if beside.tag not in ("input", "label"):
            return beside if is_labelled else None
        is_labelled = is_labelled or (beside.tag == "label" and beside.get("for") == field.get("id"))
    return None


def _panels_beside(
    chosen: Sequence[etree._Element], concealed: Sequence[etree._Element]
) -> Iterator[etree._Element]:
    """Of tabs one panel is open already."""
    tabs = {element.getparent(): None for element in chosen if element.get("role") == _PANEL}
    refused = set(concealed).difference(chosen)
    for parent in tabs:
        for one in () if parent is None else parent:
            if one.get("role") == _PANEL and one not in refused:
                yield one


def _below_text(
    root: etree._Element, hidden: Set[etree._Element], wanted: Set[etree._Element]
) -> set[etree._Element]:
    """The wanted elements below a paragraph, with no headline between: those above all text tell of the page."""
    found = set[etree._Element]()
    is_below = False
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if is_below and element in wanted:
            found.add(element)
        if element in hidden:
            walker.skip_subtree()
        elif element.tag == "h1":
            is_below = False
        elif element.tag == "p" and not is_below:
            is_below = _count_letters(element) + _count_syllables(element) >= _MIN_PARAGRAPH
    return found


def _opened_ids(controls: Iterable[etree._Element]) -> set[str]:
    """The ids of what can be opened by something that is pressed."""
    ids: set[str] = set()
    for control in controls:
        names = " ".join([control.get(name, "") for name in _CONTROLS])
        ids.update([part.removeprefix("#") for part in names.split()])
        target = control.get("href", "")
        if target.startswith("#"):
            ids.add(target[1:])
    # `href="#"` leads nowhere, and most elements have no id
    ids.discard("")
    return ids


def _is_text(element: etree._Element) -> bool:
    """Whether an element stands among the page's text and is text itself."""
    if any(
        around.tag in _NOT_OPENED or around.get("role") in _NOT_OPENED_ROLES
        for around in (element, *element.iterancestors())
    ):
        return False
    if next(element.iter(*_FIELDS), None) is not None:
        return False
    linked = sum(_count_letters(link) for link in element.iter("a"))
    return linked <= _MAX_LINKED * _count_letters(element)


def _count_syllables(element: etree._Element) -> int:
    """The letters of Chinese, Japanese and Korean, each of which says as much as two or more of others."""
    texts = cast("Iterator[str]", element.itertext())
    return sum(len(HAN_KANA_HANGUL.findall(text)) for text in texts if not text.isascii())


def _count_letters(element: etree._Element) -> int:
    texts = cast("Iterator[str]", element.itertext())
    return sum(len(text) for text in texts if not text.isspace())
