"""Pictures, films, sounds and posts as they stand in Markdown."""

from __future__ import annotations

from copydesk.cleaners.record.addresses import written_address
from copydesk.cleaners.record.escapes import in_link
from copydesk.cleaners.record.marked_block import written_link
from copydesk.cleaners.record.media import ShownMedium


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
    link = written_link(medium.link, base=base) if medium.link else None
    return f"[{picture}]({link})" if link else picture


def _host(address: str) -> str:
    return address.partition("//")[2].partition("/")[0] or address


def _title(text: str) -> str:
    return in_link(text).replace('"', "&quot;")
