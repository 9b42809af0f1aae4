"""Commands that serve on loopback, each in a session of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import clean_environment


@contextmanager
def served(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL at which a command says that it listens, and its process, which ends with the block."""
    command = [sys.executable, "-m", "copydesk", *arguments]
    env = clean_environment() | environment
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=env, cwd=cwd, start_new_session=True
    ) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"listening on (http://127\.0\.0\.1:\S+);", process.stderr.readline())
            assert found
            yield found[1], process
        finally:
            process.terminate()
