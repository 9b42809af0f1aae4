"""Addresses as they are given: which inputs are some or hold some, and what is allowed of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urldefrag

from msgspec import Struct

from copydesk.flows.config.source_keys import check_url
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.lists.url_lists import Listed, NoUrlColumn, listed_urls, may_hold_urls
from copydesk.flows.fetching.wire.addresses import read_place
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, open_regular, read_at_most
from copydesk.flows.sources.opening.tables import SeveralHtmlColumns, has_pages

_WEB = ("http://", "https://")


def user_agent_of(contact: str | None) -> str:
    """The user agent sent to servers. Raises SettingsError for a wrong contact."""
    try:
        return user_agent(contact)
    except ValueError as error:
        raise SettingsError(f"--contact {error}") from error


def allowed_places(written: Iterable[str]) -> frozenset[str]:
    """The places that ``--allow-private`` names. Raises SettingsError where one is none."""
    found = set()
    for place in written:
        try:
            found.add(read_place(place))
        except ValueError as error:
            raise SettingsError(
                f"--allow-private {place}: expected a host and its port, such as localhost:8000"
            ) from error
    return frozenset(found)


def is_on_the_web(name: str) -> bool:
    """Whether a name is an address."""
    return name.startswith(_WEB)


def checked_address(address: str, *, where: str) -> str:
    """A URL without its fragment. Raises SettingsError, which begins with ``where``."""
    try:
        # a fragment is never sent (RFC 3986, section 3.5): with it one page would count as two
        return urldefrag(check_url(address)).url
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from error


class FoundAddresses(Struct, frozen=True):
    """What a source names; ``refused``: the lines of its file that cannot be requested, with the reason."""

    addresses: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


def addresses_in(name: str, fields: FieldNames = USUAL_NAMES) -> FoundAddresses | None:
    """The addresses in a file of nothing but addresses, or in a table's column; None for any other file, and for a
    table that has the pages themselves.

    Raises SettingsError, with file and line, where none of them is one, and where several columns may have the pages.
    """
    if not may_hold_urls(name) or not os.path.isfile(name):  # noqa: PTH113 - undecodable names stay as they are
        return None
    try:
        with open_regular(name) as file:
            data = read_at_most(file, MAX_PAGE_BYTES + 1)
        if has_pages(name, data, fields):
            return None
        found = listed_urls(data, name=name, fields=fields)
    except (NoUrlColumn, SeveralHtmlColumns) as error:
        raise SettingsError(f"{name}: {error}") from error
    except OSError:  # reported like any other unreadable file
        return None
    if found is None:
        return None
    # cut off there, the last address would be another one
    if len(data) > MAX_PAGE_BYTES:
        raise SettingsError(f"{name}: more than {MAX_PAGE_BYTES:,} bytes of addresses; split the list")
    return checked_addresses((name, one) for one in found)


def checked_addresses(found: Iterable[tuple[str, Listed]]) -> FoundAddresses:
    """The valid ones among URLs, each given with its file, without duplicates.

    Raises SettingsError where none of them can: what is named is then no list of addresses.
    """
    addresses: dict[str, None] = {}
    refused = []
    for name, one in found:
        try:
            if one.problem is not None:
                raise ValueError(one.problem)
            addresses[urldefrag(check_url(one.address)).url] = None
        except ValueError as error:
            refused.append((f"{name}:{one.line}", str(error)))
    if refused and not addresses:
        raise SettingsError(": ".join(refused[0]))
    return FoundAddresses(tuple(addresses), tuple(refused))
