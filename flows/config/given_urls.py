"""URLs among the inputs of a command and in files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.flows.config.source_keys import check_url
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.fetching.lists.url_lists import NoUrlColumn, UrlLine, listed_urls, may_hold_urls
from copydesk.flows.fetching.wire.addresses import is_web_url, normalized_url
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sources.file_names import named_once
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, read_at_most
from copydesk.flows.sources.opening.inflating import as_utf8, peekable
from copydesk.flows.sources.opening.tables import SeveralHtmlColumns, has_pages


def named_place(name: str) -> str:
    """An input as a run calls it: a URL normalized, so that one page has one; a file as ``named_once`` does.

    Raises SettingsError for a wrong URL.
    """
    if not is_web_url(name):
        return named_once(name)
    with setting_errors("URL: "):
        return normalized_url(check_url(name))


def check_page_url(url: str) -> None:
    """Raises ValueError without a scheme and a host: links are resolved by them."""
    with suppress(ValueError):  # "http://[half"
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return
    raise ValueError(f"expected a URL such as https://example.org/news/1, not {url!r}")


class SourceUrls(Struct, frozen=True):
    """The URLs of a source; ``refused``: the lines of its file that are no valid URLs, each with its place and the
    reason.
    """

    urls: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


def urls_in_file(name: str, fields: FieldNames = USUAL_NAMES) -> SourceUrls | None:
    """The URLs in a list of URLs or in a column of a table; None for any other file, and for a table of pages.

    Raises SettingsError, with file and line, if none of them is valid, and where several columns may have the pages.
    """
    if not may_hold_urls(name) or not os.path.isfile(name):  # noqa: PTH113 - undecodable names stay as they are
        return None
    try:
        with open_regular(name) as file:
            data = read_at_most(as_utf8(peekable(file)), MAX_PAGE_BYTES + 1)
        if has_pages(name, data, fields):
            return None
        found = listed_urls(data, name=name, fields=fields)
    except (NoUrlColumn, SeveralHtmlColumns) as error:
        raise SettingsError(f"{name}: {error}") from error
    except OSError:  # reported like any other unreadable file
        return None
    if found is None:
        return None
    # the last URL would be cut
    if len(data) > MAX_PAGE_BYTES:
        raise SettingsError(f"{name}: more than {MAX_PAGE_BYTES:,} bytes of addresses; split the list")
    return valid_urls((name, line) for line in found)


def valid_urls(lines: Iterable[tuple[str, UrlLine]]) -> SourceUrls:
    """The valid URLs among lines, each given with its file, normalized, without duplicates.

    Raises SettingsError if there are lines and none of them is valid.
    """
    urls: dict[str, None] = {}
    refused = []
    for file, line in lines:
        try:
            if line.problem is not None:
                raise ValueError(line.problem)
            urls[normalized_url(check_url(line.url))] = None
        except ValueError as error:
            refused.append((f"{file}:{line.number}", str(error)))
    if refused and not urls:
        raise SettingsError(": ".join(refused[0]))
    return SourceUrls(tuple(urls), tuple(refused))
