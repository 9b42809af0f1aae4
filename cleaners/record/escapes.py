"""Signs that mean something in Markdown, escaped where they would."""

from __future__ import annotations

import re
from itertools import pairwise

# one of them stands in all that `_MEANINGFUL` finds: most lines have none, and are not searched
_SIGNS = ("*", "_", "\\", "`", "<", "&", "](", "]:", "~~")
_MEANINGFUL = re.compile(
    # \* · `code` · *emphasis* · _emphasis_, but not snake_case · <b> · &amp;
    r"\\(?=[!-/:-@\[-`{-~]|$)|`|\*(?!\s)|(?<!\s)\*|_(?![^\W_])|(?<![^\W_])_|<(?=[A-Za-z/!?])|&(?=#?\w{1,32};)"
    # [a](b) and [a]: b, where ] is enough to undo both · ~~struck out~~ (GitHub)
    r"|\](?=[(:])|~(?=~)|(?<=~)~",
    re.MULTILINE,
)
_MEANINGFUL_IN_LINKS = re.compile(rf"[\[\]]|{_MEANINGFUL.pattern}", re.MULTILINE)
_SIGN_OR_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)


def inline(text: str) -> str:
    """Running text whose signs mean nothing."""
    for sign in _SIGNS:
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
