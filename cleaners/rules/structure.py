"""Rules that read the markup: what kind of element a block stands in.

``SURE`` overrule the learned judgement; ``NAMES`` only say what a block is that is not kept anyway.
Element words are English because markup is, whatever the language of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from cleaners.rules.rule import Context, Rule
from cleaners.rules.shape import ends_sentence
from cleaners.types import Block, Kind, Label, PathStep

_LIKELY = 0.45  # learned probability of text of the article
_MOSTLY = 0.3
_CAPTION_WORDS = re.compile(r"caption|\bcredit|cutline|legende|bildunter")
_MAX_CAPTION_CHARS = 600
_MAX_FIGURE_TEXT_CHARS = 300
_MAX_NAMED_KEEP = 0.75  # learned probability below which an element made for something else convinces
_EMBED_WORDS = re.compile(
    r"\b(?:social|instagram|twitter|tweet|fb|facebook|tiktok|bluesky|mastodon|reddit|threads)[-_](?:embed|post|media|tweet)"
)
_MAX_EMBED_DEPTH = 5  # an embedded post is a small tree
_PAGE_TAGS = ("html", "body", "main", "article")
_SITE_TAGS = ("nav", "header", "footer")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@lru_cache(
    maxsize=65_536
)  # the same words come again in every block below an element and on every page of a site
def _search(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.search(words)
    return found.group() if found else None


def _find_hidden(block: Block, context: Context) -> str | None:
    if not block.is_hidden or any(step.tag == "nav" or "menu" in step.words for step in block.path):
        return None  # a menu that is folded away is a menu
    return None if context.once(_is_mostly_hidden) else "concealed by an attribute, a style or a class"


def _is_mostly_hidden(context: Context) -> bool:
    """Pages that show their text by script, or to subscribers, hide it; then hiding tells nothing."""
    likely = [block for block in context.blocks if context.keep[block.index] >= _LIKELY]
    hidden = sum(len(block.raw) for block in likely if block.is_hidden)
    return hidden > _MOSTLY * sum(len(block.raw) for block in likely)


def _find_head_title(block: Block, _context: Context) -> str | None:
    return "the title element of the head" if block.kind is Kind.TITLE else None


def _find_headline(block: Block, context: Context) -> str | None:
    if (
        not context.title
        or not context.is_html
        or block.kind is Kind.TITLE
        or len(block.raw) > 2 * len(context.title) + 20
    ):
        return None
    return "the page's headline" if context.letters[block.index] == context.title_letters else None


def _find_caption(block: Block, _context: Context) -> str | None:
    if block.kind is Kind.CAPTION and not any(step.tag == "table" for step in block.path):
        return "a figure's caption"
    if len(block.raw) > _MAX_CAPTION_CHARS:
        return None
    for step in block.path[-3:]:
        if step.tag == "figure" and block.kind is Kind.PARAGRAPH and len(block.raw) <= _MAX_FIGURE_TEXT_CHARS:
            return "a short text in a figure"
    for step in block.path[-2:]:
        if step.words and step.tag not in _PAGE_TAGS and _search(_CAPTION_WORDS, step.words):
            return f"{step.tag} named {step.words!r}"
    return None


def _find_control(block: Block, context: Context) -> str | None:
    if block.kind is Kind.CONTROL and context.keep[block.index] < 0.9:
        return f"text of a {block.path[-1].tag if block.path else 'control'}"
    return None


def _find_embed(block: Block, _context: Context) -> str | None:
    for step in block.path[-_MAX_EMBED_DEPTH:]:
        found = _search(_EMBED_WORDS, step.words) if step.words else None
        if found:
            return f"an embedded post: {found!r}"
    return None


SURE: tuple[Rule, ...] = (
    Rule(
        "structure.head-title",
        Label.TITLE,
        "The head's title names the page; it is not part of its text.",
        _find_head_title,
    ),
    Rule(
        "structure.hidden",
        Label.HIDDEN,
        "Text no reader sees was not published as part of the article.",
        _find_hidden,
    ),
    Rule("structure.headline", Label.TITLE, "The headline has a field of its own.", _find_headline),
)
"""What no other rule may speak of first."""

WEAKER: tuple[Rule, ...] = (
    Rule(
        "structure.caption",
        Label.CAPTION,
        "Captions belong to their pictures, not into the running text.",
        _find_caption,
    ),
    Rule("structure.control", Label.OTHER, "Buttons and options are operated, not read.", _find_control),
)

_TELLING = (
    "structure.cookie",
    "structure.newsletter",
    "structure.comment-form",
    "structure.comment",
    "structure.author-bio",
)


def _find_telling(block: Block, context: Context) -> str | None:
    """Inside an element made for something else, and not surely of the article."""
    if context.keep[block.index] >= _MAX_NAMED_KEEP:
        return None
    elements = context.elements[block.index]
    told = next((elements[rule_id] for rule_id in _TELLING if rule_id in elements), None)
    return told or _find_author_sentence(block, context)


DOUBTS: tuple[Rule, ...] = (
    Rule(
        "structure.telling-element",
        Label.OTHER,
        "What stands in a consent dialogue, a newsletter box or a comment thread is its text.",
        _find_telling,
    ),
)

EMBEDS: tuple[Rule, ...] = (
    Rule(
        "structure.embed",
        Label.EMBED,
        "Embedded posts are quotations the article is built around.",
        _find_embed,
    ),
)


def _element(tags: str, words: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """Tags that name what is inside them, and a pattern for the words that do."""
    return frozenset(tags.split()), re.compile(words)


# what an element is for, by its tag or its words; phrased per rule, looked up once per element
_ELEMENTS: Mapping[str, tuple[frozenset[str], re.Pattern[str]]] = MappingProxyType(
    {
        "structure.cookie": _element("", r"cookie|consent|gdpr|onetrust|didomi|usercentrics|cmp-|privacy-"),
        "structure.newsletter": _element(
            "", r"newsletter|subscription|mailchimp|mc4wp|subscribe-?form|signup|sign-up|opt-?in\b|mailing"
        ),
        "structure.paywall": _element(
            "", r"paywall|piano|regwall|premium-?(?:box|wall)|meter-?wall|subscriber-only"
        ),
        "structure.comment-form": _element(
            "", r"comment-?(?:respond|form|reply)|\brespond\b|reply-title|leave-a-?comment|add-comment"
        ),
        "structure.comment": _element(
            "", r"comment-?(?:list|body|content|text|item|author|meta|thread)|\bcomments?\b|disqus|discussion"
        ),
        "structure.social": _element(
            "", r"\bshar(?:e|ing)|social|follow-?us|addtoany|addthis|whatsapp|sharedaddy|facebook|twitter"
        ),
        "structure.author-bio": _element(
            "", r"author-?(?:bio|box|info|desc|about|profile|card)|about-?(?:the-)?author|\bbio\b|biograph"
        ),
        "structure.byline": _element(
            "time address",
            r"byline|\bauthor|dateline|post-?meta|entry-?meta|article-?meta|publish|posted|timestamp|\bdate|reading-?time|datetime|updated",
        ),
        "structure.tags": _element(
            "", r"\btags?\b|\btag-|-tags?\b|topics?\b|categor|keyword|breadcrumb|kicker|eyebrow|rubrik"
        ),
        "structure.ad": _element(
            "ins",
            r"\bads?\b|\bad[-_]|[-_]ads?\b|advert|sponsor|dfp|promo(?!tion-)|affiliate|donat|banner|werbung|publicid",
        ),
        "structure.copyright": _element("", r"copyright|copyrigth|legal-?notice|disclaimer"),
        "structure.navigation": _element(
            "nav",
            r"\bnav|navigation|\bmenu|mega-?menu|pagination|pager|skip-link|topbar|toolbar|masthead|site-?header|header-?top|\bheader\b|footer|sitemap",
        ),
        "structure.related": _element(
            "",
            r"relat|recommend|read-?(?:more|next|also)|more-?(?:from|stories|news|on)|teaser|card|popular|trending|latest|recent|most-|similar|you-may|up-?next|next-?(?:post|article)|prev-?post|outbrain|taboola|carousel|see-also|suggest|story-?list|post-?list|news-?list|recirc|promo",
        ),
        "structure.footer": _element("header footer", r"\bfooter|\bfoot\b|colophon|imprint"),
    }
)


def name_elements(blocks: Sequence[Block]) -> tuple[Mapping[str, str], ...]:
    """For each block, rule ids to the nearest element around it that speaks for the rule."""
    known: dict[int, Mapping[str, str]] = {}
    return tuple(_names_around(block.path, known) for block in blocks)


def _names_around(path: Sequence[PathStep], known: dict[int, Mapping[str, str]]) -> Mapping[str, str]:
    names: Mapping[str, str] = _NOTHING
    for step in path:
        found = known.get(step.number)
        if found is None:
            own = _names_of(step.tag, step.words)
            found = own if step.tag in _PAGE_TAGS or own else names
            known[step.number] = found
        names = found
    return names


@lru_cache(maxsize=16_384)
def _names_of(tag: str, words: str) -> Mapping[str, str]:
    if tag in _PAGE_TAGS:
        return _NOTHING
    names: dict[str, str] = {}
    for rule_id, (tags, pattern) in _ELEMENTS.items():
        found = pattern.search(words) if words else None
        if tag in tags:
            names[rule_id] = f"inside {tag}"
        elif found:
            names[rule_id] = f"inside {tag} named {found.group()!r}"
    return names


def _named(rule_id: str, label: Label, why: str) -> Rule:
    def find(block: Block, context: Context) -> str | None:
        return context.elements[block.index].get(rule_id)

    return Rule(rule_id, label, why, find, needs_hit=True)


def _find_comment(block: Block, context: Context) -> str | None:
    return None if block.kind is Kind.CONTROL else context.elements[block.index].get("structure.comment")


def _find_comment_control(block: Block, context: Context) -> str | None:
    return context.elements[block.index].get("structure.comment") if block.kind is Kind.CONTROL else None


def _find_author_sentence(block: Block, context: Context) -> str | None:
    """A byline is no sentence; what is one beside the author's name tells of the author."""
    found = context.elements[block.index].get("structure.byline")
    if found is None or "author" not in found or not ends_sentence(block.text):
        return None
    return f"a sentence {found}"


