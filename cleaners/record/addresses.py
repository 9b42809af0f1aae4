"""Addresses of links and pictures: as a record has them, and as they may stand in Markdown."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from copydesk.cleaners.markup.page_head import MAX_URL_CHARS, web_address

# as browsers do (WHATWG URL, "basic URL parser"): controls and spaces at the ends, line ends and tabs anywhere
_AT_ENDS = "".join(map(chr, range(0x21)))
_DROPPED = str.maketrans("", "", "\t\r\n")
# no address has them (RFC 3986, 2)
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\\`|\"^{}]")
# these end a link's address in Markdown
_PARENTHESES = str.maketrans({"(": "%28", ")": "%29"})
# http, https or relative: no `javascript:`, no `data:`
_SCHEME = re.compile(r"(?i:https?:)|(?![a-zA-Z][\w+.-]*:)")
# a space within a host is no sign to be encoded: there is no such host
_HOST_WITH_ESCAPES = re.compile(r"(?i:https?:)?//[^/?#]*%")
# of an addr-spec (RFC 5322), what occurs; at most 254 characters (RFC 3696, erratum 1690), and a subject
_MAILTO = re.compile(r"mailto:[\w.!#$%&'*+/=?^{}~-]{1,64}@[\w.-]{1,190}", re.IGNORECASE)
# "&colon;" in a link of Markdown is a colon (CommonMark, "Entity and numeric character references")
_REFERENCE = re.compile(r"&(?=#?\w{1,32};)")


def link_address(href: str, *, base: str | None) -> str | None:
    """Where a link leads: http, https or mailto, whole and encoded; None for any other."""
    href = _trimmed(href)
    if href[:7].lower() == "mailto:":
        found = _MAILTO.match(href)
        # the address alone: subjects and bodies are not where it leads
        return "mailto:" + found[0][7:] if found and (href + "?")[found.end()] == "?" else None
    # an empty one, or a bare #, is a button's
    whole = web_address(_encoded(href), base=base) if href.strip("#") else None
    return _encoded(whole) if whole and not _HOST_WITH_ESCAPES.match(whole) else None


def written_address(address: str | None, *, base: str | None) -> str | None:
    """An address as it may stand in a link of Markdown, or None: no script, no picture in itself.

    Where ``base`` is not known, a relative address stays as it is.
    """
    if not address or len(address) > MAX_URL_CHARS:
        return None
    try:
        whole = _encoded(urljoin(base or "", _encoded(_trimmed(address))))
    # an address such as `http://[example`
    except ValueError:
        return None
    if not whole or not _SCHEME.match(whole) or _HOST_WITH_ESCAPES.match(whole):
        return None
    if whole[:5].lower() in ("http:", "https") and web_address(whole) is None:
        return None
    return in_markdown(whole)


def _trimmed(address: str) -> str:
    # cut first: a data: address may have megabytes
    return address[: 2 * MAX_URL_CHARS].strip(_AT_ENDS).translate(_DROPPED)


def _encoded(address: str) -> str:
    return _UNSAFE.sub(_percent, address) if _UNSAFE.search(address) else address


def in_markdown(address: str) -> str:
    """A whole address as it may stand in a link of Markdown."""
    if "&" in address:
        address = _REFERENCE.sub(r"\\&", address)
    return address.translate(_PARENTHESES) if "(" in address or ")" in address else address


def _percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="replace")
