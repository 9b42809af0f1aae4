"""Formulas, each once: as TeX where the page has it, else as a line made of its MathML.

A page may hold a formula as glyphs, as MathML and as TeX at once (KaTeX, MathJax 2 and 3, MediaWiki, LaTeXML). One
``math`` element with the formula as its text is left in its place, and what draws it again is moved to the end of
the page, concealed. This is done before the page is cut and before its text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, cast

from lxml import etree

from copydesk._core.markup import holds
from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.patterns import lazy_pattern

FORMULA_TAG: Final = "math"
"""The tag of a formula, whose text is TeX or reads like it."""
_SCRIPT: Final = lazy_pattern(r"math/(?:tex|asciimath|mml)", re.IGNORECASE)
_TEX_TYPE: Final = lazy_pattern(r"(?:application/x-|text/x-|math/)?(?:la)?tex(?![a-z])", re.IGNORECASE)
# elements that hold a formula and nothing else
_HOLDER: Final = lazy_pattern(r"(?<![\w-])(?:katex(?:-\w+)?|MathJax\w*|MJX\w*|mjx-[\w-]+|mwe-math[\w-]*|ltx_Math\w*)(?![\w-])", re.IGNORECASE)  # fmt: skip
_PREVIEW: Final = lazy_pattern(r"(?<![\w-])MathJax_?Preview(?![\w-])", re.IGNORECASE)
_TEX_ATTRIBUTES: Final = ("data-tex", "data-latex", "data-expr")
_TEX_SIGN: Final = lazy_pattern(r"[\\^_{]")  # in MathML `alttext` may be plain words: "Formula 1"
_MAX_STYLES: Final = 8  # around each other; set by hand
_MAX_HOLDERS: Final = 8  # around each other; set by hand, the most seen is 4
_MAX_FORMULAS: Final = 5_000  # of a page; set by hand
_MAX_DEPTH: Final = 60  # of MathML that is read; set by hand
_STYLED: Final = lazy_pattern(r"\{\s*\\(?:display|text|script)style\s*(.*)\}\s*", re.DOTALL)
_STYLE: Final = lazy_pattern(r"\\(?:display|text|script)style\s*")
_INVISIBLE: Final = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064))
_ATOM: Final = lazy_pattern(r"\w|\\[A-Za-z]+")
_ANNOTATIONS: Final = ("annotation", "annotation-xml")
_EMPTY: Final = frozenset({"none", "mprescripts"})
_MARKS: Final = ("<math", "math/", "katex", "mjx-", "MathJax")


def may_hold_formulas(markup: str) -> bool:
    """Whether it is worth a look."""
    return any(holds(markup, mark) for mark in _MARKS)


def keep_formulas_once(root: etree._Element) -> None:
    """Leaves of each formula one ``math`` element with its text. Time grows with the page."""
    copies: list[etree._Element] = []
    done: set[etree._Element] = set()
    found = root.iter("math", "mjx-container", "script")
    outermost = (one for one in found if next(one.iterancestors("math"), None) is None)
    for element in [*islice(outermost, _MAX_FORMULAS)]:
        if element.tag == "script" and not _SCRIPT.match(element.get("type", "")):
            continue
        holder = _holder_of(element, done)
        if holder is not None:
            copies.extend(_replace(holder, done))
    if copies:
        rest = etree.SubElement(
            root if root.tag != "html" or not len(root) else root[-1], "div", {"hidden": ""}
        )
        for copy in copies:
            copy.tail = " "
            rest.append(copy)


def _holder_of(element: etree._Element, done: set[etree._Element]) -> etree._Element | None:
    """The outermost element that holds this formula and nothing else; None where it is done, or is no text."""
    holder = element
    for _ in range(_MAX_HOLDERS):
        around = holder.getparent()
        if holder in done or around is None:
            return None
        if not (_is_holder(around) or around.tag == "nobr" or str(around.tag).startswith("mjx-")):
            break
        holder = around
    return holder if next(holder.iterancestors("head", *SILENT), None) is None else None


def _is_holder(element: etree._Element) -> bool:
    names = element.get("class")
    return element.tag in ("span", "div") and names is not None and _HOLDER.search(names) is not None


def _replace(holder: etree._Element, done: set[etree._Element]) -> Iterator[etree._Element]:
    """Puts the formula in the place of what holds it. Yields what draws it again."""
    parts = _parts(holder)
    done.update(parts)
    text, source = next((found for part in parts if (found := _tex_of(part))[0]), ("", None))
    if source is None:
        text, source = next((found for part in parts if (found := _line_of(part))[0]), ("", None))
    if source is None:
        return
    formula = etree.Element(FORMULA_TAG)
    formula.text, formula.tail = text, parts[-1].tail
    parts[-1].tail = None
    if any(part.tag == "div" for part in parts):  # in lines of its own
        line = etree.Element("div")
        formula.tail, line.tail = None, formula.tail
        line.append(formula)
        parts[0].addprevious(line)
    else:
        parts[0].addprevious(formula)
    for part in parts:
        cast("etree._Element", part.getparent()).remove(part)
    # what was read stands in the formula's place: only the rest is a copy
    rest = [*source.iterdescendants(*_ANNOTATIONS)]
    for inner in [*source]:
        source.remove(inner)
    source.text = None
    source.extend(rest)
    for part in parts:
        if part.tag != "script" and any(not text.isspace() for text in part.itertext()):
            part.tag = "span"
            yield part


def _parts(holder: etree._Element) -> list[etree._Element]:
    """The siblings that show one formula: what stands for it while it is drawn, its glyphs, its source."""
    parts = [holder]
    before = holder.getprevious()
    while (
        before is not None
        and not (before.tail or "").strip()
        and _shows_same(before, holder)
        and len(parts) < 4
    ):
        before.tail = None
        parts.insert(0, before)
        before = before.getprevious()
    after = holder.getnext()
    while (
        after is not None
        and not (parts[-1].tail or "").strip()
        and _is_source(after, parts)
        and len(parts) < 6
    ):
        parts[-1].tail = None
        parts.append(after)
        after = after.getnext()
    return parts


def _shows_same(element: etree._Element, of: etree._Element) -> bool:
    names = element.get("class") or ""
    if _PREVIEW.search(names):
        return True
    return of.tag == "script" and (_is_holder(element) or element.tag == "mjx-container")


def _is_source(element: etree._Element, parts: list[etree._Element]) -> bool:
    is_drawn = any(part.tag != "script" for part in parts)
    is_script = element.tag == "script" and _SCRIPT.match(element.get("type", "")) is not None
    is_preview = _PREVIEW.search(parts[-1].get("class") or "") is not None
    return (is_script and is_drawn) or (is_preview and _is_holder(element))


def _tex_of(part: etree._Element) -> tuple[str, etree._Element]:
    """The TeX of a formula where its element has it, or ``""``; and the element whose text it is."""
    for one in part.iter("annotation", "script"):
        kind = one.get("encoding", "") if one.tag == "annotation" else one.get("type", "")
        if _TEX_TYPE.match(kind) and (tex := _plain_tex("".join(map(str, one.itertext())))):
            return tex, one
    for one in part.iter(etree.Element):
        tex = next((value for name in _TEX_ATTRIBUTES if (value := one.get(name))), "")
        if not tex and _TEX_SIGN.search(alternative := one.get("alttext", "")):
            tex = alternative
        if tex := _plain_tex(tex):
            return tex, etree.Element("none")
    return "", part


def _plain_tex(text: str) -> str:
    """TeX in one line, without what only sets its size."""
    line = " ".join(re.sub(r"%\s*\n", "", text).split())
    for _ in range(_MAX_STYLES):
        styled = _STYLED.fullmatch(line)
        if styled is None:
            break
        line = styled[1].strip()
    return _STYLE.sub("", line, count=1).strip() if _STYLE.match(line) else line


def _line_of(part: etree._Element) -> tuple[str, etree._Element]:
    """A formula as a line, from its MathML, or ``""``; and the element whose text it is."""
    math = next(part.iter("math"), None)
    return ("", part) if math is None else (" ".join(_linear(math, 0).translate(_INVISIBLE).split()), math)


def _linear(node: etree._Element, depth: int) -> str:
    tag = str(node.tag).rpartition(":")[2]
    if depth > _MAX_DEPTH or any(one.tail and not one.tail.isspace() for one in node):
        return "".join(map(str, node.itertext()))  # no MathML: what it says is kept
    below = [_linear(one, depth + 1) for one in node if isinstance(one.tag, str) and not _is_no_part(one)]
    own = " ".join((node.text or "").split()) if tag != "mspace" else " "
    if not below or tag not in _WRITTEN:
        parting = _PARTING.get(tag, "")
        return own + parting.join(below)
    first, second, third = (*below, "", "")[:3]
    if tag == "mfenced":
        first = f"{node.get('open', '(')}{', '.join(below)}{node.get('close', ')')}"
    return own + _WRITTEN[tag](first, second, third) + "".join(below[3:] if tag != "mfenced" else ())


def _is_no_part(element: etree._Element) -> bool:
    return element.tag in _ANNOTATIONS or (element.tag in _EMPTY and not (element.text or len(element)))


_WRITTEN: Final[Mapping[str, Callable[[str, str, str], str]]] = {
    **dict.fromkeys(("msup", "mover"), lambda one, two, _: f"{one}^{_group(two)}"),
    **dict.fromkeys(("msub", "munder"), lambda one, two, _: f"{one}_{_group(two)}"),
    **dict.fromkeys(
        ("msubsup", "munderover"), lambda one, two, three: f"{one}_{_group(two)}^{_group(three)}"
    ),
    "mfrac": lambda one, two, _: f"{_operand(one)}/{_operand(two)}",
    "msqrt": lambda one, two, three: f"√{_operand(one + two + three)}",
    "mroot": lambda one, two, _: f"√{_operand(one)}_{_group(two)}",
    "mfenced": lambda one, _two, _three: one,
}
"""How elements of MathML are written of their first three parts."""
_PARTING: Final = {"mtr": " & ", "mtable": "; "}


def _group(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _operand(text: str) -> str:
    return text if _ATOM.fullmatch(text) or text.isalnum() else f"({text})"
