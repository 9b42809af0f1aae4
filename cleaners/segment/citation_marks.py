"""Citation marks of chatbots' interfaces, such as "【4:0†source】", which copying leaves behind in sentences, and files
that are written out in them as ``data:`` addresses.

Where such marks end a sentence of running text they are no words of it, and no page says them on purpose. So each is
moved behind the paragraph it is in, before the page is cut and before its text is read: the paragraph is one block,
its marks are another, which is judged and accounted for like any. Of flattened text, those that end a line are parted
from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from copydesk._core import markup
from copydesk._core.markup import holds
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import APART, BLOCK_TAGS, CONTROLS
from copydesk.cleaners.word_count import count_words

# ":contentReference[oaicite:0]{index=0}"; "[oai_citation:1‡example.org](https://example.org)"
_REFERENCE: Final = (
    r":?contentReference\[oaicite:\d{1,4}\]\{index=\d{1,4}\}"
    r"|\[?oai_citation:\d{1,4}‡[^\]\s]{0,200}\]?(?:\([^)\s]{0,500}\))?"
)
# "【4:0†source】"
_FOOTNOTE: Final = r"【\d{1,4}(?::\d{1,4})?†[^】]{0,200}】"
# "citeturn0search3", its parts held by private-use characters that copying may lose
_TURN: Final = r"turn\d{1,4}[a-z]{1,12}\d{1,4}"
_CITED: Final = rf"\ue200?cite\ue202?{_TURN}(?:\W?{_TURN})*\ue201?"
# "turn0search3turn1news2", where they and the word before it were lost
_TURNS: Final = r"\b(?:turn\d{1,4}(?:search|view|news|fetch|file)\d{1,4})+"
MARK: Final = lazy_pattern(f"{_REFERENCE}|{_FOOTNOTE}|{_CITED}|{_TURNS}")
"""A citation mark, wherever it is."""
DATA: Final = lazy_pattern(
    r"(?a:data:([\w.+-]{1,80}/[\w.+-]{1,80})(?:;[\w.=-]{1,80})*;base64,[\w+/-]{64,}={0,2})"
)
"""A file in an address (RFC 2397), and what kind of file; set by hand: so much is no example in a sentence."""
# behind such a sign it is the value of an attribute, a style or a script
_DATA_IN_TEXT: Final = lazy_pattern(rf"(?<![\"'(=,;]){DATA.pattern}")
_MAY_BE_TURN: Final = lazy_pattern(r"turn\d{1,4}[a-z]")  # scripts hold "return 0" and "return!0"
_LEFT_BEHIND: Final = rf"(?:{MARK.pattern}|{_DATA_IN_TEXT.pattern})"
_RUN: Final = lazy_pattern(rf"\s*{_LEFT_BEHIND}(?:[\s,;]*{_LEFT_BEHIND})*")
# set by hand: a heading, an entry of a list of such marks, a caption are no running text
_MIN_WORDS = 8
_MAX_TEXTS = 20_000  # pieces of text looked at; a hostile page has millions
# marks within a row or a program are quoted; a cell is read in one piece
_LEFT_ALONE: Final = (
    CONTROLS
    | APART
    | {"td", "th", "pre", "listing", "xmp", "plaintext", "code", "kbd", "samp", "tt", "q", "head"}
)
_BORDERS: Final = BLOCK_TAGS | {"td", "th"}
_SENTENCE_ENDS: Final = frozenset('.!?…。！？"”’»」』）)')
_QUOTES: Final = frozenset("\"'“”„‘’‚«»‹›「」『』`")
_PARTED_BY: Final = frozenset(".,;:!?…。、，；：！？)）]")


class _Place(NamedTuple):
    """A piece of text: an element's own, or what follows it."""

    element: etree._Element
    is_tail: bool

    @property
    def text(self) -> str:
        return (self.element.tail if self.is_tail else self.element.text) or ""

    @property
    def around(self) -> etree._Element | None:
        """The element that the text is in."""
        return self.element.getparent() if self.is_tail else self.element

    def write(self, text: str) -> None:
        if self.is_tail:
            self.element.tail = text
        else:
            self.element.text = text


