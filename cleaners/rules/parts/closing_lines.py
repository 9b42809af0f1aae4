"""Lines below the text that lead to a publisher's profiles in social networks, or to a shop.

They are written like the last paragraph, so that only where their links lead tells them from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from copydesk.cleaners.judge.link_features import LinkTarget, read_target
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.sites import domain_of_host
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand: a longer paragraph tells of something
_MAX_WORDS = 35
_MAX_NAME = 4  # words of a link that names a network, or asks to order
_MIN_NETWORKS = 2
_NETWORKS: Final = frozenset({
    "bsky.app", "facebook.com", "flipboard.com", "instagram.com", "line.me", "linkedin.com", "ok.ru", "pinterest.com",
    "reddit.com", "t.me", "telegram.me", "threads.net", "threads.com", "tiktok.com", "twitch.tv", "twitter.com",
    "vk.com", "weibo.com", "whatsapp.com", "x.com", "xing.com", "youtube.com",
})  # fmt: skip
# folders that a profile's address begins with; other addresses of two folders or more are posts
_OF_PROFILES: Final = frozenset({"@", "c", "channel", "company", "in", "pages", "profile", "r", "user"})
_SHOPS: Final = frozenset({
    "abo", "abonnement", "abonnements", "boutique", "kiosk", "kiosque", "loja", "negozio", "shop", "store", "subscribe",
    "subscription", "subscriptions", "suscripcion", "suscripciones", "tienda",
})  # fmt: skip


@page_rule(
    "structure.profiles",
    Label.SOCIAL,
    "The last line says where else its publisher is; that is none of the text.",
    over=KEPT,
)
def profiles(context: RuleContext) -> Mapping[int, str]:
    """Last kept lines whose links name social networks and lead to profiles there."""
    return {
        block.index: "leads to profiles in social networks"
        for block in context.memoized(_last_lines)
        if _names_networks(block)
    }


@page_rule("structure.shop", Label.AD, "The last line sells something.", over=KEPT)
def shops(context: RuleContext) -> Mapping[int, str]:
    """Last kept lines with a figure and, at their end, a link to a shop or subscription."""
    return {
        block.index: f"leads to a shop: {block.link_url}"
        for block in context.memoized(_last_lines)
        if _asks_to_order(block)
    }


def _last_lines(context: RuleContext) -> Sequence[Block]:
    """The kept blocks from the last one upwards, as long as each leads to profiles or a shop, without the first."""
    if not context.page.is_html:
        return ()
    last = (context.page.blocks[at] for at in reversed(context.kept_in_order[1:]))
    return [*takewhile(_leads_away, last)]


def _leads_away(block: Block) -> bool:
    is_line = block.kind is Kind.PARAGRAPH and count_words(block.raw) <= _MAX_WORDS
    return is_line and bool(block.link_chars) and (_names_networks(block) or _asks_to_order(block))


def _links(block: Block) -> Iterator[tuple[LinkTarget, str, int]]:
    """Where each link of a block leads, its text, and the number of pieces before its end."""
    start, href = 0, ""
    for at, mark in block.marks:
        if mark is not None and mark.href:
            start, href = at, mark.href
        elif mark is None and href:
            yield read_target(href), "".join(block.pieces[start:at]), at
            href = ""


def _names_networks(block: Block) -> bool:
    links = [*_links(block)]
    networks = {domain_of_host(target.host) for target, _, _ in links if _is_profile(target)}
    return len(networks) >= _MIN_NETWORKS and all(count_words(text) <= _MAX_NAME for _, text, _ in links)


def _is_profile(target: LinkTarget) -> bool:
    folders = target.path.split("/")
    return (
        bool(target.host)
        and domain_of_host(target.host) in _NETWORKS
        and (len(folders) == 1 or folders[0] in _OF_PROFILES)
    )


def _asks_to_order(block: Block) -> bool:
    links = [*_links(block)]
    if len(links) != 1 or not any(map(str.isnumeric, block.raw)):
        return False
    target, text, end = links[0]
    names = {target.host.partition(".")[0], target.path.partition("/")[0]}
    rest = "".join(block.pieces[end:])
    return not names.isdisjoint(_SHOPS) and count_words(text) <= _MAX_NAME and not any(map(str.isalnum, rest))


CONTEXT = (shops, profiles)
"""Kept lines below the text."""
