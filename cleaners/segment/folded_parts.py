"""Parts that a page folds until the reader opens them: panels of accordions and tabs, the rest of a text, what is
hidden until a search of the page finds it; and parts that a script puts in their place as soon as the page is there.

They are the page's text like any other, so what conceals them is taken off before the page is cut. What opens over
the page, holds a form, or is mostly links (dialogs, menus, letters to subscribe to) stays concealed.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final, cast

from lxml import etree

from copydesk._core.markup import holds
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import HIDING_STYLE
from copydesk.cleaners.word_count import HAN_KANA_HANGUL, count_words

OPENED_ROLE: Final = "opened-part"
"""The role that a part is given when it is opened, by which rules know it."""
# https://html.spec.whatwg.org/multipage/interaction.html#the-hidden-attribute
_UNTIL_FOUND: Final = "until-found"
_PANEL: Final = "tabpanel"
# React streams what was not ready into hidden elements with such ids, and moves it to its place
_STREAMED: Final = lazy_pattern(r"S:[0-9a-f]+")
# "document.getElementById('rest').style.display = 'block'", "$('#rest').show()"; not what hides or only names it
_IN_SCRIPT: Final = lazy_pattern(
    r"""(?:getElementById\(\s*['"]|(?:querySelector|\$)\(\s*['"]#)([\w-]+)['"]\s*\)"""
)
_SHOWS: Final = lazy_pattern(
    r"block|flex|grid|inline|show|toggle|slide|fadeIn|removeAttribute|classList\.remove|display\s*=\s*(?:''|\"\")"
)
_MAX_SCRIPT: Final = 1_000  # characters
_LEAST_ASKED: Final = 3  # words of a button that says what it opens; set by hand: "More", "i" open anything
_QUESTIONS: Final = ("?", "？", "؟", ";")  # the last is Greek
# of no height until it is opened
_FLAT: Final = lazy_pattern(r"(?<![\w-])(?:max-)?height\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_HEADINGS: Final = frozenset({"h2", "h3", "h4", "h5", "h6", "dt"})
# attributes by which what is pressed names what it opens, besides scripts; a bare link does not
_CONTROLS: Final = ("aria-controls", "data-target", "data-bs-target")
PRESSED: Final = (*_CONTROLS, "aria-expanded", "data-toggle", "data-bs-toggle", "onclick")
"""Attributes of what is pressed to open something."""
_NOT_OPENED: Final = frozenset({"nav", "header", "footer", "aside", "form", "dialog", "menu"})
_NOT_OPENED_ROLES: Final = frozenset(
    {"dialog", "alertdialog", "menu", "navigation", "banner", "search", "tooltip"}
)
_FIELDS: Final = ("form", "input", "textarea", "select")
_MAX_LINKED: Final = 0.5  # share of the letters: a menu has more; set by hand
_MIN_PARAGRAPH: Final = 80  # characters; set by hand: a byline has fewer
_MAX_FOLDED: Final = 500  # elements looked at; set by hand
FOLDING: Final = ("collapse", "accordion")
"""Parts of classes of what style sheets alone conceal until it is opened."""
# https://amp.dev/documentation/components/amp-accordion: sections of a headline and what it opens
_ACCORDION: Final = "amp-accordion"


def open_folded_parts(
    root: etree._Element,
    may_conceal: Iterable[etree._Element],
    pressed: Iterable[etree._Element],
    folding: Iterable[etree._Element],
) -> None:
    """Takes off the attributes that conceal what a reader opens. Time grows with the page.

    ``may_conceal``: the elements that may be concealed; ``pressed``: those with an attribute of ``PRESSED``;
    ``folding``: those with a class of ``FOLDING``, and accordions of AMP.
    """
    concealed = [
        one
        for one in may_conceal
        if one.get("hidden") is not None or HIDING_STYLE.search(one.get("style", ""))
    ][:_MAX_FOLDED]
    pressed = list(pressed)
    opened, beside = _opened_ids(pressed), {*_beside_pressed(pressed)}
    by_style = (*_folded_by_style(folding, opened, set(concealed)), *filter(_is_flat, beside))
    unmarked = [*dict.fromkeys(by_style)][:_MAX_FOLDED]
    if not (concealed or unmarked):
        return
    streamed = [one for one in concealed if _STREAMED.fullmatch(one.get("id", ""))]
    folded = unmarked + [
        one
        for one in concealed
        if one not in streamed
        and (
            one.get("hidden") == _UNTIL_FOUND
            or one.get("role") == _PANEL
            or one.get("id", "") in opened
            or one in beside
        )
    ]
    below = _below_text(root, [*concealed, *unmarked]) if folded else ()
    folded = [one for one in folded if one in below and _is_text(one)]
    # what is streamed is the page itself, with all that is beside its text: no reader opens it
    for part in dict.fromkeys((*folded, *_panels_beside(folded, concealed))):
        part.set("role", f"{part.get('role', '')} {OPENED_ROLE}".strip())
    for element in (*streamed, *folded):
        element.attrib.pop("hidden", "")
        if style := element.get("style"):
            element.set("style", _FLAT.sub("", HIDING_STYLE.sub("", style)))


def accordions(root: etree._Element, markup: str) -> Iterable[etree._Element]:
    """The accordions of AMP of a page."""
    return root.iter(_ACCORDION) if holds(markup, _ACCORDION) else ()


def _folded_by_style(
    folding: Iterable[etree._Element], opened: Container[str], concealed: Container[etree._Element]
) -> Iterator[etree._Element]:
    """The panels that no attribute conceals: those that something pressed opens, and those of accordions."""
    for one in folding:
        if one.tag == _ACCORDION:
            yield from (panel for section in one for panel in list(section)[1:])
        elif one not in concealed and one.get("id", "") in opened:
            yield one


def _beside_pressed(pressed: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """What stands right behind a button that says what it opens, or behind a heading that is nothing but one."""
    for control in pressed:
        above = control.getparent()
        is_heading = above is not None and above.tag in _HEADINGS and len(above) == 1
        panel = (above if above is not None and is_heading else control).getnext()
        if control.get("aria-expanded") is None or panel is None:
            continue
        if is_heading or (control.tag == "button" and _says_what_it_opens(control)):
            yield panel


def _says_what_it_opens(button: etree._Element) -> bool:
    text = " ".join("".join(map(str, button.itertext())).split())
    return text.endswith(_QUESTIONS) or count_words(text) >= _LEAST_ASKED


def _is_flat(element: etree._Element) -> bool:
    return _FLAT.search(element.get("style", "")) is not None


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


def _below_text(root: etree._Element, concealed: Sequence[etree._Element]) -> set[etree._Element]:
    """The concealed elements below a paragraph, with no headline between: those above all text tell of the page."""
    found, wanted = set(), set(concealed)
    is_below = False
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element in wanted:
            if is_below:
                found.add(element)
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
        ids.update(_shown_by_script(control))
        target = control.get("href", "")
        if target.startswith("#"):
            ids.add(target[1:])
    # `href="#"` leads nowhere, and most elements have no id
    ids.discard("")
    return ids


def _shown_by_script(control: etree._Element) -> Iterator[str]:
    """The ids of elements around no control that its script shows."""
    script = control.get("onclick", "")[:_MAX_SCRIPT]
    if _SHOWS.search(script):
        around = {one.get("id") for one in control.iterancestors()}
        yield from (name for name in _IN_SCRIPT.findall(script) if name not in around)


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