def may_hold_marks(text: str) -> bool:
    """Whether it is worth a look. Searches for fixed words spare nearly all texts the pattern, which is much slower."""
    if not markup.may_hold_marks(text):
        return False
    return (
        holds(text, "oaicite")
        or holds(text, "oai_citation")
        or holds(text, "†")
        or (holds(text, "turn") and _MAY_BE_TURN.search(text) is not None)
        or (holds(text, ";base64,") and _has_data_in_text(text))
    )


def _has_data_in_text(text: str) -> bool:
    # the pattern begins with a look behind: by itself it would be tried at each letter of the page
    at = text.find("data:")
    while at >= 0:
        if _DATA_IN_TEXT.match(text, at):
            return True
        at = text.find("data:", at + 1)
    return False


def without_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without the citation marks that were left behind in it, and these marks."""
    parts, marks, at = [], [], 0
    for run in _RUN.finditer(text):
        if _is_left_behind(text, run):
            parts.append(text[at : run.start()])
            marks.append(run.group().strip())
            at = run.end()
    parts.append(text[at:])
    return "".join(parts), tuple(marks)


def _is_left_behind(text: str, run: re.Match[str]) -> bool:
    """Whether marks end a sentence or a clause, and are not what the sentence speaks of."""
    before, after = text[: run.start()][-1:], text[run.end() :][:2]
    # "a mark such as “turn0search0”"
    if before in _QUOTES and after[:1] in _QUOTES and before and after:
        return False
    if DATA.search(run.group()):
        return True
    following = after.lstrip()[:1]
    # "… 【4†source】, which …"; "… 【4†source】 The next sentence"
    if following and following not in _PARTED_BY and (following.islower() or after[:1] == following):
        return False
    # where nothing but the numbers of searches is left, only what ends a sentence tells them from its words
    is_bare = run.group().lstrip().startswith("turn")
    return not is_bare or before in _SENTENCE_ENDS


def part_marks_from_lines(text: str) -> str:
    """Flattened text with the marks at the end of each line below it. Those within a line stay: without tags nothing
    moves, so that what is kept and what is removed are the text as it was given, letter for letter.
    """
    if not may_hold_marks(text):
        return text
    return "\n".join(_parted(line) for line in text.split("\n"))


def _parted(line: str) -> str:
    runs = list(_RUN.finditer(line)) if may_hold_marks(line) else []
    if not runs or not _is_left_behind(line, runs[-1]):
        return line
    start, end = runs[-1].span()
    is_last = _PARTED_BY.issuperset("".join(line[end:].split()))
    if not is_last or count_words(line[:start]) < _MIN_WORDS:
        return line
    # a blank line, without which the marks would be a line of the paragraph
    return f"{line[:start]}\n\n{line[start:].lstrip()}"


def set_marks_last(root: etree._Element) -> None:
    """Moves the marks of each paragraph into an ``aside`` behind it; all else stays where it is. To be called where the
    page's markup `may_hold_marks`.
    """
    found: dict[etree._Element, list[str]] = {}
    for place in list(_places(root)):
        rest, marks = without_marks(place.text)
        block = _running_text_around(place) if marks else None
        if block is not None:
            place.write(rest)
            found.setdefault(block, []).extend(marks)
    for block, of_block in found.items():
        _put_behind(block, of_block)


def _places(root: etree._Element) -> Iterator[_Place]:
    looked_at = 0
    for element in root.iter():
        for place in (_Place(element, False), _Place(element, True)):
            # comments have no text of the page's, but what follows them is
            if place.text and (place.is_tail or isinstance(element.tag, str)):
                looked_at += 1
                if looked_at > _MAX_TEXTS:
                    return
                if may_hold_marks(place.text):
                    yield place


def _running_text_around(place: _Place) -> etree._Element | None:
    """The block of running text that a piece of text is in; None where it is a quotation, code or a cell."""
    around = place.around
    if around is None:
        return None
    above = [around, *around.iterancestors()]
    if any(element.tag in _LEFT_ALONE for element in above):
        return None
    block = next((element for element in above if element.tag in _BORDERS), None)
    if block is None:
        return None
    rest, _ = without_marks("".join(str(text) for text in block.itertext()))
    return block if count_words(rest) >= _MIN_WORDS else None


def _put_behind(block: etree._Element, marks: list[str]) -> None:
    aside = etree.Element("aside")
    aside.text = " ".join(marks)
    if block.tag == "p":
        # within, it would make the paragraph a container of two
        aside.tail, block.tail = block.tail, None
        block.addnext(aside)
    else:
        block.append(aside)
