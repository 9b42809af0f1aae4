"""Names of the meta tags for each field, in lower case, the most reliable first."""

from __future__ import annotations

from collections.abc import Iterable

from copydesk.cleaners.dates.timestamps import DateField
from copydesk.cleaners.patterns import lazy_pattern

# og: and article: Open Graph; citation_: Highwire Press; dc., dcterms.: Dublin Core; twitter: cards
TITLE = ("og:title", "twitter:title", "citation_title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title",
         "headline")  # fmt: skip
# has no site name; title_vote finds with it where other titles end
HEADLINE = ("headline",)
SUBTITLE = ("subtitle", "sailthru.subtitle", "cxenseparse:subtitle")
# the first is preferred to structured data, the others are not (origins.py)
DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description",
               "sailthru.description")  # fmt: skip
# the first is preferred to structured data, the others are not (Declared.site_names)
SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title", "citation_journal_title", "dc.publisher",
        "dcterms.publisher", "al:android:app_name", "al:ios:app_name", "publisher")  # fmt: skip
SECTION = ("article:section", "og:article:section", "parsely-section", "sailthru.section", "section",
           "dc.type.section")  # fmt: skip
# ambiguous names such as "created" come later
PUBLISHED = (
    "article:published_time", "og:published_time", "article:published", "datepublished",
    "citation_publication_date", "citation_online_date", "citation_date", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created",
    "pubdate", "publishdate", "publish_date", "published_date", "publication_date", "published", "published_at",
    "published_time", "article.published", "date.issued", "date.created", "cxenseparse:recs:publishtime",
    "originalpublicationdate", "article_date_original", "displaydate", "datecreated",
)  # fmt: skip
# of any date; a `time` element that is shown knows better (of 890 pages 3 : 0)
DATE = ("og:article:published_time", "dc.date", "dcterms.date", "date")
MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:updated_time", "article:modified",
    "datemodified", "dc.date.modified", "dcterms.modified", "last-modified", "lastmod", "modified", "revised",
    "article.updated",
)  # fmt: skip
IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "parsely-image-url",
          "sailthru.image.full", "thumbnail", "image")  # fmt: skip
# og:locale last: it is often the template's default
LANGUAGE = ("content-language", "dc.language", "dcterms.language", "inlanguage", "language", "og:locale")
# the first list with a value is used; keywords, the last one, are for search engines
TAG_LISTS = (
    ("article:tag", "og:article:tag"),
    ("news_keywords", "parsely-tags", "sailthru.tags"),
    ("keywords", "citation_keywords", "dc.subject"),
)
# "free", "locked" or "metered"
ACCESS = ("article:content_tier", "og:article:content_tier")
# "author" is in the HTML Standard; "byl" is used by one newspaper
AUTHOR = (
    "author", "parsely-author", "article:author", "og:article:author", "article.author", "citation_author", "citation_authors", "byl",
    "dc.creator", "dcterms.creator", "sailthru.author", "cxenseparse:author", "authors",
)  # fmt: skip

# "publish-date", "publication_time"; "date-published"; "pubdate"
_LIKE_PUBLISHED = lazy_pattern(
    r"publi(?:sh|cation)[a-z]*[-_.: ]?(?:date|time|on|at)|(?:date|time)[-_.: ]?publi|pub-?date"
)
# "modified-date", "last_updated_at"; "date.updated"
_LIKE_MODIFIED = lazy_pattern(
    r"(?:modifi|update)[a-z]*[-_.: ]?(?:date|time|on|at)|(?:date|time)[-_.: ]?(?:modif|updat)"
)
_DATES = {"date_published": (PUBLISHED, _LIKE_PUBLISHED), "date_modified": (MODIFIED, _LIKE_MODIFIED)}


def names_of_date(field: DateField, present: Iterable[str]) -> list[str]:
    """Names for a date: those that are known, then names of the page that look like one."""
    known, like = _DATES[field]
    return [*known, *[name for name in present if like.search(name) and name not in DATE]]
