"""What a browser shows of a page though its markup keeps it apart: declarative shadow roots, the documents that frames
hold in ``srcdoc``, pictures that only ``noscript`` has, a page that is concealed until a script has run. They are put
where they are shown, before the page is cut and before its text is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from copydesk.cleaners.decode.html_tree import SILENT, parse
from copydesk.cleaners.errors import EmptyPage, TooComplex, TooDeep
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.elements import HIDING_STYLE

# elements that may have a shadow root, besides those with a hyphen (DOM, "attachShadow")
_HOSTS: Final = frozenset({
    "article", "aside", "blockquote", "body", "div", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "main",
    "nav", "p", "section", "span",
})  # fmt: skip
_MODES: Final = frozenset({"open", "closed"})
_AROUND_PICTURES: Final = frozenset({"figure", "picture", "div", "span", "a", "p", "center", "td"})
_MAX_PARTS: Final = 2_000  # of a page, against hostile ones
_MAX_FRAMES_WITHIN: Final = 3  # levels of frames in frames
_MOST_BESIDE: Final = 0.25  # of a concealed page's text, as much as a note on cookies; set by hand
_MAX_AROUND_PAGE: Final = 8  # elements around it that are looked at
_HOLDS_ARTICLE: Final = etree.XPath("boolean(descendant-or-self::*[self::h1 or self::main or self::article])")


def show_shadow_roots(root: etree._Element) -> None:
    """Puts each shadow root in the place of what its element holds, and that into its slots."""
    hosts: set[etree._Element] = set()
    for template in [*root.iter("template")][:_MAX_PARTS]:
        host = template.getparent()
        mode = template.get("shadowrootmode") or template.get("shadowroot") or ""
        if host is None or mode.lower() not in _MODES or not (host.tag in _HOSTS or "-" in str(host.tag)):
            continue
        # of two the first counts; one within a template that is not shown is not shown
        if host not in hosts and next(host.iterancestors(*SILENT), None) is None:
            hosts.add(host)
            _compose(host, template)


def _compose(host: etree._Element, shadow: etree._Element) -> None:
    shadow.tag = "div"
    slots: dict[str, etree._Element] = {}
    for slot in shadow.iter("slot"):
        if next(slot.iterancestors(*SILENT), None) is None:
            slots.setdefault(slot.get("name", ""), slot)
    filled: set[str] = set()
    for part in list(_light(host, shadow)):
        name = part.get("slot", "")
        if name not in slots:
            part.set("hidden", "")  # no slot shows it
            continue
        if name not in filled:
            filled.add(name)
            _conceal_content(slots[name])  # shown where nothing is put in its place
        slots[name].append(part)


def _light(host: etree._Element, shadow: etree._Element) -> Iterator[etree._Element]:
    """What an element holds besides its shadow root; bare text in elements of its own."""
    if host.text and not host.text.isspace():
        yield _wrapped(host.text, lambda part: host.insert(0, part))
        host.text = None
    for part in [*host]:
        tail, part.tail = part.tail, None
        if part is not shadow and part.tag not in SILENT:
            yield part
        if tail and not tail.isspace():
            yield _wrapped(tail, part.addnext)


def _wrapped(text: str, put: Callable[[etree._Element], None]) -> etree._Element:
    part = etree.Element("span")
    part.text = text
    put(part)
    return part


def _conceal_content(slot: etree._Element) -> None:
    if slot.text or len(slot):
        concealed = etree.Element("div", {"hidden": ""})
        concealed.text, slot.text = slot.text, None
        concealed.extend([*slot])
        slot.append(concealed)


def show_frames(root: etree._Element, options: Options) -> None:
    """Puts the documents that frames hold themselves (``srcdoc``) into them; one that cannot be read is left out."""
    frames = [(frame, 1) for frame in root.iter("iframe") if frame.get("srcdoc")]
    for number, (frame, level) in enumerate(frames):
        if number >= _MAX_PARTS:
            break
        if next(frame.iterancestors(*SILENT), None) is not None:
            continue
        try:
            body = parse(str(frame.attrib.pop("srcdoc")), options).find("body")
        except (EmptyPage, TooComplex, TooDeep):
            continue
        if body is None:
            continue
        if frame.text and not frame.text.isspace():  # for browsers without frames
            _conceal_content(frame)
        if not frame.get("src"):
            frame.tag = "div"
        _wrapped(body.text or "", frame.append)
        frame.extend([*body])
        if level < _MAX_FRAMES_WITHIN:
            frames.extend((inner, level + 1) for inner in frame.iter("iframe") if inner.get("srcdoc"))


def show_whole_page(root: etree._Element) -> None:
    """Shows an article that is concealed with nearly all of its page: both wait for a script. Where the page shows a
    headline or an article besides, what is concealed may be anything.
    """
    element = root.find("body")
    for _ in range(_MAX_AROUND_PAGE):
        if element is None:
            return
        if _is_concealed(element):
            element.attrib.pop("hidden", "")
            element.attrib.pop("style", "")
        parts = [child for child in element if isinstance(child.tag, str) and child.tag not in SILENT]
        holding = [child for child in parts if _HOLDS_ARTICLE(child)]
        is_only = len(holding) == 1 and (len(parts) == 1 or _is_concealed(holding[0]))
        shown = sum(_chars(child) for child in parts if child is not holding[0]) if is_only else 0
        element = holding[0] if is_only and shown <= _MOST_BESIDE * _chars(holding[0]) else None


def _chars(element: etree._Element) -> int:
    """The characters of text in an element, without scripts and what else is no text."""
    return sum(
        len((part.text or "").strip()) + (len((part.tail or "").strip()) if part is not element else 0)
        for part in element.iter()
        if part.tag not in SILENT
    )


def _is_concealed(element: etree._Element) -> bool:
    return element.get("hidden", "until-found") != "until-found" or bool(
        HIDING_STYLE.search(element.get("style", ""))
    )


def show_late_pictures(root: etree._Element) -> None:
    """Puts the picture that only ``noscript`` has before it, where no other stands for it."""
    for late in [*root.iter("noscript")][:_MAX_PARTS]:
        around = late.getparent()
        pictures = [*late.iter("img", "amp-img")][:2]
        if around is None or around.tag not in _AROUND_PICTURES or len(pictures) != 1:
            continue
        (picture,) = pictures
        if _is_counter(picture) or next(around.iter("img", "amp-img")) is not picture:
            continue
        if any(not text.isspace() for text in late.itertext()):
            continue
        above = picture.getparent()
        whole = above if above is not None and above.tag == "picture" else picture
        whole.tail = None
        late.addprevious(whole)


def _is_counter(picture: etree._Element) -> bool:
    """Whether a picture is loaded to be counted."""
    sizes = (picture.get("width") or "", picture.get("height") or "")
    return "0" in sizes or "1" in sizes or HIDING_STYLE.search(picture.get("style", "")) is not None
