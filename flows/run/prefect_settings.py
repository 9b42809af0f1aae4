"""Where Prefect's settings come from: the environment and the user's profile, never the current folder.

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

from copydesk.flows.io.loading import gc_paused
from copydesk.flows.io.posix import opened_folder

if TYPE_CHECKING:
    from prefect.settings.base import PrefectBaseSettings

PATHS = ("PREFECT_HOME", "PREFECT_PROFILES_PATH", "PREFECT_API_SSL_CERT_FILE", "SSL_CERT_FILE")
"""Variables with a path that Prefect reads; a relative one is to mean the same in any current folder."""
NOWHERE = "/"
"""A folder in which only the machine's administrator can put something."""


def may_name_a_server(home: Path) -> bool:
    """Whether there is any setting that Prefect may read a server's URL from; ``home``: where its profiles are.

    Without one nobody has named a server, which is known without Prefect.
    """
    # names of variables count in any case (pydantic-settings), and a profile may be one that Prefect brings
    named = (name.upper() for name, value in os.environ.items() if value)
    is_named = any(name.startswith(("PREFECT_API_URL", "PREFECT_PROFILE")) for name in named)
    return is_named or (home / "profiles.toml").exists() or "prefect" in sys.modules


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
