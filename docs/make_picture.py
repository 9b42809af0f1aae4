"""Draws ``picture.svg``: a sample page as it arrived, block by block, and the record that copydesk makes of it.

``python docs/make_picture.py`` writes the picture, ``--check`` only says whether it is still what the cleaner makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from lxml import etree

from copydesk import Page, explain
from copydesk.cleaners.schema import AiUse, Record
from copydesk.cleaners.types import KEPT, Label, Labelled

_HERE = Path(__file__).resolve().parent
PAGE = _HERE.parent / "seeds" / "pages" / "en-html-chatbot.html"
PICTURE = _HERE / "picture.svg"

_WIDTH, _LINE, _GAP, _TOP = 940, 17, 9, 62
_PAGE_LEFT, _RECORD_LEFT, _PANEL_WIDTH = 20, 510, 470
_BLOCK_CHARS, _RECORD_CHARS, _TITLE_CHARS = 50, 56, 48
_MOST_LINES, _MOST_RECORD_LINES = 2, 3
"""So many characters fit a line in common sans-serif fonts of 13 pixels; of longer texts the first lines are shown."""
_LEGEND = (("kept", "in text"), ("field", "in a field of its own"), ("cut", "removed"))
_FIELDS = frozenset({Label.TITLE, Label.BYLINE, Label.TAGS, Label.CAPTION, Label.COMMENT})
_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.ground { fill: #ffffff; stroke: #d1d9e0 } .panel { fill: #f6f8fa }
.head { font-size: 17px; font-weight: 600 } .key { fill: #59636e } .strong { font-weight: 600 }
.label { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.kept { fill: #1a7f37 } .field { fill: #0969da } .cut { fill: #cf222e }
.gone { fill: #59636e; text-decoration: line-through }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .ground { fill: #0d1117; stroke: #30363d } .panel { fill: #161b22 }
  .key, .gone { fill: #9198a1 } .kept { fill: #3fb950 } .field { fill: #58a6ff } .cut { fill: #ff7b72 }
}
"""
_SVG = "http://www.w3.org/2000/svg"


class Line(NamedTuple):
    """A line of text: its class, its text, and what is before it in grey."""

    style: str
    text: str
    key: str = ""


_SPACE = Line("plain", "")


def main(arguments: Sequence[str]) -> int:
    """Writes the picture, or with ``--check`` compares it; returns the exit code."""
    drawn = draw(PAGE)
    if "--check" not in arguments:
        PICTURE.write_text(drawn, "utf-8")
    elif PICTURE.read_text("utf-8") != drawn:
        sys.stderr.write(
            f"{PICTURE.name} is not what the cleaner makes of {PAGE.name} today: draw it again\n"
        )
        return 1
    return 0


def draw(file: Path) -> str:
    """The picture as SVG."""
    made = explain(Page(file.read_bytes(), media="html"))
    blocks, bottom = _blocks(made.labelled)
    height = bottom + 40
    size = {"width": str(_WIDTH), "height": str(height), "viewBox": f"0 0 {_WIDTH} {height}"}
    picture = etree.fromstring(f'<svg xmlns="{_SVG}" role="img"/>')
    for name, value in size.items():
        picture.set(name, value)
    picture.extend(
        [
            _element("title", text="A page before and after copydesk"),
            _element(
                "desc", text="Left: the page's blocks, each with its label. Right: the record made of them."
            ),
            _element("style", text=_STYLE),
            _rectangle("ground", 0.5, 0.5, _WIDTH - 1, height - 1),
            _rectangle("panel", _RECORD_LEFT, _TOP - 12, _WIDTH - _RECORD_LEFT - 20, height - _TOP - 6),
            _write("head", _PAGE_LEFT, 34, f"A page as it arrived ({file.name})"),
            _write("head", _RECORD_LEFT, 34, "Its record"),
            *blocks,
            *_text(_record(made.record), _RECORD_LEFT + 14, _TOP + 13),
            *_legend(bottom + 20),
        ]
    )
    return etree.tostring(picture, encoding="unicode", pretty_print=True)


