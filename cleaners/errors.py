"""The errors of cleaning.

CopydeskError
├── BadPage           the page is at fault; a retry changes nothing
│   ├── EmptyPage         no text at all
│   ├── WrongType         neither HTML nor text (an image, an archive, a PDF ...)
│   ├── Undecodable       no allowed encoding decodes the bytes
│   ├── TooLarge          more bytes than ``Options.max_bytes``
│   └── TooComplex        more elements, blocks or levels than ``Options`` allow
│       └── TooDeep           elements nested deeper
├── BrokenInvariant   a bug of ours: text and removed blocks are not the whole text of the page
└── BadData           a data file, ours or a user's, is wrong (``user_tables.BadKey`` names the key)

A well-formed page that is not an article is not an error: the status of its record is ``rejected``.
"""

from __future__ import annotations

from typing import ClassVar


class CopydeskError(Exception):
    """Base class of all errors of copydesk."""


class BadPage(CopydeskError):
    """The page cannot become an article; ``reason`` is the reason code of its record (docs/records.md)."""

    reason: ClassVar[str] = "bad_page"


class EmptyPage(BadPage):
    """The page has no text."""

    reason = "empty"


class WrongType(BadPage):
    """The bytes are neither HTML nor text."""

    reason = "wrong_type"


class Undecodable(BadPage):
    """No allowed encoding decodes the bytes without damage."""

    reason = "undecodable"


TOO_LARGE = "the page has more than"
"""Start of the message of an error that an option can prevent."""
IS_EMPTY = "the page is empty"
"""Message for a page of no bytes, or of blanks alone."""


class TooLarge(BadPage):
    """More bytes than the limit."""

    reason = "too_large"


class TooComplex(BadPage):
    """More elements than the limit."""

    reason = "too_complex"


# has no reason code of its own: readers of records need not distinguish it from too many elements
class TooDeep(TooComplex):
    """Elements nested deeper than the limit of an option or of the parser."""


class BrokenInvariant(CopydeskError):
    """Text and removed blocks together are not the whole text of the page: a bug of ours."""

    reason: ClassVar[str] = "broken_law"


class BadData(CopydeskError):
    """A rule, language or settings file is wrong; the message names the file and the key."""
