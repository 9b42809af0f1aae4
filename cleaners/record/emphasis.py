"""Writes a styled line as Markdown and escapes characters that would have a meaning.

Emphasis works only beside certain characters (CommonMark, "Emphasis and strong emphasis"). Where it would not,
punctuation at its edges is moved out of it. If that is not enough, the emphasis is dropped. The output does not depend
on rules that differ between versions of CommonMark.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.marked_block import (
    CODE,
    EM,
    FORMULA,
    LOWERED,
    NOTE,
    RAISED,
    STRONG,
    STRUCK,
    Line,
    Run,
    Style,
    merge_runs,
)

# `_MEANINGFUL` finds nothing without one of these; a set alone is searched for ten times as fast as other patterns
_MAY_BE_MEANINGFUL = lazy_pattern(r"[*_\\`<&\]~]")
_MEANINGFUL = lazy_pattern(
    # \* · `code` · *emphasis* · _emphasis_, but not snake_case · <b> · &amp;
    r"\\(?=[!-/:-@\[-`{-~]|$)|`|\*(?!\s)|(?<!\s)\*|_(?![^\W_])|(?<![^\W_])_|<(?=[A-Za-z/!?])|&(?=#?\w{1,32};)"
    # [a](b) and [a]: b, for which escaping ] is enough · ~~struck out~~ (GitHub)
    r"|\](?=[(:])|~(?=~)|(?<=~)~",
    re.MULTILINE,
)
_NEEDS_CARE = lazy_pattern(r"[*_\\`<&\[\]!~]")
_MEANINGFUL_IN_LINKS = lazy_pattern(rf"[\[\]]|{_MEANINGFUL.pattern}", re.MULTILINE)
_ESCAPED_OR_BRACKET = lazy_pattern(r"\\.|[\[\]]", re.DOTALL)
_NESTING_ORDER: Final = (STRONG, EM, STRUCK)
"""From the outside in; links are outside all of them, code is inside."""
_SIGNS: Final = {STRONG: "**", STRUCK: "~~"}
_LITERAL: Final = CODE | FORMULA | RAISED | LOWERED | NOTE
"""Styles that need no particular characters beside them."""
_MAX_REPAIRS: Final = 8
"""Attempts to repair the emphasis of a line before it is dropped; set by hand: our test pages need three."""
_BACKTICKS: Final = lazy_pattern("`+")
_SIGNED: Final = lazy_pattern(r"^[\^_](?:\((.*)\)$|(?=.))(.*)", re.DOTALL)
_ASCII_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def inline(text: str) -> str:
    """Running text, escaped so that no character has a meaning."""
    if not _MAY_BE_MEANINGFUL.search(text):
        return text
    return escape_opening_brackets(_MEANINGFUL.sub(_escape, text))


def escape_edges(escaped: str, *, is_before_link: bool) -> str:
    """Escaped text beside emphasis or a link: also escapes characters that the adjacent signs would complete."""
    last = escaped[-1]
    # "Wow!" before a link would make it a picture; "]" and "~" would combine with the next sign
    if last in "]~" or (last == "!" and is_before_link):
        before = escaped[:-1]
        # two backslashes are an escaped one
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            escaped = f"{before}\\{last}"
    return "\\" + escaped if escaped[0] == "~" else escaped


def escape_opening_brackets(escaped: str) -> str:
    """Escapes each bracket that an escaped one closes."""
    if "\\]" not in escaped:
        return escaped
    opened: list[int] = []
    to_escape: list[int] = []
    for sign in _ESCAPED_OR_BRACKET.finditer(escaped):
        if sign[0] == "[":
            opened.append(sign.start())
        elif sign[0] in ("]", "\\]") and opened:
            at = opened.pop()
            to_escape += [at] if sign[0] == "\\]" else []
    ends = [0, *sorted(to_escape), len(escaped)]
    return "\\".join(escaped[start:end] for start, end in pairwise(ends))


def escape_link_text(text: str) -> str:
    """The text of a link or picture, escaped also for brackets, which would end it."""
    return _MEANINGFUL_IN_LINKS.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return "\\" + match.group()


class _Emphasis(Struct):
    """One emphasis on the runs from ``start`` to ``end``; ``opened`` and ``closed``: the parts with its signs."""

    bit: int
    start: int
    end: int = 0
    opened: int = 0
    closed: int = 0


class _WrittenLine(Struct):
    """The parts of a line in Markdown, and its emphasis."""

    parts: list[str]
    emphases: list[_Emphasis]
    starts_with_text: bool = False


def write_line(line: Line, urls: Sequence[str | None]) -> tuple[str, bool]:
    """The line as Markdown, and whether it begins with text and not with a sign of emphasis, code or a link.

    ``urls``: of the links by number, escaped for Markdown, the first None.
    """
    runs = _without_dead_links(line, urls) if None in urls[1:] else line
    if plain := _of_links_alone(runs, urls):
        return plain, not runs[0].style.link
    for _ in range(_MAX_REPAIRS):
        written = _write(runs, urls)
        repaired = None
        if written.emphases:
            _choose_signs(written)
            repaired = _with_less_emphasis(runs, written)
        if repaired is None:
            return "".join(written.parts), written.starts_with_text
        runs = repaired
    written = _write(_without_emphasis(runs), urls)
    return "".join(written.parts), written.starts_with_text


def _of_links_alone(runs: Line, urls: Sequence[str | None]) -> str | None:
    """The line as Markdown, where it has no styles but links and no character that may need an escape, as most have."""
    parts, before = [], None
    for text, style in runs:
        if style.bits or style == before or _NEEDS_CARE.search(text):
            return None
        parts.append(f"[{text}]({urls[style.link]})" if style.link else text)
        before = style
    return "".join(parts)


def _without_dead_links(line: Line, urls: Sequence[str | None]) -> Line:
    if not [1 for _, style in line if style.link and urls[style.link] is None]:
        return line
    return merge_runs(
        [Run(text, style if urls[style.link] else Style(style.bits, 0)) for text, style in line]
    )


def _write(runs: Line, urls: Sequence[str | None]) -> _WrittenLine:
    written = _WrittenLine([], [])
    parts = written.parts
    texts: list[int] = []
    open_emphases: list[_Emphasis] = []
    link = 0
    for number, (text, style) in enumerate(runs):
        keeps = _count_continued(open_emphases, style) if open_emphases and style.link == link else 0
        _close(written, open_emphases, keeps, number)
        if style.link != link:
            if link:
                parts.append(f"]({urls[link]})")
            if style.link:
                parts.append("[")
            link = style.link
        is_open = [emphasis.bit for emphasis in open_emphases]
        for bit in _NESTING_ORDER if style.bits else ():
            if style.bits & bit and bit not in is_open:
                emphasis = _Emphasis(bit, number, opened=len(parts))
                open_emphases.append(emphasis)
                written.emphases.append(emphasis)
                parts.append(_SIGNS.get(bit, "_"))
        if style.bits & _LITERAL:
            parts.append(_literal(text, style.bits, is_alone=len(runs) == 1))
        else:
            written.starts_with_text = written.starts_with_text or not parts
            texts.append(len(parts))
            parts.append(_escaped(runs, number))
    _close(written, open_emphases, 0, len(runs))
    if link:
        parts.append(f"]({urls[link]})")
    # across runs, because another run may close a bracket; no text has a NUL
    joined = escape_opening_brackets("\0".join([parts[at] for at in texts])) if len(texts) > 1 else ""
    for at, text in zip(texts, joined.split("\0") if joined else (), strict=False):
        parts[at] = text
    return written


def _escaped(runs: Line, number: int) -> str:
    """The text of one of the runs, escaped also for what its neighbours end or begin with."""
    text, style = runs[number]
    escaped = escape_link_text(text) if style.link else inline(text)
    if len(runs) > 1 and (escaped[-1] in "]~!" or escaped[0] == "~"):
        is_before_link = number + 1 < len(runs) and runs[number + 1].style.link != style.link
        return escape_edges(escaped, is_before_link=is_before_link)
    return escaped


def _count_continued(open_emphases: Sequence[_Emphasis], style: Style) -> int:
    """How many of the open emphases, from the outside in, continue in a run of this style."""
    return sum(1 for _ in takewhile(lambda emphasis: style.bits & emphasis.bit, open_emphases))


def _close(written: _WrittenLine, open_emphases: list[_Emphasis], keeps: int, number: int) -> None:
    while len(open_emphases) > keeps:
        emphasis = open_emphases.pop()
        emphasis.end, emphasis.closed = number, len(written.parts)
        written.parts.append(_SIGNS.get(emphasis.bit, "_"))


def _literal(text: str, bits: int, *, is_alone: bool) -> str:
    """A run whose signs need no particular characters beside them."""
    if bits & CODE:
        return _code(text)
    if bits & FORMULA:
        # what reads formulas takes its text as it is
        sign = "$$" if is_alone else "$"
        return f"{sign}{text}{sign}"
    if bits & NOTE:
        return f"[^{text.strip('[]() ')}]"
    tag = "sup" if bits & RAISED else "sub"
    # without the sign that says so in plain text
    bare = _SIGNED.sub(r"\1\2", text, count=1)
    return f"<{tag}>{inline(bare)}</{tag}>"


def _code(text: str) -> str:
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    # a backtick at the edge would extend the fence
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _choose_signs(written: _WrittenLine) -> None:
    """Replaces ``_`` by ``*`` within words, where it would not be emphasis."""
    for emphasis in written.emphases:
        around = _char_before(written, emphasis.opened), _char_after(written, emphasis.closed)
        if emphasis.bit == EM and not all(map(_is_space_or_punctuation, around)):
            written.parts[emphasis.opened] = written.parts[emphasis.closed] = "*"


def _with_less_emphasis(runs: Line, written: _WrittenLine) -> Line | None:
    """The runs with less emphasis, or None if all emphasis works."""
    # of each run at most three: emphasis of one kind is not within another
    lost: defaultdict[int, list[_Emphasis]] = defaultdict(list)
    for emphasis in written.emphases:
        text = "".join([text for text, _ in runs[emphasis.start : emphasis.end]])
        if not (any(map(str.isalnum, text)) and _works(written, emphasis)):
            for number in range(emphasis.start, emphasis.end):
                lost[number].append(emphasis)
    if not lost:
        return None
    repaired = merge_runs(
        [part for number, run in enumerate(runs) for part in _reduced(run, number, lost[number])]
    )
    return repaired if repaired != runs else _without_emphasis(runs)


def _without_emphasis(runs: Line) -> Line:
    return merge_runs(Run(text, Style(style.bits & _LITERAL, style.link)) for text, style in runs)


def _reduced(run: Run, number: int, lost: Sequence[_Emphasis]) -> Iterator[Run]:
    """A run with less emphasis: without it at punctuation at its edges, or without it at all if there is none."""
    text, style = run
    head = tail = 0
    bits = style.bits
    signs = "".join({char for char in text if not char.isalnum()})
    for one in lost:
        # code is a single sign for its neighbours
        is_text = not bits & _LITERAL
        first = len(text) - len(text.lstrip(signs)) if is_text and number == one.start else 0
        last = len(text) - len(text.rstrip(signs)) if is_text and number == one.end - 1 else 0
        if one.end - one.start > 1 or not (first or last) or first == len(text):
            bits &= ~one.bit
        else:
            head, tail = max(head, first), max(tail, last)
    outer = Style(style.bits & _LITERAL, style.link)
    kept = Style(bits, style.link)
    stop = len(text) - tail
    for part, of in ((text[:head], outer), (text[head:stop], kept), (text[stop:], outer)):
        if part:
            yield Run(part, of)


def _works(written: _WrittenLine, emphasis: _Emphasis) -> bool:
    """Whether the signs of an emphasis are left- and right-flanking in every version of CommonMark."""
    parts, sign = written.parts, written.parts[emphasis.opened][0]
    before, first = _char_before(written, emphasis.opened), parts[emphasis.opened + 1][0]
    last, after = parts[emphasis.closed - 1][-1], _char_after(written, emphasis.closed)
    # in **a***b* the signs would be one run
    return sign not in (before, first, last, after) and _flanks(before, first) and _flanks(after, last)


def _flanks(outer: str, inner: str) -> bool:
    if inner.isalnum() or inner.isspace():
        return not inner.isspace()
    # from CommonMark 0.31 on, symbols such as the euro sign are punctuation, too
    may_be_punctuation = inner in _ASCII_PUNCTUATION or unicodedata.category(inner)[0] in "PS"
    return not may_be_punctuation or _is_space_or_punctuation(outer)


def _char_before(written: _WrittenLine, at: int) -> str:
    return written.parts[at - 1][-1] if at else " "


def _char_after(written: _WrittenLine, at: int) -> str:
    return written.parts[at + 1][0] if at + 1 < len(written.parts) else " "


def _is_space_or_punctuation(char: str) -> bool:
    """Whether a character is white space or, in every version of CommonMark, punctuation."""
    return char.isspace() or char in _ASCII_PUNCTUATION or unicodedata.category(char)[0] == "P"
