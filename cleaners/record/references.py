"""Links, pictures, films and posts as they stand in Markdown."""

from __future__ import annotations

from copydesk.cleaners.record.addresses import link_address, written_address
from copydesk.cleaners.record.escapes import in_link
from copydesk.cleaners.record.inline import links_in
from copydesk.cleaners.record.media import ShownMedium
from copydesk.cleaners.types import Block, Mark


def written_links(block: Block, *, base: str | None) -> list[str | None]:
    """Where the links of a block lead, by their numbers, as it may stand in Markdown; None where no link is made."""
    return [None, *(_written_link(mark, base) for mark in links_in(block))]


def _written_link(mark: Mark, base: str | None) -> str | None:
    href = mark.href.strip()
    if not href or (href[0] == "#" and not (base and href[1:])):
        return None  # a place on this page, or a button
    whole = link_address(href, base=base)
    if whole is None and (base or href[:7].lower() == "mailto:"):
        return None
    return written_address(whole or href, base=base)


def write_medium(medium: ShownMedium, *, base: str | None, text: str = "") -> str | None:
    """A picture with ``text`` or what the page says in its place, and the credit, where ``text`` does not name it; of a
    film, a sound or a post a link whose title says what it is. None where its address is none.
    """
    address = written_address(medium.url, base=base)
    if address is None:
        return None
    if medium.kind != "image":
        return f'[{in_link(medium.title or _host(address))}]({address} "{medium.kind}")'
    said = text or medium.title
    credit = medium.credit or ""
    title = f' "{_title(credit)}"' if credit and credit not in said else ""
    picture = f"![{in_link(said)}]({address}{title})"
    link = _written_link(Mark("a", medium.link), base) if medium.link else None
    return f"[{picture}]({link})" if link else picture


def _host(address: str) -> str:
    return address.partition("//")[2].partition("/")[0] or address


def _title(text: str) -> str:
    return in_link(text).replace('"', "&quot;")
