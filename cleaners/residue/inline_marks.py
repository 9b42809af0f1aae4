"""Marks of HTML and Markdown that stand as letters in plain text, blanked out: what is left keeps its place."""

from __future__ import annotations

import re

from copydesk.cleaners.patterns import lazy_pattern

_MARKS = lazy_pattern(
    r"</?[a-zA-Z][^<>\n]{0,300}>"  # a tag
    r"|(?<=\])\([^()\s]{1,2000}\)"  # where a link leads
    r"|!?\[(?=[^\[\]\n]{1,500}\]\()|\](?=\()"  # what is linked
    r"|(?<![^\W_])[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}(?![^\W_])"  # emphasis
)
# searched for first, in a twentieth of the time: most texts have none
_MARK_SIGN = lazy_pattern(r"[<\[\]*_~]")
_MAY_BE_MARKED = lazy_pattern(r"\]\(|<[a-zA-Z/]")
_LINE_MARKS = lazy_pattern(r"^[ \t]*(?:#{1,6}(?=\s)|(?:>[ \t]?)+|[-*+•](?=\s))[ \t]*", re.MULTILINE)


def without_inline_marks(text: str) -> str:
    """``text`` with spaces, as many as there were characters, for tags, targets of links and marks of emphasis."""
    return _MARKS.sub(as_spaces, text) if _MARK_SIGN.search(text) else text


def may_be_marked(text: str) -> bool:
    """Whether a text may hold what ``as_shown`` leaves out."""
    return _MAY_BE_MARKED.search(text) is not None


def as_shown(text: str) -> str:
    """The words of a text that may hold Markdown or tags, as a browser would show them."""
    return " ".join(without_inline_marks(text).split()) if may_be_marked(text) else text


def without_line_marks(text: str) -> str:
    """The same for marks before the first word of a line: of headings, quotations and lists."""
    return _LINE_MARKS.sub(as_spaces, text)


def as_spaces(match: re.Match[str]) -> str:
    """For ``re.sub``: what is left out, as so many spaces, so that all else keeps its place."""
    return " " * len(match.group())
