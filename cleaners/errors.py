"""Everything that can go wrong with a page, readable at a glance.

CopydeskError
├── BadPage           the page itself is at fault; trying again changes nothing
│   ├── EmptyPage         no text at all
│   ├── WrongType         neither HTML nor text (an image, an archive, a PDF ...)
│   ├── Undecodable       no allowed encoding reads the bytes
│   ├── TooLarge          more bytes than ``Options.max_bytes``
│   └── TooComplex        more elements, blocks or levels than ``Options`` allow
│       └── TooDeep           elements nested deeper
├── BrokenLaw         our bug: text and removals do not give the page's text back
└── BadData           a data file of ours (or a user's) is wrong; names the file and the key

A page that is well-formed but no article is no error: its record says ``rejected``.
"""

from __future__ import annotations

from typing import ClassVar


class CopydeskError(Exception):
    """Base of every error copydesk raises on purpose."""


class BadPage(CopydeskError):
    """The page cannot become an article; ``reason`` is the record's reason code."""

    # codes are part of the record's contract (docs/records.md): who reads records sorts by them
    reason: ClassVar[str] = "bad_page"


class EmptyPage(BadPage):
    """The page holds no text."""

    reason = "empty"


class WrongType(BadPage):
    """The bytes are neither HTML nor text."""

    reason = "wrong_type"


class Undecodable(BadPage):
    """No allowed encoding reads the bytes without damage."""

    reason = "undecodable"


TOO_LARGE = "the page has more than"
"""Begins the message of what an option may allow."""


class TooLarge(BadPage):
    """More bytes than the limit."""

    reason = "too_large"


class TooComplex(BadPage):
    """More elements than the limit."""

    reason = "too_complex"


# no reason of its own: to readers of records it is one of the ways to be too complex
class TooDeep(TooComplex):
    """Elements nested deeper than a limit, or than the parser holds."""


class BrokenLaw(CopydeskError):
    """Text and removals together do not give the page's text back. Always our bug."""

    reason: ClassVar[str] = "broken_law"


class BadData(CopydeskError):
    """A rule, language or settings file is wrong; the message names file and key."""
