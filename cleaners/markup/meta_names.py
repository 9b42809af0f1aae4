"""Names of the meta tags that carry each field, the most trusted first; compared in lower case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# og: and article: Open Graph; citation_: Highwire Press; dc., dcterms.: Dublin Core; twitter: cards
TITLE = ("og:title", "twitter:title", "citation_title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title",
         "headline")  # fmt: skip
# taken to be without the site's name: title_candidates finds by it where other titles end
HEADLINE = ("headline",)
SUBTITLE = ("subtitle", "sailthru.subtitle", "cxenseparse:subtitle")
# the first comes before structured data, the others behind it (candidates)
DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description",
               "sailthru.description")  # fmt: skip
# the first comes before structured data, the others behind it (Declared.site_names)
SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title", "citation_journal_title", "dc.publisher",
        "dcterms.publisher", "al:android:app_name", "al:ios:app_name", "publisher")  # fmt: skip
SECTION = ("article:section", "og:article:section", "parsely-section", "sailthru.section", "section",
           "dc.type.section")  # fmt: skip
# what surely is publication first; "date" and "created", which may be anything's, further back
PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished",
    "citation_publication_date", "citation_online_date", "citation_date", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dc.date", "dcterms.date", "date",
    "pubdate", "publishdate", "publish_date", "published_date", "publication_date", "published", "published_at",
    "published_time", "article.published", "date.issued", "date.created", "cxenseparse:recs:publishtime",
    "originalpublicationdate", "article_date_original", "displaydate", "datecreated",
)  # fmt: skip
MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:updated_time", "article:modified",
    "datemodified", "dc.date.modified", "dcterms.modified", "last-modified", "lastmod", "modified", "revised",
    "article.updated",
)  # fmt: skip
IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "parsely-image-url",
          "sailthru.image.full", "thumbnail", "image")  # fmt: skip
# og:locale last: it often keeps the template's default
LANGUAGE = ("content-language", "dc.language", "dcterms.language", "inlanguage", "language", "og:locale")
# the first list that a page fills is taken: keywords, the last, are for search engines
TAG_LISTS = (
    ("article:tag", "og:article:tag"),
    ("news_keywords", "parsely-tags", "sailthru.tags"),
    ("keywords", "citation_keywords", "dc.subject"),
)
# "free", "locked" or "metered"
ACCESS = ("article:content_tier", "og:article:content_tier")
# "author" is a standard name of the HTML Standard; "byl" is one newspaper's own
AUTHOR = (
    "author", "parsely-author", "article:author", "og:article:author", "article.author", "citation_author", "byl",
    "dc.creator", "dcterms.creator", "sailthru.author", "cxenseparse:author", "authors",
)  # fmt: skip

# "publish-date", "publication_time"; "date-published"; "pubdate"
_LIKE_PUBLISHED = re.compile(
    r"publi(?:sh|cation)[a-z]*[-_.: ]?(?:date|time|on|at)|(?:date|time)[-_.: ]?publi|pub-?date"
)
# "modified-date", "last_updated_at"; "date.updated"
_LIKE_MODIFIED = re.compile(
    r"(?:modifi|update)[a-z]*[-_.: ]?(?:date|time|on|at)|(?:date|time)[-_.: ]?(?:modif|updat)"
)


def published_names(present: Iterable[str]) -> Iterator[str]:
    """Names for the date of publication: the listed ones, then those of the page that only look like it."""
    yield from PUBLISHED
    yield from (name for name in present if "pub" in name and _LIKE_PUBLISHED.search(name))


def modified_names(present: Iterable[str]) -> Iterator[str]:
    """Names for the date of change: the listed ones, then those of the page that only look like it."""
    yield from MODIFIED
    yield from (
        name for name in present if ("modif" in name or "updat" in name) and _LIKE_MODIFIED.search(name)
    )
