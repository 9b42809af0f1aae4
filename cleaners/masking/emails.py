"""Where a line holds e-mail addresses, also such as are written so that machines should not read them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# letters of any script: names and hosts may be written in theirs (RFC 6531, RFC 5890)
_NAME = r"\w(?:[\w.+%'-]{0,62}[\w+])?"
_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_TOP = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
# a sign before it makes it another thing: `@name@host` of Mastodon, `//name@host` of an address on the web
_BEFORE, _AFTER = r"(?<![\w.+%/@=-])", r"(?![\w@-])(?!:\S)(?!\.\w)"
_PLAIN = re.compile(rf"{_BEFORE}{_NAME}[@\uff20](?:{_LABEL}\.)+({_TOP}){_AFTER}", re.IGNORECASE)
# `name (at) site.org`, `name [at] site [dot] org`: brackets leave no doubt, bare words would
_AT = r"\s?[(\[{<]\s?(?:at|ät|arroba|@)\s?[)\]}>]\s?"
_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|punkt|punto|point|ponto|\.)\s?[)\]}>]\s?)"
_WRITTEN_OUT = re.compile(rf"{_BEFORE}{_NAME}{_AT}(?:{_LABEL}{_DOT})+({_TOP}){_AFTER}", re.IGNORECASE)
# `icon@2x.png`: names of files of which one part looks like a host
_FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "css", "js", "pdf", "html", "htm", "mp")
)


def email_spans(line: str) -> Iterator[tuple[int, int]]:
    """Beginning and end of each address in a line, in order of their kinds."""
    if "@" in line or "\uff20" in line:
        yield from _spans(_PLAIN, line)
    # no bracket, nothing written out: most lines
    if any(bracket in line for bracket in "([{<"):
        yield from _spans(_WRITTEN_OUT, line)


def _spans(pattern: re.Pattern[str], line: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in pattern.finditer(line) if found[1].lower() not in _FILES)
