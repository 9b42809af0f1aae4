"""The receiver of a webhook: its URL, and the secret by which its messages are signed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.flows.config.database_url import VARIABLE, filled
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.machine_faults import problem_of

_PREFIX = "whsec_"
_EXAMPLE = "one that this prints: echo whsec_$(openssl rand -base64 32)"
# a file with a secret has a line; no more of anything else is read
_MOST_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a webhook tells. ``place``: of the URL what may be shown; ``key``: the bytes of the secret."""

    place: str
    url: str = field(repr=False)
    key: bytes = field(repr=False)


def check_webhook(url: str) -> None:
    """Raises ValueError, without the password, if the URL contains one."""
    try:
        password = urlsplit(VARIABLE.sub("", url)).password
    except ValueError:
        password = None  # no URL: reported where it is used
    if password:
        raise ValueError(
            "holds a password, which Prefect would store and show; write ${NAME} in its place and set that variable"
        )


def check_secret(secret: str) -> None:
    """Raises ValueError for the secret itself: it would be in the list of processes, and Prefect would store it."""
    if secret.strip().startswith(_PREFIX):
        raise ValueError(
            "holds the secret itself, which others could see; name a file that has it, or a variable as ${NAME}"
        )


def receiver_of(url: str | None, secret: str | None, environment: Mapping[str, str]) -> Receiver | None:
    """The receiver by the options of a run; None without one. Raises SettingsError, without secrets."""
    if url is None or secret is None:
        return None
    address = filled(url, environment, by="--webhook").strip()
    return Receiver(_place_of(address), address, _key_of(_read(secret, environment)))


def _place_of(address: str) -> str:
    """Scheme, host and port: a path may be a secret."""
    import httpx2  # here: --help need not load it

    try:
        urlsplit(address)  # httpx2 alone would take `http://[`
        parts = httpx2.URL(address)
        is_url = parts.scheme in ("http", "https") and bool(parts.host)
        # what httpx2 takes as a URL need not be one that it sends to
        port = "" if parts.port is None else f":{parts.port}"
    except (httpx2.InvalidURL, ValueError, TypeError, UnicodeError):
        is_url = False
    if not is_url:
        raise SettingsError("--webhook: expected a URL such as https://hooks.example/news")
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    return f"{parts.scheme}://{host}{port}"


def _read(secret: str, environment: Mapping[str, str]) -> str:
    if VARIABLE.fullmatch(secret):
        return filled(secret, environment, by="--webhook-secret")
    file = Path(secret)
    try:
        if not file.is_file():
            raise SettingsError(
                f"--webhook-secret: {secret}: there is no such file; write a variable as ${{NAME}}"
            )
        with file.open(encoding="utf-8") as opened:
            return opened.read(_MOST_CHARS).strip()
    except (OSError, ValueError) as error:
        problem = problem_of(error) if isinstance(error, OSError) else "is no text"
        raise SettingsError(f"--webhook-secret: {secret}: {problem}") from error


def _key_of(secret: str) -> bytes:
    """The bytes of a secret as Standard Webhooks has it: 24 to 64, in base64 behind ``whsec_``."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise SettingsError(
            f"--webhook-secret: expected whsec_ and 24 to 64 bytes in base64, such as {_EXAMPLE}"
        )
    return key
