"""Records as NewsArticle of schema.org, in JSON-LD, a line each: what a page would declare of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from copydesk.cleaners.schema import DerivedFrom, Record, encode_value
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.formats.json_lines import lines_of

DIGITAL_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""IPTC's vocabulary, in which terms have addresses."""


def news_article(record: Record) -> dict[str, Any]:
    """The record as a NewsArticle, and where its page is none as a WebPage. What it does not know is left out, as
    JSON-LD has it.
    """
    type_ = record.provenance.digital_source_type
    is_article = record.page_kind in (None, "article")
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle" if is_article else "WebPage",
        **_known(
            {
                "identifier": record.id,
                "url": record.url,
                "headline": record.title,
                "alternativeHeadline": record.subtitle,
                "description": record.description,
                "articleSection": record.section if is_article else None,
                "keywords": list(record.tags),
                "image": [
                    _thing("ImageObject", {"url": one.url, "caption": one.caption, "creditText": one.credit})
                    for one in record.images
                ],
                "author": [
                    _thing("Person", {"name": author.name, "url": author.url}) for author in record.authors
                ],
                "publisher": _thing("Organization", {"name": record.site_name}),
                "sourceOrganization": _thing("Organization", {"name": record.provenance.syndication.agency}),
                "datePublished": record.date_published,
                "dateModified": record.date_modified,
                "inLanguage": None if record.language == "und" else record.language,
                "isAccessibleForFree": record.is_accessible_for_free,
                "license": record.license,
                "digitalSourceType": f"{DIGITAL_SOURCE_TYPES}{type_}" if type_ else None,
                "isBasedOn": [_origin(origin) for origin in record.provenance.derived_from],
                "comment": [{"@type": "Comment", "text": said} for said in record.comments or ()],
                "articleBody" if is_article else "text": record.text,
            }
        ),
    }


def _origin(origin: DerivedFrom) -> dict[str, Any] | None:
    known = {
        "url": origin.url,
        "name": origin.title,
        "publisher": _thing("Organization", {"name": origin.publisher}),
        "datePublished": origin.date_published,
        "inLanguage": origin.language,
    }
    return _thing("CreativeWork", known)


def _thing(type_: str, properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """A node of a type; None where nothing is known of it."""
    known = _known(properties)
    return {"@type": type_, **known} if known else None


def _known(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that have a value, lists without what is unknown in them."""
    listed = {
        name: [one for one in value if one is not None] if isinstance(value, list) else value
        for name, value in properties.items()
    }
    return {name: value for name, value in listed.items() if value not in (None, "", [])}


SCHEMA_ORG = StreamFormat(
    summary="NewsArticle of schema.org in JSON-LD, a line each",
    articles_only=True,
    write=lines_of(lambda record: encode_value(news_article(record)) + b"\n"),
)
