"""Whether a Prefect server answers, and whose it is: who serves runs what a server tells him to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.flows.run.prefect_home import prefect_home

if TYPE_CHECKING:
    import httpx

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANSWER_SECONDS = 10.0
"""A tenth of a second is usual; on a busy machine a server takes some."""
_LISTENS = "0A"
"""The state of a socket in ``/proc/net/tcp`` (``TCP_LISTEN`` of Linux)."""


class Owner(Struct, frozen=True):
    """Whose server it is: its home, where it says so, and the user whose process listens, where that is known."""

    home: str | None
    user: int | None

    @property
    def is_us(self) -> bool:
        """Whether it is of this user and home."""
        is_home = self.home is not None and os.path.realpath(self.home) == os.path.realpath(prefect_home())
        return is_home and self.user in (None, os.getuid())

    @property
    def shown(self) -> str:
        """For people."""
        user = "" if self.user in (None, os.getuid()) else f"of user {self.user}, "
        return f"{user}home {self.home}" if self.home else f"{user}which does not tell its home"


def is_local(url: str) -> bool:
    """Whether a URL is of this machine."""
    return urlsplit(url).hostname in LOOPBACK


def answers(url: str, *, seconds: float = _ANSWER_SECONDS) -> bool:
    """Whether a Prefect server answers at an API URL within ``seconds``."""
    import httpx

    try:
        with _client(url, seconds) as client:
            health = client.get("health")
            if health.status_code != httpx.codes.OK or health.text.strip() != "true":
                return False
            # Prefect Cloud has no version
            from prefect.settings import get_current_settings

            is_cloud = url.startswith(get_current_settings().cloud.api_url)
            return is_cloud or _has_version(client.get("admin/version"))
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def owner_of(url: str) -> Owner:
    """Whose server answers at a local API URL."""
    import httpx

    home = None
    try:
        with _client(url, _ANSWER_SECONDS) as client:
            found = client.get("admin/settings").json().get("home")
            home = found if isinstance(found, str) else None
    except (httpx.HTTPError, ValueError, AttributeError):  # refused without a key, or no object
        pass
    return Owner(home, _user_at(urlsplit(url).port))


def _client(url: str, seconds: float) -> httpx.Client:
    import httpx

    return httpx.Client(base_url=f"{url.rstrip('/')}/", timeout=seconds, trust_env=not is_local(url))


def _has_version(response: httpx.Response) -> bool:
    """Whether a server's answer is one of Prefect's: others are healthy, too. One that demands a key first may be."""
    from packaging.version import InvalidVersion, Version

    # to take it for no server would start a second one at another port
    if response.status_code in (401, 403):
        return True
    try:
        Version(response.json())
    except (ValueError, TypeError, InvalidVersion):
        return False
    return True


def _user_at(port: int | None) -> int | None:
    """The user whose process listens at a port of this machine; None where the system does not tell."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for _, place, _, state, *rest in map(str.split, lines):
            if state == _LISTENS and int(place.rpartition(":")[2], 16) == port:
                return int(rest[3])
    return None
