"""Rules that read the markup: what kind of element a block stands in.

``SURE`` overrule the learned judgement; ``NAMES`` only say what a block is that is not kept anyway.
Element words are English because markup is, whatever the language of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cleaners import normal
from cleaners.rules.rule import Context, Rule
from cleaners.types import Block, Kind, Label

_CONCEALED = re.compile(r"\b(?:sr-only|visually-?hidden|screen-?reader(?:-text)?|element-invisible|a11y-hidden|u-hidden)\b")
_MOSTLY = 0.5
_CAPTION_WORDS = re.compile(r"caption|\bcredit|cutline|legende|bildunter")
_MAX_CAPTION_CHARS = 600
_EMBED_WORDS = re.compile(r"twitter-tweet|instagram-media|tiktok-embed|fb-post|bluesky-embed|mastodon-embed|reddit-embed")
_NEAR = 4  # elements above a block whose words name it; further out they name the page
_PAGE_TAGS = ("html", "body", "main", "article")


def _find_hidden(block: Block, context: Context) -> str | None:
    if block.is_hidden and not _is_mostly_hidden(context):
        return "concealed by an attribute or style"
    for step in block.path[-_NEAR:]:
        found = _CONCEALED.search(step.words)
        if found:
            return f"for screen readers only: {step.tag} with {found.group()!r}"
    return None


def _is_mostly_hidden(context: Context) -> bool:
    """Pages that show their text by script hide all of it; then hiding tells nothing."""
    hidden = sum(len(block.raw) for block in context.blocks if block.is_hidden)
    return hidden > _MOSTLY * sum(len(block.raw) for block in context.blocks)


def _find_head_title(block: Block, _context: Context) -> str | None:
    return "the title element of the head" if block.kind is Kind.TITLE else None


def _find_headline(block: Block, context: Context) -> str | None:
    if not context.title or not context.is_html or block.kind is Kind.TITLE or len(block.raw) > 2 * len(context.title) + 20:
        return None
    return "the page's headline" if normal.letters(block.raw) == normal.letters(context.title) else None


def _find_caption(block: Block, _context: Context) -> str | None:
    if block.kind is Kind.CAPTION and not any(step.tag == "table" for step in block.path):
        return "a figure's caption"
    if len(block.raw) > _MAX_CAPTION_CHARS:
        return None
    for step in block.path[-2:]:
        if step.tag not in _PAGE_TAGS and _CAPTION_WORDS.search(step.words):
            return f"{step.tag} named {step.words!r}"
    return None


def _find_control(block: Block, context: Context) -> str | None:
    if block.kind is Kind.CONTROL and context.keep[block.index] < 0.9:
        return f"text of a {block.path[-1].tag if block.path else 'control'}"
    return None


def _find_embed(block: Block, _context: Context) -> str | None:
    for step in block.path:
        found = _EMBED_WORDS.search(step.words)
        if found:
            return f"an embedded post: {found.group()!r}"
    return None


SURE: tuple[Rule, ...] = (
    Rule("structure.head-title", Label.TITLE, "The head's title names the page; it is not part of its text.", _find_head_title),
    Rule("structure.hidden", Label.HIDDEN, "Text no reader sees was not published as part of the article.", _find_hidden),
    Rule("structure.headline", Label.TITLE, "The headline has a field of its own.", _find_headline),
    Rule("structure.caption", Label.CAPTION, "Captions belong to their pictures, not into the running text.", _find_caption),
    Rule("structure.control", Label.OTHER, "Buttons and options are operated, not read.", _find_control),
)

EMBEDS: tuple[Rule, ...] = (
    Rule("structure.embed", Label.EMBED, "Embedded posts are quotations the article is built around.", _find_embed),
)


def _in_element(tags: str, words: str) -> Callable[[Block, Context], str | None]:
    """A finder of blocks inside elements with one of the tags, or with the words (a pattern), nearest first."""
    tag_set = frozenset(tags.split())
    pattern = re.compile(words)

    def find(block: Block, _context: Context) -> str | None:
        for step in reversed(block.path):
            if step.tag in tag_set:
                return f"inside {step.tag}"
            if step.tag in _PAGE_TAGS:
                return None
            found = pattern.search(step.words) if step.words else None
            if found:
                return f"inside {step.tag} named {found.group()!r}"
        return None

    return find


NAMES: tuple[Rule, ...] = (
    Rule("structure.cookie", Label.COOKIE, "Consent dialogues speak of the site, not of the subject.",
         _in_element("", r"cookie|consent|gdpr|onetrust|didomi|usercentrics|cmp-|privacy-")),
    Rule("structure.newsletter", Label.NEWSLETTER, "Boxes that collect addresses.",
         _in_element("", r"newsletter|mailchimp|mc4wp|subscribe-?form|signup|sign-up|opt-?in\b|mailing")),
    Rule("structure.paywall", Label.PAYWALL, "Boxes that ask for a subscription.",
         _in_element("", r"paywall|piano|regwall|premium-?box|subscription|meter-|subscriber")),
    Rule("structure.comment-form", Label.COMMENT_FORM, "Forms for readers' comments.",
         _in_element("", r"comment-?(?:respond|form|reply)|\brespond\b|reply-title|leave-a-?comment|add-comment")),
    Rule("structure.comment", Label.COMMENT, "Readers' comments are other authors' texts.",
         _in_element("", r"comment-?(?:list|body|content|text|item|author|meta|thread)|\bcomments?\b|disqus|discussion")),
    Rule("structure.social", Label.SOCIAL, "Share and follow links.",
         _in_element("", r"\bshar(?:e|ing)|social|follow-?us|addtoany|addthis|whatsapp|sharedaddy|facebook|twitter")),
    Rule("structure.author-bio", Label.AUTHOR_BIO, "Boxes about the author.",
         _in_element("", r"author-?(?:bio|box|info|desc|about|profile|card)|about-?(?:the-)?author|\bbio\b|biograph")),
    Rule("structure.byline", Label.BYLINE, "Author, date and reading time have fields of their own.",
         _in_element("time address", r"byline|\bauthor|dateline|post-?meta|entry-?meta|article-?meta|publish|posted|timestamp|\bdate|reading-?time|datetime|updated")),
    Rule("structure.tags", Label.TAGS, "Topics and sections have fields of their own.",
         _in_element("", r"\btags?\b|\btag-|-tags?\b|topics?\b|categor|keyword|breadcrumb|kicker|eyebrow|rubrik")),
    Rule("structure.ad", Label.AD, "Advertisements.",
         _in_element("ins", r"\bads?\b|\bad[-_]|[-_]ads?\b|advert|sponsor|dfp|promo(?!tion-)|affiliate|donat|banner|werbung|publicid")),
    Rule("structure.copyright", Label.COPYRIGHT, "Rights notices.", _in_element("", r"copyright|copyrigth|legal-?notice|disclaimer")),
    Rule("structure.navigation", Label.NAV, "Menus lead through the site.",
         _in_element("nav", r"\bnav|navigation|\bmenu|mega-?menu|pagination|pager|skip-link|topbar|toolbar|masthead|site-?header|header-?top|\bheader\b|footer|sitemap")),
    Rule("structure.related", Label.RELATED, "Teasers of other articles.",
         _in_element("", r"relat|recommend|read-?(?:more|next|also)|more-?(?:from|stories|news|on)|teaser|card|popular|trending|latest|recent|most-|similar|you-may|up-?next|next-?(?:post|article)|prev-?post|outbrain|taboola|carousel|see-also|suggest|story-?list|post-?list|news-?list|recirc|promo")),
    Rule("structure.footer", Label.NAV, "Headers and footers belong to the site.", _in_element("header footer", r"\bfooter|\bfoot\b|colophon|imprint")),
)
