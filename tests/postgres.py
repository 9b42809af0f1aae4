"""A PostgreSQL server of the tests' own, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from conftest import wait_until

_DEBIAN = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: the one on the path, else the newest of Debian's."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


class Server:
    """A cluster that can be stopped and started; ``url`` names a database of it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to be run by root
        self._user = None if os.getuid() else "postgres"
        if self._user:
            shutil.chown(folder, self._user)
        made = (
            programs / "initdb", "-D", folder / "data", "-U", "copydesk", "-A", "trust", "-E", "UTF8", "--no-locale",
        )  # fmt: skip
        subprocess.run((*made, "--no-sync"), user=self._user, cwd=folder, check=True, capture_output=True)

    def start(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._folder), "fsync": "off"}
        given = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._process = subprocess.Popen(
            (self._programs / "postgres", "-D", self._folder / "data", *given),
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """At once, whoever is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def url(self, database: str) -> str:
        return f"postgresql://copydesk@/{database}?host={quote(str(self._folder), safe='')}"

    def asked(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            answered = connection.execute(statement)  # type: ignore[call-overload]
            return answered.fetchall() if answered.description else []


@contextmanager
def running_server() -> Iterator[Server | None]:
    """A server that is running; None where this machine has none, or no user that may run it."""
    programs = find_programs()
    if programs is None or (not os.getuid() and not _has_user("postgres")):
        yield None
        return
    # a short path: sockets have names of 107 characters at most
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = Server(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
