"""Where a picture is."""

from __future__ import annotations

from lxml import etree

# addresses that lead nowhere outside the page: a grey pixel until the picture is loaded
_STUBS = ("data:", "blob:", "about:")


def picture_url(image: etree._Element) -> str | None:
    """Where a picture is; pages that load late leave a stub in ``src``."""
    # where the picture will be loaded from first: src is often a stub, or a smaller one
    for name in ("data-src", "data-lazy-src", "data-original", "src", "data-srcset", "srcset"):
        url = (image.get(name) or "").strip()
        if name.endswith("srcset"):
            url = url.split(" ", 1)[0].rstrip(",")
        if url and not url.startswith(_STUBS):
            return url
    return None
