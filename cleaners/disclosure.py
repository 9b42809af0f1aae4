"""What a note on the making of a page admits: role, medium, tool."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from copydesk.cleaners.schema import AiUse
from copydesk.cleaners.vendors import VendorHit, find_vendors
from copydesk.cleaners.wordings import DENIED, Wordings, judge_use

Role = Literal["generated", "translated", "summarised", "assisted"]
Medium = Literal["text", "image", "audio", "video"]

_ROLES: dict[str, Role] = {
    "generated": "generated",
    "from_data": "generated",
    "translated": "translated",
    "summarised": "summarised",
    "assisted": "assisted",
}
_MEDIA: dict[str, Medium] = {"image": "image", "audio": "audio", "video": "video"}


class Disclosure(Struct, frozen=True):
    """What a note admits: the use of AI, and whether only data and templates were at work."""

    use: AiUse
    is_from_data: bool


def read_disclosure(text: str, language: str, wordings: Wordings) -> Disclosure | None:
    """What a note admits; None where it admits nothing but denies it.

    The role is None where it says of no text, or leaves open, what AI did.
    """
    admitted, _ = judge_use(text, language, wordings)
    if admitted == DENIED:
        return None
    tool = _chosen(find_vendors(text))
    medium = _MEDIA.get(admitted, "text")
    if tool is not None and tool.medium in ("image", "audio", "video") and medium == "text":
        medium = _MEDIA[tool.medium]
    use = AiUse(
        role=_ROLES.get(admitted) if medium == "text" else None,
        medium=medium,
        vendor=tool.vendor if tool else None,
        model=tool.model if tool else None,
    )
    return Disclosure(use, admitted == "from_data" and tool is None)


def _chosen(tools: tuple[VendorHit, ...]) -> VendorHit | None:
    """The product rather than its company."""
    return next((hit for hit in tools if hit.model), tools[0] if tools else None)