def _blocks(labelled: Sequence[Labelled]) -> tuple[list[etree._Element], int]:
    """The blocks, each with a bar in the colour of what becomes of it, and its label; and where they end."""
    drawn = []
    y = _TOP
    for one in labelled:
        fate = _fate(one.label)
        lines = wrap(" ".join(one.block.text.split()), _BLOCK_CHARS, max_lines=_MOST_LINES, placeholder=" …")
        drawn.append(_rectangle(fate, _PAGE_LEFT, y, 4, _LINE * len(lines)))
        for number, line in enumerate(lines):
            style = "gone" if fate == "cut" else "plain"
            drawn.append(_write(style, _PAGE_LEFT + 14, y + 13 + number * _LINE, line))
        drawn.append(_write(f"label {fate}", _PAGE_LEFT + _PANEL_WIDTH, y + 13, one.label, anchor="end"))
        y += _LINE * len(lines) + _GAP
    return drawn, y


def _fate(label: Label) -> str:
    return "kept" if label in KEPT else "field" if label in _FIELDS else "cut"


def _legend(y: int) -> Iterator[etree._Element]:
    """What the colours say."""
    for number, (fate, meaning) in enumerate(_LEGEND):
        x = _PAGE_LEFT + number * 110 + (number > 1) * 60
        yield _rectangle(fate, x, y - 10, 4, 13)
        yield _write(fate, x + 10, y, meaning)


def _record(record: Record) -> Iterator[Line]:
    """What the record says, abridged."""
    yield from (Line("strong", line) for line in wrap(record.title or "", _TITLE_CHARS))
    yield _SPACE
    yield Line("plain", ", ".join(author.name for author in record.authors), "authors")
    yield Line("plain", record.site_name or "", "site_name")
    yield Line("plain", record.date_published or "", "date_published")
    yield Line("plain", record.language, "language")
    yield from (_SPACE, Line("key", "text"))
    for block in record.text.split("\n\n"):
        for row in block.split("\n"):
            yield from (Line("plain", line) for line in _abridged(row.replace("\t", "  |  ")))
        yield _SPACE
    yield Line("key", "provenance")
    for use in record.provenance.ai:
        yield Line("plain", f"ai: {use.role}, {use.medium}, {_maker(use)}")
    for quote in dict.fromkeys(one.quote for one in record.provenance.evidence if one.where == "text"):
        yield from (Line("key", line) for line in _abridged(f"“{quote}”"))
    yield from (
        _SPACE,
        Line("key", f"removed: {len(record.removed)} blocks, each with label, rule and evidence"),
    )


def _maker(use: AiUse) -> str:
    return ", ".join(filter(None, (use.model, use.vendor))) or "by an AI that is not named"


def _abridged(text: str) -> list[str]:
    return wrap(text, _RECORD_CHARS, max_lines=_MOST_RECORD_LINES, placeholder=" …")


def _text(lines: Iterator[Line], x: int, y: int) -> Iterator[etree._Element]:
    """The lines below each other from ``y`` on."""
    for line in lines:
        if line.key:
            yield _write("key", x, y, line.key)
        if line.text:
            yield _write(line.style, x + (105 if line.key else 0), y, line.text)
        y += _LINE if line.text else _LINE // 2


def _rectangle(style: str, x: float, y: float, width: float, height: float) -> etree._Element:
    return _element("rect", {"class": style}, x=x, y=y, width=width, height=height)


def _write(style: str, x: int, y: int, text: str, *, anchor: str = "start") -> etree._Element:
    return _element("text", {"class": style, "text-anchor": anchor}, text=text, x=x, y=y)


def _element(
    name: str, attributes: Mapping[str, str] | None = None, text: str = "", **numbers: float
) -> etree._Element:
    made = etree.Element(
        f"{{{_SVG}}}{name}", {**(attributes or {}), **{key: f"{value:g}" for key, value in numbers.items()}}
    )
    made.text = text or None
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
