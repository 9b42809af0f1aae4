"""Cookies: given back to the very origin that set them, within one run, and not without number."""

from __future__ import annotations

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy

import httpx

from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.fetching.wire.lru import Lru

# RFC 6265, 6.1: browsers should keep at least 50 cookies a domain and 4,096 bytes of each
MAX_COOKIES = 50
"""Of one origin."""
MAX_COOKIE_CHARS = 4_096
"""Of one cookie, its name and path included; larger ones are not kept."""
# set by hand: 15 full jars, or near 2,000 with one small cookie; a smaller figure forgets sessions sooner
_KEPT_BYTES = 4_000_000


class Cookies:
    """The cookies of the origins requested last. Each has a jar of its own: a ``Domain`` cannot carry one to
    another host or port.
    """

    def __init__(self) -> None:
        self._of_origins: Lru[str, httpx.Cookies] = Lru(_KEPT_BYTES)

    def add_to(self, request: httpx.Request) -> None:
        """Gives a request the cookies of its origin, where it has no ``Cookie`` header of its own."""
        known = self._of_origins.get(origin_of(str(request.url)))
        if known is not None:
            known.set_cookie_header(request)

    def take_from(self, answer: httpx.Response) -> None:
        """Keeps what an answer sets."""
        if "set-cookie" not in answer.headers:
            return
        origin = origin_of(str(answer.request.url))
        cookies = self._of_origins.get(origin) or httpx.Cookies(_Jar(DefaultCookiePolicy()))
        cookies.extract_cookies(answer)
        # 1,000 bytes for the objects of each cookie, set by hand
        self._of_origins.put(origin, cookies, weight=sum(map(_size, cookies.jar)) + 1_000 * len(cookies.jar))


class _Jar(CookieJar):
    def set_cookie(self, cookie: Cookie) -> None:
        """Takes a cookie that is not too large, as long as there are not too many."""
        # one that is renewed takes no further place: a full jar would keep an old session else
        is_known = any(_place(known) == _place(cookie) for known in self)
        if _size(cookie) <= MAX_COOKIE_CHARS and (is_known or len(self) < MAX_COOKIES):
            super().set_cookie(cookie)


def _place(cookie: Cookie) -> tuple[str, str, str]:
    return cookie.domain, cookie.path, cookie.name


def _size(cookie: Cookie) -> int:
    return len(cookie.name) + len(cookie.value or "") + len(cookie.path) + len(cookie.domain)