def _find_tags(block: Block, context: Context) -> str | None:
    """Topics beside the article; the same words in the site's own navigation name its sections."""
    if any(step.tag in _SITE_TAGS for step in block.path):
        return None
    return context.elements[block.index].get("structure.tags")


NAMES: tuple[Rule, ...] = (
    _named("structure.cookie", Label.COOKIE, "Consent dialogues speak of the site, not of the subject."),
    _named("structure.newsletter", Label.NEWSLETTER, "Boxes that collect addresses."),
    _named("structure.paywall", Label.PAYWALL, "Boxes that ask for a subscription."),
    _named("structure.comment-form", Label.COMMENT_FORM, "Forms for readers' comments."),
    Rule("structure.comment", Label.COMMENT, "Readers' comments are other authors' texts.", _find_comment),
    Rule(
        "structure.comment-control",
        Label.COMMENT_FORM,
        "Buttons of a comment thread are its form.",
        _find_comment_control,
    ),
    _named("structure.social", Label.SOCIAL, "Share and follow links."),
    _named("structure.author-bio", Label.AUTHOR_BIO, "Boxes about the author."),
    Rule(
        "structure.author-sentence",
        Label.AUTHOR_BIO,
        "Sentences in an author's box are about the author.",
        _find_author_sentence,
    ),
    _named("structure.byline", Label.BYLINE, "Author, date and reading time have fields of their own."),
    Rule("structure.tags", Label.TAGS, "Topics and sections have fields of their own.", _find_tags),
    _named("structure.ad", Label.AD, "Advertisements."),
    _named("structure.copyright", Label.COPYRIGHT, "Rights notices."),
    _named("structure.navigation", Label.NAV, "Menus lead through the site."),
    _named("structure.related", Label.RELATED, "Teasers of other articles."),
    _named("structure.footer", Label.NAV, "Headers and footers belong to the site."),
)
