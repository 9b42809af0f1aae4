"""Prefect's home, locks in it that end with the processes that hold them; where Prefect's settings come from: the
environment and the user's profile, never the current folder; whether a server answers, and whose it is: who serves runs
does what a server tells him to.

Prefect reads ``.env``, ``prefect.toml`` and ``pyproject.toml`` of the current folder when it is imported and
whenever settings are made again: for another server's URL, and in each run that is served. The folder may
hold anybody's pages, and such a file among them would choose the server that is sent the user's API key. A
program that has imported Prefect before it uses us as a library has chosen: there nothing is changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault, map_errors
from copydesk.flows.io.import_path import gc_paused
from copydesk.flows.io.posix import fcntl, opened_folder, regular_descriptor

if TYPE_CHECKING:
    import httpx
    from prefect.settings.base import PrefectBaseSettings

PATHS = ("PREFECT_HOME", "PREFECT_PROFILES_PATH", "PREFECT_API_SSL_CERT_FILE", "SSL_CERT_FILE")
"""Variables with a path that Prefect reads; a relative one is to mean the same in any current folder."""
NOWHERE = "/"
"""A folder in which only the machine's administrator can put something."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANSWER_SECONDS = 10.0
"""A tenth of a second is usual; on a busy machine a server takes some."""
_LISTENS = "0A"
"""The state of a socket in ``/proc/net/tcp`` (``TCP_LISTEN`` of Linux)."""


def prefect_home() -> Path:
    """The folder of Prefect's database and profiles, as the environment has it."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser().absolute()


def may_name_a_server() -> bool:
    """Whether there is any setting that Prefect may read a server's URL from.

    Without one nobody has named a server, which is known without Prefect.
    """
    # names of variables count in any case (pydantic-settings), and a profile may be one that Prefect brings
    named = (name.upper() for name, value in os.environ.items() if value)
    is_named = any(name.startswith(("PREFECT_API_URL", "PREFECT_PROFILE")) for name in named)
    return is_named or (prefect_home() / "profiles.toml").exists() or "prefect" in sys.modules


def import_prefect() -> None:
    """Imports Prefect, where nothing has yet, so that no settings of the current folder are read, now or later.

    PREFECT_HOME must be set in the environment.
    """
    if "prefect" in sys.modules:
        return
    if not os.environ.get("PREFECT_PROFILES_PATH"):  # Prefect would look for it in the files of the folder
        os.environ["PREFECT_PROFILES_PATH"] = str(Path(os.environ["PREFECT_HOME"], "profiles.toml"))
    for name in PATHS:
        if path := os.environ.get(name):
            os.environ[name] = str(Path(path).expanduser().absolute())
    # the import itself makes settings, before there is anything to be changed
    with elsewhere(), gc_paused():
        import prefect.context  # noqa: F401
    forget_files()


def forget_files() -> None:
    """Has Prefect, which must be imported, make settings of this process without files of the current folder."""
    from prefect.settings.base import PrefectBaseSettings
    from prefect.settings.sources import TomlConfigSettingsSourceBase

    # there is no setting for it: one of the two paths is written out in Prefect's code
    TomlConfigSettingsSourceBase._read_files = lambda *_, **__: {}  # type: ignore[method-assign]
    _forget_env_file(PrefectBaseSettings)


def _forget_env_file(settings: type[PrefectBaseSettings]) -> None:
    """Makes a class of settings and all that derive from it read no ``.env``."""
    settings.model_config["env_file"] = None
    for derived in settings.__subclasses__():
        _forget_env_file(derived)


@contextmanager
def elsewhere() -> Iterator[None]:
    """Leaves the current folder for one in which nobody can put something, and comes back to it."""
    with ExitStack() as opened:
        with suppress(FileNotFoundError):  # removed under our feet: nothing lies there
            here = opened.enter_context(opened_folder("."))
            opened.callback(os.fchdir, here)
            os.chdir(NOWHERE)
        yield


@contextmanager
def locked_home() -> Iterator[None]:
    """Holds a Prefect home for a server's start: two that make a new home's tables at once both fail."""
    home = prefect_home()
    with ExitStack() as opened:
        with map_errors(_not_writable):
            home.mkdir(parents=True, exist_ok=True)
            folder = opened.enter_context(opened_folder(home))
        fcntl.flock(folder, fcntl.LOCK_EX)  # ends with the process, leaves nothing behind
        yield


class Lock:
    """A lock of the operating system on a file that stays; whoever holds it may die of anything."""

    def __init__(self, path: Path) -> None:
        """Raises EnvironmentFault where the file cannot be made."""
        with map_errors(_not_writable):
            path.parent.mkdir(parents=True, exist_ok=True)
            # not inherited: a child would hold the lock after us; 0600: for this user alone
            self._file = regular_descriptor(path, os.O_RDWR | os.O_CREAT, 0o600)

    def share(self) -> None:
        """Holds it with others; waits for whoever has it alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def have_alone(self) -> bool:
        """Holds it alone, unless anybody else holds it."""
        try:
            # a shared lock is let go first (flock(2)), so who is refused holds none: its sharers try as they leave
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Lets others have it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def write(self, text: str) -> None:
        """Leaves a line for those who find it held."""
        # the file itself stays: were it removed, an old and a new one could each be held alone
        os.truncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def read(self) -> str:
        """The line left by the process that holds it."""
        # bytes; one line with a path, and paths have 4,096 at most (PATH_MAX of Linux)
        return os.pread(self._file, 10_000, 0).decode("utf-8", "replace")

    def close(self) -> None:
        """Lets it go for good."""
        os.close(self._file)


def _not_writable(error: Exception) -> EnvironmentFault | None:
    if not isinstance(error, OSError):
        return None
    return EnvironmentFault(
        f"{error.filename}: {error.strerror}; set PREFECT_HOME to a folder you may write to"
    )


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
