"""What an article is about, in the page's own words: declared keywords, else the links of a list of tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.judge.link_features import read_target
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.jsonld import clean_text
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.person_names import has_cjk
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import Site, bare, bare_name
from copydesk.cleaners.types import Candidate, Label

_MAX_TAG_CHARS = 80  # set by hand: what is longer is a sentence
# commas of Latin, Arabic and East Asian scripts, semicolons, bars: "harbour, ferries；trade"
_SEPARATOR = lazy_pattern(r"\s*[,;،、，；|]\s*")
_RELATED = KINDS.index("related")
_NEAR = 3  # elements around a block that are its own: further out the whole page may be named after its cards
# identifiers of systems: UUIDs and other hexadecimal numbers, numbers, addresses, names of fields
_IDENTIFIER = lazy_pattern(
    r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|(?=\w*\d)[0-9a-f]{16,}|\d{5,}|/\S*|\w+(?:/\w+){2,}"
    r"|https?://\S+|[\w ]+:\s?\S.*|\w+=\S+|[a-z]+(?:_[a-z0-9]+)+"
)
_LIST_CLASS = lazy_pattern(
    r"(?:^|[\s_-])(?:tags|tag[-_]?(?:list|links)|topics|keywords|schlagw[oö]rter|schlagworte|etiquetas|mots[-_]cl[eé]s)(?:$|[\s_-])"
)
_HUMP = lazy_pattern(r"(?<=[a-z])(?=[A-Z])")
_MAX_BESIDE_LINKS = 20  # characters: "Filed under: ", of a list of two short tags
_MAX_LISTS, _MAX_LINKS = 5, 25  # a longer list is the site's cloud of tags


def in_nodes(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Keywords of structured data, and the article's own meta tags."""
    page = evidence.markup
    listed_ = [(page.origin, value) for node in page.nodes for value in page.graph.values(node, "keywords")]
    return _tags((*listed_, *page.metas(meta_names.TAG_LISTS[0])), page.site)


def listed(names: Iterable[str]) -> Callable[[Evidence, Found], Iterable[Candidate]]:
    """Meta tags of these names."""
    return lambda evidence, _: _tags(evidence.markup.metas(names), evidence.markup.site)


def linked(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Links that the page says are its tags, within a list of them: cards of other articles have such links, too."""
    blocks = (one.block for one in evidence.labelled if one.label is Label.TAGS)
    own = (one for one in blocks if not any(_RELATED in kinds_of(step.words) for step in one.path[-_NEAR:]))
    lists = "\n".join(bare(one.text) for one in own)
    links = evidence.markup.marked.filed if lists else ()
    # microformats.org, rel-tag; "category tag" is the shelf of a blog
    names = [text_in(link).lstrip("#") for link in links if "category" not in link.get("rel", "")]
    shown_ = (("link:tag", name) for name in names if bare(name) in lists)
    return _tags(shown_, evidence.markup.site)


def shown(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The links of an element near the article whose class says that it lists its tags."""
    page = evidence.markup
    lists = (
        one
        for one in page.marked.listing
        # "articleTags" is "article-tags"
        if _LIST_CLASS.search(_HUMP.sub("-", name := one.get("class", "")).lower())
        and not page.is_aside(one, evidence.title)
        and _RELATED not in kinds_of(name.lower())
    )
    for element in islice(lists, _MAX_LISTS):
        texts = (text_in(link).lstrip("#") for link in islice(element.iter("a"), _MAX_LINKS + 1))
        links = [text for text in texts if text]
        chars = sum(map(len, links))
        # hardly more than its links: commas, and a word before them
        is_all = len(text_in(element)) - chars <= max(chars, _MAX_BESIDE_LINKS)
        if 0 < len(links) <= _MAX_LINKS and is_all:
            yield from _tags((("link:tags", text) for text in links), page.site)
            return


def in_labelled(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The links that are blocks by themselves and judged to be tags."""
    blocks = (one.block for one in evidence.labelled if one.label is Label.TAGS)
    # a name that leads home is the site's
    links = [one.text.lstrip("#") for one in blocks if read_target(one.link_url).path.strip("/")]
    return _tags((("text:tags", text) for text in links if len(links) <= _MAX_LINKS), evidence.markup.site)


def _tags(offered: Iterable[tuple[str, object]], site: Site) -> Iterator[Candidate]:
    known: set[str] = set()
    for origin, value in offered:
        text = clean_text(value) or ""
        parts = _SEPARATOR.split(text)
        # "灯塔 渡船 港口": words in Han are parted by nothing else
        is_han = len(parts) == 1 and text.count(" ") > 1 and has_cjk(text)
        for tag in text.split() if is_han else parts:
            if not 0 < len(tag) <= _MAX_TAG_CHARS or _IDENTIFIER.fullmatch(tag):
                continue
            if tag.lower() not in known and bare_name(tag) not in site.names:
                known.add(tag.lower())
                yield Candidate(tag, origin)
