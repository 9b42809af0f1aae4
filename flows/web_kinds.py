"""Kinds of sources on the web, as lists and records name them."""

from __future__ import annotations

WEB_KINDS = ("url", "feed", "sitemap", "site")
"""Kinds whose address is a URL: one page; an RSS, Atom or JSON feed; a sitemap; all of a site."""
