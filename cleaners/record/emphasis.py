"""A line of marked text as Markdown, with signs escaped where they would mean something.

Signs of emphasis mean something only beside certain characters (CommonMark, "Emphasis and strong emphasis"). Where they
would mean nothing, signs of punctuation at the edges leave the emphasis, and where that is not enough the
emphasis is left out: the words matter more. What reads differently from version to version is not relied on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

from msgspec import Struct

from copydesk.cleaners.record.marked_block import CODE, EM, STRONG, STRUCK, Line, Run, Style, merged

# one of them is in all that `_MEANINGFUL` finds: most lines have none, and are not searched
_ANY_SIGN = ("*", "_", "\\", "`", "<", "&", "](", "]:", "~~")
_MEANINGFUL = re.compile(
    # \* · `code` · *emphasis* · _emphasis_, but not snake_case · <b> · &amp;
    r"\\(?=[!-/:-@\[-`{-~]|$)|`|\*(?!\s)|(?<!\s)\*|_(?![^\W_])|(?<![^\W_])_|<(?=[A-Za-z/!?])|&(?=#?\w{1,32};)"
    # [a](b) and [a]: b, where ] is enough to undo both · ~~struck out~~ (GitHub)
    r"|\](?=[(:])|~(?=~)|(?<=~)~",
    re.MULTILINE,
)
_MEANINGFUL_IN_LINKS = re.compile(rf"[\[\]]|{_MEANINGFUL.pattern}", re.MULTILINE)
_SIGN_OR_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
_NESTED: Final = (STRONG, EM, STRUCK)
"""From the outside in where they begin together; links stand around all of them, code within."""
_SIGNS: Final = {STRONG: "**", STRUCK: "~~"}
_MAX_TURNS: Final = 8
"""Emphasis of one line that is mended more often than this is left out; set by hand: composed pages need three."""
_BACKTICKS: Final = re.compile("`+")
_ASCII_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def inline(text: str) -> str:
    """Running text whose signs mean nothing."""
    for sign in _ANY_SIGN:
        if sign in text:
            return with_both_brackets(_MEANINGFUL.sub(_escape, text))
    return text


def beside_marks(escaped: str, *, is_before_link: bool) -> str:
    """Escaped text beside which marks or links stand: signs that theirs would complete mean nothing either."""
    last, before = escaped[-1], escaped[:-1]
    # two backslashes are one of the text
    is_free = (len(before) - len(before.rstrip("\\"))) % 2 == 0
    # "Wow!" before a link would make it a picture; "]" and "~" would join what follows
    if is_free and (last in "]~" or (last == "!" and is_before_link)):
        escaped = f"{before}\\{last}"
    return "\\" + escaped if escaped[0] == "~" else escaped


def with_both_brackets(escaped: str) -> str:
    """Escaped text in which the bracket that an escaped one closes is escaped, too."""
    if "\\]" not in escaped:
        return escaped
    opened: list[int] = []
    alone: list[int] = []
    for sign in _SIGN_OR_BRACKET.finditer(escaped):
        if sign[0] == "[":
            opened.append(sign.start())
        elif sign[0] in ("]", "\\]") and opened:
            place = opened.pop()
            alone += [place] if sign[0] == "\\]" else []
    places = [0, *sorted(alone), len(escaped)]
    return "\\".join(escaped[start:end] for start, end in pairwise(places))


def in_link(text: str) -> str:
    """The text of a link or picture, where brackets would end it."""
    return _MEANINGFUL_IN_LINKS.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return "\\" + match.group()


class _Pair(Struct):
    """Emphasis of one kind over the runs from ``start`` to ``end``; ``opened`` and ``closed``: places of its signs."""

    bit: int
    start: int
    end: int = 0
    opened: int = 0
    closed: int = 0


class _Written(Struct):
    """A line as written, piece by piece, and where its emphasis is."""

    parts: list[str]
    pairs: list[_Pair]
    starts_with_text: bool = False


def write_line(line: Line, addresses: Sequence[str | None]) -> tuple[str, bool]:
    """The line as Markdown, and whether it begins with text and not with a sign of ours.

    ``addresses``: of the links by number, the first of them None, as they may stand in Markdown.
    """
    runs = _without_dead_links(line, addresses)
    for _ in range(_MAX_TURNS):
        written = _write(runs, addresses)
        mended = _mended(runs, written)
        if mended is None:
            return "".join(written.parts), written.starts_with_text
        runs = mended
    written = _write(_without_emphasis(runs), addresses)
    return "".join(written.parts), written.starts_with_text


def _without_dead_links(line: Line, addresses: Sequence[str | None]) -> Line:
    if not any(style.link and addresses[style.link] is None for _, style in line):
        return line
    return merged(Run(text, style if addresses[style.link] else Style(style.bits, 0)) for text, style in line)


def _write(runs: Line, addresses: Sequence[str | None]) -> _Written:
    written = _Written([], [])
    parts = written.parts
    texts: list[int] = []
    open_pairs: list[_Pair] = []
    link = 0
    for number, (text, style) in enumerate(runs):
        keeps = _shared(open_pairs, style) if style.link == link else 0
        _close(written, open_pairs, keeps, number)
        if style.link != link:
            if link:
                parts.append(f"]({addresses[link]})")
            if style.link:
                parts.append("[")
            link = style.link
        is_open = {pair.bit for pair in open_pairs}
        for bit in _NESTED:
            if style.bits & bit and bit not in is_open:
                pair = _Pair(bit, number, opened=len(parts))
                open_pairs.append(pair)
                written.pairs.append(pair)
                parts.append(_SIGNS.get(bit, "_"))
        if style.bits & CODE:
            parts.append(_code(text))
        else:
            written.starts_with_text = written.starts_with_text or not parts
            following = runs[number + 1].style.link if number + 1 < len(runs) else link
            escaped = in_link(text) if link else inline(text)
            texts.append(len(parts))
            parts.append(
                beside_marks(escaped, is_before_link=following != link) if len(runs) > 1 else escaped
            )
    _close(written, open_pairs, 0, len(runs))
    if link:
        parts.append(f"]({addresses[link]})")
    # a bracket may be closed in another run; controls are in no text
    both = with_both_brackets("\0".join(parts[at] for at in texts)).split("\0") if len(texts) > 1 else ()
    for at, text in zip(texts, both, strict=False):
        parts[at] = text
    _choose_signs(written)
    return written


def _shared(open_pairs: Sequence[_Pair], style: Style) -> int:
    """How many of the open pairs, from the outside in, go on in a run of this style."""
    return sum(1 for _ in takewhile(lambda pair: style.bits & pair.bit, open_pairs))


def _close(written: _Written, open_pairs: list[_Pair], keeps: int, number: int) -> None:
    while len(open_pairs) > keeps:
        pair = open_pairs.pop()
        pair.end, pair.closed = number, len(written.parts)
        written.parts.append(_SIGNS.get(pair.bit, "_"))


def _code(text: str) -> str:
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    # a shorter fence would do for other runs of backticks, but one that touches the code's own would not end
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _choose_signs(written: _Written) -> None:
    """Within words ``*``: there ``_`` means nothing."""
    for pair in written.pairs:
        if pair.bit == EM and not (
            _parts(_before(written, pair.opened)) and _parts(_after(written, pair.closed))
        ):
            written.parts[pair.opened] = written.parts[pair.closed] = "*"


def _mended(runs: Line, written: _Written) -> Line | None:
    """The runs with less emphasis, or None where all signs mean what they should."""
    lost: list[tuple[int, int, int]] = []
    for pair in written.pairs:
        has_letters = any(char.isalnum() for text, _ in runs[pair.start : pair.end] for char in text)
        if not has_letters or not (_opens(written, pair) and _closes(written, pair)):
            lost.append((pair.bit, pair.start, pair.end))
    if not lost:
        return None
    pieces: list[Run] = []
    for number, (text, style) in enumerate(runs):
        pieces += _less(text, style, number, lost)
    mended = merged(pieces)
    return mended if mended != runs else _without_emphasis(runs)


def _without_emphasis(runs: Line) -> Line:
    return merged(Run(text, Style(style.bits & CODE, style.link)) for text, style in runs)


def _less(text: str, style: Style, number: int, lost: Sequence[tuple[int, int, int]]) -> Iterator[Run]:
    """One run without the emphasis it loses: at the edges of what is lost its signs of punctuation alone, where it has
    any.
    """
    head = tail = 0
    bits = style.bits
    for bit, start, end in lost:
        if not start <= number < end:
            continue
        # code is one sign to its neighbours
        first = len(text) - len(text.lstrip(_edges(text))) if number == start and not bits & CODE else 0
        last = len(text) - len(text.rstrip(_edges(text))) if number == end - 1 and not bits & CODE else 0
        if end - start > 1 or not (first or last) or first == len(text):
            bits &= ~bit
        else:
            head, tail = max(head, first), max(tail, last)
    outer = Style(style.bits & CODE, style.link)
    kept = Style(bits, style.link)
    stop = len(text) - tail
    for part, of in ((text[:head], outer), (text[head:stop], kept), (text[stop:], outer)):
        if part:
            yield Run(part, of)


def _edges(text: str) -> str:
    return "".join({char for char in text if not char.isalnum()})


def _opens(written: _Written, pair: _Pair) -> bool:
    """Whether the opening signs can open (left-flanking), whatever version of CommonMark reads them."""
    before, after = _before(written, pair.opened), written.parts[pair.opened + 1][0]
    return _flanks(before, after) and _is_separate(written.parts[pair.opened], before, after)


def _closes(written: _Written, pair: _Pair) -> bool:
    before, after = written.parts[pair.closed - 1][-1], _after(written, pair.closed)
    return _flanks(after, before) and _is_separate(written.parts[pair.closed], before, after)


def _flanks(outer: str, inner: str) -> bool:
    if inner.isspace():
        return False
    return not _may_be_punctuation(inner) or _parts(outer)


def _is_separate(signs: str, before: str, after: str) -> bool:
    # **a***b* would be read as one row of signs
    return signs[0] not in (before, after)


def _before(written: _Written, at: int) -> str:
    return written.parts[at - 1][-1] if at else " "


def _after(written: _Written, at: int) -> str:
    return written.parts[at + 1][0] if at + 1 < len(written.parts) else " "


def _parts(char: str) -> bool:
    """White space, or punctuation in every version of CommonMark."""
    return char.isspace() or char in _ASCII_PUNCTUATION or unicodedata.category(char)[0] == "P"


def _may_be_punctuation(char: str) -> bool:
    """Punctuation, or a symbol such as the euro's, which is punctuation from version 0.31 on."""
    return char in _ASCII_PUNCTUATION or unicodedata.category(char)[0] in "PS"
